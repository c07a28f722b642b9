using System.Diagnostics;
using Crm.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Messaging;

/// <summary>
/// Works through long jobs whose queue is a state in the log, such as imports and exports. Of several nodes the one that holds a job's session lock works on it; the lock
/// goes with its connection, so that the work of a node that dies is taken over at once. The lock only spares work: what a job writes must have a fence of its own.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="key">The first half of the lock's key, one for each kind of job.</param>
/// <param name="workers">Jobs that a node does at once.</param>
/// <param name="logger">Is told of faults.</param>
public abstract partial class ClaimedJobs(DocumentStore store, int key, int workers, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);

    /// <summary>The store.</summary>
    protected DocumentStore Store => store;

    /// <summary>The jobs that wait or were begun, in the order in which they should be done.</summary>
    protected abstract Task<IReadOnlyList<Guid>> WaitingAsync(CancellationToken ct);

    /// <summary>Does a job that was claimed, to its end. Its state is read here, after the claim: another node may just have finished it.</summary>
    /// <returns>False if there is nothing to do any more.</returns>
    protected abstract Task<bool> RunAsync(Guid id, CancellationToken ct);

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, workers).Select(_ => RepeatAsync(stoppingToken)));

    /// <summary>Whether it may succeed when it is tried again.</summary>
    protected static bool IsTransient(Exception e) => e is NpgsqlException { IsTransient: true } or TimeoutException or IOException
        || e is PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "53100" } || (e is NpgsqlException && e.InnerException is IOException or TimeoutException);

    private async Task RepeatAsync(CancellationToken ct)
    {
        var faults = 0;
        while (!ct.IsCancellationRequested)
        {
            var (pause, begun) = (Idle, Stopwatch.GetTimestamp());
            try
            {
                var worked = await RunNextAsync(ct);
                faults = 0;
                if (worked) continue;
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFault(logger, GetType().Name, e.GetType().Name, e.Message);
                // A connection that is lost in the middle of a job is back in a moment; a server that is away is not asked all the time.
                faults = Stopwatch.GetElapsedTime(begun) > AfterFault ? 0 : Math.Min(faults + 1, 5);
                pause = AfterFault * Math.Pow(2, faults - 5);
            }
            await Task.Delay(pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> RunNextAsync(CancellationToken ct)
    {
        foreach (var id in await WaitingAsync(ct))
        {
            await using var claim = await store.DataSource.OpenConnectionAsync(ct);
            if (!await TryLockAsync(claim, id, ct)) continue;
            try
            {
                if (await RunAsync(id, ct)) return true;
            }
            finally
            {
                await UnlockAsync(claim, id);
            }
        }
        return false;
    }

    private async Task<bool> TryLockAsync(NpgsqlConnection connection, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1, hashtext($2))", connection);
        command.Parameters.Add(Statement.Parameter(key));
        command.Parameters.Add(Statement.Parameter(id.ToString()));
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task UnlockAsync(NpgsqlConnection connection, Guid id)
    {
        try
        {
            await using var command = new NpgsqlCommand("select pg_advisory_unlock($1, hashtext($2))", connection);
            command.Parameters.Add(Statement.Parameter(key));
            command.Parameters.Add(Statement.Parameter(id.ToString()));
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // The connection is gone, and the lock with it.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Jobs} wait: {Error}: {Detail}")]
    private static partial void LogFault(ILogger logger, string jobs, string error, string detail);
}
