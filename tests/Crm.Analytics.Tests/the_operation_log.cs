using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Analytics.Tests;

/// <summary>The operation log in the whole application: what people do through the API, as an auditor finds it.</summary>
public sealed class the_operation_log(CrmApp app) : IClassFixture<CrmApp>
{
    private const string Chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    private static async Task<Reply> Customer(Api api, string name, params (string, string)[] headers) =>
        (await api.Post("customers", new { kind = "company", name }, [("X-Allow-Duplicate", "true"), .. headers])).Is(HttpStatusCode.Created);

    private async Task<Reply> Log(string filter, string more = "", string caller = "admin")
    {
        // Others ask: what one caller wrote, another one need not see at once.
        await app.Settled();
        return (await (await app.As(caller)).Get($"operation-log?filter={Uri.EscapeDataString(filter)}{more}")).Is(HttpStatusCode.OK);
    }

    private static string Text(JsonNode? node) => node!.ToString();

    [Fact]
    public async Task tells_who_did_what_when_from_where_and_why_with_before_and_after()
    {
        var sales = await app.As("sales");
        var id = (await Customer(sales, "日志贸易", ("User-Agent", Chrome))).Id;
        var changed = (await sales.Patch($"customers/{id}", new { tier = "A", name = "日志贸易集团", reason = "年度评级" }, ("User-Agent", Chrome))).Is(HttpStatusCode.OK);

        var log = await Log($"recordId = \"{id}\"");
        log.Column("type").ShouldBe(["customer_details_changed", "customer_registered"]);
        var row = log["data"]![0]!;
        Text(row["actorId"]).ShouldBe((await app.UserId("sales")).ToString());
        Text(row["actorName"]).ShouldNotBeEmpty();
        (Text(row["source"]), Text(row["channel"]), Text(row["address"]), Text(row["device"])).ShouldBe(("page", "page", "127.0.0.0/24", "Chrome on Windows"));
        (Text(row["reason"]), Text(row["resource"]), Text(row["recordName"]), Text(row["version"])).ShouldBe(("年度评级", "customer", "日志贸易集团", "2"));
        row["sequence"]!.GetValue<long>().ShouldBe(changed.Sequence);

        var details = (await (await app.As("admin")).Get($"operation-log/{changed.Sequence}")).Is(HttpStatusCode.OK);
        var changes = details["changes"]!.AsArray().ToDictionary(c => Text(c!["field"]), c => (c!["before"]?.ToString(), c["after"]?.ToString()));
        changes["name"].ShouldBe(("日志贸易", "日志贸易集团"));
        changes["tier"].ShouldBe((null, "A"));
        details["command"]!.AsArray().Select(c => c!["sequence"]!.GetValue<long>()).ShouldBe([changed.Sequence]);
    }

    [Fact]
    public async Task tells_a_client_by_its_name_and_nothing_the_client_says_of_itself()
    {
        var integrator = await app.AsIntegrator();
        var id = (await Customer(integrator, "接口客户", ("User-Agent", "zhang.san@example.com secret-agent/1.0"))).Id;
        var row = (await Log($"recordId = \"{id}\""))["data"]![0]!;
        (Text(row["source"]), Text(row["channel"]), Text(row["device"])).ShouldBe(("api:demo-integrator", "api", "other"));
    }

    [Fact]
    public async Task holds_every_event_of_the_log_in_its_order()
    {
        await Customer(await app.As("sales"), "全部事件");
        await app.Settled();
        (await Numbers("select sequence::bigint from analytics.operations order by sequence")).ShouldBe(await Numbers("select seq_id from events.mt_events order by seq_id"));
    }

    [Fact]
    public async Task shows_what_operators_do_with_what_the_event_says()
    {
        var admin = await app.As("admin");
        (await admin.Post("operations/projections/customer.customers/rebuild", new { reason = "核对" })).Is(HttpStatusCode.Accepted);
        var row = (await Log("type = \"projection_rebuild_requested\""))["data"]![0]!;
        (Text(row["resource"]), Text(row["reason"])).ShouldBe(("operations_log", "核对"));
        var details = (await admin.Get($"operation-log/{row["sequence"]}")).Is(HttpStatusCode.OK);
        Text(details["changes"]!.AsArray().Single(c => Text(c!["field"]) == "projection")!["after"]).ShouldBe("customer.customers");
    }

    [Fact]
    public async Task is_narrowed_by_everything_a_row_tells()
    {
        var service = await app.As("service");
        var made = await Customer(service, "筛选客户");
        await Customer(await app.As("sales"), "别人的客户");
        var row = (await Log($"recordId = \"{made.Id}\""))["data"]![0]!;
        foreach (var filter in new[]
        {
            $"actorId = \"{row["actorId"]}\"", $"personId = \"{row["actorId"]}\"", "type = \"customer_registered\"", "resource = \"customer\"", "source = \"page\"", "channel = \"page\"", $"correlationId = \"{row["correlationId"]}\"",
            $"at >= \"{row["at"]}\" AND at <= \"{row["at"]}\"", $"sequence = {row["sequence"]}", "at > now-1h", "address = \"127.0.0.0/24\"", "version = 1",
        })
        {
            var found = await Log(filter, "&limit=500&count=exact");
            found.Column("recordId").ShouldContain(made.Id.ToString(), filter);
            found["count"]!.GetValue<long>().ShouldBe(found.Column().Count, filter);
        }
        (await Log($"actorId = \"{row["actorId"]}\"")).Column("actorId").Distinct().ShouldHaveSingleItem();
        (await Log("at < 2020-01-01")).Column().ShouldBeEmpty();

        var admin = await app.As("admin");
        foreach (var word in new[] { made.Id.ToString(), Text(row["correlationId"]), Text(row["sequence"]) })
            (await admin.Get("operation-log?q=" + word)).Is(HttpStatusCode.OK).Column("recordId").ShouldBe([made.Id.ToString()], word);
        (await admin.Post("operation-log/search", new { filter = $"recordId = \"{made.Id}\"", fields = "type,actorName" })).Is(HttpStatusCode.OK).Json["data"]![0]!.AsObject()
            .Select(m => m.Key).Order().ShouldBe(["actorName", "type"]);
    }

    [Fact]
    public async Task refuses_what_it_cannot_answer()
    {
        var admin = await app.As("admin");
        (await admin.Get("operation-log?filter=nothing = 1")).IsProblem(400, "unknown_field");
        (await admin.Get("operation-log?filter=actorName = \"李\"")).IsProblem(400, "invalid_operator");
        (await admin.Get("operation-log?sort=recordName")).IsProblem(400, "not_sortable");
        (await admin.Get("operation-log?limit=501")).IsProblem(400, "limit_out_of_range");
        (await admin.Get("operation-log?asOf=2026-01-01T00:00:00Z")).IsProblem(400, "unknown_field");
        (await admin.Get("operation-log/999999999")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task is_walked_while_it_is_written_and_answers_each_operation_once()
    {
        var sales = await app.As("sales");
        var before = new List<Guid>();
        for (var i = 0; i < 25; i++) before.Add((await Customer(sales, "翻页" + i)).Id);
        var filter = $"type = \"customer_registered\" AND actorId = \"{await app.UserId("sales")}\"";
        var seen = new List<string?>();
        for (string? cursor = null; ;)
        {
            var page = await Log(filter, "&limit=7" + (cursor is null ? "" : "&cursor=" + cursor));
            seen.AddRange(page.Column("recordId"));
            await Customer(sales, "翻页时");
            if (!page["page"]!["hasMore"]!.GetValue<bool>()) break;
            cursor = Text(page["page"]!["next"]);
        }
        seen.Distinct().Count().ShouldBe(seen.Count);
        before.Select(b => b.ToString()).Except(seen).ShouldBeEmpty();
    }

    [Fact]
    public async Task shows_everything_of_one_command_together()
    {
        var sales = await app.As("sales");
        var id = (await Customer(sales, "一并登记")).Id;
        (await sales.Patch($"customers/{id}", new { ownerId = await app.UserId("sales"), tier = "B", externalKeys = new Dictionary<string, string> { ["erp"] = "E-77" } })).Is(HttpStatusCode.OK);
        var last = (await Log($"recordId = \"{id}\""))["data"]![0]!;
        var details = (await (await app.As("admin")).Get($"operation-log/{last["sequence"]}")).Is(HttpStatusCode.OK);
        var command = details["command"]!.AsArray();
        command.Select(c => Text(c!["correlationId"])).Distinct().ShouldBe([Text(last["correlationId"])]);
        command.Select(c => c!["sequence"]!.GetValue<long>()).ShouldBe(await Numbers($"select seq_id from events.mt_events where correlation_id = '{last["correlationId"]}' order by seq_id"));
        command.Count.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task is_for_those_with_the_right()
    {
        foreach (var path in new[] { "operation-log", "operation-log/1", "operation-log/retention", "operation-log/exports" })
        {
            (await app.Anonymous.Get(path)).IsProblem(401, "unauthenticated");
            (await (await app.As("sales")).Get(path)).IsProblem(403, "forbidden");
        }
        (await (await app.As("sales")).Post("operation-log/exports", new { reason = "好奇" })).IsProblem(403, "forbidden");
        // A manager sees a part of the records, the log tells of all.
        (await (await app.As("manager")).Get("operation-log")).IsProblem(403, "forbidden");
        var auditor = await app.Hire("auditor", "auditor");
        (await auditor.Get("operation-log")).Is(HttpStatusCode.OK);
        (await auditor.Put("operation-log/retention", new { years = 5 })).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task is_kept_for_ever_or_at_least_a_year()
    {
        var admin = await app.As("admin");
        (await admin.Get("operation-log/retention")).Is(HttpStatusCode.OK)["years"].ShouldBeNull();
        foreach (var years in new[] { 0, -1, 101 }) (await admin.Put("operation-log/retention", new { years })).IsProblem(400, "invalid").Naming("body.years");
        (await admin.Put("operation-log/retention", new { years = 1, reason = "试行" })).Is(HttpStatusCode.OK)["years"]!.GetValue<int>().ShouldBe(1);
        (await admin.Get("operation-log/retention")).Is(HttpStatusCode.OK)["years"]!.GetValue<int>().ShouldBe(1);
        var row = (await Log("type = \"operation_log_retention_set\""))["data"]![0]!;
        Text(row["reason"]).ShouldBe("试行");
        // Of this year nothing leaves.
        (await Numbers("select count(*) from analytics.operations")).ShouldBe(await Numbers("select count(*) from events.mt_events"));
        (await admin.Put("operation-log/retention", new { })).Is(HttpStatusCode.OK)["years"].ShouldBeNull();
    }

    [Fact]
    public async Task is_exported_in_the_background_up_to_the_moment_it_was_asked_for()
    {
        var admin = await app.As("admin");
        var sales = await app.As("sales");
        var id = (await Customer(sales, "=HYPERLINK(\"http://x\")")).Id;
        for (var i = 0; i < 3; i++) (await sales.Post($"customers/{id}/tags", new { tag = "t" + i })).Is(HttpStatusCode.OK);
        await app.Settled();
        var asked = (await admin.Post("operation-log/exports", new { filter = $"recordId = \"{id}\"", reason = "年度审计" })).Is(HttpStatusCode.Accepted);
        (await sales.Post($"customers/{id}/tags", new { tag = "later" })).Is(HttpStatusCode.OK);

        var export = await Finished(admin, asked.Id);
        (export["written"]!.GetValue<long>(), export["total"]!.GetValue<long>(), Text(export["reason"])).ShouldBe((4, 4, "年度审计"));
        using var answer = await admin.Http.GetAsync(new Uri($"/api/v1/operation-log/exports/{asked.Id}/file", UriKind.Relative), Ct);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/csv; charset=utf-8");
        var bytes = await answer.Content.ReadAsByteArrayAsync(Ct);
        Convert.ToHexString(bytes[..3]).ShouldBe("EFBBBF");
        var lines = System.Text.Encoding.UTF8.GetString(bytes[3..]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldStartWith("序号,时间,业务日期,操作人");
        lines[1..].Select(l => l.Contains("customer_tagged")).ShouldBe([false, true, true, true]);
        lines[1].ShouldContain("\"'=HYPERLINK(\"\"http://x\"\")\"");

        // It is in the log itself, and only for who asked.
        var log = await Log($"recordId = \"{asked.Id}\"");
        log.Column("type").ShouldBe(["operation_log_export_completed", "operation_log_export_requested"]);
        Text(log["data"]![1]!["reason"]).ShouldBe("年度审计");
        var other = await app.Hire("other-auditor", "auditor");
        (await other.Get($"operation-log/exports/{asked.Id}/file")).IsProblem(404, "not_found");
        (await other.Get("operation-log/exports")).Is(HttpStatusCode.OK).Column("id").ShouldNotContain(asked.Id.ToString());
        (await admin.Get("operation-log/exports")).Is(HttpStatusCode.OK).Column("id").ShouldContain(asked.Id.ToString());
        (await admin.Post($"operation-log/exports/{asked.Id}/cancel")).IsProblem(409, "export_finished");
    }

    [Fact]
    public async Task is_exported_in_several_parts_without_losing_or_doubling_a_row()
    {
        var admin = await app.As("admin");
        await app.Settled();
        // More than two parts, as if the log were long: rows of years past.
        await Execute("""
            insert into analytics.operations (sequence, id, at, actor, person, source, channel, type, resource, record_id, version)
            select 10000000 + n, gen_random_uuid(), timestamptz '2001-01-01' + n * interval '1 second', 'system', 'system', 'bulk', 'bulk', 'user_changed', 'user', gen_random_uuid(), n from generate_series(1, 4321) n
            """);
        try
        {
            var asked = (await admin.Post("operation-log/exports", new { filter = "channel = \"bulk\"", reason = "分段" }, ("Accept-Language", "en"))).Is(HttpStatusCode.Accepted);
            (await Finished(admin, asked.Id))["written"]!.GetValue<long>().ShouldBe(4321);
            var text = await admin.Http.GetStringAsync(new Uri($"/api/v1/operation-log/exports/{asked.Id}/file", UriKind.Relative), Ct);
            var rows = text.TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
            rows[0].ShouldStartWith("Sequence,Time");
            rows[1..].Select(r => long.Parse(r.Split(',')[0], null)).ShouldBe(Enumerable.Range(1, 4321).Select(n => 10_000_000L + n));
            (await Numbers($"select count(*) from analytics.operation_export_parts where export_id = '{asked.Id}'")).ShouldBe([3]);
        }
        finally
        {
            await Execute("delete from analytics.operations where channel = 'bulk'");
        }
    }

    [Fact]
    public async Task refuses_an_export_it_could_not_write()
    {
        var admin = await app.As("admin");
        (await admin.Post("operation-log/exports", new { filter = "nothing = 1", reason = "审计" })).IsProblem(400, "unknown_field");
        (await admin.Post("operation-log/exports", new { filter = "type = \"x\"" })).IsProblem(400, "invalid").Naming("body.reason");
        (await admin.Get($"operation-log/exports/{Guid.CreateVersion7()}/file")).IsProblem(404, "not_found");
    }

    private static async Task<JsonNode> Finished(Api api, Guid id)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience.Limit);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var export = (await api.Get($"operation-log/exports/{id}")).Is(HttpStatusCode.OK).Json;
            if (Text(export["state"]) == "done") return export;
            await tick.WaitForNextTickAsync(patience.Token);
        }
    }

    private async Task<List<long>> Numbers(string sql)
    {
        await using var command = app.Store.DataSource.CreateCommand(sql);
        await using var row = await command.ExecuteReaderAsync(Ct);
        var numbers = new List<long>();
        while (await row.ReadAsync(Ct)) numbers.Add(row.GetInt64(0));
        return numbers;
    }

    private async Task Execute(string sql)
    {
        await using var command = app.Store.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
