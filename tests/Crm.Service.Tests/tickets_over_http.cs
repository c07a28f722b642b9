using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Service.Tests;

public sealed class tickets_over_http(CrmApp app) : IClassFixture<CrmApp>
{
    private static object Ticket(string subject, Guid? customerId = null, string? priority = null, Guid? assigneeId = null) => new { subject, customerId, priority, assigneeId };

    private static string State(Reply ticket, int clock) => ticket["clocks"]![clock]!["state"]!.ToString();

    private static async Task<string> Name(Api caller) => (await caller.Get("session"))["user"]!["displayName"]!.ToString();

    private async Task<Guid> Customer(string name, string phone)
    {
        var customer = (await (await app.As("manager")).Post("customers", new { kind = "company", name, phone }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        // Another caller's write: its name need not be known here at once.
        await app.Settled();
        return customer.Id;
    }

    [Fact]
    public async Task a_ticket_goes_from_the_call_to_the_rating()
    {
        var service = await app.As("service");
        var agent = await app.UserId("service");
        var customer = await Customer("杭州云帆科技有限公司", "0571-87654321");
        var opened = (await service.Post("tickets", Ticket("发票抬头写错了", customer, "high"))).Is(HttpStatusCode.Created);
        opened.Headers.Location!.ToString().ShouldBe($"/api/v1/tickets/{opened.Id}");
        opened["number"]!.ToString().ShouldMatch("^T-[0-9]{6}$");
        opened["customerName"]!.ToString().ShouldBe("杭州云帆科技有限公司");
        (opened["status"]!.ToString(), opened["channel"]!.ToString(), State(opened, 0), State(opened, 1)).ShouldBe(("open", "phone", "running", "running"));

        var assigned = (await service.Post($"tickets/{opened.Id}/assign", new { assigneeId = agent })).Is(HttpStatusCode.OK);
        (assigned["status"]!.ToString(), assigned["assigneeName"]!.ToString()).ShouldBe(("assigned", await Name(service)), assigned.Text);
        (await service.Post($"tickets/{opened.Id}/respond", new { text = "老客户，先处理", @internal = true })).Is(HttpStatusCode.OK)["status"]!.ToString().ShouldBe("assigned");
        var answered = (await service.Post($"tickets/{opened.Id}/respond", new { text = "马上重开" })).Is(HttpStatusCode.OK);
        (answered["status"]!.ToString(), State(answered, 0), State(answered, 1)).ShouldBe(("answered", "met", "running"));
        var resolved = (await service.Post($"tickets/{opened.Id}/resolve", new { text = "已重开" })).Is(HttpStatusCode.OK);
        (resolved["status"]!.ToString(), State(resolved, 1), resolved["answers"]!.AsArray().Count).ShouldBe(("resolved", "met", 3));
        resolved["answers"]![2]!["authorName"]!.ToString().ShouldNotBeEmpty();
        (await service.Post($"tickets/{opened.Id}/rate", new { score = 6 })).IsProblem(400, "invalid").Naming("body.score");
        (await service.Post($"tickets/{opened.Id}/rate", new { score = 5, comment = "快" })).Is(HttpStatusCode.OK)["score"]!.GetValue<int>().ShouldBe(5);
        (await service.Post($"tickets/{opened.Id}/close", new { })).Is(HttpStatusCode.OK)["status"]!.ToString().ShouldBe("closed");
        (await service.Post($"tickets/{opened.Id}/respond", new { text = "x" })).IsProblem(409, "ticket_closed");
        var reopened = (await service.Post($"tickets/{opened.Id}/reopen", new { reason = "又错了" })).Is(HttpStatusCode.OK);
        (reopened["status"]!.ToString(), State(reopened, 0), State(reopened, 1)).ShouldBe(("assigned", "met", "running"));
        reopened["clocks"]![1]!["segments"]!.AsArray().Count.ShouldBe(2);

        var history = (await service.Get($"tickets/{opened.Id}/history")).Is(HttpStatusCode.OK)["data"]!.AsArray();
        history.Select(h => h!["type"]!.ToString()).ShouldBe(
            ["ticket_reopened", "ticket_closed", "ticket_rated", "ticket_resolved", "ticket_answered", "ticket_answered", "ticket_assigned", "ticket_opened"]);
        history[0]!["reason"]!.ToString().ShouldBe("又错了");
        history.SelectMany(h => h!["changes"]!.AsArray()).Select(c => c!["field"]!.ToString()).ShouldNotContain("clocks", "it follows from the rest");
    }

    [Fact]
    public async Task clocks_stand_as_they_stood_at_the_instant_asked_about()
    {
        var service = await app.As("service");
        var opened = (await service.Post("tickets", new { subject = "三天前来电", businessDate = Day(-3) })).Is(HttpStatusCode.Created);
        (State(opened, 0), State(opened, 1)).ShouldBe(("breached", "breached"));
        opened["overdue"]!.GetValue<bool>().ShouldBeTrue();
        await service.Post($"tickets/{opened.Id}/resolve", new { text = "好了", businessDate = Day(-1) });
        var start = opened["openedAt"]!.GetValue<DateTimeOffset>();
        foreach (var (hours, first, solution) in new[] { (1.0, "running", "running"), (2.0, "running", "running"), (2.5, "breached", "running"), (25, "breached", "breached"), (50, "breached", "breached") })
        {
            var then = (await service.Get($"tickets/{opened.Id}?asOf={Instant(start.AddHours(hours))}")).Is(HttpStatusCode.OK);
            (State(then, 0), State(then, 1)).ShouldBe((first, solution), $"after {hours} h");
            var listed = (await service.Get($"tickets?filter=number%3D{opened["number"]}&asOf={Instant(start.AddHours(hours))}")).Is(HttpStatusCode.OK)["data"]![0]!;
            listed["clocks"]!.ToJsonString().ShouldBe(then["clocks"]!.ToJsonString(), "list and record agree");
        }
        var now = await service.Get($"tickets/{opened.Id}");
        now["clocks"]![1]!["elapsedMinutes"]!.GetValue<long>().ShouldBe(48 * 60);
        (now["overdue"]!.GetValue<bool>(), now["breached"]!.GetValue<bool>()).ShouldBe((false, true));
        (await service.Get($"tickets/{opened.Id}?asOf={Instant(start.AddHours(1))}&basis=recorded")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task the_queue_is_filtered_searched_and_sorted_by_what_is_due()
    {
        var service = await app.As("service");
        var agent = await app.UserId("service");
        var customer = await Customer("宁波排队有限公司", "0574-87654321");
        var late = (await service.Post("tickets", new { subject = "排队 甲", customerId = customer, priority = "low", businessDate = Day(-2) })).Is(HttpStatusCode.Created);
        var soon = (await service.Post("tickets", Ticket("排队 乙", customer, "urgent", agent))).Is(HttpStatusCode.Created);
        var done = (await service.Post("tickets", new { subject = "排队 丙", customerId = customer, businessDate = Day(-2) })).Is(HttpStatusCode.Created);
        await service.Post($"tickets/{done.Id}/resolve", new { text = "好了" });
        var mine = $"customerId%3D{customer}";

        async Task<IReadOnlyList<string?>> List(string query) => (await service.Get($"tickets?{query}")).Is(HttpStatusCode.OK).Column("subject");
        (await List($"filter={mine} AND overdue%3Dtrue")).ShouldBe(["排队 甲"]);
        (await List($"filter={mine} AND dueAt<now")).ShouldBe(["排队 甲"]);
        (await List($"filter={mine} AND breached%3Dtrue&sort=subject")).ShouldBe(["排队 丙", "排队 甲"], ignoreOrder: true);
        (await List($"filter={mine}&sort=dueAt")).ShouldBe(["排队 甲", "排队 乙", "排队 丙"]);
        (await List($"filter={mine}&sort=-priorityRank")).ShouldBe(["排队 乙", "排队 丙", "排队 甲"]);
        (await List($"filter={mine} AND status%3D(open OR assigned)&sort=number")).ShouldBe(["排队 甲", "排队 乙"]);
        (await List($"filter={mine} AND assigneeId%3D{agent}")).ShouldBe(["排队 乙"]);
        (await List($"filter={mine} AND assigneeId%3Dnull AND status%3Dopen")).ShouldBe(["排队 甲"]);
        (await List("q=" + late["number"])).ShouldBe(["排队 甲"]);
        (await List($"q=排队&filter=customerName:\"宁波\"")).Count.ShouldBe(3);
        (await service.Get("tickets?fields=answers")).IsProblem(400, "unknown_field");
        (await service.Get($"tickets?filter={mine} AND subject%3D\"排队 乙\""))["data"]![0]!["assigneeName"]!.ToString().ShouldBe(await Name(service));
        soon["dueAt"]!.GetValue<DateTimeOffset>().ShouldBe(soon["openedAt"]!.GetValue<DateTimeOffset>().AddHours(2));
    }

    [Fact]
    public async Task what_a_ticket_refers_to_must_exist()
    {
        var service = await app.As("service");
        var customer = await Customer("温州引用有限公司", "0577-87654321");
        var contact = (await service.Post($"customers/{customer}/contacts", new { name = "陈引" })).Is(HttpStatusCode.Created);
        (await service.Post("tickets", Ticket("x", Guid.CreateVersion7()))).IsProblem(400, "unknown_customer").Naming("body.customerId");
        (await service.Post("tickets", new { subject = "x", contactId = contact.Id })).IsProblem(400, "contact_without_customer");
        (await service.Post("tickets", new { subject = "x", customerId = customer, contactId = Guid.CreateVersion7() })).IsProblem(400, "unknown_contact");
        (await service.Post("tickets", Ticket("x", null, null, Guid.CreateVersion7()))).IsProblem(400, "unknown_user").Naming("body.assigneeId");
        var opened = (await service.Post("tickets", new { subject = "x", customerId = customer, contactId = contact.Id })).Is(HttpStatusCode.Created);
        (await service.Get($"tickets/{opened.Id}"))["contactName"]!.ToString().ShouldBe("陈引");
        (await service.Patch($"tickets/{opened.Id}", new JsonObject { ["customerId"] = null })).Is(HttpStatusCode.OK)["contactId"].ShouldBeNull();
        (await service.Patch($"tickets/{opened.Id}", new JsonObject { ["subject"] = null })).IsProblem(400, "invalid").Naming("body.subject");
    }

    [Fact]
    public async Task numbers_are_unique_while_many_open_at_once()
    {
        var service = await app.As("service");
        var opened = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => service.Post("tickets", Ticket($"同时 {i}"))));
        opened.Select(o => o.Is(HttpStatusCode.Created)["number"]!.ToString()).Distinct().Count().ShouldBe(40);
    }

    [Fact]
    public async Task rights_are_those_of_the_role()
    {
        var sales = await app.As("sales");
        var opened = (await sales.Post("tickets", Ticket("销售代客户登记"))).Is(HttpStatusCode.Created);
        (await sales.Post($"tickets/{opened.Id}/resolve", new { text = "x" })).IsProblem(403, "forbidden");
        (await app.Anonymous.Get($"tickets/{opened.Id}")).IsProblem(401, "unauthenticated");
        (await (await app.As("service")).Get("tickets")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task live_and_rebuilt_rows_are_the_same()
    {
        var service = await app.As("service");
        var opened = (await service.Post("tickets", new { subject = "重建", businessDate = Day(-1) })).Is(HttpStatusCode.Created);
        await service.Post($"tickets/{opened.Id}/resolve", new { text = "x" });
        await app.Settled();
        foreach (var (projection, tables) in new[] { ("service.tickets", new[] { "service.tickets", "service.tickets_states" }), ("service.customers", ["service.customers", "service.contacts"]), ("service.people", ["service.people"]) })
        {
            var live = new List<string>();
            foreach (var table in tables) live.Add(await Rows(table));
            await app.Store.Daemon.RebuildAsync(projection, "test", "test", TestContext.Current.CancellationToken);
            await app.Settled();
            for (var i = 0; i < tables.Length; i++) (await Rows(tables[i])).ShouldBe(live[i], tables[i]);
        }

        async Task<string> Rows(string table)
        {
            await using var command = app.Store.DataSource.CreateCommand($"select coalesce(string_agg(t::text, chr(10) order by t::text), '') from {table} t");
            return (string)(await command.ExecuteScalarAsync())!;
        }
    }

    private string Day(int days) => app.Store.DayOf(app.Store.Now).AddDays(days).ToString("yyyy-MM-dd", null);

    private static string Instant(DateTimeOffset at) => Uri.EscapeDataString(at.ToString("yyyy-MM-dd'T'HH:mm:ssK", null));

    [Fact]
    public async Task own_fields_and_rules_of_tickets_are_checked_listed_and_unique()
    {
        var (admin, service) = (await app.As("admin"), await app.As("service"));
        async Task<Guid> Define(object field) => (await admin.Post("custom-fields", field)).Is(HttpStatusCode.Created).Id;
        await Define(new { target = "tickets", key = "serial", type = "text", zh = "序列号", en = "Serial number", pattern = "[A-Z]{2}[0-9]{4}", unique = true });
        await Define(new { target = "tickets", key = "visits", type = "number", zh = "上门次数", en = "Visits", max = 9 });
        await Define(new { target = "tickets", key = "cause", type = "choice", zh = "原因", en = "Cause", required = true, visibleWhen = new { field = "status", values = new[] { "resolved", "closed" } }, choices = new[] { new { code = "worn", zh = "磨损", en = "Worn" } } });
        var faults = (await service.Post("tickets", new { subject = "坏了", custom = new { serial = "x", visits = 10, cause = "worn" } })).IsProblem(400, "pattern");
        faults["errors"]!.AsArray().Select(e => $"{e!["in"]} {e["code"]}").ShouldBe(["body.custom.serial pattern", "body.custom.visits out_of_range", "body.custom.cause field_hidden"]);
        var ticket = (await service.Post("tickets", new { subject = "自定义工单", custom = new { serial = "AB1234", visits = 2 } })).Is(HttpStatusCode.Created).Id;
        (await service.Post("tickets", new { subject = "又一张", custom = new { serial = "AB1234" } })).IsProblem(409, "custom_value_taken");
        await app.Settled();
        (await service.Get("tickets?filter=" + Uri.EscapeDataString("custom.serial = \"AB1234\" AND custom.visits < 3") + "&sort=-custom.visits")).Is(HttpStatusCode.OK).Column("subject").ShouldBe(["自定义工单"]);

        // What is to be known before a ticket is solved is a rule's to ask; a field that shows afterwards does not stand in the way.
        var rule = (await admin.Post("validation-rules", new { target = "tickets", zh = "规则", en = "Rule", when = "status", value = "resolved", field = "type", check = "required", messageZh = "解决前请选择类型。", messageEn = "Choose the type first." })).Is(HttpStatusCode.Created);
        (await service.Post($"tickets/{ticket}/resolve", new { text = "换了" })).IsProblem(409, "rule_violated").Naming("body.type");
        (await service.Patch($"tickets/{ticket}", new { type = "故障报修" })).Is(HttpStatusCode.OK);
        (await service.Post($"tickets/{ticket}/resolve", new { text = "换了" })).Is(HttpStatusCode.OK);
        (await service.Patch($"tickets/{ticket}", new { custom = new { cause = "worn" } })).Is(HttpStatusCode.OK);
        (await service.Patch($"tickets/{ticket}", """{"custom":{"cause":null}}""")).IsProblem(400, "required");
        (await admin.Delete($"validation-rules/{rule.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
    }
}
