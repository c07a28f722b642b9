using System.Net;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class the_board(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task counts_and_adds_up_more_than_it_shows()
    {
        var sales = await app.As("sales");
        var pipeline = await app.Pipeline();
        for (var i = 1; i <= 4; i++) await sales.Opportunity(pipeline, i * 100, name: $"第{i}个");
        await sales.Opportunity(pipeline, name: "没有金额");
        var lead = (await sales.Get($"opportunities/board?pipelineId={pipeline}&limit=2")).Is(HttpStatusCode.OK).Stage("lead");
        (lead["count"]!.GetValue<int>(), lead["amount"]!["amount"]!.GetValue<decimal>(), lead["hasMore"]!.GetValue<bool>()).ShouldBe((5, 1000m, true));
        lead["cards"]!.AsArray().Select(c => c!["name"]!.ToString()).ShouldBe(["没有金额", "第4个"]);
        (await sales.Get($"opportunities/board?pipelineId={pipeline}&limit=501")).IsProblem(400, "limit_out_of_range");
    }

    [Fact]
    public async Task shows_any_past_instant_on_both_axes()
    {
        var sales = await app.As("sales");
        var pipeline = await app.Pipeline();
        var card = await sales.Opportunity(pipeline, 100, Sales.Day(-20), name: "卡片");
        var opened = app.Store.Now;
        (await sales.Patch($"opportunities/{card.Id}", new { amount = new { amount = 250, currency = "CNY" }, businessDate = Sales.Day(-15) })).Is(HttpStatusCode.OK);
        (await sales.Post($"opportunities/{card.Id}/stage", new { to = "proposal", businessDate = Sales.Day(-10) })).Is(HttpStatusCode.OK);
        var moved = app.Store.Now;
        (await sales.Post($"opportunities/{card.Id}/win", new { businessDate = Sales.Day(-5) })).Is(HttpStatusCode.OK);

        async Task<string> At(string asOf, string basis = "effective")
        {
            var board = await sales.Get($"opportunities/board?pipelineId={pipeline}&asOf={asOf}&basis={basis}");
            return string.Join(' ', new[] { "lead", "proposal", "won" }.Where(s => board.Lane(s).Count > 0).Select(s => $"{s}:{board.Lane(s).Sum:0}"));
        }

        string Noon(int days) => Sales.Day(days) + "T04:00:00Z";
        (await At(Noon(-21))).ShouldBe("");
        (await At(Noon(-18))).ShouldBe("lead:100");
        (await At(Noon(-12))).ShouldBe("lead:250");
        (await At(Noon(-7))).ShouldBe("proposal:250");
        (await At(Noon(-2))).ShouldBe("won:250");
        (await At(Noon(-2), "recorded")).ShouldBe("");
        (await At(opened.Url(), "recorded")).ShouldBe("lead:100");
        (await At(moved.Url(), "recorded")).ShouldBe("proposal:250");
        var past = (await sales.Get($"opportunities/board?pipelineId={pipeline}&asOf={Noon(-7)}")).Stage("proposal")["cards"]![0]!;
        (past["daysInStage"]!.GetValue<int>(), past["ownerName"]!.ToString()).ShouldBe((3, "李晓燕"));
    }

    [Fact]
    public async Task can_be_one_person_s_or_searched()
    {
        var (sales, manager) = (await app.As("sales"), await app.As("manager"));
        var pipeline = await app.Pipeline();
        await sales.Opportunity(pipeline, 100, name: "云平台升级");
        await manager.Opportunity(pipeline, 50, name: "机房搬迁");
        var customer = await sales.Customer("成都天府软件园有限公司");
        (await sales.Post("opportunities", new { name = "年度维保", customerId = customer, pipelineId = pipeline })).Is(HttpStatusCode.Created);
        (await manager.Get($"opportunities/board?pipelineId={pipeline}&ownerId={await app.UserId("manager")}")).Lane("lead").ShouldBe((1, 50m, "机房搬迁"));
        (await sales.Get($"opportunities/board?pipelineId={pipeline}&ownerId={await app.UserId("manager")}")).Lane("lead").ShouldBe((0, 0m, ""));
        (await sales.Get($"opportunities/board?pipelineId={pipeline}&q=升级")).Lane("lead").Names.ShouldBe("云平台升级");
        // By its customer, in characters and in pinyin.
        (await sales.Get($"opportunities/board?pipelineId={pipeline}&q=天府")).Lane("lead").Names.ShouldBe("年度维保");
        (await sales.Get("opportunities?q=tianfu")).Column().ShouldBe(["年度维保"]);
        (await sales.Get($"opportunities/board?pipelineId={pipeline}&ownerId=me")).IsProblem(400, "invalid_value");
        (await sales.Get($"opportunities/board?pipelineId={Guid.CreateVersion7()}")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task warns_of_what_was_forgotten()
    {
        var sales = await app.As("sales");
        var pipeline = await app.Pipeline();
        await sales.Post("opportunities", new { name = "忘了", customerId = await sales.Customer(), pipelineId = pipeline, expectedCloseDate = Sales.Day(-1), businessDate = Sales.Day(-30) });
        var card = (await sales.Get($"opportunities/board?pipelineId={pipeline}")).Stage("lead")["cards"]![0]!;
        card["warnings"]!.AsArray().Select(w => w!.ToString()).ShouldBe(["overdue", "stale"]);
        var then = (await sales.Get($"opportunities/board?pipelineId={pipeline}&asOf={Sales.Day(-2)}T04:00:00Z")).Stage("lead")["cards"]![0]!;
        then["warnings"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task does_not_add_up_different_currencies()
    {
        var sales = await app.As("sales");
        var pipeline = await app.Pipeline();
        await sales.Opportunity(pipeline, 100);
        await sales.Opportunity(pipeline, 200);
        await sales.Post("opportunities", new { name = "海外", customerId = await sales.Customer(), pipelineId = pipeline, amount = new { amount = 7, currency = "USD" } });
        var lead = (await sales.Get($"opportunities/board?pipelineId={pipeline}")).Stage("lead");
        lead["amount"]!.ToJsonString().ShouldBe("""{"amount":300,"currency":"CNY"}""");
        lead["amounts"]!.ToJsonString().ShouldBe("""[{"amount":300,"currency":"CNY"},{"amount":7,"currency":"USD"}]""");
    }

    [Fact]
    public async Task agrees_with_the_list_behind_it()
    {
        var sales = await app.As("sales");
        var pipeline = await app.Pipeline();
        for (var i = 0; i < 6; i++)
        {
            var id = (await sales.Opportunity(pipeline, 10 + i, Sales.Day(-9 + i))).Id;
            if (i % 2 == 0) (await sales.Post($"opportunities/{id}/stage", new { to = "proposal", businessDate = Sales.Day(-3) })).Is(HttpStatusCode.OK);
        }
        foreach (var asOf in new[] { "", $"&asOf={Sales.Day(-6)}T04:00:00Z", $"&asOf={Sales.Day(-2)}T04:00:00Z" })
            foreach (var stage in new[] { "lead", "proposal" })
            {
                var column = (await sales.Get($"opportunities/board?pipelineId={pipeline}{asOf}")).Lane(stage);
                var list = await sales.Get($"opportunities?count=exact&filter={Uri.EscapeDataString($"pipelineId = \"{pipeline}\" AND stage = \"{stage}\"")}{asOf}");
                list["count"]!.GetValue<int>().ShouldBe(column.Count);
                list["data"]!.AsArray().Sum(o => o!["amount"]!["amount"]!.GetValue<decimal>()).ShouldBe(column.Sum);
            }
    }

    [Fact]
    public async Task lists_filter_and_sort_by_what_people_see()
    {
        var sales = await app.As("sales");
        var pipeline = await app.Pipeline();
        var customer = (await sales.Post("customers", new { kind = "company", name = Sales.Unique("排序客户"), tier = "A" })).Is(HttpStatusCode.Created).Id;
        await sales.Post("opportunities", new { name = "大单", customerId = customer, pipelineId = pipeline, amount = new { amount = 900, currency = "CNY" }, businessDate = Sales.Day(-8) });
        await sales.Opportunity(pipeline, 20, name: "小单");
        var buyer = (await sales.Post("customers", new { kind = "company", name = Sales.Unique("买过的客户"), businessDate = Sales.Day(-20) })).Is(HttpStatusCode.Created).Id;
        var won = (await sales.Post("opportunities", new { name = "成交单", customerId = buyer, pipelineId = await app.Pipeline(), amount = new { amount = 150_000, currency = "CNY" }, businessDate = Sales.Day(-8) })).Is(HttpStatusCode.Created).Id;
        string OfBuyer(string tier) => $"opportunities?filter={Uri.EscapeDataString($"customerId = \"{buyer}\" AND customer.tier = \"{tier}\"")}";
        (await sales.Get(OfBuyer("D"))).Column().ShouldBe(["成交单"], "nothing is won yet");
        (await sales.Post($"opportunities/{won}/win", new { businessDate = Sales.Day(-3) })).Is(HttpStatusCode.OK);
        (await sales.Get(OfBuyer("A"))).Column().ShouldBe(["成交单"], "the tier follows from what was won");
        (await sales.Get(OfBuyer("D") + $"&asOf={DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ}")).Column().ShouldBeEmpty();
        (await sales.Get(OfBuyer("D") + $"&asOf={Sales.Day(-5)}T04:00:00Z")).Column().ShouldBe(["成交单"]);
        await sales.Opportunity(pipeline, name: "未定");
        string List(string filter, string sort = "name") => $"opportunities?filter={Uri.EscapeDataString($"pipelineId = \"{pipeline}\" AND ({filter})")}&sort={sort}";
        (await sales.Get(List("customer.tier = \"A\""))).Column().ShouldBe(["大单"]);
        (await sales.Get(List("amount > 10", "-amount"))).Column().ShouldBe(["大单", "小单"]);
        (await sales.Get(List("amount = null"))).Column().ShouldBe(["未定"]);
        (await sales.Get(List("daysInStage >= 8"))).Column().ShouldBe(["大单"]);
        (await sales.Get(List("stageKind = open AND ownerName = \"李晓燕\"", "-daysInStage,amount"))).Column().ShouldBe(["大单", "小单", "未定"]);
        (await sales.Get(List("closed = true"))).Column().ShouldBeEmpty();
        (await sales.Get(List("owner.department = \"销售部\"", "-amount") + "&fields=name,customerName,daysInStage"))["data"]![0]!.AsObject().Select(f => f.Key).ShouldBe(["name", "customerName", "daysInStage"], ignoreOrder: true);
        (await sales.Get(List("nosuch = 1"))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task is_the_same_when_rebuilt_from_the_log()
    {
        var sales = await app.As("sales");
        var pipeline = await app.Pipeline();
        var id = (await sales.Opportunity(pipeline, 100, Sales.Day(-9))).Id;
        await sales.Post($"opportunities/{id}/stage", new { to = "proposal", businessDate = Sales.Day(-3) });
        await sales.Patch($"opportunities/{id}", new { nextStep = "x", ownerId = await app.UserId("manager") });
        await sales.Post($"opportunities/{id}/win", new { });
        await app.Settled();
        foreach (var table in new[] { "pipeline.opportunities", "pipeline.products", "pipeline.pipelines" })
        {
            var live = await Rows(table);
            await app.Store.Daemon.RebuildAsync(table, "test", "test", TestContext.Current.CancellationToken);
            await app.Settled();
            (await Rows(table)).ShouldBe(live, table);
        }

        async Task<string> Rows(string table)
        {
            await using var database = NpgsqlDataSource.Create(app.ConnectionString);
            await using var command = database.CreateCommand($"""
                select (select string_agg(t::text, chr(10) order by t.id) from {table} t) || chr(10) || (select string_agg(t::text, chr(10) order by t.id, t.version) from {table}_states t)
                """);
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) as string ?? "";
        }
    }
}
