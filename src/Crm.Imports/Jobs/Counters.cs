namespace Crm.Imports;

/// <summary>Counts outcomes.</summary>
internal sealed class TotalsCounter
{
    private readonly int[] verdicts = new int[5];
    private int warnings;

    public ImportTotals Totals => new(
        verdicts.Sum(), verdicts[(int)RowVerdict.Create], verdicts[(int)RowVerdict.Update], verdicts[(int)RowVerdict.Unchanged], verdicts[(int)RowVerdict.Skip],
        verdicts[(int)RowVerdict.Error], warnings);

    public void Add(RowResult result)
    {
        verdicts[(int)result.Verdict]++;
        if (result.Verdict != RowVerdict.Error && result.Severity == RowSeverity.Warning) warnings++;
    }

    /// <summary>What linking adds to a row that was counted already.</summary>
    public void Link(bool becomesUpdate, RowSeverity before, IReadOnlyList<RowMessage> added)
    {
        if (becomesUpdate) (verdicts[(int)RowVerdict.Unchanged], verdicts[(int)RowVerdict.Update]) = (verdicts[(int)RowVerdict.Unchanged] - 1, verdicts[(int)RowVerdict.Update] + 1);
        if (before < RowSeverity.Warning && added.Any(m => m.Severity == RowSeverity.Warning)) warnings++;
    }
}

/// <summary>Counts rows by message, so that a finding of a thousand rows is shown once.</summary>
internal sealed class NoteCounter
{
    private readonly Dictionary<(string Code, string? Field), (RowMessage First, int Rows)> counts = [];

    /// <summary>Each kind of message with the text of the first row that had it.</summary>
    public IReadOnlyList<ImportNote> Notes =>
        [.. counts.Values.OrderByDescending(c => c.First.Severity).ThenByDescending(c => c.Rows).Select(c => new ImportNote(c.First.Code, c.First.Zh, c.First.En, c.Rows))];

    public void Add(RowResult result) => Add(result.Messages);

    public void Add(IEnumerable<RowMessage> messages)
    {
        foreach (var message in messages.DistinctBy(m => (m.Code, m.Field)))
        {
            var key = (message.Code, message.Field);
            counts[key] = counts.TryGetValue(key, out var count) ? (count.First, count.Rows + 1) : (message, 1);
        }
    }
}
