using Crm.Contracts;
using Crm.Http;

namespace Crm.Imports;

/// <summary>One row as values of the target's fields, read in the formats and with the replacements that were shown and confirmed.</summary>
public sealed class ImportRow
{
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

    /// <summary>Text, the code of a choice, or the name of a reference; null if blank.</summary>
    public string? Text(string field) => values.GetValueOrDefault(field) as string;

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

    /// <summary>Values of custom fields by name without the prefix <c>custom.</c>: string, decimal, bool, or an ISO date as string.</summary>
    public IReadOnlyDictionary<string, object> Custom => values.Where(v => v.Key.StartsWith("custom.", StringComparison.Ordinal))
        .ToDictionary(v => v.Key["custom.".Length..], v => v.Value is DateOnly d ? d.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : v.Value);

    /// <summary>Adds a finding.</summary>
    public void Add(RowMessage message) => messages.Add(message);

    /// <summary>The circumstances for a decision of this row.</summary>
    /// <param name="day">The business date; null for today.</param>
    /// <param name="part">Tells apart several things that are created inside one record; each number gives one identity.</param>
    public Now Now(DateOnly? day = null, int part = 1) => new(setup.At, day ?? setup.Today, setup.UserId, RecordIds.Of(setup.ImportId, Number, part));
}
