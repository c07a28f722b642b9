namespace Crm.Imports;

/// <summary>Values that a field may take, against which the file's values are checked before anything is imported.</summary>
/// <param name="Values">The known values as people write them.</param>
/// <param name="Closed">Whether other values are errors (a product) or merely unusual (an industry).</param>
public sealed record KnownValues(IReadOnlyCollection<string> Values, bool Closed);

/// <summary>Something about the import as a whole that people should see before they commit.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Rows">Rows concerned.</param>
public sealed record ImportNote(string Code, string Zh, string En, int Rows);

/// <summary>
/// A target with its look-ups loaded. Rows are planned one after the other, in the file's order, without I/O. A run may remember what it planned:
/// it serves one pass over the file.
/// </summary>
public abstract class ImportRun
{
    /// <summary>The values the field may take, or null if any will do. Asked once for each mapped field, before the rows.</summary>
    public virtual KnownValues? Known(string field) => null;

    /// <summary>Findings about the whole import, such as a pipeline that will be created. Asked after the rows.</summary>
    public virtual IReadOnlyList<ImportNote> Notes => [];

    /// <summary>Streams that must exist before the first row, e.g. a new pipeline; saved in the transaction of the first batch.</summary>
    public virtual IReadOnlyList<StreamChange> Before => [];

    /// <summary>
    /// What makes the row's record the same as another's, for example its external key; null if the row says nothing of the kind.
    /// Of several rows with one key the first is imported and the others are skipped with a message that names it.
    /// </summary>
    public virtual string? Key(ImportRow row) => null;

    /// <summary>
    /// Loads what <see cref="Plan"/> needs for these rows beyond the look-ups of the whole run, such as the states of the records they mean, in a
    /// constant number of round trips. Asked before each batch of rows is planned; what was loaded for the batch before may be forgotten.
    /// </summary>
    public virtual Task LoadAsync(IReadOnlyList<ImportRow> rows, CancellationToken ct) => Task.CompletedTask;

    /// <summary>
    /// Decides the row: which record it means, and what would change. Required fields, formats and choices are checked already. Unknown references
    /// are errors or warnings as fits; what is ambiguous is not guessed. Must not have side effects beyond the run's own memory.
    /// </summary>
    public abstract RowPlan Plan(ImportRow row);

    /// <summary>
    /// Whether rows refer to other rows of the same file (a parent company). If so, a second pass calls <see cref="Link"/> for the rows that
    /// were not refused, after all records exist; in the dry run the records are those that <see cref="Plan"/> would have created.
    /// </summary>
    public virtual bool HasLinks => false;

    /// <summary>Whether the row has something to link; cheap, decided from the row alone.</summary>
    public virtual bool NeedsLink(ImportRow row) => false;

    /// <summary>Loads what <see cref="Link"/> needs for these rows and their records, in a constant number of round trips.</summary>
    public virtual Task LoadLinksAsync(IReadOnlyList<(ImportRow Row, Guid Record)> rows, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Decides the reference of a row whose own record is <paramref name="recordId"/>: <see cref="RowVerdict.Update"/>, <see cref="RowVerdict.Unchanged"/>, or a message.</summary>
    public virtual RowPlan Link(ImportRow row, Guid recordId) => RowPlan.Skip(row, RowMessage.Info("no_link", null, "没有引用。", "There is no reference."));
}
