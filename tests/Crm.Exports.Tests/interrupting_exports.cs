using System.Net;
using Crm.Host;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Exports.Tests;

/// <summary>Whatever breaks an export off, and whoever writes meanwhile, every record is in the file once, as it was when the job began.</summary>
[Trait("Category", "Long")]
public sealed class interrupting_exports(PostgresFixture postgres)
{
    private const int Rows = 16_000;
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task another_host_goes_on_where_one_died()
    {
        await using var app = await FilledAsync();
        var admin = await app.As("admin");
        await using var other = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={app.ConnectionString}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=Warning"]);
        await other.App.StartAsync(Ct);
        var export = (await admin.Post("exports", new { resource = "customers", format = "csv", filter = "source = \"批量\"", sort = "name", columns = new[] { "name", "tier" }, reason = "中断" })).Is(HttpStatusCode.Accepted);
        // Whoever works on it loses its connections again and again; the claim goes with them.
        for (var parts = 1; parts <= 2; parts++)
        {
            var least = parts;
            await Files.UntilAsync(admin, export.Id, e => e["status"]!.ToString() == "completed" || e["written"]!.GetValue<int>() >= least * ExportJob.Part);
            await KillAsync(app);
        }
        await OnceAsync(admin, await Files.DoneAsync(admin, export));
        await other.App.StopAsync(Ct);
        (await CountAsync(app, "select count(*) from events.mt_events where type = 'records_exported'")).ShouldBe(4, "each part is told of once");
    }

    [Fact]
    public async Task who_writes_meanwhile_neither_adds_nor_takes_away()
    {
        await using var app = await FilledAsync();
        var admin = await app.As("admin");
        var export = (await admin.Post("exports", new { resource = "customers", format = "csv", filter = "source = \"批量\" AND tier = \"A\"", sort = "-updatedAt", columns = new[] { "name", "tier" }, reason = "并发" })).Is(HttpStatusCode.Accepted);
        await Files.UntilAsync(admin, export.Id, e => e["status"]!.ToString() is "running" or "completed");
        var written = 0;
        // Records move out of the filter and to the front of the order, new ones come.
        var ids = await IdsAsync(app);
        for (var i = 0; i < 200; i++)
        {
            (await admin.Patch($"customers/{ids[i * 70]}", new { tier = "B" })).Is(HttpStatusCode.OK);
            if (i % 10 == 0) (await admin.Post("customers", new { kind = "company", name = $"新来 {i}", source = "批量", tier = "A" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
            written++;
        }
        written.ShouldBe(200);
        await OnceAsync(admin, await Files.DoneAsync(admin, export));
    }

    [Fact]
    public async Task a_cancelled_export_leaves_no_file_and_nothing_in_the_ledger()
    {
        await using var app = await FilledAsync();
        var admin = await app.As("admin");
        var export = (await admin.Post("exports", new { resource = "customers", format = "xlsx", filter = "source = \"批量\"", reason = "取消" })).Is(HttpStatusCode.Accepted);
        var running = await Files.UntilAsync(admin, export.Id, e => e["written"]!.GetValue<int>() > 0);
        running["status"]!.ToString().ShouldBe("running");
        running["total"]!.GetValue<int>().ShouldBe(Rows);
        ((double)running["progress"]!).ShouldBeInRange(0.01, 0.99);
        running["remainingSeconds"]!.GetValue<int>().ShouldBeGreaterThan(0);
        (await admin.Get($"exports/{export.Id}/file")).IsProblem(409, "export_not_ready");
        (await admin.Post($"exports/{export.Id}/cancel")).Is(HttpStatusCode.OK)["status"]!.ToString().ShouldBe("cancelled");
        (await admin.Post($"exports/{export.Id}/cancel")).Is(HttpStatusCode.OK);
        (await admin.Get($"exports/{export.Id}/file")).IsProblem(410, "export_gone");
        await app.Settled();
        (await CountAsync(app, "select count(*) from exports.parts")).ShouldBe(0);
        (await CountAsync(app, "select count(*) from customer.access_ledger where doc->>'kind' = 'exported'")).ShouldBe(0);
        var first = (await admin.Get("exports"))["data"]![0]!;
        (first["status"]!.ToString(), first["available"]!.GetValue<bool>()).ShouldBe(("cancelled", false));
    }

    [Fact]
    public async Task nobody_has_more_than_five_at_once()
    {
        await using var app = await FilledAsync();
        var admin = await app.As("admin");
        var request = new { resource = "customers", format = "csv", reason = "很多" };
        var first = new List<Guid>();
        for (var i = 0; i < 5; i++) first.Add((await admin.Post("exports", request)).Is(HttpStatusCode.Accepted).Id);
        (await admin.Post("exports", request)).IsProblem(409, "too_many_exports");
        (await admin.Post($"exports/{first[4]}/cancel")).Is(HttpStatusCode.OK);
        (await admin.Post("exports", request)).Is(HttpStatusCode.Accepted);
    }

    private static async Task OnceAsync(Api admin, Reply export)
    {
        var rows = Files.Csv(await Files.BytesAsync(admin, export)).Skip(1).ToList();
        rows.Count.ShouldBe(Rows);
        rows.Select(r => r[0]).Distinct().Count().ShouldBe(Rows);
        rows.ShouldAllBe(r => r[1] == "A" && r[0].StartsWith("批量", StringComparison.Ordinal));
    }

    /// <summary>An application with many customers, whose parts take a while so that there is a middle.</summary>
    private async Task<CrmApp> FilledAsync()
    {
        var app = new CrmApp(postgres);
        await app.InitializeAsync();
        await app.Settled();
        await using var fill = app.Store.DataSource.CreateCommand($$"""
            with made as materialized (select gen_random_uuid() as id, n from generate_series(1, {{Rows}}) n),
            streams as (insert into events.mt_streams (id, type, version) select id, 'customer', 1 from made)
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, headers)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), id, 1, jsonb_build_object('kind', 'company', 'lifecycle', 'potential', 'name', '批量 ' || n, 'tier', 'A', 'source', '批量'), 'customer_registered', '{"source": "test"}'
            from made
            """);
        await fill.ExecuteNonQueryAsync(Ct);
        (await app.Store.Daemon.CatchUpAsync(Patience.Limit, Ct)).ShouldBeTrue();
        await using var slow = app.Store.DataSource.CreateCommand("""
            create function slow() returns trigger language plpgsql as $$ begin if new.parts > old.parts then perform pg_sleep(0.3); end if; return new; end $$;
            create trigger slow before update on exports.files for each row execute function slow();
            """);
        await slow.ExecuteNonQueryAsync(Ct);
        return app;
    }

    private static async Task<List<Guid>> IdsAsync(CrmApp app)
    {
        await using var command = app.Store.DataSource.CreateCommand("select id from customer.customers where doc->>'source' = '批量' order by id");
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(Ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }

    private static async Task<long> CountAsync(CrmApp app, string sql)
    {
        await using var command = app.Store.DataSource.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    private static async Task KillAsync(CrmApp app)
    {
        await using var killer = NpgsqlDataSource.Create(app.ConnectionString + ";Application Name=killer;Pooling=false");
        await using var kill = killer.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        await kill.ExecuteNonQueryAsync(Ct);
    }
}
