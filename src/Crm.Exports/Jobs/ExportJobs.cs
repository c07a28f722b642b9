using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Exports;

/// <summary>Works through the exports that are asked for; the state in the log is the queue. Correctness does not rest on the claim but on <c>exports.put</c>.</summary>
internal sealed partial class ExportJobs(DocumentStore store, ExportedLists lists, AccessPictures pictures, ILogger<ExportJobs> logger)
    : ClaimedJobs(store, key: 0x45585054, workers: 2, logger) // "EXPT"
{
    protected override async Task<IReadOnlyList<Guid>> WaitingAsync(CancellationToken ct)
    {
        await using var command = Store.DataSource.CreateCommand("select id from exports.exports where doc->>'status' in ('waiting', 'running') order by id limit 100");
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }

    protected override async Task<bool> RunAsync(Guid id, CancellationToken ct)
    {
        if (await Store.Query.AggregateStreamAsync<Export>(id, ct: ct) is not { Status: ExportStatus.Waiting or ExportStatus.Running } export) return false;
        var job = new ExportJob(Store, lists, pictures);
        try
        {
            await job.RunAsync(export, ct);
        }
        catch (PostgresException e) when (e.SqlState is "EX001" or "23503" or "23505")
        {
            // The file is not wanted any more, or another node is further; whoever looks next sees which.
        }
        catch (ConcurrencyException e) when (e.StreamId == id)
        {
            // Cancelled at the same moment, and that counts.
        }
        catch (Exception e) when (e is not OperationCanceledException and not TimeoutException && !IsTransient(e))
        {
            LogFailed(logger, e, id);
            if (await Store.Query.AggregateStreamAsync<Export>(id, ct: ct) is { Status: ExportStatus.Waiting or ExportStatus.Running } now) await job.EndAsync(now, "export_failed", ct);
        }
        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Export {Export} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, Guid export);
}
