using Crm.EventStore;
using Crm.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Imports;

/// <summary>
/// Works through the imports that are checking, running or reverting. The state in the log is the queue. Of several nodes the one that holds an
/// import's session lock works on it; the lock goes with its connection, so that the work of a node that dies is taken over. Correctness does not
/// rest on the lock but on <c>imports.advance</c>.
/// </summary>
internal sealed partial class ImportJobs(DocumentStore store, TargetCatalogue targets, AccessPictures pictures, IConfiguration configuration, ILogger<ImportJobs> logger) : BackgroundService
{
    /// <summary>For how long the end of a job waits for the lists to show what it did.</summary>
    public static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(30);

    private const int Workers = 2;
    private const int Lock = 0x494D5054; // "IMPT"
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);
    private readonly string currency = configuration["Crm:Currency"] ?? "CNY";

    /// <summary>The circumstances of everything that an import appends.</summary>
    public static EventContext Context(Import import) => new(import.StartedBy, $"import:{import.Id}", import.Id.ToString());

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => RepeatAsync(RunNextAsync, Idle, stoppingToken)));

    /// <summary>Does a piece of work again and again; pauses when there was none, and after a fault.</summary>
    private async Task RepeatAsync(Func<CancellationToken, Task<bool>> work, TimeSpan idle, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var pause = idle;
            try
            {
                if (await work(ct)) continue;
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFault(logger, e.GetType().Name, e.Message);
                pause = AfterFault;
            }
            await Task.Delay(pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs one job to its end.</summary>
    /// <returns>False if there is nothing that this node could claim.</returns>
    private async Task<bool> RunNextAsync(CancellationToken ct)
    {
        foreach (var id in await WaitingAsync(ct))
        {
            await using var claim = await store.DataSource.OpenConnectionAsync(ct);
            if (!await TryLockAsync(claim, id, ct)) continue;
            try
            {
                // The state is read after the lock was taken: another node may just have finished.
                if (await store.Query.AggregateStreamAsync<Import>(id, ct: ct) is not { } import) continue;
                if (await RunAsync(import, ct)) return true;
            }
            finally
            {
                await UnlockAsync(claim, id);
            }
        }
        return false;
    }

    private async Task<bool> RunAsync(Import import, CancellationToken ct)
    {
        try
        {
            switch (import.Status)
            {
                case ImportStatus.Checking: await new CheckJob(store, targets, pictures, currency).RunAsync(import, ct); break;
                case ImportStatus.Running: await new CommitJob(store, targets, pictures, currency).RunAsync(import, ct); break;
                case ImportStatus.Reverting: await new RevertJob(store, targets).RunAsync(import, ct); break;
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
        await using var session = store.OpenSession(Context(import));
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

    private async Task<IReadOnlyList<Guid>> WaitingAsync(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select id from imports.imports where doc->>'status' in ('checking', 'running', 'reverting') order by id limit 100");
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1, hashtext($2))", connection);
        command.Parameters.Add(Statement.Parameter(Lock));
        command.Parameters.Add(Statement.Parameter(id.ToString()));
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task UnlockAsync(NpgsqlConnection connection, Guid id)
    {
        try
        {
            await using var command = new NpgsqlCommand("select pg_advisory_unlock($1, hashtext($2))", connection);
            command.Parameters.Add(Statement.Parameter(Lock));
            command.Parameters.Add(Statement.Parameter(id.ToString()));
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // The connection is gone, and the lock with it.
        }
    }

    private static bool IsTransient(Exception e) => e is NpgsqlException { IsTransient: true } or TimeoutException or IOException
        || e is PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "53100" } || (e is NpgsqlException && e.InnerException is IOException or TimeoutException);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Imports wait: {Error}: {Detail}")]
    private static partial void LogFault(ILogger logger, string error, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Import {Import} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, Guid import);
}
