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

    [Fact]
    public async Task has_fields_of_the_organisations_own_that_are_checked_listed_and_unique()
    {
        var (admin, sales, pipeline) = (await app.As("admin"), await app.As("sales"), await app.Pipeline());
        async Task<Guid> Define(object field) => (await admin.Post("custom-fields", field)).Is(HttpStatusCode.Created).Id;
        async Task<Reply> Open(string name, object custom, string stage = "lead") => await sales.Post("opportunities", new { name, customerId = await sales.Customer(), pipelineId = pipeline, stage, custom });
        async Task<IReadOnlyList<string?>> Found(string filter, string sort = "name") { await app.Settled(); return (await sales.Get($"opportunities?filter={Uri.EscapeDataString($"pipelineId = \"{pipeline}\" AND {filter}")}&sort={sort}")).Is(HttpStatusCode.OK).Column(); }
        await Define(new { target = "opportunities", key = "seats", type = "number", zh = "席位数", en = "Seats", min = 1 });
        await Define(new { target = "opportunities", key = "tenderNo", type = "text", zh = "招标编号", en = "Tender", unique = true });
        await Define(new { target = "opportunities", key = "modules", type = "multiChoice", zh = "模块", en = "Modules", choices = new[] { new { code = "crm", zh = "客户", en = "CRM" }, new { code = "erp", zh = "企业", en = "ERP" } } });
        await Define(new { target = "opportunities", key = "budget", type = "money", zh = "预算", en = "Budget" });
        await Define(new { target = "opportunities", key = "bidOn", type = "date", zh = "投标日", en = "Bid on", required = true, visibleWhen = new { field = "stage", values = new[] { "proposal" } } });
        (await admin.Post("custom-fields", new { target = "opportunities", key = "odd", type = "text", zh = "x", en = "x", visibleWhen = new { field = "lifecycle", values = new[] { "won" } } })).IsProblem(400, "unknown_field");

        (await Open("类型错误", new { seats = "5", modules = new[] { "hr" }, budget = 5 })).IsProblem(400, "invalid_type")["errors"]!.AsArray().Select(e => $"{e!["in"]} {e["code"]}")
            .ShouldBe(["body.custom.seats invalid_type", "body.custom.modules unknown_value", "body.custom.budget invalid_type"]);
        var first = (await Open("自定义一", new { seats = 5, tenderNo = "ZB-1", modules = new[] { "crm", "erp" }, budget = new { amount = 900, currency = "CNY" } })).Is(HttpStatusCode.Created);
        (await Open("自定义二", new { tenderNo = " zb-1 " })).IsProblem(409, "custom_value_taken").Naming("body.custom.tenderNo");
        var second = (await Open("自定义二", new { seats = 30, tenderNo = "ZB-2" })).Is(HttpStatusCode.Created);
        (await sales.Patch($"opportunities/{second.Id}", new { custom = new { tenderNo = "ZB-1" } })).IsProblem(409, "custom_value_taken");

        (await Found("custom.seats = 5")).ShouldBe(["自定义一"]);
        (await Found("custom.seats > 4", "-custom.seats")).ShouldBe(["自定义二", "自定义一"]);
        (await Found("custom.modules:\"erp\" AND custom.budget >= 900")).ShouldBe(["自定义一"]);
        (await Found("custom.tenderNo = \"ZB-2\"")).ShouldBe(["自定义二"]);

        // A field that shows in one stage is asked for on entry there, does not stand in the way of the move, and is emptied with the stage.
        (await sales.Patch($"opportunities/{first.Id}", new { custom = new { bidOn = "2026-09-01" } })).IsProblem(400, "field_hidden");
        (await Open("自定义三", new { }, "proposal")).IsProblem(400, "required").Naming("body.custom.bidOn");
        (await Open("自定义三", new { bidOn = "2026-09-01" }, "proposal")).Is(HttpStatusCode.Created);
        (await sales.Post($"opportunities/{first.Id}/stage", new { to = "proposal" })).Is(HttpStatusCode.OK);
        (await sales.Patch($"opportunities/{first.Id}", new { custom = new { bidOn = "2026-09-01" } })).Is(HttpStatusCode.OK);
        (await sales.Patch($"opportunities/{first.Id}", """{"custom":{"bidOn":null}}""")).IsProblem(400, "required");
        (await sales.Post($"opportunities/{first.Id}/stage", new { to = "lead" })).Is(HttpStatusCode.OK)["custom"]!.AsObject().ContainsKey("bidOn").ShouldBeFalse();

        // A deleted one holds its value no longer, and cannot come back once it is another's.
        (await admin.Delete($"opportunities/{first.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await sales.Patch($"opportunities/{second.Id}", new { custom = new { tenderNo = "ZB-1" } })).Is(HttpStatusCode.OK);
        (await admin.Post($"opportunities/{first.Id}/restore", new { })).IsProblem(409, "custom_value_taken");
        var one = Open("同时一", new { tenderNo = "ZB-9" });
        var both = await Task.WhenAll(one, Open("同时二", new { tenderNo = "ZB-9" }));
        both.Select(r => r.Status).Order().ToList().ShouldBe([HttpStatusCode.Created, HttpStatusCode.Conflict], "of two at once the constraint lets one in");
    }

    [Fact]
    public async Task is_held_to_rules_when_it_comes_to_a_stage()
    {
        var (admin, sales, pipeline) = (await app.As("admin"), await app.As("sales"), await app.Pipeline());
        object Rule(string field, string value, string when = "stage") => new { target = "opportunities", zh = "规则", en = "Rule", when, value, field, check = "required", messageZh = "请先填写预计成交日期。", messageEn = "State the expected date first." };
        (await admin.Post("validation-rules", Rule("needs", "proposal"))).IsProblem(400, "unknown_field");
        (await admin.Post("validation-rules", Rule("amount", "won", "lifecycle"))).IsProblem(400, "unknown_value");
        var rules = new[] { await admin.Post("validation-rules", Rule("expectedCloseDate", "proposal")), await admin.Post("validation-rules", Rule("competitors", "won")) };
        var opened = (await sales.Opportunity(pipeline, 100)).Id;
        (await sales.Post($"opportunities/{opened}/stage", new { to = "proposal" }, ("Accept-Language", "en"))).IsProblem(409, "rule_violated").Naming("body.expectedCloseDate")["detail"]!.ToString().ShouldBe("State the expected date first.");
        (await sales.Patch($"opportunities/{opened}", new { expectedCloseDate = Sales.Day(30) })).Is(HttpStatusCode.OK);
        (await sales.Post($"opportunities/{opened}/stage", new { to = "proposal" })).Is(HttpStatusCode.OK);
        (await sales.Patch($"opportunities/{opened}", """{"expectedCloseDate":null}""")).IsProblem(409, "rule_violated");
        (await sales.Post($"opportunities/{opened}/win", new { })).IsProblem(409, "rule_violated").Naming("body.competitors");
        (await sales.Patch($"opportunities/{opened}", new { competitors = new[] { "用友" } })).Is(HttpStatusCode.OK);
        (await sales.Post($"opportunities/{opened}/win", new { })).Is(HttpStatusCode.OK);
        foreach (var rule in rules) (await admin.Delete($"validation-rules/{rule.Is(HttpStatusCode.Created).Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
    }
}
