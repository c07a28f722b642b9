using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.EventStore;

/// <summary>What one asynchronous projection is doing.</summary>
public enum ShardState
{
    /// <summary>Another node leads it.</summary>
    Following,

    /// <summary>This node runs it.</summary>
    Running,

    /// <summary>An event cannot be projected; everything else goes on.</summary>
    Paused,
}

/// <summary>How far one asynchronous projection has come.</summary>
/// <param name="Name">The projection.</param>
/// <param name="State">What it is doing on this node.</param>
/// <param name="Position">Last sequence it has folded; of a projection that another node leads, as stored a second ago at most.</param>
/// <param name="Error">Why it is paused, with the sequence of the event.</param>
/// <param name="FailedSequence">The event that cannot be projected, or null.</param>
public sealed record ShardStatus(string Name, ShardState State, long Position, string? Error, long? FailedSequence = null);

/// <summary>One asynchronous projection: reads the log page by page and saves rows and position together.</summary>
internal sealed partial class Shard(Projection projection, DocumentStore store)
{
    private const int PageSize = 1_000;
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(1);
    private readonly string[] types = [.. projection.Events.Select(store.Events.Alias)];
    private readonly SemaphoreSlim signal = new(0);

    // Position and rows change together: a page, a rebuild and a start exclude each other on this node.
    private readonly SemaphoreSlim gate = new(1, 1);
    private TaskCompletionSource progressed = NewSource();
    private Ahead? ahead;
    private long saved;
    private long position;
    private volatile Failure? failure;
    private volatile bool leading;

    public string ShardName => projection.ShardName;

    public string Name => projection.Name;

    public long Position => Volatile.Read(ref position);

    public bool Leading => leading;

    public ShardStatus Status => failure is { } f
        ? new(Name, ShardState.Paused, Position, f.Message, f.Sequence)
        : new(Name, leading ? ShardState.Running : ShardState.Following, Position, null);

    /// <summary>Completes when something has changed: the position, the lead or a failure.</summary>
    public Task Progressed => Volatile.Read(ref progressed).Task;

    public void Wake()
    {
        if (signal.CurrentCount == 0) signal.Release();
    }

    /// <summary>Runs until cancelled or until another node is seen to have moved the projection on.</summary>
    public async Task RunAsync(Func<long> mark, CancellationToken ct)
    {
        leading = true;
        try
        {
            await Begin(anew: false, ct);
            var limit = PageSize;
            var failures = 0;
            while (true)
            {
                try
                {
                    if (failure is not null || Position >= mark())
                    {
                        if (!await signal.WaitAsync(Recheck, ct)) await Confirm(ct);
                        continue;
                    }
                    await Advance(mark(), limit, ct);
                    limit = Math.Min(limit * 2, PageSize);
                    failures = 0;
                }
                catch (Exception e) when (IsTransient(e) && !ct.IsCancellationRequested)
                {
                    LogRetry(store.Daemon.Logger, Name, e);
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

    /// <summary>Takes over the position another node has stored.</summary>
    public void Follow(long stored)
    {
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
            with p as (select coalesce((select last_seq_id from events.mt_event_progression where name = $1), 0) as reached)
            select p.reached >= $2 or not exists (
              select from events.mt_events e where e.seq_id > p.reached and e.seq_id <= $2 and e.type = any($3)) from p
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ShardName });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = sequence });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = types });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Empties the tables and begins again from the first event; the node that leads notices within a second.</summary>
    public async Task Rebuild(CancellationToken ct)
    {
        await Begin(anew: true, ct);
        Wake();
    }

    private async Task Begin(bool anew, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            await using var connection = await store.DataSource.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            // The position before the tables, as a page takes them: the other order could deadlock with one.
            var sql = new SqlBatch();
            if (anew) sql.Add($"delete from events.mt_event_progression where name = {ShardName}");
            sql.Add($"insert into events.mt_event_progression (name, last_seq_id) values ({ShardName}, 0) on conflict do nothing");
            if (await Execute(sql, connection, transaction, ct) > 0)
            {
                // Never run, or run in another version: what the tables hold is not this version's, nor any other's from now on.
                sql.Add($"""
                    delete from events.mt_event_progression where name <> {ShardName}
                      and (name = {Name + ":All"} or (starts_with(name, {Name + ":V"}) and right(name, 4) = ':All'))
                    """);
                projection.Reset(sql);
                await Execute(sql, connection, transaction, ct);
            }
            await transaction.CommitAsync(ct);
            failure = null;
            ahead = null;
            await Reload(ct);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>While nothing happens: stores a position that moved over foreign events, and notices a rebuild begun elsewhere.</summary>
    private async Task Confirm(CancellationToken ct)
    {
        var (reached, floor) = (Position, saved);
        await using var command = store.DataSource.CreateCommand(reached > floor
            ? """
              update events.mt_event_progression set last_seq_id = $1, last_updated = transaction_timestamp()
              where name = $2 and last_seq_id = $3 and set_config('synchronous_commit', 'off', true) = 'off' returning last_seq_id
              """
            : "select last_seq_id from events.mt_event_progression where name = $2 and last_seq_id = $3 and last_seq_id <= $1");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = reached });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ShardName });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = floor });
        await gate.WaitAsync(ct);
        try
        {
            if (saved != floor || Position != reached) return;
            if (await command.ExecuteScalarAsync(ct) is not long) throw new ProgressionOutOfOrderException(ShardName, floor);
            saved = reached;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task Advance(long mark, int limit, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            await AdvanceOnePage(mark, limit, ct);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task AdvanceOnePage(long mark, int limit, CancellationToken ct)
    {
        var (next, upTo, page) = (ahead, mark, (IReadOnlyList<Event>?)null);
        ahead = null;
        if (next is not null && next.After == Position && next.Limit == limit) (upTo, page) = (next.UpTo, await next.Page);
        page ??= await store.Query.FetchLogAsync(Position, upTo, types, limit, ct);
        // A short page has seen everything up to the mark; a full one only what it read.
        var ceiling = page.Count < limit ? upTo : page[^1].Sequence;
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
        var following = page.Count == limit ? new Ahead(ceiling, mark, limit, store.Query.FetchLogAsync(ceiling, mark, types, limit, ct)) : null;
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var token = new SqlBatch();
        // Rows and position become durable together and can always be folded again: the disk need not be waited for.
        token.Add($"set local synchronous_commit = off");
        // The stored position is a fencing token: a node that lost the lead changes no row.
        token.Add($"update events.mt_event_progression set last_seq_id = {ceiling}, last_updated = transaction_timestamp() where name = {ShardName} and last_seq_id = {saved}");
        if (await Execute(token, connection, transaction, ct) != 1) throw new ProgressionOutOfOrderException(ShardName, saved);
        if (sql.Commands.Count > 0) await Execute(sql, connection, transaction, ct);
        await transaction.CommitAsync(ct);
        saved = ceiling;
        ahead = following;
        MoveTo(ceiling);
    }

    private async Task Pause(Exception e, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select min(seq_id) from events.mt_events where seq_id > $1 and type = any($2)");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = Position });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = types });
        var sequence = await command.ExecuteScalarAsync(ct) as long? ?? Position + 1;
        failure = new Failure(sequence, $"event {sequence}: {e.GetType().Name}: {e.Message}");
        LogPaused(store.Daemon.Logger, Name, sequence, e);
        Signal();
    }

    private async Task Reload(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select last_seq_id from events.mt_event_progression where name = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ShardName });
        saved = await command.ExecuteScalarAsync(ct) as long? ?? 0;
        MoveTo(saved);
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

    private static bool IsTransient(Exception e) => e is NpgsqlException { IsTransient: true } or TimeoutException or IOException
        || e is PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "40001" or "40P01" or "53100" };

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} is retried")]
    private static partial void LogRetry(ILogger logger, string projection, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} failed on a page of {Limit} with {Error}; the page is narrowed")]
    private static partial void LogNarrow(ILogger logger, string projection, int limit, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Projection {Projection} is paused at event {Sequence}")]
    private static partial void LogPaused(ILogger logger, string projection, long sequence, Exception exception);

    private sealed record Failure(long Sequence, string Message);

    private sealed record Ahead(long After, long UpTo, int Limit, Task<IReadOnlyList<Event>> Page);
}

/// <summary>Another node moved the projection on: this one no longer leads it, or begins again from where it stands.</summary>
internal sealed class ProgressionOutOfOrderException(string shard, long floor) : Exception($"{shard} is no longer at {floor}.");
