using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.EventStore;

/// <summary>One asynchronous projection: reads the log page by page and saves rows and position together.</summary>
internal sealed partial class Shard(Projection projection, DocumentStore store, LogTail tail)
{
    private const int PageSize = 1_000;
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(1);
    private readonly string[] types = [.. projection.Events.SelectMany(store.Events.Aliases)];
    private readonly SemaphoreSlim signal = new(0);

    // Position and rows change together: a page and a start exclude each other on this node.
    private readonly SemaphoreSlim gate = new(1, 1);
    private TaskCompletionSource progressed = NewSource();
    private long[] skipped = [];
    private Ahead? ahead;
    private bool dense;
    private DateTime fence;
    private long saved;
    private long position;
    private volatile Failure? failure;
    private volatile bool leading;
    private volatile Standing standing;

    public Projection Projection => projection;

    public string ShardName => projection.ShardName;

    public string Name => projection.Name;

    public long Position => Volatile.Read(ref position);

    public bool Leading => leading;

    public ShardStatus Status => failure is { } f
        ? new(Name, ShardState.Paused, Position, f.Message, f.Sequence)
        : new(Name, leading ? ShardState.Running : standing switch { Standing.ToBuild => ShardState.Building, Standing.Outdated => ShardState.Outdated, _ => ShardState.Following }, Position, null);

    /// <summary>Completes when something has changed: the position, the lead or a failure.</summary>
    public Task Progressed => Volatile.Read(ref progressed).Task;

    public void Wake()
    {
        if (signal.CurrentCount == 0) signal.Release();
    }

    /// <summary>Runs until cancelled or until another node is seen to have moved the projection on.</summary>
    public async Task RunAsync(Func<long> mark, CancellationToken ct)
    {
        try
        {
            await Begin(ct);
            leading = true;
            var limit = PageSize;
            var failures = 0;
            while (true)
            {
                try
                {
                    if (failure is not null || Position >= mark())
                    {
                        if (!await signal.WaitAsync(Recheck, ct)) await Confirm(ct);
                        if (failure is not null && await IsReleased(ct)) limit = PageSize;
                        continue;
                    }
                    await Advance(mark(), limit, ct);
                    limit = Math.Min(limit * 2, PageSize);
                    failures = 0;
                }
                catch (Exception e) when (Transient.Is(e) && !ct.IsCancellationRequested)
                {
                    LogRetry(store.Daemon.Logger, Name, FailureReason.Of(e));
                    await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(10_000, 100 << Math.Min(failures++, 7))), ct);
                }
                catch (Exception e) when (e is not (OperationCanceledException or ProgressionOutOfOrderException) && limit > 1)
                {
                    // Narrow the page until only the event that cannot be projected is left.
                    LogNarrow(store.Daemon.Logger, Name, limit, e.GetType().Name);
                    limit /= 2;
                }
                catch (Exception e) when (e is not (OperationCanceledException or ProgressionOutOfOrderException))
                {
                    await Pause(e, ct);
                }
            }
        }
        finally
        {
            leading = false;
            failure = null;
            Signal();
        }
    }

    /// <summary>Wakes the shard, or moves it at once where it has nothing to read: most saves concern few projections.</summary>
    public async ValueTask MarkMoved(long from, long to, IReadOnlySet<string> moved)
    {
        if (leading && failure is null && !moved.Overlaps(types) && await gate.WaitAsync(TimeSpan.Zero))
            try
            {
                if (Position == from)
                {
                    MoveTo(to);
                    return;
                }
            }
            finally
            {
                gate.Release();
            }
        Wake();
    }

    /// <summary>Takes over the position another node has stored, or that of another version of the projection.</summary>
    public void Follow(long stored, Standing what)
    {
        standing = what;
        saved = stored;
        if (stored != Position) MoveTo(stored);
    }

    /// <summary>
    /// Whether the node that leads has folded everything up to <paramref name="sequence"/>: its stored position says so, or none
    /// of the projection's events lies between.
    /// </summary>
    public async Task<bool> HasFolded(long sequence, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            with p as (
              select coalesce(max(last_seq_id), 0) as reached from events.mt_event_progression
              where name = $1 || ':All' or (starts_with(name, $1 || ':V') and right(name, 4) = ':All'))
            select p.reached >= $2 or not exists (
              select from events.mt_events e where e.seq_id > p.reached and e.seq_id <= $2 and e.type = any($3)) from p
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = sequence });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = types });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Begins again from what is stored.</summary>
    public async Task Restart(CancellationToken ct)
    {
        if (leading) await Begin(ct);
    }

    /// <summary>
    /// Takes the lead of the stored position: whoever led before, and has not noticed that it lost the lead, finds another time of the
    /// last change and writes nothing more.
    /// </summary>
    private Task Begin(CancellationToken ct) => InTurn(async () =>
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var sql = new SqlBatch();
        sql.Add($"set local idle_in_transaction_session_timeout = '2s'");
        if (projection is Subscription { StartAfter: var start })
            sql.Add($"insert into events.mt_event_progression (name, last_seq_id) select {ShardName}, coalesce({start}, (select max(seq_id) from events.mt_events), 0) on conflict do nothing");
        // Where the tables are another version's, switched a moment ago, there is nothing to begin.
        else sql.Add($"insert into events.mt_event_progression (name, last_seq_id) select {ShardName}, 0 where not exists (select from events.mt_event_progression where {Rebuild.PositionsOf(Name)}) on conflict do nothing");
        if (await Execute(sql, connection, transaction, ct) > 0 && projection is not Subscription)
        {
            // Never run: what the tables hold was left by a crash.
            foreach (var table in projection.Tables) sql.Add($"truncate {sql.Table(table)}");
            await Execute(sql, connection, transaction, ct);
        }
        await using (var delete = new NpgsqlCommand("delete from daemon.failures where projection = $1", connection, transaction))
        {
            delete.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name });
            await delete.ExecuteNonQueryAsync(ct);
        }
        await using (var lead = new NpgsqlCommand("update events.mt_event_progression set last_updated = clock_timestamp() where name = $1 returning last_seq_id, last_updated", connection, transaction))
        {
            lead.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ShardName });
            await using var row = await lead.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct)) throw new ProgressionOutOfOrderException(ShardName, saved);
            (saved, fence) = (row.GetInt64(0), row.GetDateTime(1));
        }
        await transaction.CommitAsync(ct);
        skipped = await LoadSkipped(ct);
        failure = null;
        ahead = null;
        MoveTo(saved);
    }, ct);

    /// <summary>While nothing happens: stores a position that moved over foreign events, and notices that another node took the lead.</summary>
    private Task Confirm(CancellationToken ct) => InTurn(async () =>
    {
        var reached = Position;
        await using var command = store.DataSource.CreateCommand(reached > saved
            ? """
              update events.mt_event_progression set last_seq_id = $1, last_updated = clock_timestamp()
              where name = $2 and last_seq_id = $3 and last_updated = $4 and set_config('synchronous_commit', 'off', true) = 'off' returning last_updated
              """
            : "select last_updated from events.mt_event_progression where name = $2 and last_seq_id = $3 and last_updated = $4 and last_seq_id <= $1");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = reached });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ShardName });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = saved });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = fence });
        if (await command.ExecuteScalarAsync(ct) is not DateTime changed) throw new ProgressionOutOfOrderException(ShardName, saved);
        (saved, fence) = (reached, changed);
    }, ct);

    private Task Advance(long mark, int limit, CancellationToken ct) => InTurn(() => AdvanceOnePage(mark, limit, ct), ct);

    /// <summary>One thing at a time in this shard.</summary>
    private async Task InTurn(Func<Task> work, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            await work();
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task AdvanceOnePage(long mark, int limit, CancellationToken ct)
    {
        var (next, upTo, page) = (ahead, LogTail.End(Position, mark, dense), (IReadOnlyList<Event>?)null);
        ahead = null;
        if (next is not null && next.After == Position && next.Limit == limit) (upTo, page) = (next.UpTo, await next.Page);
        page ??= await tail.ReadAsync(Position, upTo, types, limit, skipped, ct);
        // A short page has seen everything it was to see; a full one only what it read.
        var ceiling = page.Count < limit ? upTo : page[^1].Sequence;
        dense = 2 * page.Count >= ceiling - Position;
        if (page.Count == 0 && ceiling - saved < PageSize)
        {
            // Nothing to fold: the position is kept in memory and saved with the next rows or when idle. After a crash it is read again.
            MoveTo(ceiling);
            return;
        }
        using var span = Tracing.Project(Name, page);
        var sql = new SqlBatch();
        await projection.ApplyAsync(page, store, sql, ct);
        // While the rows are written, the next page is read.
        var end = LogTail.End(ceiling, mark, dense);
        var following = ceiling < mark ? new Ahead(ceiling, end, limit, tail.ReadAsync(ceiling, end, types, limit, skipped, ct)) : null;
        fence = await Save(sql, ceiling, ct);
        saved = ceiling;
        ahead = following;
        MoveTo(ceiling);
    }

    /// <summary>Position and rows in one round trip and one transaction, which no pause of this process can keep open.</summary>
    private async Task<DateTime> Save(SqlBatch sql, long ceiling, CancellationToken ct)
    {
        // The stored position and the time of its last change are a fencing token: without them the division fails, and with it everything
        // else in the batch. Rows and position become durable together and can always be folded again: the disk need not be waited for.
        // What a subscription writes may have been acted on already, so it waits.
        var token = new SqlBatch();
        token.Add($"""
            with moved as (
              update events.mt_event_progression set last_seq_id = {ceiling}, last_updated = clock_timestamp()
              where name = {ShardName} and last_seq_id = {saved} and last_updated = {fence}
                and set_config('synchronous_commit', {(projection is Subscription ? "on" : "off")}, true) is not null
              returning last_updated)
            select max(last_updated), 1 / count(*) from moved
            """);
        await using var batch = store.DataSource.CreateBatch();
        // One event may concern every record, such as a rule by which a million customers are looked at anew.
        batch.Timeout = 600;
        token.MoveTo(batch);
        sql.MoveTo(batch);
        try
        {
            await using var results = await batch.ExecuteReaderAsync(ct);
            await results.ReadAsync(ct);
            var changed = results.GetDateTime(0);
            while (await results.NextResultAsync(ct)) { }
            return changed;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DivisionByZero)
        {
            // Another statement may have divided by zero as well.
            if (!await HoldsFence(ct)) throw new ProgressionOutOfOrderException(ShardName, saved);
            throw;
        }
    }

    private async Task<bool> HoldsFence(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select exists (select from events.mt_event_progression where name = $1 and last_seq_id = $2 and last_updated = $3)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ShardName });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = saved });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = fence });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private async Task Pause(Exception e, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            with poison as (
              select seq_id, type, stream_id from events.mt_events where seq_id > $1 and type = any($2) and seq_id <> all($3) order by seq_id limit 1)
            insert into daemon.failures as f (projection, sequence, type, stream_id, error) select $4, seq_id, type, stream_id, $5 from poison
            on conflict (projection) do update set sequence = excluded.sequence, type = excluded.type, stream_id = excluded.stream_id, error = excluded.error, failed_at = now()
            returning sequence, type
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = Position });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = types });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = skipped });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = FailureReason.Of(e) });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return;
        var sequence = row.GetInt64(0);
        failure = new Failure(sequence, $"event {sequence} ({row.GetString(1)}): {FailureReason.Of(e)}");
        LogPaused(store.Daemon.Logger, Name, sequence, FailureReason.Of(e), e.StackTrace);
        Signal();
    }

    /// <summary>Whether somebody, on whichever node, asked for another try or left the event out.</summary>
    private async Task<bool> IsReleased(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select exists (select from daemon.failures where projection = $1 and sequence = $2)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = failure!.Sequence });
        if (await command.ExecuteScalarAsync(ct) is true) return false;
        skipped = await LoadSkipped(ct);
        ahead = null;
        failure = null;
        Signal();
        return true;
    }

    private async Task<long[]> LoadSkipped(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select coalesce(array_agg(sequence), '{}') from daemon.skipped_events where projection = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name });
        return (long[])(await command.ExecuteScalarAsync(ct))!;
    }

    /// <returns>The number of rows the last statement changed.</returns>
    private static async Task<int> Execute(SqlBatch sql, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        sql.MoveTo(batch);
        await batch.ExecuteNonQueryAsync(ct);
        return batch.BatchCommands[^1].RecordsAffected;
    }

    private void MoveTo(long sequence)
    {
        Volatile.Write(ref position, sequence);
        Signal();
    }

    private void Signal() => Interlocked.Exchange(ref progressed, NewSource()).TrySetResult();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} is retried after {Reason}")]
    private static partial void LogRetry(ILogger logger, string projection, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} failed on a page of {Limit} with {Error}; the page is narrowed")]
    private static partial void LogNarrow(ILogger logger, string projection, int limit, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Projection {Projection} is paused at event {Sequence}: {Reason}\n{Stack}")]
    private static partial void LogPaused(ILogger logger, string projection, long sequence, string reason, string? stack);

    private sealed record Failure(long Sequence, string Message);

    private sealed record Ahead(long After, long UpTo, int Limit, Task<IReadOnlyList<Event>> Page);
}
