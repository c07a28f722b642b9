using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports;

/// <summary>Which rows may do what.</summary>
public enum ImportMode
{
    /// <summary>New records are created, existing ones changed.</summary>
    CreateAndUpdate,

    /// <summary>Rows of existing records are skipped.</summary>
    CreateOnly,

    /// <summary>Rows without an existing record are skipped.</summary>
    UpdateOnly,
}

/// <summary>What becomes of a row that is likely to be about a record on file, without being surely about it.</summary>
public enum LikelyDuplicates
{
    /// <summary>It is left out and shown.</summary>
    Skip,

    /// <summary>It becomes a record of its own, and the event tells of which it may be a duplicate.</summary>
    Create,
}

/// <summary>What a blank cell of a mapped column does to an existing record; chosen for the file, and for a column if it differs there.</summary>
public enum BlankCells
{
    /// <summary>The field stays as it is.</summary>
    Keep,

    /// <summary>The field is emptied.</summary>
    Clear,
}

/// <summary>Choices of the person who imports.</summary>
/// <param name="PipelineId">For opportunities: the pipeline; null takes the one whose stages the file uses, or proposes a new one.</param>
/// <param name="OwnerId">Owner of new records whose row names none.</param>
/// <param name="Currency">ISO 4217 code for amounts that carry none; null is the organisation's currency.</param>
/// <param name="BusinessDateField">A mapped date field whose value is the business date of the row's events; null leaves it to the target.</param>
/// <param name="Match">
/// By what a row finds the record it means, in this order: the first key that the row has and that finds records decides, and if it finds several, the row is
/// left out and shown. Codes of <see cref="ImportTarget.MatchKeys"/>; null or empty leaves it to the target.
/// </param>
public sealed record ImportOptions(
    Guid? PipelineId = null,
    ImportMode Mode = ImportMode.CreateAndUpdate,
    BlankCells Blank = BlankCells.Keep,
    Guid? OwnerId = null,
    string? BusinessDateField = null,
    string? Currency = null,
    LikelyDuplicates Duplicates = LikelyDuplicates.Skip,
    string[]? Match = null);

/// <summary>What a run is prepared with.</summary>
/// <param name="FileName">The name under which the file was uploaded.</param>
/// <param name="Columns">Name of the file's column for each mapped field code.</param>
/// <param name="Values">For mapped fields with few different values: each value, after replacements, with its number of rows.</param>
/// <param name="At">The instant of the run.</param>
/// <param name="Today">The organisation's day at that instant.</param>
/// <param name="UserId">Who imports.</param>
/// <param name="Currency">The currency of amounts that name none.</param>
/// <param name="Access">What who imports may do: a row that would change a record out of reach is an error row.</param>
public sealed record ImportSetup(
    Guid ImportId,
    string FileName,
    DocumentStore Store,
    ImportOptions Options,
    IReadOnlyDictionary<string, string> Columns,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Values,
    DateTimeOffset At,
    DateOnly Today,
    string UserId,
    string Currency,
    Access Access)
{
    /// <summary>Whether a column is mapped to the field.</summary>
    public bool Maps(string field) => Columns.ContainsKey(field);

    /// <summary>The keys that the person chose for finding records; empty if that is left to the target.</summary>
    public IReadOnlyList<string> Match => Options.Match ?? [];

    /// <summary>The other systems whose keys can stand for a record: those that the file has a column for, and <c>import</c>.</summary>
    public string[] Systems => [.. Columns.Keys.Where(c => c.StartsWith("externalKeys.", StringComparison.Ordinal)).Select(c => c["externalKeys.".Length..]).Append("import").Distinct()];

    /// <summary>Whether a record was created by a row of this very import, before it was broken off.</summary>
    public bool IsOwn(Guid record) => RecordIds.SameImport(ImportId, record);

    /// <summary>The identity of the record that a row creates, if it creates one.</summary>
    public Guid RecordOf(int row) => RecordIds.Of(ImportId, row);

    /// <summary>The state after events that are planned, for the next decision about the same record.</summary>
    public T? After<T>(T? state, Guid id, IReadOnlyList<DatedEvent> events) where T : Document, IAggregate<T>
    {
        foreach (var e in events)
        {
            state = Fold.Next(state, new Event
            {
                Id = Guid.Empty, StreamId = id, Version = (state?.Version ?? 0) + 1, Timestamp = At, Data = e.Data, Type = "", Context = new EventContext(UserId, ""),
                EffectiveAt = e.BusinessDate is { } day && day != Today ? Store.StartOf(day) : At,
            });
        }
        return state;
    }

    /// <summary>The identity of something that the import creates beside its rows, e.g. a pipeline; the same number gives the same identity.</summary>
    public Guid NewId(int number) => RecordIds.Of(ImportId, 0, number);
}
