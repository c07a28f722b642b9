using System.Globalization;
using System.Text.Json;
using Crm.Contracts;
using Crm.Http;

namespace Crm.Exports;

/// <summary>What a cell holds.</summary>
internal enum CellKind
{
    /// <summary>Words; also nothing, as an empty text.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>An amount of money.</summary>
    Money,

    /// <summary>A day, as <c>yyyy-MM-dd</c>.</summary>
    Day,

    /// <summary>An instant, as <c>yyyy-MM-dd HH:mm:ss</c> in the organisation's zone.</summary>
    Moment,
}

/// <summary>A value as it stands in a file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">How it is written.</param>
internal readonly record struct Cell(CellKind Kind, string Text)
{
    public static readonly Cell Empty = new(CellKind.Text, "");
}

/// <summary>A column of a file: where its values are in a record and how they are written for people.</summary>
internal sealed class FileColumn
{
    private readonly string[] path;
    private readonly FieldType type;
    private readonly bool chinese;
    private readonly Dictionary<string, string> words;

    private FileColumn(ExportedList list, string field, bool chinese, FieldSettings settings)
    {
        var column = list.Columns(settings).FirstOrDefault(c => c.Field == field);
        var known = list.Find(field);
        Title = column is null ? field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..] : chinese ? column.Zh : column.En;
        path = known?.Key is { } key ? [field[..field.IndexOf('.', StringComparison.Ordinal)], key] : field.Split('.');
        type = known is { Type: FieldType.Any, Key: { } own } && settings.Find(list.Resource, own) is { Type: CustomFieldType.Date } ? FieldType.Date : known?.Type ?? FieldType.Text;
        words = column?.Words.ToDictionary(w => w.Code, w => chinese ? w.Zh : w.En) ?? [];
        this.chinese = chinese;
    }

    /// <summary>The columns of an export.</summary>
    public static IReadOnlyList<FileColumn> Of(ExportedList list, IEnumerable<string> fields, bool chinese, FieldSettings settings) => [.. fields.Select(f => new FileColumn(list, f, chinese, settings))];

    /// <summary>The heading.</summary>
    public string Title { get; }

    /// <summary>The value of a record.</summary>
    public Cell Of(JsonElement record, TimeZoneInfo zone)
    {
        foreach (var key in path)
            if (record.ValueKind != JsonValueKind.Object || !record.TryGetProperty(key, out record)) return Cell.Empty;
        return Value(record, zone);
    }

    private Cell Value(JsonElement value, TimeZoneInfo zone) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => Cell.Empty,
        JsonValueKind.True => new(CellKind.Text, chinese ? "是" : "Yes"),
        JsonValueKind.False => new(CellKind.Text, chinese ? "否" : "No"),
        JsonValueKind.Number => new(path[^1] == "amount" ? CellKind.Money : CellKind.Number, value.GetRawText()),
        JsonValueKind.Object when value.TryGetProperty("amount", out var amount) && amount.ValueKind == JsonValueKind.Number => new(CellKind.Money, amount.GetRawText()),
        JsonValueKind.Array => new(CellKind.Text, string.Join(chinese ? "、" : "; ", value.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.String ? words.GetValueOrDefault(v.GetString()!, v.GetString()!) : v.GetRawText()))),
        JsonValueKind.String => Text(value.GetString()!, zone),
        _ => new(CellKind.Text, value.GetRawText()),
    };

    private Cell Text(string text, TimeZoneInfo zone) => type switch
    {
        FieldType.Date when DateOnly.TryParseExact(text, "yyyy-MM-dd", out _) => new(CellKind.Day, text),
        FieldType.Instant when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var at) =>
            new(CellKind.Moment, TimeZoneInfo.ConvertTime(at, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)),
        _ => new(CellKind.Text, words.GetValueOrDefault(text, text)),
    };
}
