using Crm.Contracts;

namespace Crm.Imports;

/// <summary>Reads stored cells as values of the target's fields.</summary>
internal sealed class RowReader
{
    private readonly ImportTarget target;
    private readonly ImportSetup setup;
    private readonly List<MappedColumn> columns = [];

    public RowReader(ImportTarget target, ImportSetup setup, Import import, IReadOnlyList<ColumnProfile> profile, IReadOnlyList<Suggestion> suggestions)
    {
        this.target = target;
        this.setup = setup;
        var replacements = suggestions.Where(s => s is { Applied: true, To: not null }).ToLookup(s => s.Field);
        foreach (var column in import.Columns)
        {
            if (column.Field is null) continue;
            var found = profile[column.Index];
            columns.Add(new MappedColumn(
                column.Index, column.Field, target.TypeOf(column.Field, found.Type), target.Fields.FirstOrDefault(f => f.Code == column.Field),
                DateFormat.Parse(column.Format) ?? DateFormat.Parse(found.Type == ColumnType.Date ? found.Format : null) ?? DateFormat.Iso,
                NumberFormat.Parse(column.Format) ?? NumberFormat.Parse(found.Type is ColumnType.Number or ColumnType.Money ? found.Format : null) ?? NumberFormat.Point,
                replacements[column.Field].ToDictionary(s => s.From, s => s.To!), column.Blank));
        }
    }

    public ImportRow Read(StoredRow stored)
    {
        var values = new Dictionary<string, object>(columns.Count);
        var cleared = new List<string>();
        var messages = new List<RowMessage>();
        if (stored.Problem != RowProblem.None) messages.Add(OfProblem(stored.Problem));
        foreach (var column in columns)
        {
            var text = stored.Cells[column.Index];
            if (text.Length == 0)
            {
                // What a record must have stays, whatever was chosen for the file.
                if ((column.Blank ?? setup.Options.Blank) == BlankCells.Clear && column.Catalogued?.Required != true) cleared.Add(column.Field);
                continue;
            }
            if (column.Replacements.TryGetValue(text, out var replacement))
            {
                messages.Add(RowMessage.Info("value_replaced", column.Field, $"“{text}”按“{replacement}”处理。", $"'{text}' is read as '{replacement}'."));
                text = replacement;
            }
            if (Value(column, text) is { } value) values[column.Field] = value;
            else messages.Add(Misfit(column, text));
        }
        if (setup.Options.Mode != ImportMode.UpdateOnly)
            foreach (var field in target.Fields)
                if (field.Required && !values.ContainsKey(field.Code) && messages.All(m => m.Field != field.Code))
                    messages.Add(RowMessage.Error("required", field.Code, $"缺少“{field.Name}”。", $"'{field.NameEn}' is missing."));
        return new ImportRow(setup, stored.Number, values, cleared, messages);
    }

    private object? Value(MappedColumn column, string text) => column.Type switch
    {
        ImportFieldType.Number => column.Number.TryRead(text, out var number) ? number : null,
        ImportFieldType.Money => column.Number.TryRead(text, out var amount, out var currency) ? new Money(amount, currency ?? setup.Currency) : null,
        ImportFieldType.Date => column.Date.TryRead(text, out var date) ? date : null,
        ImportFieldType.Boolean => CellKind.Boolean(text) ?? text switch { "1" => true, "0" => (object)false, _ => null },
        ImportFieldType.Choice when column.Catalogued is { Choices.Count: > 0 } field => Choices.Find(field, text),
        _ => text,
    };

    private static RowMessage Misfit(MappedColumn column, string text)
    {
        var shown = text.Length > 60 ? text[..60] + "…" : text;
        return column.Type switch
        {
            ImportFieldType.Date => RowMessage.Error("not_a_date", column.Field, $"“{shown}”不是 {column.Date.Text} 格式的日期。", $"'{shown}' is not a date written as {column.Date.Text}."),
            ImportFieldType.Number or ImportFieldType.Money => RowMessage.Error("not_a_number", column.Field, $"“{shown}”不是数字。", $"'{shown}' is not a number."),
            ImportFieldType.Boolean => RowMessage.Error("not_a_boolean", column.Field, $"“{shown}”不是“是”或“否”。", $"'{shown}' is neither yes nor no."),
            _ => RowMessage.Error("unknown_choice", column.Field, $"“{shown}”不在可选值中。", $"'{shown}' is not one of the choices."),
        };
    }

    private static RowMessage OfProblem(RowProblem problem) => problem switch
    {
        RowProblem.ExtraCells => RowMessage.Error("extra_cells", null, "这一行的单元格比列多，内容可能错位。", "The row has more cells than there are columns; values may have shifted."),
        RowProblem.FormulaError => RowMessage.Error("formula_error", null, "这一行有公式错误（如 #N/A）。", "The row holds a formula error such as #N/A."),
        _ => RowMessage.Warning("missing_cells", null, "这一行的单元格比列少，缺少的按空白处理。", "The row has fewer cells than there are columns; the missing ones are read as blank."),
    };

    private sealed record MappedColumn(
        int Index, string Field, ImportFieldType Type, ImportField? Catalogued, DateFormat Date, NumberFormat Number, Dictionary<string, string> Replacements, BlankCells? Blank);
}

/// <summary>The words people write for the codes of a closed list.</summary>
internal static class Choices
{
    public static string? Find(ImportField field, string text)
    {
        var plain = TextSimilarity.Normalise(text);
        foreach (var (code, words) in field.Choices)
        {
            if (TextSimilarity.Normalise(code) == plain || words.Any(w => TextSimilarity.Normalise(w) == plain)) return code;
        }
        return null;
    }
}
