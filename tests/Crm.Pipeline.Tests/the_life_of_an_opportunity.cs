using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class the_life_of_an_opportunity(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task runs_from_lead_to_review()
    {
        var sales = await app.As("sales");
        var customer = await sales.Customer("杭州智联信息技术有限公司");
        var product = (await (await app.As("admin")).Post("products", new { code = "SRV-1", name = "服务器", unitPrice = new { amount = 199.99, currency = "CNY" } })).Is(HttpStatusCode.Created).Id;

        var opened = (await sales.Post("opportunities", new
        {
            name = "一期项目",
            customerId = customer,
            competitors = new[] { "用友" },
            decisionMakers = new[] { "王总" },
            nextStep = "约见CIO",
            expectedCloseDate = Sales.Day(30),
            lines = new[] { new { productId = product, quantity = 3, discount = 0.1 } },
            businessDate = Sales.Day(-10),
        })).Is(HttpStatusCode.Created);
        opened.Headers.Location!.ToString().ShouldBe($"/api/v1/opportunities/{opened.Id}");
        opened["customerName"]!.ToString().ShouldBe("杭州智联信息技术有限公司");
        opened["ownerId"]!.GetValue<Guid>().ShouldBe(await app.UserId("sales"));
        opened["ownerName"]!.ToString().ShouldBe("李晓燕");
        (opened["stage"]!.ToString(), opened["stageName"]!.ToString(), opened["stageKind"]!.ToString()).ShouldBe(("lead", "线索", "open"));
        (opened["openedOn"]!.ToString(), opened["daysInStage"]!.GetValue<int>(), opened["closed"]!.GetValue<bool>()).ShouldBe((Sales.Day(-10), 10, false));
        opened["amount"]!["amount"]!.GetValue<decimal>().ShouldBe(539.97m);
        opened["lines"]![0]!["amount"]!["amount"]!.GetValue<decimal>().ShouldBe(539.97m);
        opened["lines"]![0]!["productName"]!.ToString().ShouldBe("服务器");

        var moved = (await sales.Post($"opportunities/{opened.Id}/stage", new { to = "negotiation", businessDate = Sales.Day(-4) })).Is(HttpStatusCode.OK);
        (moved["probability"]!.GetValue<int>(), moved["daysInStage"]!.GetValue<int>()).ShouldBe((60, 4));
        var won = (await sales.Post($"opportunities/{opened.Id}/win", new { amount = new { amount = 500, currency = "CNY" } })).Is(HttpStatusCode.OK);
        (won["stage"]!.ToString(), won["closedOn"]!.ToString(), won["amount"]!["amount"]!.GetValue<decimal>(), won["daysInStage"]).ShouldBe(("won", Sales.Day(0), 500m, null));
        var reviewed = (await sales.Post($"opportunities/{opened.Id}/review", new { keyFactors = new[] { "价格优势" }, unmetNeeds = new[] { "员工培训" } })).Is(HttpStatusCode.OK);
        reviewed["review"]!["byName"]!.ToString().ShouldBe("李晓燕");

        var listed = (await sales.Get($"opportunities?filter={Uri.EscapeDataString("customer.name = \"杭州智联信息技术有限公司\"")}")).Is(HttpStatusCode.OK);
        var row = listed["data"]!.AsArray().Single()!;
        foreach (var field in new[] { "customerName", "ownerName", "stageName", "pipelineName", "stageKind", "closed", "version", "amount", "lines", "review" })
            JsonNode.DeepEquals(row[field], reviewed[field]).ShouldBeTrue($"{field}: {row[field]} {reviewed[field]}");

        var history = (await sales.Get($"opportunities/{opened.Id}/history")).Is(HttpStatusCode.OK);
        history.Column("type").ShouldBe(["opportunity_reviewed", "opportunity_won", "opportunity_moved", "opportunity_opened"]);
        history["data"]![2]!["businessDate"]!.ToString().ShouldBe(Sales.Day(-4));
    }

    [Fact]
    public async Task may_end_lost_with_a_reason_and_begin_again()
    {
        var sales = await app.As("sales");
        var id = (await sales.Opportunity(await app.Pipeline(), 100)).Id;
        (await sales.Post($"opportunities/{id}/lose")).IsProblem(400, "invalid").Naming("body.reason");
        (await sales.Post($"opportunities/{id}/lose", new { reason = " " })).IsProblem(400, "invalid").Naming("body.reason");
        var lost = (await sales.Post($"opportunities/{id}/lose", new { reason = "预算被砍" })).Is(HttpStatusCode.OK);
        (lost["lostReason"]!.ToString(), lost["probability"]!.GetValue<int>(), lost["closed"]!.GetValue<bool>()).ShouldBe(("预算被砍", 0, true));
        (await sales.Post($"opportunities/{id}/stage", new { to = "proposal" })).IsProblem(409, "opportunity_closed");
        (await sales.Post($"opportunities/{id}/win")).IsProblem(409, "opportunity_closed");
        var reopened = (await sales.Post($"opportunities/{id}/reopen", new { to = "proposal" })).Is(HttpStatusCode.OK);
        (reopened["stage"]!.ToString(), reopened["lostReason"], reopened["closedOn"]).ShouldBe(("proposal", null, null));
    }

    [Fact]
    public async Task closes_by_commands_of_its_own()
    {
        var sales = await app.As("sales");
        var id = (await sales.Opportunity(await app.Pipeline())).Id;
        (await sales.Post($"opportunities/{id}/stage", new { to = "won" })).IsProblem(409, "use_win").Naming("body.to");
        (await sales.Post($"opportunities/{id}/stage", new { to = "lost" })).IsProblem(409, "use_lose");
        (await sales.Post($"opportunities/{id}/stage", new { to = "nowhere" })).IsProblem(400, "unknown_stage");
        var english = await sales.Post($"opportunities/{id}/stage", new { to = "won" }, ("Accept-Language", "en"));
        english["detail"]!.ToString().ShouldBe("To win it, use the command win.");
    }

    [Fact]
    public async Task counts_in_the_year_of_its_business_dates()
    {
        var admin = await app.As("admin");
        var pipeline = await app.Pipeline();
        var id = (await admin.Opportunity(pipeline, 1054, "2016-10-20")).Id;
        var won = (await admin.Post($"opportunities/{id}/win", new { businessDate = "2017-03-01" })).Is(HttpStatusCode.OK);
        (won["openedOn"]!.ToString(), won["closedOn"]!.ToString()).ShouldBe(("2016-10-20", "2017-03-01"));
        (await admin.Get($"opportunities/board?pipelineId={pipeline}&asOf=2016-12-31T00:00:00Z")).Lane("lead").Count.ShouldBe(1);
        var spring = await admin.Get($"opportunities/board?pipelineId={pipeline}&asOf=2017-04-01T00:00:00Z");
        (spring.Lane("lead").Count, spring.Lane("won")).ShouldBe((0, (1, 1054m, won["name"]!.ToString())));
        (await admin.Get($"opportunities/board?pipelineId={pipeline}&asOf=2017-04-01T00:00:00Z&basis=recorded")).Lane("won").Count.ShouldBe(0);
        (await admin.Get($"opportunities?asOf=2016-12-31T00:00:00Z&filter={Uri.EscapeDataString($"pipelineId = \"{pipeline}\"")}")).Column("stage").ShouldBe(["lead"]);
        (await admin.Get($"opportunities/{id}?asOf=2016-12-31T00:00:00Z"))["stageKind"]!.ToString().ShouldBe("open");
        (await admin.Get($"opportunities/{id}?asOf=2016-12-31T00:00:00Z&basis=recorded")).IsProblem(404, "not_found");
        (await admin.Post($"opportunities/{id}/reopen")).Is(HttpStatusCode.OK);
        (await admin.Post($"opportunities/{id}/win", new { businessDate = "2016-10-01" })).IsProblem(400, "closed_before_opened").Naming("body.businessDate");
    }

    [Fact]
    public async Task needs_a_customer_that_is_there()
    {
        var admin = await app.As("admin");
        var customer = await admin.Customer();
        (await admin.Post("opportunities", new { name = "无主" })).IsProblem(400, "invalid").Naming("body.customerId");
        (await admin.Post("opportunities", new { name = "无主", customerId = Guid.CreateVersion7() })).IsProblem(400, "unknown_customer");
        (await admin.Delete($"customers/{customer}")).Is(HttpStatusCode.NoContent);
        (await admin.Post("opportunities", new { name = "无主", customerId = customer })).IsProblem(400, "unknown_customer").Naming("body.customerId");
    }

    [Fact]
    public async Task can_be_deleted_and_brought_back()
    {
        var admin = await app.As("admin");
        var pipeline = await app.Pipeline();
        var opened = await admin.Opportunity(pipeline, 100);
        var before = app.Store.Now;
        (await (await app.As("sales")).Delete($"opportunities/{opened.Id}")).IsProblem(403, "forbidden");
        (await admin.Delete($"opportunities/{opened.Id}")).Is(HttpStatusCode.NoContent);
        (await admin.Get($"opportunities/{opened.Id}")).IsProblem(404, "not_found");
        (await admin.Get($"opportunities/board?pipelineId={pipeline}")).Lane("lead").ShouldBe((0, 0m, ""));
        (await admin.Get($"opportunities/board?pipelineId={pipeline}&asOf={before.Url()}")).Lane("lead").Count.ShouldBe(1);
        (await admin.Post($"opportunities/{opened.Id}/restore")).Is(HttpStatusCode.OK)["name"]!.ToString().ShouldBe(opened["name"]!.ToString());
        (await admin.Get($"opportunities/board?pipelineId={pipeline}")).Lane("lead").Count.ShouldBe(1);
    }

    [Fact]
    public async Task has_external_keys_of_its_own()
    {
        var admin = await app.As("admin");
        var customer = await admin.Customer();
        var first = (await admin.Post("opportunities", new { name = "甲", customerId = customer, externalKeys = new { erp = "K-1" } })).Is(HttpStatusCode.Created);
        var again = (await admin.Post("opportunities", new { name = "乙", customerId = customer, externalKeys = new { erp = "K-1" } })).IsProblem(409, "external_key_taken");
        again["candidates"]![0]!["id"]!.GetValue<Guid>().ShouldBe(first.Id);

        // At the same moment: the database decides, one wins.
        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => admin.Post("opportunities", new { name = $"并发{i}", customerId = customer, externalKeys = new { erp = "K-2" } })));
        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        foreach (var reply in replies.Where(r => r.Status != HttpStatusCode.Created)) reply.IsProblem(409, "external_key_taken");

        (await admin.Delete($"opportunities/{first.Id}")).Is(HttpStatusCode.NoContent);
        var second = (await admin.Post("opportunities", new { name = "丙", customerId = customer, externalKeys = new { erp = "K-1" } })).Is(HttpStatusCode.Created);
        (await admin.Post($"opportunities/{first.Id}/restore")).IsProblem(409, "external_key_taken");
        (await admin.Patch($"opportunities/{second.Id}", """{"externalKeys":{"erp":null}}""")).Is(HttpStatusCode.OK)["externalKeys"]!.AsObject().Count.ShouldBe(0);
        (await admin.Post($"opportunities/{first.Id}/restore")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task refuses_what_cannot_be()
    {
        var sales = await app.As("sales");
        var customer = await sales.Customer();
        (await sales.Post("opportunities", new { name = "x", customerId = customer, amount = new { amount = 1 } })).IsProblem(400, "invalid").Naming("body.amount");
        (await sales.Post("opportunities", new { name = "x", customerId = customer, amount = 5 })).IsProblem(400, "invalid_value");
        (await sales.Post("opportunities", new { name = "x", customerId = customer, probability = 101 })).IsProblem(400, "invalid").Naming("body.probability");
        (await sales.Post("opportunities", new { name = "x", customerId = customer, colour = "red" })).IsProblem(400, "unknown_field").Naming("body.colour");
        (await sales.Post("opportunities", new { name = "x", customerId = customer, pipelineId = Guid.CreateVersion7() })).IsProblem(400, "unknown_pipeline");
        (await sales.Post("opportunities", new { name = "x", customerId = customer, lines = new[] { new { productId = Guid.CreateVersion7(), quantity = 0 } } })).IsProblem(400, "invalid");
        (await sales.Post("opportunities", new { name = "x", customerId = customer, lines = new object?[] { null } })).IsProblem(400, "invalid");
        (await sales.Post("opportunities", new { name = "x", customerId = customer, custom = new { deep = new { er = 1 } } })).IsProblem(400, "invalid").Naming("body.custom");
        (await app.Anonymous.Get("opportunities/board")).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task opens_once_for_one_key()
    {
        var sales = await app.As("sales");
        var body = new { name = "只开一次", customerId = await sales.Customer() };
        var first = (await sales.Post("opportunities", body, ("Idempotency-Key", "once"))).Is(HttpStatusCode.Created);
        (await sales.Post("opportunities", body, ("Idempotency-Key", "once"))).Is(HttpStatusCode.Created).Id.ShouldBe(first.Id);
        (await sales.Get("opportunities?q=只开一次&count=exact"))["count"]!.GetValue<int>().ShouldBe(1);
    }
}
