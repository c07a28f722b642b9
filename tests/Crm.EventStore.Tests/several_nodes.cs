using System.Diagnostics;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class several_nodes(PostgresFixture postgres) : StoreTest(postgres)
{
    [Fact]
    public async Task share_the_projections_and_fold_every_event_once()
    {
        var nodes = new[] { Open(Connect(), async: [new Accounts(), new Turnover()]), Open(Connect(), async: [new Accounts(), new Turnover()]) };
        foreach (var node in nodes) await Start(node);
        var ids = await Task.WhenAll(nodes.Select(n => OpenAccount(n)));
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(nodes.SelectMany(n => ids.Select(id => Task.Run(async () =>
            {
                for (var i = 0; i < 40; i++) await Append(n, id, null, new Deposited(1));
            }, Ct))));
            // Whoever leads loses its locks in the middle of it; the other takes over.
            await Execute("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())");
        }
        foreach (var node in nodes) (await node.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();

        (await Rows("select kind, count, amount from bank.turnover")).ShouldBe("(in,480,480)");
        (await Rows("select version, doc ->> 'balance' from bank.accounts")).ShouldBe("(241,240)\n(241,240)");
        await Eventually(() => nodes.SelectMany(n => n.Daemon.Status).Count(s => s.State == ShardState.Running) == 2, "each projection is led once");
    }

    [Fact]
    public async Task that_both_believe_to_lead_still_fold_every_event_once()
    {
        var nodes = new[] { Open(Connect(), async: [new Turnover()]), Open(Connect(), async: [new Turnover()]) };
        // Events that are read in several pages, by two shards that hold no lock at all.
        for (var i = 0; i < 6; i++) await OpenAccount(nodes[0], [.. Enumerable.Repeat(new Deposited(1), 500)]);
        var mark = await Scalar<long>("select max(seq_id) from events.mt_events");
        var shards = nodes.Select(n => new Shard(n.Projections.Async[0], n, new LogTail(n))).ToArray();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var running = shards.Select(s => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested && s.Position < mark)
                try
                {
                    await s.RunAsync(() => mark, stop.Token);
                }
                catch (Exception e) when (e is ProgressionOutOfOrderException or OperationCanceledException)
                {
                    // What the daemon does as well: begin again from the stored position.
                }
        }, Ct)).ToArray();
        await Eventually(() => shards.All(s => s.Position == mark), "both have seen the end");
        await stop.CancelAsync();
        await Task.WhenAll(running);

        (await Rows("select kind, count, amount from bank.turnover")).ShouldBe("(in,3000,3000)");
    }

    [Fact]
    public async Task take_over_when_one_stops()
    {
        var first = await Start(Open(Connect(), async: [new Turnover()]));
        await Eventually(() => first.Daemon.Status[0].State == ShardState.Running, "the first leads");
        var second = await Start(Open(Connect(), async: [new Turnover()]));
        var id = await OpenAccount(first, new Deposited(1));
        (await first.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        second.Daemon.Status[0].State.ShouldBe(ShardState.Following);

        // The process and its pool of connections live on; only the daemon stops.
        await first.Daemon.StopAsync(Ct);
        await Append(second, id, 2, new Deposited(1));
        await Eventually(() => second.Daemon.Status[0].State == ShardState.Running, "the second leads");
        (await second.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        (await Rows("select kind, count from bank.turnover")).ShouldBe("(in,2)");
        first.Daemon.Status[0].State.ShouldBe(ShardState.Following);
    }

    [Fact]
    public async Task take_over_from_one_that_is_frozen_and_ignore_it_when_it_wakes()
    {
        await using var wire = new Wire(ConnectionString);
        var frozen = await Start(Open(Connect(wire.ConnectionString), async: [new Turnover()]));
        await Eventually(() => frozen.Daemon.Status[0].State == ShardState.Running, "the first leads");
        var other = await Start(Open(Connect(), async: [new Turnover()]));
        var id = await OpenAccount(other, new Deposited(1));
        (await frozen.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();

        wire.Freeze();
        var start = Stopwatch.GetTimestamp();
        // What the frozen node was about to fold when it froze.
        var saved = await Append(other, id, 2, new Deposited(1));
        await Eventually(() => other.Daemon.Status[0].State == ShardState.Running, "the other leads");
        (await other.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue();
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        var fence = await Scalar<DateTime>("select last_updated from events.mt_event_progression where name = 'bank.turnover:All'");

        wire.Thaw();
        await Eventually(() => frozen.Daemon.Status[0].State == ShardState.Following, "the woken node follows");
        (await Scalar<DateTime>("select last_updated from events.mt_event_progression where name = 'bank.turnover:All'")).ShouldBe(fence);
        saved = await Append(frozen, id, 3, new Deposited(1));
        (await frozen.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue();
        (await Rows("select kind, count from bank.turnover")).ShouldBe("(in,3)");
        other.Daemon.Status[0].State.ShouldBe(ShardState.Running);
    }

    [Fact]
    public async Task leave_nothing_of_the_locks_in_the_pool()
    {
        var node = await Start(Open(Connect(), async: [new Turnover()]));
        await Eventually(() => node.Daemon.Status[0].State == ShardState.Running, "it leads");
        await node.Daemon.StopAsync(Ct);
        (await Scalar<long>("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())")).ShouldBe(0);
        await using var command = node.DataSource.CreateCommand("show idle_session_timeout");
        (await command.ExecuteScalarAsync(Ct)).ShouldBe("0");
    }

    [Fact]
    public async Task rebuild_what_another_leads()
    {
        var nodes = new[] { await Start(Open(Connect(), async: [new Turnover()])), await Start(Open(Connect(), async: [new Turnover()])) };
        var id = await OpenAccount(nodes[0], new Deposited(1));
        foreach (var node in nodes) (await node.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        await Execute("update bank.turnover set count = 77");

        await Task.WhenAll(nodes[1].Daemon.RebuildAsync("bank.turnover", "somebody", "test", Ct), Should.ThrowAsync<PostgresException>(() => Twice()));
        (await Rows("select count from bank.turnover")).ShouldBe("(1)");
        var saved = await Append(nodes[1], id, 2, new Deposited(1));
        foreach (var node in nodes) (await node.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue(node.Daemon.Status[0].ToString());
        (await Rows("select count from bank.turnover")).ShouldBe("(2)");

        async Task Twice()
        {
            var sql = new SqlBatch();
            for (var i = 0; i < 2; i++) nodes[0].Daemon.Rebuild("bank.turnover", "somebody", "test", sql);
            await using var batch = nodes[0].DataSource.CreateBatch();
            sql.MoveTo(batch);
            await batch.ExecuteNonQueryAsync(Ct);
        }
    }

    [Fact]
    public async Task of_two_versions_serve_the_old_one_until_the_new_one_is_built()
    {
        var old = await Start(Open(Connect(), async: [new Turnover()]));
        var id = await OpenAccount(old, new Deposited(1), new Deposited(2));
        (await old.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        // A reader keeps the new tables from being switched in.
        await using var reader = await DataSource.OpenConnectionAsync(Ct);
        await using var transaction = await reader.BeginTransactionAsync(Ct);
        await using (var command = new NpgsqlCommand("select count from bank.turnover", reader, transaction)) await command.ExecuteScalarAsync(Ct);

        var renewed = await Start(Open(Connect(), async: [new Turnover(version: 2)]));
        await Eventually(async () => await Scalar<string>("select coalesce(max(state), '') from daemon.rebuilds") == "switching", "the new version is built");
        var saved = await Append(renewed, id, 3, new Deposited(3));
        (await old.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        (await renewed.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue();
        (await Rows("select count from bank.turnover")).ShouldBe("(3)");
        (await Rows("select name from events.mt_event_progression where name like 'bank%'")).ShouldBe("(bank.turnover:All)");
        (old.Daemon.Status[0].State, renewed.Daemon.Status[0].State).ShouldBe((ShardState.Running, ShardState.Building));

        await transaction.CommitAsync(Ct);
        await Eventually(() => (old.Daemon.Status[0].State, renewed.Daemon.Status[0].State) == (ShardState.Outdated, ShardState.Running), "the new version serves");
        saved = await Append(old, id, 4, new Deposited(4));
        (await old.Daemon.WaitForAsync(["bank.turnover"], saved.Sequence, Patience, Ct)).ShouldBeTrue();
        (await Rows("select count from bank.turnover")).ShouldBe("(4)");
        (await Rows("select name from events.mt_event_progression where name like 'bank%'")).ShouldBe("(bank.turnover:V2:All)");
    }
}
