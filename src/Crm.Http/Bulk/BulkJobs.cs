using Crm.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Http;

/// <summary>
/// Works through the jobs that are running or being undone, in chunks: the events of a chunk's records, what became of them and how far the job has come are
/// one transaction, so that a job that is broken off anywhere goes on where it stood. Of several nodes the one that holds a job's session lock works on it;
/// correctness rests on <c>http.bulk_advance</c>.
/// </summary>
internal sealed partial class BulkJobs(DocumentStore store, IEnumerable<IBulkCommand> commands, AccessPictures pictures, ILogger<BulkJobs> logger) : BackgroundService
{
    private const int Chunk = 250;
    private const int Patience = 5;
    private const string RightsChanged = "rights_changed";
    private const int Lock = 0x42554C4B; // "BULK"
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(30);
    private readonly Dictionary<string, IBulkCommand> byName = commands.ToDictionary(c => c.Name);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Idle;
            try
            {
                if (await RunNextAsync(stoppingToken)) continue;
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFault(logger, e.GetType().Name, e.Message);
                pause = AfterFault;
            }
            await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs one job to its end.</summary>
    /// <returns>False if there is nothing that this node could claim.</returns>
    private async Task<bool> RunNextAsync(CancellationToken ct)
    {
        foreach (var id in await BulkTables.WaitingAsync(store.DataSource, ct))
        {
            await using var claim = await store.DataSource.OpenConnectionAsync(ct);
            if (!await TryLockAsync(claim, id, ct)) continue;
            try
            {
                await RunAsync(id, ct);
                return true;
            }
            finally
            {
                await UnlockAsync(claim, id);
            }
        }
        return false;
    }

    private async Task RunAsync(Guid id, CancellationToken ct)
    {
        var (chunk, conflicts, instead) = (Chunk, 0, (BulkResult?)null);
        while (await BulkTables.FindAsync(store.DataSource, id, ct) is { State: BulkJobState.Running or BulkJobState.Undoing } job)
        {
            try
            {
                if (await BulkTables.NextAsync(store.DataSource, job, chunk, ct) is not { Count: > 0 } items)
                {
                    await FinishAsync(job, ct);
                    return;
                }
                if (await SaveAsync(job, items, instead, ct))
                {
                    (chunk, conflicts, instead) = (Math.Min(Chunk, chunk * 4), 0, null);
                    continue;
                }
                await EndAsync(job, "failed", _ => new BulkJobFailed(RightsChanged), RightsChanged, ct);
                return;
            }
            catch (PostgresException e) when (e.SqlState == "BK001")
            {
                // Cancelled, or taken over by another node: what was not saved is decided anew by whoever goes on.
                return;
            }
            catch (Exception e) when (e is ConcurrencyException or StreamArchivedException || e is PostgresException { SqlState: "40001" or "40P01" })
            {
                // Somebody changed one of the records meanwhile: look again and decide again. A record that is changed all the time is isolated.
                conflicts++;
                if (conflicts >= Patience && chunk > 1) (chunk, conflicts) = (Math.Max(1, chunk / 10), 0);
                else if (conflicts >= Patience) instead = BulkResult.Changed;
            }
            catch (Exception e) when (SavingRefusals.Of(e) is { } refusal)
            {
                // Which of the records it is, shows by going one by one.
                if (chunk == 1) instead = new BulkResult(refusal);
                chunk = 1;
            }
            catch (Exception e) when (e is not OperationCanceledException and not TimeoutException and not IOException and not NpgsqlException)
            {
                LogFailed(logger, e, id);
                await EndAsync(job, "failed", _ => new BulkJobFailed(), null, ct);
                return;
            }
        }
    }

    /// <summary>Decides and saves a chunk.</summary>
    /// <returns>False if who began the job may not do this any more.</returns>
    private async Task<bool> SaveAsync(BulkJobRow job, IReadOnlyList<BulkItem> items, BulkResult? instead, CancellationToken ct)
    {
        var command = byName[items[0].Command];
        var access = (await pictures.CurrentAsync(ct)).Of(job.Caller, store.Now, job.Role, job.Ceiling);
        if (command.Right is { } right && !access.May(right)) return false;
        await using var session = store.OpenSession(job.Context);
        var now = new Now(session.Now, store.DayOf(session.Now), job.ActingFor ?? job.Acting, Guid.CreateVersion7(session.Now));
        var results = instead is not null ? [instead] : await command.RunAsync(items, new BulkPass(job.Undoing, session, now, access), ct);
        BulkTables.Advance(session.Sql, job, items, results, session.Now);
        var saved = await session.SaveChangesAsync(ct);
        pictures.Saw(saved.Events);
        await store.Daemon.KeepUpAsync(saved.Sequence, ct);
        return true;
    }

    private async Task FinishAsync(BulkJobRow job, CancellationToken ct)
    {
        // Done means that lists and figures show it. A projection that is stuck is shown by the health check, and does not hold a job up for ever.
        await store.Daemon.CatchUpAsync(CatchUp, ct);
        await EndAsync(job, job.Undoing ? "undone" : "done", counts => job.Undoing ? new BulkUndoCompleted(counts.Undone, counts.Kept) : new BulkJobCompleted(counts.Done, counts.Refused), null, ct);
    }

    private async Task EndAsync(BulkJobRow job, string state, Func<(int Done, int Refused, int Undone, int Kept), object> ended, string? fault, CancellationToken ct)
    {
        await using var session = store.OpenSession(job.Context);
        var stream = await session.FetchForWriting<BulkJob>(job.Id, ct);
        if (stream.Aggregate?.State != job.State) return;
        await using var command = store.DataSource.CreateCommand("select done, refused, undone, kept from http.bulk_jobs where id = $1");
        command.Parameters.Add(Statement.Parameter(job.Id));
        await using (var row = await command.ExecuteReaderAsync(ct))
        {
            await row.ReadAsync(ct);
            stream.AppendMany([ended((row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3)))]);
        }
        session.Sql.Add($"update http.bulk_jobs set state = {state}, fault = {fault}, advanced_at = {session.Now} where id = {job.Id}");
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (ConcurrencyException)
        {
            // Cancelled at the same moment, and that counts.
        }
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Jobs on many records wait: {Error}: {Detail}")]
    private static partial void LogFault(ILogger logger, string error, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Job} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, Guid job);
}
