using System.Diagnostics;
using System.Threading.Channels;
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
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Shard[] shards = [];

    internal ProjectionDaemon(DocumentStore store)
    {
        this.store = store;
        highWater = new HighWater(store.DataSource);
    }

    /// <summary>Where the daemon tells what it does.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>The highest sequence number that is safe to read.</summary>
    public long HighWaterMark => highWater.Mark;

    /// <summary>Every asynchronous projection as this node sees it.</summary>
    public IReadOnlyList<ShardStatus> Status => [.. shards.Select(s => s.Status)];

    /// <summary>Tells the daemon that something was committed.</summary>
    public void Wake() => wake.Writer.TryWrite(true);

    /// <summary>Empties a projection and folds it again from the first event, while everything else goes on.</summary>
    /// <exception cref="ArgumentException">There is no such asynchronous projection.</exception>
    public Task RebuildAsync(string projection, CancellationToken ct = default) =>
        (Array.Find(shards, s => s.Name == projection) ?? throw new ArgumentException($"There is no projection '{projection}'.", nameof(projection))).Rebuild(ct);

    /// <summary>
    /// Waits until the projections have folded everything up to <paramref name="sequence"/>.
    /// </summary>
    /// <returns>False if they have not within <paramref name="timeout"/>, or if one of them is paused.</returns>
    public async Task<bool> WaitForAsync(IEnumerable<string> projections, long sequence, TimeSpan timeout, CancellationToken ct = default)
    {
        if (sequence <= 0) return true;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        foreach (var name in projections)
        {
            var shard = Array.Find(shards, s => s.Name == name);
            if (shard is null) continue;
            while (true)
            {
                var progressed = shard.Progressed;
                if (shard.Position >= sequence) break;
                if (shard.Status.State == ShardState.Paused) return false;
                try
                {
                    // A node that follows learns of progress from the table only.
                    if (shard.Leading) await progressed.WaitAsync(limit.Token);
                    else
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
                        await shard.Reload(limit.Token);
                    }
                }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested)
                {
                    return false;
                }
            }
        }
        return true;
    }

    /// <summary>The last number that was drawn from the log's sequence.</summary>
    public async Task<long> HighestSequenceAsync(CancellationToken ct = default)
    {
        await using var command = store.DataSource.CreateCommand("select coalesce(max(seq_id), 0) from events.mt_events");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Waits until every projection has folded everything that is in the log now.</summary>
    public async Task<bool> CatchUpAsync(TimeSpan timeout, CancellationToken ct = default) =>
        await WaitForAsync(shards.Select(s => s.Name), await HighestSequenceAsync(ct), timeout, ct);

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        shards = [.. store.Projections.Async.Select(p => new Shard(p, store, Logger))];
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            using var session = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var running = new Dictionary<Shard, Task>();
            try
            {
                await Lead(running, session.Token);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogLost(Logger, e);
            }
            catch (OperationCanceledException)
            {
                // The host stops.
            }
            await session.CancelAsync();
            await Task.WhenAll(running.Values).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            if (!stoppingToken.IsCancellationRequested) await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Holds the locks on one connection for as long as it lives; its loss ends everything that was led under it.</summary>
    private async Task Lead(Dictionary<Shard, Task> running, CancellationToken ct)
    {
        await using var locks = await store.DataSource.OpenConnectionAsync(ct);
        await highWater.LoadAsync(ct);
        long? elected = null;
        while (true)
        {
            if (elected is null || Stopwatch.GetElapsedTime(elected.Value) >= TimeSpan.FromSeconds(1))
            {
                await Elect(locks, running, ct);
                elected = Stopwatch.GetTimestamp();
            }
            if (await highWater.PollAsync(ct))
                foreach (var shard in shards) shard.Wake();
            else
            {
                using var idle = CancellationTokenSource.CreateLinkedTokenSource(ct);
                // A held mark depends on other transactions ending, of which nobody tells.
                idle.CancelAfter(highWater.Held ? TimeSpan.FromMilliseconds(10) : Idle);
                try
                {
                    await wake.Reader.ReadAsync(idle.Token);
                }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested)
                {
                    // Time to look by ourselves: another node may have appended.
                }
            }
        }
    }

    private async Task Elect(NpgsqlConnection locks, Dictionary<Shard, Task> running, CancellationToken ct)
    {
        foreach (var shard in shards)
        {
            if (running.TryGetValue(shard, out var task) && !task.IsCompleted) continue;
            await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", locks);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "events:" + shard.ShardName });
            if (await command.ExecuteScalarAsync(ct) is true) running[shard] = Watch(shard, ct);
        }
        // Also shows that the connection, and with it every lock, is still there.
        await using var alive = new NpgsqlCommand("select 1", locks);
        await alive.ExecuteScalarAsync(ct);
    }

    private async Task Watch(Shard shard, CancellationToken ct)
    {
        try
        {
            await shard.RunAsync(() => highWater.Mark, ct);
        }
        catch (OperationCanceledException)
        {
            // Stopped with the session or the host.
        }
        catch (Exception e)
        {
            LogStopped(Logger, shard.Name, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The daemon lost its connection and begins again")]
    private static partial void LogLost(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} stopped on this node")]
    private static partial void LogStopped(ILogger logger, string projection, Exception exception);
}
