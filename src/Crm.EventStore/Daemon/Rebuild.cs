using System.Diagnostics;
using System.Threading.Channels;
using Npgsql;

namespace Crm.EventStore;

/// <summary>
/// Builds one projection beside the one that serves: loads the log up to a mark, catches up with what came meanwhile, and puts the new
/// tables in the place of the old ones in one transaction. Every step is a transaction that also stores where it stands, so that a crash
/// repeats nothing but the last one.
/// </summary>
internal sealed class Rebuild
{
    private const int PageSize = 5_000;
    private readonly Projection projection;
    private readonly DocumentStore store;
    private readonly Func<long> highWaterMark;
    private readonly bool inline;
    private readonly string[] tables;
    private readonly string[] types;
    private readonly Dictionary<string, Identifier> beside;
    private readonly Guid runner = Guid.CreateVersion7();
    private readonly long begun = Stopwatch.GetTimestamp();
    private long[] skipped = [];
    private long doneBefore;
    private long done;

    public Rebuild(Projection projection, DocumentStore store, Func<long> highWaterMark)
    {
        (this.projection, this.store, this.highWaterMark) = (projection, store, highWaterMark);
        inline = store.Projections.Inline.Contains(projection);
        tables = [.. projection.Tables.Select(t => new Identifier(t).Value)];
        types = [.. projection.Events.SelectMany(store.Events.Aliases)];
        beside = tables.ToDictionary(t => t, t => new Identifier(t + "__next"));
    }

    private double Rate => (done - doneBefore) / Math.Max(0.001, Stopwatch.GetElapsedTime(begun).TotalSeconds);

    /// <summary>Works until the switch is done.</summary>
    /// <exception cref="RebuildLostException">It was cancelled or taken over.</exception>
    /// <exception cref="EventFailedException">An event cannot be folded.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        skipped = await LoadSkipped(ct);
        var (state, mark, stream, sequence) = await Claim(ct);
        if (mark == 0) mark = await Prepare(ct);
        if (state == "loading")
        {
            if (projection.OpenFold(store) is { } fold) await new StreamLoad(store, fold, beside, types, skipped).RunAsync(stream, mark, Loaded, ct);
            else await LoadLog(mark, sequence, ct);
            await Step(sql => sql.Add($"select daemon.index_beside({tables}, false)"), ct);
            await Step(sql =>
            {
                // The planner must know the tables before the first request reads them.
                foreach (var table in beside.Values) sql.Add($"analyze {table}");
                sql.Add($"update daemon.rebuilds set state = 'catchingUp', sequence_cursor = mark where projection = {projection.Name}");
            }, ct);
            sequence = mark;
        }
        while (true)
        {
            sequence = await CatchUp(sequence, ct);
            if (state != "switching") await Step(sql => sql.Add($"update daemon.rebuilds set state = 'switching' where projection = {projection.Name}"), ct);
            state = "switching";
            if (await TrySwitch(sequence, ct)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
        }
    }

    /// <summary>Makes the rebuild this node's; whoever worked on it before finds another runner and writes nothing more.</summary>
    private async Task<(string State, long Mark, Guid? Stream, long Sequence)> Claim(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            update daemon.rebuilds set runner = $2, left_over = true where projection = $1 and version = $3 and state in ('loading', 'catchingUp', 'switching')
            returning state, mark, stream_cursor, sequence_cursor, done
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = runner });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = projection.Version });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) throw new RebuildLostException(projection.Name);
        doneBefore = done = row.GetInt64(4);
        return (row.GetString(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetInt64(3));
    }

    private async Task<long> Prepare(CancellationToken ct)
    {
        var mark = await SafeMark(ct);
        var byStream = projection.OpenFold(store) is not null;
        await Step(sql =>
        {
            sql.Add($"select daemon.make_beside({tables}, {!byStream})");
            // Never 0: that would mean not prepared.
            sql.Add($"update daemon.rebuilds set mark = {Math.Max(1, mark)}, total = {mark} where projection = {projection.Name}");
            if (byStream)
                sql.Add($"update daemon.rebuilds set total = (select count(*) from events.mt_events where seq_id <= {mark} and type = any({types})) where projection = {projection.Name}");
        }, ct);
        return Math.Max(1, mark);
    }

    /// <summary>
    /// The highest number below which nothing can come any more: when every transaction older than the look has ended, what it saw as
    /// missing never comes. Where one does not end soon, what the daemon has proved so far.
    /// </summary>
    private async Task<long> SafeMark(CancellationToken ct)
    {
        var highest = await store.Daemon.HighestSequenceAsync(ct);
        if (highest == highWaterMark()) return highest;
        var fence = await Scalar<long>("select pg_current_xact_id()::text::bigint", ct);
        for (var waits = 0; waits < 200; waits++)
        {
            if (await Scalar<long>("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint", ct) >= fence) return highest;
            await Task.Delay(TimeSpan.FromMilliseconds(10), ct);
        }
        return highWaterMark();
    }

    /// <summary>Stores that everything up to the end of a stream is loaded.</summary>
    private async Task Loaded(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid stream, int events, CancellationToken ct)
    {
        done += events;
        await Fence(connection, transaction, "stream_cursor = $5", new NpgsqlParameter<Guid> { TypedValue = stream }, ct);
    }

    /// <summary>Page by page through the projection's own statements.</summary>
    private async Task LoadLog(long mark, long after, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var pages = Channel.CreateBounded<List<Event>>(1);
        var reading = Task.Run(async () =>
        {
            try
            {
                await using var log = await LogCopy.BySequenceAsync(store, after, mark, types, skipped, stop.Token);
                var page = new List<Event>(PageSize);
                while (await log.NextAsync(stop.Token) is { } e)
                {
                    page.Add(e);
                    if (page.Count < PageSize) continue;
                    await pages.Writer.WriteAsync(page, stop.Token);
                    page = new List<Event>(PageSize);
                }
                if (page.Count > 0) await pages.Writer.WriteAsync(page, stop.Token);
                pages.Writer.Complete();
            }
            catch (Exception e)
            {
                pages.Writer.Complete(e);
            }
        }, CancellationToken.None);
        try
        {
            await foreach (var page in pages.Reader.ReadAllAsync(ct)) await Apply(page, page[^1].Sequence, ct);
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
        done = mark;
    }

    private async Task<long> CatchUp(long after, CancellationToken ct)
    {
        while (true)
        {
            var upTo = highWaterMark();
            if (upTo <= after) return after;
            var page = await store.Query.FetchLogAsync(after, upTo, types, PageSize, skipped, ct);
            var reached = page.Count < PageSize ? upTo : page[^1].Sequence;
            if (page.Count > 0) await Apply(page, reached, ct);
            after = reached;
            if (page.Count < PageSize) return after;
        }
    }

    /// <summary>Writes a page; where it cannot be, halves it until the event is found.</summary>
    private async Task Apply(IReadOnlyList<Event> page, long reached, CancellationToken ct)
    {
        try
        {
            var sql = new SqlBatch(beside);
            await projection.ApplyAsync(page, store, sql, ct);
            await using var connection = await store.DataSource.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var (before, sequences) = (done, projection.OpenFold(store) is null);
            done = sequences ? reached : done + page.Count;
            try
            {
                await Fence(connection, transaction, "sequence_cursor = $5", new NpgsqlParameter<long> { TypedValue = reached }, ct);
                await Execute(sql, connection, transaction, ct);
                await transaction.CommitAsync(ct);
            }
            catch
            {
                done = before;
                throw;
            }
        }
        catch (Exception e) when (e is not (OperationCanceledException or RebuildLostException or EventFailedException) && !Transient.Is(e))
        {
            if (page.Count == 1) throw new EventFailedException(page[0].Sequence, page[0].Type, e);
            var half = page.Count / 2;
            await Apply([.. page.Take(half)], page[half - 1].Sequence, ct);
            await Apply([.. page.Skip(half)], reached, ct);
        }
    }

    /// <summary>
    /// Holds the writer of the tables that serve, adds what it was ahead, and switches. Gives up at once where a lock is not to be had
    /// sooner than a deadlock would be looked for: then nobody else's statement fails.
    /// </summary>
    private async Task<bool> TrySwitch(long sequence, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            var sql = new SqlBatch();
            sql.Add($"set local lock_timeout = '500ms'");
            sql.Add($"set local idle_in_transaction_session_timeout = '5s'");
            // An append takes its stream's row before anything else: when the lock is had, every append has ended, and none begins.
            if (inline) sql.Add($"lock table events.mt_streams in share mode");
            else sql.Add($"select from events.mt_event_progression where {OfThis} for update");
            await Execute(sql, connection, transaction, ct);
            await Fence(connection, transaction, "sequence_cursor = greatest(sequence_cursor, $5)", new NpgsqlParameter<long> { TypedValue = sequence }, ct);
            await using var ahead = new NpgsqlCommand(
                inline ? "select coalesce(max(seq_id), 0) from events.mt_events" : $"select coalesce(max(last_seq_id), 0) from events.mt_event_progression where {OfThis.Sql}", connection, transaction);
            var upTo = Math.Max(sequence, (long)(await ahead.ExecuteScalarAsync(ct))!);
            var page = await store.Query.FetchLogAsync(sequence, upTo, types, int.MaxValue, skipped, ct);
            sql = new SqlBatch(beside);
            if (page.Count > 0) await projection.ApplyAsync(page, store, sql, ct);
            if (sql.Commands.Count > 0) await Execute(sql, connection, transaction, ct);
            sql.Add($"select daemon.switch_beside({tables})");
            if (inline) sql.Add($"insert into daemon.projections (name, version) values ({projection.Name}, {projection.Version}) on conflict (name) do update set version = excluded.version");
            else
            {
                sql.Add($"delete from events.mt_event_progression where {OfThis} and name <> {projection.ShardName}");
                sql.Add($"""
                    insert into events.mt_event_progression (name, last_seq_id, last_updated) values ({projection.ShardName}, {upTo}, clock_timestamp())
                    on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated
                    """);
                sql.Add($"delete from daemon.failures where projection = {projection.Name}");
            }
            sql.Add($"update daemon.rebuilds set state = 'done', done = total, finished_at = now(), left_over = false where projection = {projection.Name}");
            await Execute(sql, connection, transaction, ct);
            await transaction.CommitAsync(ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }

    /// <summary>The positions of the projection in whatever version.</summary>
    private Fragment OfThis => PositionsOf(projection.Name);

    internal static Fragment PositionsOf(string name) => new($"(name = '{name}:All' or (starts_with(name, '{name}:V') and right(name, 4) = ':All'))");

    /// <summary>Statements of the rebuild's own, in a transaction that no other runner's can be.</summary>
    private async Task Step(Action<SqlBatch> add, CancellationToken ct)
    {
        var sql = new SqlBatch();
        add(sql);
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Fence(connection, transaction, "left_over = $5", new NpgsqlParameter<bool> { TypedValue = true }, ct);
        await Execute(sql, connection, transaction, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Stores where the rebuild stands, if it is still this node's.</summary>
    private async Task Fence(NpgsqlConnection connection, NpgsqlTransaction transaction, string set, NpgsqlParameter value, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"""
            update daemon.rebuilds set done = $3, total = greatest(total, $3), rate = $4, {set}
            where projection = $1 and runner = $2 and state in ('loading', 'catchingUp', 'switching') and set_config('synchronous_commit', 'off', true) = 'off'
            """, connection, transaction);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = runner });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = done });
        command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = Rate });
        command.Parameters.Add(value);
        if (await command.ExecuteNonQueryAsync(ct) != 1) throw new RebuildLostException(projection.Name);
    }

    private async Task<long[]> LoadSkipped(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select coalesce(array_agg(sequence order by sequence), '{}') from daemon.skipped_events where projection = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
        return (long[])(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task<TValue> Scalar<TValue>(string sql, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand(sql);
        return (TValue)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task Execute(SqlBatch sql, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction) { Timeout = 0 };
        sql.MoveTo(batch);
        await batch.ExecuteNonQueryAsync(ct);
    }
}
