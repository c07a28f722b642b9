using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class a_rebuild_beside(PostgresFixture postgres) : StoreTest(postgres)
{
    /// <summary>Everything about tables that has a name, in their schema.</summary>
    private const string Names = """
        select 'index', c.relname::text, regexp_replace(pg_get_indexdef(c.oid), '^.* USING ', '') from pg_class c where c.relkind = 'i' and c.relnamespace = 'bank'::regnamespace
        union all select 'constraint', conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'bank'::regnamespace
        union all select 'statistics', stxname::text, pg_get_statisticsobjdef(oid) from pg_statistic_ext where stxnamespace = 'bank'::regnamespace
        union all select 'table', relname::text, array_to_string(array(select unnest(relacl)::text order by 1), ' ') from pg_class where relkind = 'r' and relnamespace = 'bank'::regnamespace
        """;

    private static Projection[] Inline => [new Accounts("bank.inline_accounts"), new Turnover(table: "bank.inline_turnover")];

    private static Projection[] Async => [new Accounts(), new Turnover()];

    [Fact]
    public async Task disturbs_neither_readers_nor_writers_and_leaves_every_name_as_it_was()
    {
        await Execute("""
            create statistics bank.accounts_owner on (doc->>'owner') from bank.accounts;
            create index accounts_balance on bank.accounts (((doc->>'balance')::numeric), id) where version > 1;
            create unique index one_day_one_kind on bank.inline_turnover (kind, day) include (amount);
            create table bank.notes (id uuid primary key, account uuid null constraint note_of_account references bank.inline_accounts (id));
            alter table bank.turnover set (fillfactor = 80);
            grant select on bank.accounts to public;
            """);
        var names = await Rows(Names);
        var store = await Start(Open(inline: Inline, async: Async));
        var ids = new Guid[8];
        for (var i = 0; i < ids.Length; i++) ids[i] = await OpenAccount(store);
        await Execute($"insert into bank.notes values ('{Guid.CreateVersion7()}', '{ids[0]}')");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var writers = ids.Select((id, n) => Task.Run(async () =>
        {
            var version = 1L;
            for (; !stop.IsCancellationRequested; version++) await Append(store, id, version, version % 3 == 0 ? new Withdrawn(n) : new Deposited(version));
            return version;
        }, Ct)).ToArray();
        var tables = Inline.Concat(Async).SelectMany(p => p.Tables).ToArray();
        var readers = tables.Select(table => Task.Run(async () =>
        {
            var last = 0L;
            while (!stop.IsCancellationRequested)
            {
                var now = await Scalar<long>(table.Contains("turnover") ? $"select coalesce(sum(count), 0)::bigint from {table}" : $"select coalesce(sum(version), 0)::bigint from {table}");
                now.ShouldBeGreaterThanOrEqualTo(last, table);
                last = now;
            }
        }, Ct)).ToArray();

        for (var round = 0; round < 2; round++)
            foreach (var projection in Inline.Concat(Async)) await store.Daemon.RebuildAsync(projection.Name, "somebody", "test", Ct).WaitAsync(Patience, Ct);
        await stop.CancelAsync();
        var versions = await Task.WhenAll(writers);
        await Task.WhenAll(readers);
        (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();

        foreach (var table in new[] { "bank.accounts", "bank.inline_accounts" }) (await Scalar<long>($"select sum(version)::bigint from {table}")).ShouldBe(versions.Sum(), table);
        (await Rows("select * from bank.inline_accounts_states")).ShouldBe(await Rows("select * from bank.accounts_states"));
        (await Rows("select kind, day, count, amount from bank.inline_turnover")).ShouldBe(await Rows("select kind, day, count, amount from bank.turnover"));
        (await Scalar<long>("select sum(count)::bigint from bank.turnover")).ShouldBe(versions.Sum() - ids.Length);
        (await Rows(Names)).ShouldBe(names);
        (await Rows("select reloptions from pg_class where oid = 'bank.turnover'::regclass")).ShouldBe("({fillfactor=80})");
        store.Daemon.Status.ShouldAllBe(s => s.State == ShardState.Running);
    }

    [Fact]
    public async Task goes_on_where_a_node_left_it()
    {
        await Log(streams: 30_000, length: 3);
        await Execute("insert into events.mt_event_progression values ('bank.accounts:All', 90000)");
        var first = Open(Connect(), async: [new Accounts()]);
        await Ask(first, "bank.accounts");
        await first.Daemon.StartAsync(Ct);
        await Eventually(async () => await Scalar<long>("select done from daemon.rebuilds") > 0, "something is loaded");
        await first.Daemon.StopAsync(Ct);
        first.Daemon.Dispose();
        var (mark, done) = (await Scalar<long>("select mark from daemon.rebuilds"), await Scalar<long>("select done from daemon.rebuilds"));

        var second = await Start(Open(Connect(), async: [new Accounts()]));
        await Eventually(async () => await Scalar<string>("select state from daemon.rebuilds") == "done", "it is done");
        (mark, await Scalar<long>("select done from daemon.rebuilds")).ShouldBe((await Scalar<long>("select mark from daemon.rebuilds"), 90_000));
        done.ShouldBeInRange(1, 90_000);
        (await Rows("select count(*), sum(version) from bank.accounts")).ShouldBe("(30000,90000)");
        (await Rows("select count(*), count(distinct id) from bank.accounts_states where known_to = 'infinity'")).ShouldBe("(30000,30000)");
        (await second.Daemon.RebuildsAsync(Ct)).ShouldHaveSingleItem().RemainingSeconds.ShouldBeNull();
    }

    [Fact]
    public async Task of_a_new_projection_over_a_long_log_comes_by_itself()
    {
        await Log(streams: 6_000, length: 2);
        var store = await Start(Open(inline: [new Turnover(table: "bank.inline_turnover")], async: [new Accounts()]));
        store.Daemon.Status.ShouldHaveSingleItem().Position.ShouldBe(0);
        (await store.Daemon.WaitForAsync(["bank.accounts"], 1, Patience, Ct)).ShouldBe(false);
        await Eventually(() => store.Daemon.Status.ShouldHaveSingleItem().State == ShardState.Running, "it is built");
        (await Rows("select count(*), sum(version) from bank.accounts")).ShouldBe("(6000,12000)");
        await Eventually(async () => await Rows("select sum(count) from bank.inline_turnover") == "(6000)", "the inline one is built");
        (await Rows("select name, version from daemon.projections")).ShouldBe("(bank.inline_turnover,1)");
    }

    [Fact]
    public async Task of_an_inline_projection_comes_with_its_version()
    {
        var old = await Start(Open(Connect(), inline: Inline));
        var id = await OpenAccount(old, new Deposited(1));
        await Eventually(async () => await Scalar<long>("select count(*) from daemon.projections") == 2, "the versions are noted");
        await old.Daemon.StopAsync(Ct);
        await Execute("update bank.inline_turnover set count = 77");

        var renewed = await Start(Open(Connect(), inline: [new Accounts("bank.inline_accounts"), new Turnover(2, "bank.inline_turnover")]));
        await Append(renewed, id, 2, new Deposited(1));
        await Eventually(async () => await Rows("select count from bank.inline_turnover") == "(2)", "it is built anew");
        (await Rows("select name, version from daemon.projections")).ShouldBe("(bank.inline_accounts,1)\n(bank.inline_turnover,2)");
    }

    [Fact]
    public async Task can_be_cancelled_and_leaves_nothing()
    {
        var store = await Start(Open(async: Async));
        var id = await OpenAccount(store, new Deposited(1));
        (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        await using var reader = await DataSource.OpenConnectionAsync(Ct);
        await using var transaction = await reader.BeginTransactionAsync(Ct);
        await using (var command = new NpgsqlCommand("select 1 from bank.accounts", reader, transaction)) await command.ExecuteScalarAsync(Ct);
        await Ask(store, "bank.accounts");
        await Eventually(async () => await Scalar<string>("select state from daemon.rebuilds") == "switching", "it waits for the reader");

        await Do(sql => ProjectionDaemon.CancelRebuild("bank.accounts", sql));
        await Eventually(async () => await Scalar<bool>("select to_regclass('bank.accounts__next') is null and not left_over from daemon.rebuilds"), "nothing is left");
        await transaction.CommitAsync(Ct);
        await Append(store, id, 2, new Deposited(1));
        (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        (await Rows("select version from bank.accounts")).ShouldBe("(3)");
        (await store.Daemon.RebuildsAsync(Ct)).ShouldHaveSingleItem().State.ShouldBe("cancelled");
    }

    [Fact]
    public async Task leaves_out_what_was_left_out_and_stops_at_what_it_cannot_fold()
    {
        var nodes = new[] { await Start(Open(Connect(), async: Async)), await Start(Open(Connect(), async: Async)) };
        var id = await OpenAccount(nodes[0], new Deposited(1), new Deposited(2), new Deposited(4));
        foreach (var node in nodes) (await node.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        await Execute("""update events.mt_events set data = '{"amount": "much"}' where seq_id = 3""");
        foreach (var name in new[] { "bank.accounts", "bank.turnover" })
            (await Should.ThrowAsync<InvalidOperationException>(() => nodes[0].Daemon.RebuildAsync(name, "somebody", "test", Ct))).Message.ShouldContain("event 3 (deposited): JsonException at $.amount");
        (await Rows("select version from bank.accounts")).ShouldBe("(4)");

        // Live it is met by an event that comes now; the other node's administrator decides.
        await Execute("""
            insert into events.mt_events (seq_id, id, stream_id, version, data, type) select nextval('events.mt_events_sequence'), gen_random_uuid(), stream_id, 5, '{"amount": []}', 'deposited'
            from events.mt_events where seq_id = 3;
            update events.mt_streams set version = 5;
            """);
        var after = await Append(nodes[0], id, 5, new Deposited(8));
        await Eventually(async () => await Rows("select projection, sequence, type, error from daemon.failures") == "(bank.accounts,5,deposited,\"JsonException at $.amount\")\n(bank.turnover,5,deposited,\"JsonException at $.amount\")", "both are paused");
        await Do(sql => ProjectionDaemon.Retry("bank.turnover", sql));
        await Eventually(async () => await Scalar<long>("select count(*) from daemon.failures") == 2, "it has failed again");
        foreach (var name in new[] { "bank.accounts", "bank.turnover" })
        {
            await Do(sql => ProjectionDaemon.Skip(name, 4, "somebody", "not where it stands", sql));
            await Do(sql => ProjectionDaemon.Skip(name, 5, "somebody", "no number", sql));
            await Execute($"insert into daemon.skipped_events (projection, sequence, type, error, reason, skipped_by) values ('{name}', 3, 'deposited', '', '', '')");
        }
        foreach (var node in nodes)
            await Eventually(() => node.Daemon.WaitForAsync(["bank.accounts", "bank.turnover"], after.Sequence, Patience, Ct), "both go on");
        (await Rows("select doc ->> 'balance', version from bank.accounts")).ShouldBe("(15,6)");
        (await Rows("select projection, sequence, skipped_by, reason from daemon.skipped_events where sequence > 3")).ShouldBe("(bank.accounts,5,somebody,\"no number\")\n(bank.turnover,5,somebody,\"no number\")");

        foreach (var name in new[] { "bank.accounts", "bank.turnover" }) await nodes[1].Daemon.RebuildAsync(name, "somebody", "test", Ct);
        (await Rows("select doc ->> 'balance', version from bank.accounts")).ShouldBe("(13,6)");
        (await Rows("select count, amount from bank.turnover")).ShouldBe("(3,13)");
    }

    private async Task Log(int streams, int length)
    {
        await Execute($$"""
            insert into events.mt_streams (id, type, version) select md5(s::text)::uuid, 'account', {{length}} from generate_series(1, {{streams}}) s;
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, headers)
            select row_number() over (order by v, s), gen_random_uuid(), md5(s::text)::uuid, v,
              case v when 1 then '{"owner": "Li", "currency": "yuan"}'::jsonb else '{"amount": 1}' end, case v when 1 then 'account_opened' else 'deposited' end, '{"source": "test"}'
            from generate_series(1, {{streams}}) s, generate_series(1, {{length}}) v;
            select setval('events.mt_events_sequence', {{streams}} * {{length}});
            analyze events.mt_events
            """);
    }

    private Task Ask(DocumentStore store, string projection) => Do(sql => store.Daemon.Rebuild(projection, "somebody", "test", sql));

    private async Task Do(Action<SqlBatch> add)
    {
        var sql = new SqlBatch();
        add(sql);
        await using var batch = DataSource.CreateBatch();
        sql.MoveTo(batch);
        await batch.ExecuteNonQueryAsync(Ct);
    }
}
