using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Exports;

/// <summary>What kind of file it is.</summary>
internal enum ExportFormat
{
    /// <summary>UTF-8 with a byte order mark, separated by commas.</summary>
    Csv,

    /// <summary>A workbook (Office Open XML).</summary>
    Xlsx,
}

/// <summary>Somebody asked for a file of a list; why is in the event's circumstances. What was filtered by is not in it, as that can be a telephone number.</summary>
/// <param name="Resource">The list.</param>
/// <param name="Format">The kind of file.</param>
/// <param name="Columns">The fields in it.</param>
/// <param name="Selected">How many records were picked one by one; null for all of the list.</param>
/// <param name="ExpiresAt">Until when the file can be fetched.</param>
internal sealed record RecordsExportRequested(string Resource, ExportFormat Format, string[] Columns, int? Selected, DateTimeOffset ExpiresAt);

/// <summary>It is settled which records go into the file.</summary>
/// <param name="Rows">How many.</param>
internal sealed record RecordsExportStarted(long Rows);

/// <summary>The file is complete.</summary>
/// <param name="Rows">Records in it.</param>
internal sealed record RecordsExportCompleted(long Rows);

/// <summary>The file was fetched by who had asked for it.</summary>
/// <param name="ExportId">The export.</param>
internal sealed record RecordsExportFetched(Guid ExportId);

/// <summary>Where an export stands.</summary>
internal enum ExportStatus
{
    Waiting,
    Running,
    Completed,
    Failed,
    Cancelled,
}

/// <summary>One file of a list, from the request until it is gone.</summary>
internal sealed record Export : Document, IAggregate<Export>
{
    public string Resource { get; init; } = "";

    public ExportFormat Format { get; init; }

    public string[] Columns { get; init; } = [];

    /// <summary>How many records were picked one by one; null for all of the list.</summary>
    public int? Selected { get; init; }

    public ExportStatus Status { get; init; }

    /// <summary>Why, in the words of who asked for it.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Who may fetch it.</summary>
    public string RequestedBy { get; init; } = "";

    /// <summary>Records there are; null while that is not settled.</summary>
    public long? Total { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Until when the file can be fetched.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Why it failed: <c>rights_changed file_removed export_failed</c>.</summary>
    public string? Fault { get; init; }

    public static Export? Evolve(Export? state, Event e) => (state, e.Data) switch
    {
        (null, RecordsExportRequested x) => new Export
        {
            Resource = x.Resource,
            Format = x.Format,
            Columns = x.Columns,
            Selected = x.Selected,
            Reason = e.Context.Reason ?? "",
            RequestedBy = e.Context.OnBehalfOf ?? e.Context.UserName,
            ExpiresAt = x.ExpiresAt,
        },
        (not null, RecordsExportStarted x) => state with { Status = ExportStatus.Running, Total = x.Rows },
        (not null, RecordsExportCompleted x) => state with { Status = ExportStatus.Completed, Total = x.Rows, EndedAt = e.Timestamp },
        (not null, RecordsExportEnded x) => state with { Status = x.Fault is null ? ExportStatus.Cancelled : ExportStatus.Failed, Fault = x.Fault, EndedAt = e.Timestamp },
        _ => state,
    };
}

/// <summary>The exports to list; kept in the transaction of the events, because the workers take their work from it.</summary>
internal sealed class ExportDocuments : DocumentProjection<Export>
{
    public override string Table => "exports.exports";

    public override IReadOnlyCollection<Type> Events { get; } =
        [typeof(RecordsExportRequested), typeof(RecordsExportStarted), typeof(RecordsExportCompleted), typeof(RecordsExportEnded)];

    public override IEnumerable<string?> SearchTexts(Export document) => [document.Reason];
}

/// <summary>The stream of what went into the file of an export and who fetched it, beside the export's own: what is long is not folded whenever somebody looks how far it is.</summary>
internal sealed record ExportLedger : Document, IAggregate<ExportLedger>
{
    public static ExportLedger Evolve(ExportLedger? state, Event e) => state ?? new ExportLedger();

    /// <summary>The stream of an export.</summary>
    public static Guid Of(Guid export) => new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("export-ledger\n" + export)).AsSpan(0, 16));
}
