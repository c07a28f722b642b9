using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Imports;

/// <summary>Works through the imports that are checking, running or reverting. The state in the log is the queue. Correctness does not rest on the claim but on <c>imports.advance</c>.</summary>
internal sealed partial class ImportJobs(DocumentStore store, TargetCatalogue targets, AccessPictures pictures, SourceLimits limits, IConfiguration configuration, ILogger<ImportJobs> logger)
    : ClaimedJobs(store, key: 0x494D5054, workers: 2, logger) // "IMPT"
{
    /// <summary>For how long the end of a job waits for the lists to show what it did.</summary>
    public static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(30);

    private readonly string currency = configuration["Crm:Currency"] ?? "CNY";

    /// <summary>The circumstances of everything that an import appends.</summary>
    public static EventContext Context(Import import) => new(import.StartedBy, $"import:{import.Id}", import.Id.ToString());

    protected override async Task<bool> RunAsync(Guid id, CancellationToken ct) =>
        await Store.Query.AggregateStreamAsync<Import>(id, ct: ct) is { } import && await RunAsync(import, ct);

    private async Task<bool> RunAsync(Import import, CancellationToken ct)
    {
        try
        {
            switch (import.Status)
            {
                case ImportStatus.Checking: await new CheckJob(Store, targets, pictures, currency).RunAsync(import, ct); break;
                case ImportStatus.Running: await new CommitJob(Store, targets, pictures, currency, limits.BatchRows).RunAsync(import, ct); break;
                case ImportStatus.Reverting: await new RevertJob(Store, targets, pictures).RunAsync(import, ct); break;
                default: return false;
            }
        }
        catch (PostgresException e) when (e.SqlState is "IM001" or "IM002")
        {
            // Cancelled, changed, or taken over by another node; whatever this job had not yet saved is decided anew by whoever goes on.
        }
        catch (ConcurrencyException e) when (e.StreamId == import.Id)
        {
            // The same, noticed at the end of a job.
        }
        catch (Exception e) when (e is not OperationCanceledException and not ProjectionBehindException && !IsTransient(e))
        {
            LogFailed(logger, e, import.Id);
            await FailAsync(import, ct);
        }
        return true;
    }

    private async Task FailAsync(Import import, CancellationToken ct)
    {
        await using var session = Store.OpenSession(Context(import));
        session.Append<Import>(import.Id, import.Version,
            [new ImportFailed("import_failed", "导入因内部错误停止，可以继续或撤销。请把导入编号告诉管理员。", "The import stopped by an internal error; it can go on or be reverted. Tell the number of the import to the administrator.")]);
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (ConcurrencyException)
        {
            // Somebody changed or cancelled it at the same moment, and that counts.
        }
    }

    protected override async Task<IReadOnlyList<Guid>> WaitingAsync(CancellationToken ct)
    {
        await using var command = Store.DataSource.CreateCommand("select id from imports.imports where doc->>'status' in ('checking', 'running', 'reverting') order by id limit 100");
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Import {Import} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, Guid import);
}
