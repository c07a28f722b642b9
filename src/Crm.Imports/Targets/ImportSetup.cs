using Crm.EventStore;

namespace Crm.Imports;

/// <summary>Which rows may do what.</summary>
public enum ImportMode
{
    CreateAndUpdate,
    CreateOnly,
    UpdateOnly,
}

/// <summary>What a blank cell of a mapped column does to an existing record.</summary>
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
public sealed record ImportOptions(
    Guid? PipelineId = null,
    ImportMode Mode = ImportMode.CreateAndUpdate,
    BlankCells Blank = BlankCells.Keep,
    Guid? OwnerId = null,
    string? BusinessDateField = null,
    string? Currency = null);

/// <summary>What a run is prepared with.</summary>
/// <param name="Columns">Name of the file's column for each mapped field code.</param>
/// <param name="Values">For mapped fields with few different values: each value, after replacements, with its number of rows.</param>
/// <param name="At">The instant of the run.</param>
/// <param name="Today">The organisation's day at that instant.</param>
/// <param name="UserId">Who imports.</param>
/// <param name="Currency">The currency of amounts that name none.</param>
public sealed record ImportSetup(
    Guid ImportId,
    DocumentStore Store,
    ImportOptions Options,
    IReadOnlyDictionary<string, string> Columns,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Values,
    DateTimeOffset At,
    DateOnly Today,
    string UserId,
    string Currency)
{
    /// <summary>Whether a column is mapped to the field.</summary>
    public bool Maps(string field) => Columns.ContainsKey(field);

    /// <summary>The identity of something that the import creates beside its rows, e.g. a pipeline; the same number gives the same identity.</summary>
    public Guid NewId(int number) => RecordIds.Of(ImportId, 0, number);
}
