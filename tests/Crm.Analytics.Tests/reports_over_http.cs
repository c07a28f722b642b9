using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Analytics.Tests;

/// <summary>The reports in the whole application: what people do through the API, asked about through the API.</summary>
public sealed class reports_over_http(CrmApp app) : IClassFixture<CrmApp>
{
    private async Task<Guid> Pipeline(string name) => (await (await app.As("admin")).Post("pipelines", new
    {
        name,
        stages = new object[]
        {
            new { code = "lead", name = "线索", nameEn = "Lead", kind = "open", probability = 10 }, new { code = "proposal", name = "方案", nameEn = "Proposal", kind = "open", probability = 40 },
            new { code = "won", name = "成交", nameEn = "Won", kind = "won" }, new { code = "lost", name = "输单", nameEn = "Lost", kind = "lost" },
        },
    })).Is(HttpStatusCode.Created).Id;

    private async Task<Guid> Customer(string name) =>
        (await (await app.As("sales")).Post("customers", new { kind = "company", name }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    private async Task<Guid> Deal(Guid pipeline, Guid customer, decimal amount, string opened, string? won = null, string? lost = null, string currency = "CNY")
    {
        var sales = await app.As("sales");
        var deal = (await sales.Post("opportunities", new { name = "商机", customerId = customer, pipelineId = pipeline, amount = new { amount, currency }, businessDate = opened })).Is(HttpStatusCode.Created).Id;
        if (won is not null) (await sales.Post($"opportunities/{deal}/win", new { businessDate = won })).Is(HttpStatusCode.OK);
        if (lost is not null) (await sales.Post($"opportunities/{deal}/lose", new { reason = "价格", businessDate = lost })).Is(HttpStatusCode.OK);
        // Others ask: what one caller wrote, another one need not see at once.
        await app.Settled();
        return deal;
    }

    private static JsonNode Stage(JsonNode report, string code) => report["stages"]!.AsArray().Single(s => s!["code"]!.ToString() == code)!;

    private static JsonNode Figure(Reply report, string code) => report.Is(HttpStatusCode.OK)["figures"]!.AsArray().Single(f => f!["code"]!.ToString() == code)!;

    /// <summary>Follows a link of a report; it is an address of the API.</summary>
    private static Task<Reply> Follow(Api api, JsonNode? link) => api.Get(link!.ToString()["/api/v1/".Length..] + "&limit=500");

    [Fact]
    public async Task a_deal_won_in_march_2017_counts_in_march_2017_though_it_was_recorded_today()
    {
        var manager = await app.As("manager");
        var pipeline = await Pipeline("旧账");
        await Deal(pipeline, await Customer("旧账客户"), 1000, "2016-10-20", won: "2017-03-01");
        var march = $"reports/key-figures?pipelineId={pipeline}&from=2017-03-01&to=2017-03-31";
        Figure(await manager.Get(march), "winRate")["numerator"]!.GetValue<decimal>().ShouldBe(1);
        Figure(await manager.Get($"reports/key-figures?pipelineId={pipeline}&from=2017-02-01&to=2017-02-28"), "winRate")["denominator"]!.GetValue<long>().ShouldBe(0);
        Figure(await manager.Get(march), "salesCycle")["value"]!.GetValue<decimal>().ShouldBe(132);

        // True then, and not known then.
        var past = $"reports/funnel?pipelineId={pipeline}&asOf=2017-02-28T00:00:00Z";
        Stage((await manager.Get(past)).Json, "lead")["count"]!.GetValue<long>().ShouldBe(1);
        Stage((await manager.Get(past + "&basis=recorded")).Json, "lead")["count"]!.GetValue<long>().ShouldBe(0);
        Figure(await manager.Get(march + "&asOf=2017-04-01T00:00:00Z&basis=recorded"), "winRate")["denominator"]!.GetValue<long>().ShouldBe(0);
        Figure(await manager.Get(march + "&asOf=2017-04-01T00:00:00Z"), "winRate")["numerator"]!.GetValue<decimal>().ShouldBe(1);
    }

    [Fact]
    public async Task every_figure_says_how_it_is_made_and_leads_to_its_rows()
    {
        var manager = await app.As("manager");
        var pipeline = await Pipeline("公式");
        var (first, second) = (await Customer("公式甲"), await Customer("公式乙"));
        await Deal(pipeline, first, 1000, "2020-05-01", won: "2020-05-11");
        await Deal(pipeline, first, 500, "2020-05-01", won: "2020-05-21");
        await Deal(pipeline, second, 100, "2020-05-01", won: "2020-05-31", currency: "USD");
        await Deal(pipeline, second, 900, "2020-05-02", lost: "2020-05-03");
        await Deal(pipeline, second, 700, "2020-05-02");
        var report = await manager.Get($"reports/key-figures?pipelineId={pipeline}&from=2020-05-01&to=2020-05-31");
        (report["previousFrom"]!.ToString(), report["previousTo"]!.ToString()).ShouldBe(("2020-04-01", "2020-04-30"));

        var lead = Figure(report, "leadConversion");
        (lead["numerator"]!.GetValue<decimal>(), lead["denominator"]!.GetValue<long>(), lead["value"]!.GetValue<decimal>(), lead["name"]!.ToString()).ShouldBe((2, 5, 0.4m, "线索转化率"));
        (await Follow(manager, lead["rows"])).Column().Count.ShouldBe(5);
        (await Follow(manager, lead["numeratorRows"])).Column("customerId").Distinct().Count().ShouldBe(2);

        var size = Figure(report, "averageDealSize");
        (size["value"]!.GetValue<decimal>(), size["currency"]!.ToString()).ShouldBe((1500, "CNY"));
        size["otherCurrencies"]!.ToJsonString().ShouldBe("""[{"amount":100,"currency":"USD"}]""");
        (await Follow(manager, size["rows"]))["data"]!.AsArray().Sum(r => r!["amount"]!["amount"]!.GetValue<decimal>()).ShouldBe(1500);
        Figure(await manager.Get($"reports/key-figures?pipelineId={pipeline}&from=2020-05-01&to=2020-05-31&currency=USD"), "averageDealSize")["value"]!.GetValue<decimal>().ShouldBe(100);

        var cycle = Figure(report, "salesCycle");
        cycle["value"]!.GetValue<decimal>().ShouldBe(20);
        (await Follow(manager, cycle["rows"]))["data"]!.AsArray().Average(r => r!["days"]!.GetValue<decimal>()).ShouldBe(20);
        (Figure(report, "winRate")["value"]!.GetValue<decimal>(), (await Follow(manager, Figure(report, "winRate")["rows"])).Column().Count).ShouldBe((0.75m, 4));
        Figure(report, "winRate")["previous"].ShouldBeNull();
        foreach (var figure in report["figures"]!.AsArray()) figure!["formula"]!.ToString().ShouldMatch("[\\p{IsCJKUnifiedIdeographs}]");
        var english = (await manager.Get($"reports/key-figures?pipelineId={pipeline}", ("Accept-Language", "en"))).Is(HttpStatusCode.OK);
        foreach (var figure in english["figures"]!.AsArray()) figure!["formula"]!.ToString().ShouldNotMatch("[\\p{IsCJKUnifiedIdeographs}]");
    }

    [Fact]
    public async Task the_funnel_links_to_exactly_the_opportunities_behind_each_figure()
    {
        var manager = await app.As("manager");
        var pipeline = await Pipeline("漏斗");
        var customer = await Customer("漏斗客户");
        for (var i = 1; i <= 4; i++) await Deal(pipeline, customer, i * 100, "2021-03-01", won: i < 3 ? "2021-03-05" : null);
        foreach (var groupBy in new[] { "", "&groupBy=owner", "&groupBy=department", "&groupBy=month&from=2021-03-01&to=2021-04-30" })
        {
            var funnel = (await manager.Get($"reports/funnel?pipelineId={pipeline}{groupBy}")).Is(HttpStatusCode.OK);
            var parts = new List<JsonNode> { funnel.Json };
            parts.AddRange(funnel["groups"]?.AsArray().Select(g => g!) ?? []);
            foreach (var stage in parts.SelectMany(p => p["stages"]!.AsArray()))
            {
                var rows = (await Follow(manager, stage!["rows"])).Is(HttpStatusCode.OK)["data"]!.AsArray();
                (rows.Count, rows.Sum(r => r!["amount"]!["amount"]!.GetValue<decimal>())).ShouldBe(((int)stage["count"]!.GetValue<long>(), stage["amount"]!["amount"]!.GetValue<decimal>()), groupBy);
                (await Follow(manager, stage["enteredRows"])).Column().Count.ShouldBe((int)stage["entered"]!.GetValue<long>(), groupBy);
            }
            var lead = Stage(funnel.Json, "lead");
            (lead["count"]!.GetValue<long>(), lead["entered"]!.GetValue<long>(), lead["conversion"]!.GetValue<decimal>(), lead["medianDaysInStage"]!.GetValue<decimal>()).ShouldBe((2, 4, 0.5m, 4), groupBy);
        }
        var months = (await manager.Get($"reports/funnel?pipelineId={pipeline}&groupBy=month&from=2021-02-01&to=2021-04-30"))["groups"]!.AsArray();
        months.Select(m => m!["key"]!.ToString() + ":" + Stage(m, "won")["count"]).ShouldBe(["2021-02:0", "2021-03:2", "2021-04:2"]);
    }

    [Fact]
    public async Task an_opportunity_shows_in_the_funnel_as_soon_as_the_command_has_answered()
    {
        var sales = await app.As("sales");
        var pipeline = await Pipeline("立刻");
        var customer = await Customer("立刻客户");
        for (var i = 1; i <= 5; i++)
        {
            (await sales.Post("opportunities", new { name = "商机", customerId = customer, pipelineId = pipeline })).Is(HttpStatusCode.Created);
            Stage((await sales.Get($"reports/funnel?pipelineId={pipeline}")).Json, "lead")["count"]!.GetValue<long>().ShouldBe(i);
        }
    }

    [Fact]
    public async Task satisfaction_is_the_mean_of_the_last_scores()
    {
        var (service, admin) = (await app.As("service"), await app.As("admin"));
        var before = Figure(await admin.Get("reports/key-figures"), "satisfaction");
        foreach (var scores in new[] { [5], new[] { 1, 3 } })
        {
            var ticket = (await service.Post("tickets", new { subject = "评分", assigneeId = await app.UserId("service") })).Is(HttpStatusCode.Created);
            (await service.Post($"tickets/{ticket.Id}/resolve", new { text = "好了" })).Is(HttpStatusCode.OK);
            foreach (var score in scores) (await service.Post($"tickets/{ticket.Id}/rate", new { score })).Is(HttpStatusCode.OK);
        }
        await app.Settled();
        var after = Figure(await admin.Get("reports/key-figures"), "satisfaction");
        (after["numerator"]!.GetValue<decimal>() - before["numerator"]!.GetValue<decimal>(), after["denominator"]!.GetValue<long>() - before["denominator"]!.GetValue<long>()).ShouldBe((8, 2));
        var rows = (await Follow(admin, after["rows"])).Is(HttpStatusCode.OK)["data"]!.AsArray();
        rows.Sum(r => r!["score"]!.GetValue<int>()).ShouldBe((int)after["numerator"]!.GetValue<decimal>());
        rows[0]!["ownerName"]!.ToString().ShouldNotBeEmpty();
        var mine = Figure(await admin.Get($"reports/key-figures?ownerId={await app.UserId("sales")}"), "satisfaction");
        mine["denominator"]!.GetValue<long>().ShouldBe(0);
        mine["value"].ShouldBeNull();
        // The service desk is another department: its tickets are in no figure of the sales manager.
        Figure(await (await app.As("manager")).Get("reports/key-figures"), "satisfaction")["denominator"]!.GetValue<long>().ShouldBe(0);
    }

    [Fact]
    public async Task wrong_questions_name_what_is_wrong()
    {
        var manager = await app.As("manager");
        (await manager.Get("reports/funnel?from=2021-02-30")).IsProblem(400, "invalid_date").Naming("query.from");
        (await manager.Get("reports/funnel?from=2021-03-02&to=2021-03-01")).IsProblem(400, "invalid_period");
        (await manager.Get("reports/funnel?groupBy=weather")).IsProblem(400, "unknown_value").Naming("query.groupBy");
        (await manager.Get("reports/funnel?groupBy=month&from=1999-01-01&to=2021-01-01")).IsProblem(400, "period_too_long");
        (await manager.Get("reports/funnel?ownerId=x")).IsProblem(400, "invalid_value").Naming("query.ownerId");
        (await manager.Get("reports/funnel?departmentId=%00")).IsProblem(400, "invalid_character").Naming("query.departmentId");
        (await manager.Get("reports/funnel?currency=yuan")).IsProblem(400, "invalid_value").Naming("query.currency");
        (await manager.Get($"reports/funnel?pipelineId={Guid.Empty}")).IsProblem(400, "unknown_pipeline");
        (await manager.Get("reports/funnel?asOf=yesterday")).IsProblem(400, "invalid_instant");
        (await manager.Get("reports/funnel/rows?figure=guess")).IsProblem(400, "unknown_value").Naming("query.figure");
        (await manager.Get("reports/funnel/rows?figure=count&cursor=abc")).IsProblem(400, "invalid_cursor");
        (await manager.Get("reports/funnel/rows?figure=count&limit=501")).IsProblem(400, "limit_out_of_range");
        (await app.Anonymous.Get("reports/funnel")).IsProblem(401, "unauthenticated");
        foreach (var odd in new[] { "from=1900-01-01&to=9998-12-31", "asOf=9999-12-31T23:59:59Z", "asOf=0001-01-02T00:00:00Z", "asOf=1850-01-01T00:00:00Z&from=1900-01-01&to=1900-01-01&groupBy=month" })
            foreach (var report in new[] { "funnel", "conversion", "key-figures" }) (await manager.Get($"reports/{report}?{odd}")).Is(HttpStatusCode.OK);
    }
}
