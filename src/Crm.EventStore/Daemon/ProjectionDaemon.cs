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
    private readonly Rebuilder rebuilder;
    private Action<IReadOnlySet<string>?> followers = _ => { };

    internal ProjectionDaemon(DocumentStore store)
    {
        this.store = store;
        highWater = new HighWater(store.DataSource);
        rebuilder = new Rebuilder(store, () => highWater.Mark, p => Find(p.Name)?.Restart(CancellationToken.None) ?? Task.CompletedTask);
        var tail = new LogTail(store);
        shards = new Lazy<Shard[]>(() => [.. store.Projections.Async.Select(p => new Shard(p, store, tail))]);
    }

    /// <summary>After how long a node that leads looks at the log without being told to.</summary>
    internal TimeSpan Idle { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the daemon tells what it does.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>The highest sequence number that is safe to read.</summary>
    public long HighWaterMark => highWater.Mark;

    /// <summary>For how long a missing sequence number, that is a transaction still running, has held the mark back.</summary>
    public TimeSpan HighWaterHeldFor => highWater.HeldFor;

    /// <summary>Every asynchronous projection as this node sees it.</summary>
    public IReadOnlyList<ShardStatus> Status => [.. shards.Value.Select(s => s.Status)];

    /// <summary>
    /// Tells somebody, on every node, of each move of the high-water mark and of the stored names of the events it moved over, among others; null
    /// where these are not known. For what is kept in memory and must be read again.
    /// </summary>
    /// <param name="heard">Returns at once and does not fail.</param>
    public void Follow(Action<IReadOnlySet<string>?> heard) => followers += heard;

    /// <summary>Tells the daemon that something was committed.</summary>
    public void Wake()
    {
        if (signal.CurrentCount == 0) signal.Release();
        if (rebuilder.Signal.CurrentCount == 0) rebuilder.Signal.Release();
    }

    /// <summary>
    /// Adds the statement that asks for a projection to be built anew beside the one that serves, in the version of this program. Saving it
    /// fails as a violation of <c>rebuild_running</c> while it is being built already.
    /// </summary>
    /// <param name="projection">Its name.</param>
    /// <param name="by">Identifier of who asks.</param>
    /// <param name="reason">Why.</param>
    /// <param name="sql">Gets the statement; after it is saved, <see cref="Wake"/> spares half a second.</param>
    /// <exception cref="ArgumentException">There is no such projection with tables of its own.</exception>
    public void Rebuild(string projection, string by, string reason, SqlBatch sql)
    {
        var found = store.Projections.All.FirstOrDefault(p => p.Name == projection) ?? throw new ArgumentException($"There is no projection '{projection}'.", nameof(projection));
        sql.Add($"select daemon.request_rebuild({projection}, {found.Version}, {by}, {reason})");
    }

    /// <summary>Adds the statement that ends a rebuild; what serves goes on serving. It changes nothing where none is under way.</summary>
    public static void CancelRebuild(string projection, SqlBatch sql) => sql.Add($"""
        update daemon.rebuilds set state = 'cancelled', finished_at = now() where projection = {projection} and state in ('loading', 'catchingUp', 'switching')
        """);

    /// <summary>Adds the statement that lets a paused projection try its event again, on whichever node leads it.</summary>
    public static void Retry(string projection, SqlBatch sql) => sql.Add($"delete from daemon.failures where projection = {projection}");

    /// <summary>
    /// Adds the statements that leave out the event at which a projection is paused, or its rebuild has failed, now and in every build to
    /// come. They change nothing where that is another event.
    /// </summary>
    public static void Skip(string projection, long sequence, string by, string reason, SqlBatch sql)
    {
        sql.Add($"""
            insert into daemon.skipped_events (projection, sequence, type, stream_id, error, reason, skipped_by)
            select projection, sequence, type, stream_id, error, {reason}, {by} from daemon.failures where projection = {projection} and sequence = {sequence}
            union all
            select r.projection, e.seq_id, e.type, e.stream_id, r.error, {reason}, {by} from daemon.rebuilds r join events.mt_events e on e.seq_id = r.failed_sequence
            where r.projection = {projection} and r.state = 'failed' and r.failed_sequence = {sequence}
            on conflict do nothing
            """);
        sql.Add($"delete from daemon.failures where projection = {projection} and sequence = {sequence}");
    }

    /// <summary>Asks for a rebuild and waits until it is done.</summary>
    /// <exception cref="InvalidOperationException">It failed or was cancelled.</exception>
    public async Task RebuildAsync(string projection, string by, string reason, CancellationToken ct = default)
    {
        var sql = new SqlBatch();
        Rebuild(projection, by, reason, sql);
        await using (var batch = store.DataSource.CreateBatch())
        {
            sql.MoveTo(batch);
            await batch.ExecuteNonQueryAsync(ct);
        }
        Wake();
        while (true)
        {
            var status = (await RebuildsAsync(ct)).Single(r => r.Projection == projection);
            if (status.State == "done") return;
            if (!status.IsActive) throw new InvalidOperationException($"The rebuild of {projection} ended as {status.State}. {status.Error}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), ct);
        }
    }

    /// <summary>Every projection's last rebuild, on whichever node it runs.</summary>
    public async Task<IReadOnlyList<RebuildStatus>> RebuildsAsync(CancellationToken ct = default)
    {
        await using var command = store.DataSource.CreateCommand("select projection, state, done, total, rate, started_at, started_by, reason, error, failed_sequence from daemon.rebuilds order by projection");
        await using var row = await command.ExecuteReaderAsync(ct);
        var rebuilds = new List<RebuildStatus>();
        while (await row.ReadAsync(ct))
            rebuilds.Add(new RebuildStatus(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetDouble(4), new DateTimeOffset(row.GetDateTime(5)), row.GetString(6), row.GetString(7),
                row.IsDBNull(8) ? null : row.GetString(8), row.IsDBNull(9) ? null : row.GetInt64(9)));
        return rebuilds;
    }

    /// <summary>
    /// Waits until the projections have folded everything up to <paramref name="sequence"/>. Names that are not asynchronous
    /// projections are always up to date.
    /// </summary>
    /// <returns>False if they have not within <paramref name="timeout"/>, or if one of them is paused or being built.</returns>
    public Task<bool> WaitForAsync(IEnumerable<string> projections, long sequence, TimeSpan timeout, CancellationToken ct = default) =>
        WaitForAsync(projections, sequence, timeout, patient: false, ct);

    private async Task<bool> WaitForAsync(IEnumerable<string> projections, long sequence, TimeSpan timeout, bool patient, CancellationToken ct)
    {
        if (sequence <= 0) return true;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        try
        {
            foreach (var name in projections)
                if (Find(name) is { } shard && !await WaitFor(shard, sequence, patient, limit.Token)) return false;
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

    /// <summary>Waits until every projection has folded everything that is in the log now, those included that are being built.</summary>
    /// <returns>False if they have not within <paramref name="timeout"/>, or if one of them is paused.</returns>
    public async Task<bool> CatchUpAsync(TimeSpan timeout, CancellationToken ct = default) =>
        await WaitForAsync(shards.Value.Select(s => s.Name), await HighestSequenceAsync(ct), timeout, patient: true, ct);

    /// <summary>
    /// Waits until no projection is more than a few pages behind <paramref name="sequence"/>, for whoever appends by the thousand: no faster than is folded, so that lists stay
    /// fresh for everybody else and the end of the log is read and opened once for all projections. One that is slow, paused or being built holds nothing up for long.
    /// </summary>
    public Task KeepUpAsync(long sequence, CancellationToken ct = default) =>
        WaitForAsync(shards.Value.Select(s => s.Name), sequence - LogTail.Lead, TimeSpan.FromSeconds(10), patient: false, ct);

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

    private static async Task<bool> WaitFor(Shard shard, long sequence, bool patient, CancellationToken ct)
    {
        while (true)
        {
            var progressed = shard.Progressed;
            if (shard.Position >= sequence) return true;
            var state = shard.Status.State;
            if (state == ShardState.Paused) return false;
            if (shard.Leading) await progressed.WaitAsync(ct);
            // A node that follows learns of progress from the database only.
            else if (await shard.HasFolded(sequence, ct)) return true;
            // Nobody may be left who folds in the old version: the answer is then as old as it is.
            else if (state == ShardState.Building && !patient) return false;
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
        followers(null);
        // Two loops, so that a slow look at the log cannot keep the locks' connection unused for too long.
        var loops = new[] { Elect(leadership, running, session.Token), Look(running, session.Token), rebuilder.RunAsync(leadership, session.Token) };
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
            foreach (var (name, position, standing, led) in await leadership.ElectAsync(free, ct))
            {
                var shard = Find(name)!;
                if (!led) running.TryRemove(shard, out _);
                if (led) running[shard] = Watch(shard, ct);
                else shard.Follow(position, standing);
                if (standing == Standing.ToBuild) await rebuilder.DemandAsync(shard.Projection, ct);
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
            {
                followers(highWater.Types);
                foreach (var shard in shards.Value) await shard.MarkMoved(before, highWater.Mark, highWater.Types);
            }
            if (Stopwatch.GetElapsedTime(saved) >= TimeSpan.FromSeconds(1))
            {
                await highWater.SaveAsync(ct);
                saved = Stopwatch.GetTimestamp();
            }
            // A held mark depends on other transactions ending, of which nobody tells; and another node may have appended, which only a
            // node that leads need learn of soon.
            if (!moved) await signal.WaitAsync(highWater.Held ? TimeSpan.FromMilliseconds(10) : running.IsEmpty && !rebuilder.Busy ? TimeSpan.FromSeconds(1) : Idle, ct);
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
