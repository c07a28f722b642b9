using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class the_daemon(PostgresFixture postgres) : StoreTest(postgres)
{
    [Fact]
    public async Task folds_what_was_there_and_what_comes()
    {
        var store = Open(inline: [new Turnover(table: "bank.inline_turnover")], async: [new Accounts(), new Turnover()]);
        var id = await OpenAccount(store, new Deposited(5));
        (await Scalar<decimal>("select sum(amount) from bank.inline_turnover")).ShouldBe(5);
        (await Scalar<long>("select count(*) from bank.turnover")).ShouldBe(0);

        await Start(store);
        (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        (await Scalar<decimal>("select sum(amount) from bank.turnover")).ShouldBe(5);

        var saved = await Append(store, id, 2, new Withdrawn(2), new AccountClosed());
        (await store.Daemon.WaitForAsync(["bank.accounts", "bank.turnover", "bank.inline_turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue();
        (await Rows("select kind, count, amount from bank.turnover")).ShouldBe("(in,1,5)\n(out,1,2)");
        (await Rows("select kind, count, amount from bank.inline_turnover")).ShouldBe("(in,1,5)\n(out,1,2)");
        (await Scalar<string>("select (version, doc ->> 'balance', doc ->> 'closed')::text from bank.accounts")).ShouldBe("(4,3,true)");
        store.Daemon.Status.ShouldBe([new("bank.accounts", ShardState.Running, 4, null), new("bank.turnover", ShardState.Running, 4, null)], ignoreOrder: true);
        store.Daemon.HighWaterMark.ShouldBe(4);
    }

    [Fact]
    public async Task is_woken_by_a_save_and_does_not_wait_for_its_next_look()
    {
        var store = Open(async: [new Turnover()]);
        store.Daemon.Idle = TimeSpan.FromHours(1);
        await Start(store);
        var id = await OpenAccount(store);
        for (var version = 1; version <= 25; version++)
        {
            var saved = await Append(store, id, version, new Deposited(1));
            (await store.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task finds_what_another_node_appended()
    {
        var (writer, leader) = (Open(Connect(), async: [new Turnover()]), await Start(Open(async: [new Turnover()])));
        var saved = await Append(writer, Guid.CreateVersion7(), 0, new AccountOpened("Li", Currency.Yuan), new Deposited(1));

        (await writer.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue();
        (await Scalar<long>("select sum(count)::bigint from bank.turnover")).ShouldBe(1);
        leader.Daemon.Status.ShouldHaveSingleItem().State.ShouldBe(ShardState.Running);
        writer.Daemon.Status.ShouldHaveSingleItem().State.ShouldBe(ShardState.Following);
    }

    [Fact]
    public async Task counts_events_that_concern_no_projection_as_folded()
    {
        var (writer, _) = (Open(Connect(), async: [new Turnover()]), await Start(Open(async: [new Turnover()])));
        var saved = await Append(writer, Guid.CreateVersion7(), 0, new AccountOpened("Li", Currency.Yuan));

        (await writer.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue();
        await Eventually(async () => await Scalar<long>("select coalesce(max(last_seq_id), 0) from events.mt_event_progression where name = 'bank.turnover:All'") == saved.Sequence, "the position is stored");
    }

    [Fact]
    public async Task pauses_one_projection_at_the_event_it_cannot_fold()
    {
        var poisoned = new Turnover { Poison = 13 };
        var store = await Start(Open(async: [new Accounts(), poisoned]));
        var id = await OpenAccount(store, [.. Enumerable.Range(1, 40).Select(i => new Deposited(i))]);
        var after = await Append(store, id, 41, new Deposited(99));

        (await store.Daemon.WaitForAsync(["bank.accounts"], after.Sequence, Patience, Ct)).ShouldBeTrue();
        (await store.Daemon.WaitForAsync(["bank.turnover"], after.Sequence, Patience, Ct)).ShouldBeFalse();
        var status = store.Daemon.Status.Single(s => s.Name == "bank.turnover");
        status.State.ShouldBe(ShardState.Paused);
        status.FailedSequence.ShouldBe(14);
        status.Position.ShouldBe(13);
        status.Error.ShouldNotBeNull().ShouldBe("event 14 (deposited): InvalidOperationException");
        (await Scalar<decimal>("select sum(amount) from bank.turnover")).ShouldBe(Enumerable.Range(1, 12).Sum());
        (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeFalse();

        poisoned.Poison = null;
        await store.Daemon.RebuildAsync("bank.turnover", "somebody", "test", Ct);
        // Whoever leads takes the new tables up a moment after the switch, and is paused until then.
        await Eventually(() => store.Daemon.CatchUpAsync(Patience, Ct), "the projection follows again");
        (await Scalar<decimal>("select sum(amount) from bank.turnover")).ShouldBe(Enumerable.Range(1, 40).Sum() + 99);
        store.Daemon.Status.ShouldAllBe(s => s.State == ShardState.Running);
    }

    [Fact]
    public async Task pauses_at_an_event_it_cannot_read()
    {
        var store = Open(async: [new Accounts(), new Turnover()]);
        await OpenAccount(store, new Withdrawn(1), new Deposited(1), new Deposited(2));
        await Execute("""update events.mt_events set data = '{"amount": "much"}' where seq_id = 3""");
        await Start(store);

        await Eventually(() => store.Daemon.Status.All(s => s.State == ShardState.Paused), "both have met the event");
        store.Daemon.Status.ShouldAllBe(s => s.FailedSequence == 3);
        (await Scalar<long>("select version from bank.accounts")).ShouldBe(2);
    }

    [Fact]
    public async Task gives_a_subscription_each_event_once_from_where_it_begins()
    {
        var store = Open(async: [new Turnover(), new Receipts("all", 0), new Receipts("new", null)]);
        var id = await OpenAccount(store, new Deposited(1), new Deposited(2));
        await Start(store);
        await Eventually(() => store.Daemon.Status.All(s => s.State == ShardState.Running), "everything runs");
        for (var version = 3; version < 8; version++) await Append(store, id, version, new Deposited(version));
        (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();

        // Neither a restart nor a rebuild of everything else repeats anything.
        await store.Daemon.StopAsync(Ct);
        var again = await Start(Open(Connect(), async: [new Turnover(), new Receipts("all", 0), new Receipts("new", null)]));
        (await again.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        (await Rows("select name, count(*), sum(amount) from bank.receipts group by name")).ShouldBe("(all,7,28)\n(new,5,25)");
        Should.Throw<ArgumentException>(() => new ProjectionOptions().Add(new Receipts("all", 0), ProjectionLifecycle.Inline));
    }

    [Fact]
    public async Task outlives_the_loss_of_every_connection()
    {
        var store = await Start(Open(async: [new Accounts(), new Turnover()]));
        var id = await OpenAccount(store);
        for (var round = 0; round < 3; round++)
        {
            await Append(store, id, null, [.. Enumerable.Range(1, 100).Select(i => new Deposited(i))]);
            await Terminate();
            // The loss may hit this save as well: then it is for its caller to repeat it.
            await Eventually(async () =>
            {
                try
                {
                    await Append(store, id, null, new Withdrawn(1));
                    return true;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            }, "the database answers again");
            (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        }

        (await Scalar<long>("select sum(count)::bigint from bank.turnover")).ShouldBe(await Scalar<long>("select count(*) from events.mt_events where type in ('deposited', 'withdrawn')"));
        (await Scalar<long>("select version from bank.accounts")).ShouldBe(await Scalar<long>("select version from events.mt_streams"));
    }

    [Fact]
    public async Task reads_the_end_of_the_log_once_for_all_and_gives_each_what_it_asks_for()
    {
        var store = Open();
        for (var i = 0; i < 4; i++) await OpenAccount(store, [.. Enumerable.Range(0, 350).Select(n => n % 5 == 0 ? (object)new Withdrawn(1) : new Deposited(1))]);
        var mark = await Scalar<long>("select max(seq_id) from events.mt_events");
        var tail = new LogTail(store);
        var random = new Random(1);
        string[][] types = [["deposited"], ["withdrawn", "account_opened"], ["account_closed"]];
        var asked = Enumerable.Range(0, 60).Select(i => (After: random.NextInt64(mark), Types: types[i % 3], Skipped: i % 10 == 0 ? new[] { mark - 1 } : [])).ToArray();
        await Task.WhenAll(asked.Select(async a =>
        {
            var end = LogTail.End(a.After, mark);
            end.ShouldBeInRange(a.After + 1, mark);
            var expected = await store.Query.FetchLogAsync(a.After, end, a.Types, 1_000, a.Skipped, Ct);
            (await tail.ReadAsync(a.After, end, a.Types, 1_000, a.Skipped, Ct)).Select(e => (e.Sequence, e.Data)).ShouldBe(expected.Select(e => (e.Sequence, e.Data)));
        }));
        var (first, second) = (await tail.ReadAsync(1_000, mark, types[0], 1_000, [], Ct), await tail.ReadAsync(1_000, mark, types[0], 1_000, [], Ct));
        first.Count.ShouldBeGreaterThan(100);
        second[0].ShouldBeSameAs(first[0]);
        LogTail.End(10, 1_000_000).ShouldBe(1_000_000, "whoever is far behind reads what concerns it, however far it lies apart");
        LogTail.End(10, 1_000_000, dense: true).ShouldBe(1_000, "unless most of the events concern it");
    }

    [Fact]
    public async Task is_not_started_is_no_reason_to_wait_for_ever()
    {
        var store = Open(async: [new Turnover()]);
        var saved = await Append(store, Guid.CreateVersion7(), 0, new Deposited(1));
        (await store.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, TimeSpan.FromMilliseconds(100), Ct)).ShouldBeFalse();
        await Should.ThrowAsync<ArgumentException>(() => store.Daemon.RebuildAsync("bank.accounts", "somebody", "test", Ct));
    }

    private async Task Terminate()
    {
        await using var server = NpgsqlDataSource.Create(Postgres.ServerConnectionString);
        await using var command = server.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = new NpgsqlConnectionStringBuilder(ConnectionString).Database! });
        await command.ExecuteNonQueryAsync(Ct);
    }
}
