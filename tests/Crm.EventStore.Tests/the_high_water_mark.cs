using System.Collections.Concurrent;
using Crm.Testing;
using Npgsql;
using NpgsqlTypes;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class the_high_water_mark(PostgresFixture postgres) : StoreTest(postgres)
{
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task misses_no_event_under_pauses_rollbacks_and_a_slow_writer()
    {
        // The database sleeps where it hurts: after the stream's row and before the number is drawn, and after the number is drawn
        // and before the row is there.
        await Execute("""
            create function bank.pause() returns trigger language plpgsql as $$ begin if random() < 0.5 then perform pg_sleep(random() * 0.01); end if; return new; end $$;
            create trigger row_first after insert or update on events.mt_streams for each row execute function bank.pause();
            create trigger number_drawn before insert on events.mt_events for each row execute function bank.pause();
            """);
        var store = Open();
        var shared = await OpenAccount(store);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        stop.CancelAfter(Load);
        int commits = 0, rollbacks = 0;
        var writers = Enumerable.Range(0, 12).Select(w => Task.Run(async () =>
        {
            var random = new Random(w);
            while (!stop.IsCancellationRequested)
            {
                if (w % 3 == 0 ? await Saved(store, shared, random) : await Called(w, random)) Interlocked.Increment(ref commits);
                else Interlocked.Increment(ref rollbacks);
            }
        }, Ct)).ToArray();

        var exact = new HighWater(DataSource);
        var (seen, naive) = (new ConcurrentQueue<long>(), new HashSet<long>());
        var (position, naivePosition) = (0L, 0L);
        var written = Task.WhenAll(writers);
        while (!written.IsCompleted || position < await Scalar<long>("select max(seq_id) from events.mt_events"))
        {
            // What a reader without the mark would do, as a control: it must be seen to fail.
            var highest = await Scalar<long>("select max(seq_id) from events.mt_events");
            naive.UnionWith(await Between(naivePosition, highest));
            naivePosition = highest;

            if (!await exact.PollAsync(Ct)) continue;
            foreach (var sequence in await Between(position, exact.Mark)) seen.Enqueue(sequence);
            position = exact.Mark;
        }
        await written;

        var all = await Between(0, long.MaxValue);
        commits.ShouldBeGreaterThan(500);
        rollbacks.ShouldBeGreaterThan(20);
        all.Except(naive).Count().ShouldBeGreaterThan(0);
        seen.ShouldBe(all);
        (await Scalar<long>("select count(*) from events.mt_high_water_skips k where exists (select from events.mt_events e where e.seq_id > k.starting_sequence and e.seq_id <= k.ending_sequence)")).ShouldBe(0);
        (await Scalar<decimal>("select sum(ending_sequence - starting_sequence) from events.mt_high_water_skips")).ShouldBe(all[^1] - all.Count);
    }

    [Fact]
    public async Task waits_for_a_running_writer_where_the_snapshot_s_end_as_fence_would_skip_it()
    {
        // The counter-example needs a moment in which nobody else on the server commits; so it is tried until it has been shown.
        for (var shown = false; !shown;)
        {
            var highWater = new HighWater(DataSource);
            while (await highWater.PollAsync(Ct)) { }
            var start = highWater.Mark;

            await using var earlier = await DataSource.OpenConnectionAsync(Ct);
            await using var later = await DataSource.OpenConnectionAsync(Ct);
            await using var earlierTransaction = await earlier.BeginTransactionAsync(Ct);
            await using var laterTransaction = await later.BeginTransactionAsync(Ct);
            await Scalar(earlier, "select pg_current_xact_id()::text");
            var running = await Scalar(later, "select pg_current_xact_id()::text");
            await Call(later, Guid.CreateVersion7(), 1);
            await Call(earlier, Guid.CreateVersion7(), 1);
            await earlierTransaction.CommitAsync(Ct);

            var snapshotEnd = await Scalar<string>("select pg_snapshot_xmax(pg_current_snapshot())::text");
            (await highWater.PollAsync(Ct)).ShouldBeFalse();
            var oldest = await Scalar<string>("select pg_snapshot_xmin(pg_current_snapshot())::text");
            shown = snapshotEnd == running && oldest == running;
            highWater.Held.ShouldBeTrue();
            for (var i = 0; i < 20; i++) (await highWater.PollAsync(Ct)).ShouldBeFalse();
            highWater.Mark.ShouldBe(start);

            await laterTransaction.CommitAsync(Ct);
            (await highWater.PollAsync(Ct)).ShouldBeTrue();
            highWater.Mark.ShouldBe(start + 2);
            highWater.Held.ShouldBeFalse();
        }
        (await Scalar<long>("select count(*) from events.mt_high_water_skips")).ShouldBe(0);
    }

    [Fact]
    public async Task passes_numbers_that_were_rolled_back_and_writes_them_down()
    {
        var store = Open();
        await OpenAccount(store);
        await using (var connection = await DataSource.OpenConnectionAsync(Ct))
        await using (await connection.BeginTransactionAsync(Ct))
            await Call(connection, Guid.CreateVersion7(), 3);
        await OpenAccount(store);

        var highWater = new HighWater(DataSource);
        await Eventually(async () => { await highWater.PollAsync(Ct); return highWater.Mark == 5; }, "the mark passes the gap");
        (await Rows("select starting_sequence, ending_sequence from events.mt_high_water_skips")).ShouldBe("(1,4)");
    }

    [Fact]
    public async Task is_not_held_by_a_reader_that_idles_in_a_transaction()
    {
        var store = Open();
        await using var reader = await DataSource.OpenConnectionAsync(Ct);
        await using var transaction = await reader.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Ct);
        await Scalar(reader, "select count(*)::text from events.mt_events");
        await using (var connection = await DataSource.OpenConnectionAsync(Ct))
        await using (await connection.BeginTransactionAsync(Ct))
            await Call(connection, Guid.CreateVersion7(), 1);
        await OpenAccount(store);

        var highWater = new HighWater(DataSource);
        await Eventually(async () => { await highWater.PollAsync(Ct); return highWater.Mark == 2; }, "the mark passes the gap");
    }

    [Fact]
    public async Task begins_again_where_it_was_saved()
    {
        await OpenAccount(Open(), new Deposited(1));
        var highWater = new HighWater(DataSource);
        await highWater.PollAsync(Ct);
        await highWater.SaveAsync(Ct);

        var next = new HighWater(DataSource);
        await next.LoadAsync(Ct);
        next.Mark.ShouldBe(2);
    }

    private async Task<bool> Saved(DocumentStore store, Guid shared, Random random)
    {
        await using var session = store.OpenSession(Somebody);
        if (random.Next(2) == 0) session.StartStream<Account>(Guid.CreateVersion7(), [new AccountOpened("Li", Currency.Yuan)]);
        else session.Append<Account>(shared, null, [.. Enumerable.Range(1, random.Next(1, 3)).Select(n => new Deposited(n))]);
        if (random.Next(10) == 0) session.Sql.Add($"select 1 / {0}");
        try
        {
            await session.SaveChangesAsync(Ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DivisionByZero)
        {
            return false;
        }
    }

    private async Task<bool> Called(int writer, Random random)
    {
        await using var connection = await DataSource.OpenConnectionAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        await Call(connection, Guid.CreateVersion7(), random.Next(1, 4));
        if (random.Next(2) == 0) await Task.Delay(random.Next(writer == 1 ? 400 : 25), Ct);
        if (random.Next(12) == 0) return false;
        await transaction.CommitAsync(Ct);
        return true;
    }

    private static async Task Call(NpgsqlConnection connection, Guid id, int events)
    {
        await using var command = new NpgsqlCommand(
            "select events.mt_quick_append_events($1, 'account', null, $2, $3, $4, $5, null, $4, $4, null, $4, null, 0)", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. Enumerable.Range(0, events).Select(_ => Guid.CreateVersion7())] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. Enumerable.Repeat("account_closed", events)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = new string?[events], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. Enumerable.Repeat("{}", events)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(Ct);
    }

    private async Task<List<long>> Between(long after, long upTo)
    {
        await using var command = DataSource.CreateCommand("select seq_id from events.mt_events where seq_id > $1 and seq_id <= $2 order by seq_id");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var numbers = new List<long>();
        while (await reader.ReadAsync(Ct)) numbers.Add(reader.GetInt64(0));
        return numbers;
    }

    private static async Task<string> Scalar(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync(Ct))!;
    }
}
