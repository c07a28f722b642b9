using System.Globalization;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;

namespace Crm.Imports;

/// <summary>One row as values of the target's fields, read in the formats and with the replacements that were shown and confirmed.</summary>
public sealed class ImportRow
{
    private const string CustomPrefix = "custom.";
    private const string KeyPrefix = "externalKeys.";
    private static readonly char[] Separators = [',', ';', '，', '；', '、'];

    private readonly Dictionary<string, object> values;
    private readonly List<RowMessage> messages;
    private readonly ImportSetup setup;

    internal ImportRow(ImportSetup setup, int number, Dictionary<string, object> values, IReadOnlyList<string> cleared, List<RowMessage> messages)
    {
        this.setup = setup;
        this.values = values;
        this.messages = messages;
        Number = number;
        Cleared = cleared;
        RecordId = RecordIds.Of(setup.ImportId, number);
    }

    /// <summary>Row number as a spreadsheet shows it.</summary>
    public int Number { get; }

    /// <summary>The identity of the record this row creates, if it creates one; always the same for the same row of the same import.</summary>
    public Guid RecordId { get; }

    /// <summary>Codes of mapped fields that are blank in this row and shall be emptied; empty if blanks shall keep what is there.</summary>
    public IReadOnlyList<string> Cleared { get; }

    /// <summary>What was found so far.</summary>
    public IReadOnlyList<RowMessage> Messages => messages;

    /// <summary>Whether an error was found; the row is then not imported.</summary>
    public bool HasErrors => messages.Any(m => m.Severity == RowSeverity.Error);

    /// <summary>Whether the row has a value for the field.</summary>
    public bool Has(string field) => values.ContainsKey(field);

    /// <summary>Text, the code of a choice, or what is written of a reference that was not looked up; null if blank.</summary>
    public string? Text(string field) => values.GetValueOrDefault(field) as string;

    /// <summary>The record that a reference means; null if blank.</summary>
    public Guid? Reference(string field) => values.GetValueOrDefault(field) as Guid?;

    /// <summary>A number; null if blank.</summary>
    public decimal? Decimal(string field) => values.GetValueOrDefault(field) as decimal?;

    /// <summary>An amount in the currency that the value carries, else the organisation's; null if blank.</summary>
    public Money? Money(string field) => values.GetValueOrDefault(field) as Money;

    /// <summary>A day; null if blank.</summary>
    public DateOnly? Date(string field) => values.GetValueOrDefault(field) as DateOnly?;

    /// <summary>Yes or no; null if blank.</summary>
    public bool? Boolean(string field) => values.GetValueOrDefault(field) as bool?;

    /// <summary>A day on which something happened; a day in the future is an error of the row.</summary>
    public DateOnly? PastDate(string field)
    {
        var date = Date(field);
        if (date > setup.Today)
            Add(RowMessage.Error("business_date_in_future", field, $"日期 {date:yyyy-MM-dd} 晚于今天。", $"The date {date:yyyy-MM-dd} is after today."));
        return date;
    }

    /// <summary>
    /// The organisation's own fields by key: a string, number or truth value; a date as an ISO string; several choices, which stand in one cell by code or name, as a
    /// list of codes; null for one that shall be emptied. Null if the row has none.
    /// </summary>
    /// <param name="target">Whose fields they are.</param>
    /// <param name="prefix">What stands before <c>custom.</c> in their codes: <c>contact2.</c>.</param>
    public IReadOnlyDictionary<string, JsonElement>? Own(string target, string prefix = "")
    {
        var (before, custom) = (prefix + CustomPrefix, new Dictionary<string, JsonElement>());
        foreach (var (code, value) in values)
            if (code.StartsWith(before, StringComparison.Ordinal)) custom[code[before.Length..]] = JsonSerializer.SerializeToElement(value, EventSerializer.Documents);
        foreach (var code in Cleared)
            if (code.StartsWith(before, StringComparison.Ordinal)) custom[code[before.Length..]] = JsonSerializer.SerializeToElement<object?>(null);
        if (custom.Count == 0) return null;
        foreach (var field in setup.Access.Picture.Fields.Of(target).Where(f => f.Type == CustomFieldType.MultiChoice && List(before + f.Key) is not null))
            custom[field.Key] = JsonSerializer.SerializeToElement(List(before + field.Key)!
                .Select(text => field.Choices.FirstOrDefault(c => new[] { c.Code, c.Zh, c.En }.Contains(text, StringComparer.OrdinalIgnoreCase))?.Code ?? text).Distinct());
        return custom;
    }

    /// <summary>Keys in other systems by system, trimmed; null for one that shall be removed. Null if the row has none.</summary>
    public IReadOnlyDictionary<string, string?>? ExternalKeys
    {
        get
        {
            Dictionary<string, string?>? keys = null;
            foreach (var (code, value) in values)
                if (code.StartsWith(KeyPrefix, StringComparison.Ordinal) && value is string text) (keys ??= [])[code[KeyPrefix.Length..]] = text.Trim();
            foreach (var code in Cleared)
                if (code.StartsWith(KeyPrefix, StringComparison.Ordinal)) (keys ??= [])[code[KeyPrefix.Length..]] = null;
            return keys;
        }
    }

    /// <summary>Several values in one cell, separated by commas, semicolons or their Chinese forms; null if blank.</summary>
    public string[]? List(string field) => Text(field)?.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } list ? list : null;

    /// <summary>Runs the validator that the same command of a person passes; its faults become errors of the row in both languages.</summary>
    public bool IsValid<T>(IValidator<T> validator, T command)
    {
        if (validator.Validate(command).IsValid) return true;
        var before = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("zh-CN");
            var chinese = validator.Validate(command).Errors;
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en");
            var english = validator.Validate(command).Errors;
            for (var i = 0; i < chinese.Count; i++)
                Add(RowMessage.Error(Validation.Code(chinese[i]), JsonNamingPolicy.CamelCase.ConvertName(chinese[i].PropertyName), chinese[i].ErrorMessage, english[i].ErrorMessage));
            return false;
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    /// <summary>Says which record a reference means.</summary>
    internal void Refer(string field, Guid record) => values[field] = record;

    /// <summary>Adds a finding.</summary>
    public void Add(RowMessage message) => messages.Add(message);

    /// <summary>The circumstances for a decision of this row.</summary>
    /// <param name="day">The business date; null for today.</param>
    /// <param name="part">Tells apart several things that are created inside one record; each number gives one identity.</param>
    public Now Now(DateOnly? day = null, int part = 1) => new(setup.At, day ?? setup.Today, setup.UserId, RecordIds.Of(setup.ImportId, Number, part));
}
