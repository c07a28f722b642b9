using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.EventStore;

/// <summary>
/// Runs the asynchronous projections. Of several nodes on one database each projection is led by the one that holds its session
/// lock; the stored position guards against a node that lost the lock without noticing.
/// </summary>
public sealed partial class ProjectionDaemon : BackgroundService
{
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
    public async Task RebuildAsync(string projection, CancellationToken ct = default)
    {
        var shard = Find(projection) ?? throw new ArgumentException($"There is no projection '{projection}'.", nameof(projection));
        var sql = new SqlBatch();
        sql.Add($"update events.mt_event_progression set last_seq_id = 0, last_updated = clock_timestamp() where name = {shard.ShardName}");
        sql.Add($"delete from daemon.failures where projection = {projection}");
        foreach (var table in shard.Projection.Tables) sql.Add($"truncate {sql.Table(table)}");
        await using var batch = store.DataSource.CreateBatch();
        sql.MoveTo(batch);
        await batch.ExecuteNonQueryAsync(ct);
        await shard.Restart(ct);
    }

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
                LogLost(Logger, FailureReason.Of(e));
            }
            await Task.Delay(Leadership.Interval, stoppingToken);
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

    /// <summary>Leads what nobody else leads for as long as the connection with the locks lives.</summary>
    private async Task RunSession(CancellationToken ct)
    {
        await using var leadership = await Leadership.BeginAsync(store.DataSource, ct);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = new ConcurrentDictionary<Shard, Task>();
        await highWater.LoadAsync(ct);
        // Two loops, so that a slow look at the log cannot keep the locks' connection unused for too long.
        var loops = new[] { Elect(leadership, running, session.Token), Look(running, session.Token) };
        try
        {
            await await Task.WhenAny(loops);
        }
        finally
        {
            await session.CancelAsync();
            await Task.WhenAll([.. running.Values, .. loops.Select(l => l.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default))]);
        }
    }

    /// <summary>Takes the lead of every projection nobody leads. The statement also shows that the connection, and with it every lock, still lives.</summary>
    private async Task Elect(Leadership leadership, ConcurrentDictionary<Shard, Task> running, CancellationToken ct)
    {
        while (true)
        {
            var free = Array.FindAll(shards.Value, s => !running.TryGetValue(s, out var task) || task.IsCompleted);
            foreach (var (name, position, led) in await leadership.ElectAsync(free, ct))
            {
                var shard = Find(name)!;
                if (led) running[shard] = Watch(shard, ct);
                else shard.Follow(position);
            }
            await Task.Delay(Leadership.Interval, ct);
        }
    }

    private async Task Look(ConcurrentDictionary<Shard, Task> running, CancellationToken ct)
    {
        var saved = Stopwatch.GetTimestamp();
        while (true)
        {
            var before = highWater.Mark;
            var moved = await highWater.PollAsync(ct);
            if (moved)
                foreach (var shard in shards.Value) await shard.MarkMoved(before, highWater.Mark, highWater.Types);
            if (Stopwatch.GetElapsedTime(saved) >= TimeSpan.FromSeconds(1))
            {
                await highWater.SaveAsync(ct);
                saved = Stopwatch.GetTimestamp();
            }
            // A held mark depends on other transactions ending, of which nobody tells; and another node may have appended, which only a
            // node that leads need learn of soon.
            if (!moved) await signal.WaitAsync(highWater.Held ? TimeSpan.FromMilliseconds(10) : running.IsEmpty ? TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(100), ct);
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
            LogStopped(Logger, shard.Name, FailureReason.Of(e));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The daemon lost its connection ({Reason}) and begins again")]
    private static partial void LogLost(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} stopped on this node: {Reason}")]
    private static partial void LogStopped(ILogger logger, string projection, string reason);
}
