using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.EventStore;

/// <summary>
/// Runs the asynchronous projections. Of several nodes on one database each projection is led by the one that holds its session
/// lock; the stored position guards against a node that lost the lock without noticing.
/// </summary>
public sealed partial class ProjectionDaemon : BackgroundService
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);
    private readonly DocumentStore store;
    private readonly HighWater highWater;
    private readonly SemaphoreSlim signal = new(0);
    private readonly Lazy<Shard[]> shards;

    internal ProjectionDaemon(DocumentStore store)
    {
        this.store = store;
        highWater = new HighWater(store.DataSource);
        shards = new Lazy<Shard[]>(() => [.. store.Projections.Async.Select(p => new Shard(p, store))]);
    }

    /// <summary>Where the daemon tells what it does.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>The highest sequence number that is safe to read.</summary>
    public long HighWaterMark => highWater.Mark;

    /// <summary>For how long a missing sequence number, that is a transaction still running, has held the mark back.</summary>
    public TimeSpan HighWaterHeldFor => highWater.HeldFor;

    /// <summary>Every asynchronous projection as this node sees it.</summary>
    public IReadOnlyList<ShardStatus> Status => [.. shards.Value.Select(s => s.Status)];

    /// <summary>Tells the daemon that something was committed.</summary>
    public void Wake()
    {
        if (signal.CurrentCount == 0) signal.Release();
    }

    /// <summary>
    /// Empties a projection and folds it again from the first event, while everything else goes on. Returns when it is empty;
    /// it is complete again when it has caught up.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such asynchronous projection.</exception>
    public Task RebuildAsync(string projection, CancellationToken ct = default) =>
        (Find(projection) ?? throw new ArgumentException($"There is no projection '{projection}'.", nameof(projection))).Rebuild(ct);

    /// <summary>
    /// Waits until the projections have folded everything up to <paramref name="sequence"/>. Names that are not asynchronous
    /// projections are always up to date.
    /// </summary>
    /// <returns>False if they have not within <paramref name="timeout"/>, or if one of them is paused.</returns>
    public async Task<bool> WaitForAsync(IEnumerable<string> projections, long sequence, TimeSpan timeout, CancellationToken ct = default)
    {
        if (sequence <= 0) return true;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        try
        {
            foreach (var name in projections)
                if (Find(name) is { } shard && !await WaitFor(shard, sequence, limit.Token)) return false;
            return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The highest sequence number that can be seen in the log now.</summary>
    public async Task<long> HighestSequenceAsync(CancellationToken ct = default)
    {
        await using var command = store.DataSource.CreateCommand("select coalesce(max(seq_id), 0) from events.mt_events");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Waits until every projection has folded everything that is in the log now.</summary>
    /// <returns>False if they have not within <paramref name="timeout"/>, or if one of them is paused.</returns>
    public async Task<bool> CatchUpAsync(TimeSpan timeout, CancellationToken ct = default) =>
        await WaitForAsync(shards.Value.Select(s => s.Name), await HighestSequenceAsync(ct), timeout, ct);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunSession(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogLost(Logger, e);
            }
            await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken);
        }
    }

    private static async Task<bool> WaitFor(Shard shard, long sequence, CancellationToken ct)
    {
        while (true)
        {
            var progressed = shard.Progressed;
            if (shard.Position >= sequence) return true;
            if (shard.Status.State == ShardState.Paused) return false;
            if (shard.Leading) await progressed.WaitAsync(ct);
            // A node that follows learns of progress from the database only.
            else if (await shard.HasFolded(sequence, ct)) return true;
            else await Task.Delay(TimeSpan.FromMilliseconds(20), ct);
        }
    }

    private Shard? Find(string projection) => Array.Find(shards.Value, s => s.Name == projection);

    /// <summary>Holds the locks on one connection for as long as it lives; its loss ends everything that was led under it.</summary>
    private async Task RunSession(CancellationToken ct)
    {
        await using var locks = await store.DataSource.OpenConnectionAsync(ct);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = new Dictionary<Shard, Task>();
        try
        {
            await Lead(locks, running, session.Token);
        }
        finally
        {
            await session.CancelAsync();
            await Task.WhenAll(running.Values);
            await Release(locks);
        }
    }

    private async Task Lead(NpgsqlConnection locks, Dictionary<Shard, Task> running, CancellationToken ct)
    {
        await highWater.LoadAsync(ct);
        long? elected = null;
        while (true)
        {
            if (elected is null || Stopwatch.GetElapsedTime(elected.Value) >= TimeSpan.FromSeconds(1))
            {
                await Elect(locks, running, ct);
                await highWater.SaveAsync(ct);
                elected = Stopwatch.GetTimestamp();
            }
            var before = highWater.Mark;
            if (await highWater.PollAsync(ct))
                foreach (var shard in shards.Value) await shard.MarkMoved(before, highWater.Mark, highWater.Types);
            else
                // A held mark depends on other transactions ending, of which nobody tells; and another node may have appended.
                await signal.WaitAsync(highWater.Held ? TimeSpan.FromMilliseconds(10) : Idle, ct);
        }
    }

    /// <summary>Takes the lead of every projection nobody leads. The statement also shows that the connection, and with it every lock, still lives.</summary>
    private async Task Elect(NpgsqlConnection locks, Dictionary<Shard, Task> running, CancellationToken ct)
    {
        var free = Array.FindAll(shards.Value, s => !running.TryGetValue(s, out var task) || task.IsCompleted);
        // The lock is the projection's, whatever its version: two versions would write to the same tables.
        await using var command = new NpgsqlCommand("""
            select n.name, coalesce((select p.last_seq_id from events.mt_event_progression p where p.name = n.shard), 0),
                   pg_try_advisory_lock(hashtextextended('events:' || n.name, 0))
            from unnest($1, $2) as n(name, shard)
            """, locks);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(free, s => s.Name) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(free, s => s.ShardName) });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var shard = Find(reader.GetString(0))!;
            if (reader.GetBoolean(2)) running[shard] = Watch(shard, ct);
            else shard.Follow(reader.GetInt64(1));
        }
    }

    private async Task Watch(Shard shard, CancellationToken ct)
    {
        try
        {
            await shard.RunAsync(() => highWater.Mark, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopped with the session or the host.
        }
        catch (Exception e)
        {
            LogStopped(Logger, shard.Name, e);
        }
    }

    private static async Task Release(NpgsqlConnection locks)
    {
        if (locks.FullState != System.Data.ConnectionState.Open) return;
        try
        {
            // A connection that returns to the pool keeps its session, and with it the locks, until somebody uses it again.
            await using var command = new NpgsqlCommand("select pg_advisory_unlock_all()", locks) { CommandTimeout = 5 };
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The session is gone, and its locks with it.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The daemon lost its connection and begins again")]
    private static partial void LogLost(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} stopped on this node")]
    private static partial void LogStopped(ILogger logger, string projection, Exception exception);
}
