using Crm.EventStore;

namespace Crm.Imports;

/// <summary>Where an import stands.</summary>
internal enum ImportStatus
{
    Uploaded,
    Checking,
    Checked,
    Running,
    Completed,
    Failed,
    Cancelled,
    Reverting,
    Reverted,
}

/// <summary>A fault that stopped an import, in both languages.</summary>
internal sealed record ImportFault(string Code, string Zh, string En);

/// <summary>One file on its way into the log.</summary>
internal sealed record Import : Document, IAggregate<Import>
{
    public string FileName { get; init; } = "";

    public long Size { get; init; }

    public ImportStatus Status { get; init; }

    public string? Target { get; init; }

    public bool TargetGuessed { get; init; }

    public ImportFormat Format { get; init; } = new(SourceKind.Csv, null, null, false, null, 0, 0);

    public ImportColumn[] Columns { get; init; } = [];

    public ValueReplacement[] Values { get; init; } = [];

    public ImportOptions Options { get; init; } = new();

    /// <summary>The saved mapping or the system by which the columns were recognised.</summary>
    public string? MappedBy { get; init; }

    public ImportTotals? Totals { get; init; }

    public RevertTotals? Revert { get; init; }

    public ImportFault? Fault { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Who started what is running: that user's name is in the events.</summary>
    public string StartedBy { get; init; } = "";

    /// <summary>Counts dry runs, commits and reverts, so that a job can tell whether it is still the current one.</summary>
    public int Run { get; init; }

    /// <summary>Whether rows may have been imported.</summary>
    public bool HasStarted { get; init; }

    public static Import? Evolve(Import? state, Event e) => (state, e.Data) switch
    {
        (null, ImportUploaded x) => new Import { FileName = x.FileName, Size = x.Size, Format = x.Format },
        (not null, ImportMapped x) => state with
        {
            Target = x.Target,
            TargetGuessed = x.Guessed,
            Columns = x.Columns,
            Values = x.Values,
            Options = x.Options,
            MappedBy = x.MappedBy,
            Totals = null,
            Fault = null,
            Status = x.Target is null ? ImportStatus.Uploaded : ImportStatus.Checking,
            Run = state.Run + 1,
            StartedBy = e.Context.UserName,
        },
        (not null, ImportChecked x) => state with { Status = ImportStatus.Checked, Totals = x.Totals },
        (not null, ImportStarted) => state with
        {
            Status = ImportStatus.Running,
            Run = state.Run + 1,
            StartedBy = e.Context.UserName,
            StartedAt = state.StartedAt ?? e.Timestamp,
            CompletedAt = null,
            Fault = null,
            HasStarted = true,
        },
        (not null, ImportCompleted x) => state with { Status = ImportStatus.Completed, Totals = x.Totals, CompletedAt = e.Timestamp },
        (not null, ImportFailed x) => state with { Status = ImportStatus.Failed, Fault = new ImportFault(x.Code, x.Zh, x.En), CompletedAt = e.Timestamp },
        (not null, ImportCancelled) => state with { Status = ImportStatus.Cancelled, CompletedAt = e.Timestamp },
        (not null, ImportRevertStarted) => state with { Status = ImportStatus.Reverting, Run = state.Run + 1, StartedBy = e.Context.UserName, CompletedAt = null, Fault = null },
        (not null, ImportReverted x) => state with { Status = ImportStatus.Reverted, Revert = x.Totals, CompletedAt = e.Timestamp },
        _ => state,
    };
}

/// <summary>The imports to list; kept in the transaction of the events, because the worker takes its work from it.</summary>
internal sealed class ImportDocuments : DocumentProjection<Import>
{
    public override string Table => "imports.imports";

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(ImportUploaded), typeof(ImportMapped), typeof(ImportChecked), typeof(ImportStarted), typeof(ImportCompleted), typeof(ImportFailed),
        typeof(ImportCancelled), typeof(ImportRevertStarted), typeof(ImportReverted),
    ];

    public override IEnumerable<string?> SearchTexts(Import document) => [document.FileName];
}
