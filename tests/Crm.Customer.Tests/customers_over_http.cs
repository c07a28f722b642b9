using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>The daily path of a customer through the API.</summary>
public sealed class customers_over_http(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task a_customer_is_registered_with_every_field()
    {
        var sales = await app.As("sales");
        var owner = await app.UserId("sales");
        var parent = (await sales.Post("customers", new { kind = "company", name = "远洋集团母公司" })).Is(HttpStatusCode.Created).Id;
        var created = (await sales.Post("customers", new
        {
            kind = "company",
            name = "上海远洋物流有限公司",
            shortName = "远洋物流",
            lifecycle = "intent",
            tier = "B",
            industry = "物流",
            size = "51-200",
            source = "展会",
            phone = "021-62345678",
            email = "info@yuanyang.example",
            address = "上海市浦东新区 1 号",
            website = "www.yuanyang.example",
            needs = "仓储系统",
            tags = new[] { "采购意向" },
            ownerId = owner,
            parentId = parent,
            externalKeys = new { erp = "C-001" },
            custom = new { fleet = 120, cold = true, note = "冷链" },
        })).Is(HttpStatusCode.Created);

        created.Headers.Location!.ToString().ShouldBe($"/api/v1/customers/{created.Id}");
        created.ETag.ShouldBe("\"1\"");
        created.Sequence.ShouldBeGreaterThan(0);
        created.Id.Version.ShouldBe(7);
        var read = (await sales.Get($"customers/{created.Id}")).Is(HttpStatusCode.OK);
        JsonNode.DeepEquals(read.Json, created.Json).ShouldBeTrue(read.Text);
        read["lifecycle"]!.ToString().ShouldBe("intent");
        read["ownerName"]!.ToString().ShouldNotBeEmpty();
        read["parentName"]!.ToString().ShouldBe("远洋集团母公司");
        read["createdByName"]!.ToString().ShouldBe(read["ownerName"]!.ToString());
        read["externalKeys"]!["erp"]!.ToString().ShouldBe("C-001");
        read["custom"]!.ToJsonString().ShouldContain("\"fleet\":120");
        read["completeness"]!.GetValue<decimal>().ShouldBe(0.75m);
        read["archived"]!.GetValue<bool>().ShouldBeFalse();

        var listed = (await sales.Get("customers?filter=name%20%3D%20%22上海远洋物流有限公司%22"))["data"]!.AsArray().Single()!.AsObject();
        // What may be done with it is told of the record only.
        read["may"]!.AsArray().Select(a => a!.ToString()).ShouldBe(["view", "change", "assign", "reveal", "claim"]);
        var record = read.Json.AsObject();
        record.Remove("may");
        listed.Select(p => p.Key).ShouldBe(record.Select(p => p.Key), ignoreOrder: true);
        JsonNode.DeepEquals(listed, record).ShouldBeTrue(listed.ToJsonString());
    }

    [Fact]
    public async Task fields_change_one_by_one_and_history_tells_each()
    {
        var admin = await app.As("admin");
        var id = (await admin.Post("customers", new { kind = "company", name = "变更公司", phone = "13811110001", custom = new { a = 1 } })).Id;
        var changed = (await admin.Patch($"customers/{id}", new { phone = "13811110002", industry = "软件", custom = new { a = 2, b = "x" }, reason = "客户来电更正" })).Is(HttpStatusCode.OK);
        changed.ETag.ShouldBe("\"2\"");
        changed["phone"]!.ToString().ShouldBe("13811110002");
        (await admin.Patch($"customers/{id}", new { phone = (string?)null }.ToJson())).Is(HttpStatusCode.OK)["phone"].ShouldBeNull();
        (await admin.Patch($"customers/{id}", new { industry = "软件" })).Is(HttpStatusCode.OK).ETag.ShouldBe("\"3\"");

        var history = (await admin.Get($"customers/{id}/history")).Is(HttpStatusCode.OK)["data"]!.AsArray();
        history.Select(h => h!["type"]!.ToString()).ShouldBe(["customer_details_changed", "customer_details_changed", "customer_registered"]);
        var second = history[1]!;
        second["reason"]!.ToString().ShouldBe("客户来电更正");
        second["source"]!.ToString().ShouldBe("page");
        second["actorName"]!.ToString().ShouldNotBeEmpty();
        var changes = second["changes"]!.AsArray().ToDictionary(c => c!["field"]!.ToString(), c => (c!["before"]?.ToString(), c["after"]?.ToString()));
        changes["phone"].ShouldBe(("13811110001", "13811110002"));
        changes["custom.a"].ShouldBe(("1", "2"));
        changes["custom.b"].ShouldBe((null, "x"));
        changes.Keys.ShouldNotContain("name");
    }

    [Fact]
    public async Task tags_owner_and_lifecycle_have_commands_of_their_own()
    {
        var sales = await app.As("sales");
        var (self, manager) = (await app.UserId("sales"), await app.UserId("manager"));
        var id = (await sales.Post("customers", new { kind = "company", name = "命令公司" })).Id;
        (await sales.Post($"customers/{id}/tags", new { tag = "老客户" })).Is(HttpStatusCode.OK)["tags"]![0]!.ToString().ShouldBe("老客户");
        (await sales.Post($"customers/{id}/tags", new { tags = new[] { "A/B 测试", "50% 折扣" } })).Is(HttpStatusCode.OK).ETag.ShouldBe("\"4\"");
        (await sales.Delete($"customers/{id}/tags/{Uri.EscapeDataString("50% 折扣")}")).Is(HttpStatusCode.OK);
        (await sales.Delete($"customers/{id}/tags/{Uri.EscapeDataString("A/B 测试")}")).Is(HttpStatusCode.OK)["tags"]!.AsArray().Count.ShouldBe(1);
        (await sales.Delete($"customers/{id}/tags/none")).IsProblem(404, "not_found");
        (await sales.Post($"customers/{id}/owner", new { ownerId = Guid.CreateVersion7() })).IsProblem(400, "unknown_user");
        (await sales.Post($"customers/{id}/owner", new { })).IsProblem(400, "invalid").Naming("body.ownerId");
        var lead = await app.As("manager");
        (await lead.Post($"customers/{id}/owner", new { ownerId = manager })).Is(HttpStatusCode.OK)["ownerId"]!.ToString().ShouldBe(manager.ToString());
        (await lead.Post($"customers/{id}/owner", "{\"ownerId\":null}")).Is(HttpStatusCode.OK)["ownerId"].ShouldBeNull();
        (await lead.Post($"customers/{id}/owner", new { ownerId = self })).Is(HttpStatusCode.OK);
        (await sales.Post($"customers/{id}/lifecycle", new { to = "won", reason = "签约" })).Is(HttpStatusCode.OK)["lifecycle"]!.ToString().ShouldBe("won");
        var before = await sales.Get($"customers/{id}");
        (await sales.Post($"customers/{id}/lifecycle", new { to = "won" })).Is(HttpStatusCode.OK).ETag.ShouldBe(before.ETag);
        (await sales.Post($"customers/{id}/lifecycle", new { to = "gone" })).IsProblem(400, "invalid_value").Naming("body.to");
        self.ShouldNotBe(manager);
    }

    [Fact]
    public async Task contacts_come_change_and_go()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "联系人公司" })).Id;
        var added = (await sales.Post($"customers/{id}/contacts", new { name = "李雷", position = "采购", phone = "13822220001", birthday = "1990-05-01" })).Is(HttpStatusCode.Created);
        added.Headers.Location!.ToString().ShouldBe($"/api/v1/customers/{id}/contacts/{added.Id}");
        added["isPrimary"]!.GetValue<bool>().ShouldBeTrue();
        (await sales.Get($"customers/{id}/contacts/{added.Id}")).Is(HttpStatusCode.OK)["name"]!.ToString().ShouldBe("李雷");
        var other = (await sales.Post($"customers/{id}/contacts", new { name = "韩梅梅", isPrimary = true })).Is(HttpStatusCode.Created).Id;
        (await sales.Get($"customers/{id}/contacts")).Is(HttpStatusCode.OK).Column().ShouldBe(["韩梅梅", "李雷"]);
        var left = (await sales.Patch($"customers/{id}/contacts/{other}", "{\"leftAt\":\"2026-01-31\",\"position\":null}")).Is(HttpStatusCode.OK);
        left["leftAt"]!.ToString().ShouldBe("2026-01-31");
        (await sales.Get($"customers/{id}/contacts")).Column().ShouldBe(["李雷", "韩梅梅"]);
        (await sales.Patch($"customers/{id}/contacts/{other}", new { leftAt = "2026-02-01T23:30:00+08:00" })).Is(HttpStatusCode.OK)["leftAt"]!.ToString().ShouldBe("2026-02-01");
        (await sales.Delete($"customers/{id}/contacts/{added.Id}")).Is(HttpStatusCode.NoContent);
        (await sales.Get($"customers/{id}/contacts/{added.Id}")).IsProblem(404, "not_found");
        (await sales.Patch($"customers/{id}/contacts/{Guid.CreateVersion7()}", new { name = "x" })).IsProblem(404, "not_found");
        (await sales.Post($"customers/{id}/contacts", new { name = "x", birthday = "1990-13-01" })).IsProblem(400, "invalid_value").Naming("body.birthday");
        (await sales.Get($"customers/{id}/history"))["data"]!.AsArray().Select(h => h!["type"]!.ToString())
            .ShouldBe(["contact_removed", "contact_changed", "contact_changed", "contact_added", "contact_added", "customer_registered"]);
    }

    [Fact]
    public async Task follow_ups_are_logged_with_what_comes_next()
    {
        var sales = await app.As("sales");
        var owner = await app.UserId("manager");
        var id = (await sales.Post("customers", new { kind = "company", name = "跟进公司" })).Id;
        var at = DateTimeOffset.UtcNow.AddHours(-2);
        var next = DateTimeOffset.UtcNow.AddDays(2);
        var logged = (await sales.Post($"customers/{id}/follow-ups", new
        {
            at,
            method = "visit",
            summary = "看样品 🙂",
            objections = "价格",
            changedNeeds = "加急",
            promises = "周五方案",
            participants = new[] { "李雷" },
            next = new { at = next, goal = "送方案", ownerId = owner },
        })).Is(HttpStatusCode.Created);
        logged["authorName"]!.ToString().ShouldNotBeEmpty();
        logged.Headers.Location!.ToString().ShouldEndWith($"/follow-ups/{logged.Id}");
        (await sales.Post($"customers/{id}/follow-ups", new { at = at.AddDays(-1), method = "phone", summary = "更早的电话" })).Is(HttpStatusCode.Created);

        var list = (await sales.Get($"customers/{id}/follow-ups")).Is(HttpStatusCode.OK);
        list.Column("summary").ShouldBe(["看样品 🙂", "更早的电话"]);
        list["data"]![0]!["next"]!["goal"]!.ToString().ShouldBe("送方案");
        list["data"]![0]!["next"]!["ownerName"]!.ToString().ShouldNotBeEmpty();
        list["data"]![1]!["next"].ShouldBeNull();
        var customer = await sales.Get($"customers/{id}");
        DateTimeOffset.Parse(customer["nextFollowUpAt"]!.ToString(), null).ShouldBe(next, TimeSpan.FromMilliseconds(1));
        DateTimeOffset.Parse(customer["lastFollowUpAt"]!.ToString(), null).ShouldBe(at, TimeSpan.FromMilliseconds(1));
        (await sales.Get($"customers?filter=nextFollowUpAt%20%3C%20now%2B7d%20AND%20nextFollowUpAt%20%3E%20now&sort=nextFollowUpAt")).Column().ShouldContain("跟进公司");
        (await sales.Post($"customers/{id}/follow-ups", new { at = DateTimeOffset.UtcNow.AddHours(1), method = "phone", summary = "x" })).IsProblem(400, "in_future").Naming("body.at");
        (await sales.Post($"customers/{id}/follow-ups", new { })).IsProblem(400, "invalid").Naming("body.at").Naming("body.method").Naming("body.summary");
        (await sales.Post($"customers/{id}/follow-ups", new { at = "2026-03-01T10:00:00", method = "phone", summary = "x" })).IsProblem(400, "invalid_value").Naming("body.at");
        (await sales.Post($"customers/{id}/follow-ups", new { at = "2026-03-01", method = "phone", summary = "x" })).IsProblem(400, "invalid_value").Naming("body.at");
        (await sales.Get($"customers/{Guid.CreateVersion7()}/follow-ups")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task the_timeline_has_everything_newest_first()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "时间线公司" })).Id;
        await sales.Post($"customers/{id}/tags", new { tags = new[] { "甲", "乙" } });
        await sales.Post($"customers/{id}/follow-ups", new { at = DateTimeOffset.UtcNow.AddDays(-3), method = "phone", summary = "三天前的电话" });
        await sales.Post($"customers/{id}/lifecycle", new { to = "intent", reason = "要报价" });
        var all = (await sales.Get($"customers/{id}/timeline")).Is(HttpStatusCode.OK);
        all.Column("type").ShouldBe(["customer_lifecycle_changed", "customer_tagged", "customer_tagged", "customer_registered", "follow_up_logged"]);
        all.Column("title").ShouldBe(["要报价", "乙", "甲", "时间线公司", "三天前的电话"]);
        var first = all["data"]![0]!;
        first["kind"]!.ToString().ShouldBe("lifecycle");
        first["data"]!["from"]!.ToString().ShouldBe("potential");
        first["actorName"]!.ToString().ShouldNotBeEmpty();
        (await sales.Get($"customers/{id}/timeline?kind=followUp,tag")).Column("kind").ShouldBe(["tag", "tag", "followUp"]);
        (await sales.Get($"customers/{id}/timeline?kind=nothing")).IsProblem(400, "unknown_value").Naming("query.kind");

        var walked = new List<string?>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await sales.Get($"customers/{id}/timeline?limit=2&cursor={Uri.EscapeDataString(cursor)}")).Is(HttpStatusCode.OK);
            walked.AddRange(page.Column("id"));
            cursor = page["page"]!["next"]?.ToString();
        }
        walked.ShouldBe(all.Column("id"));
    }

    [Fact]
    public async Task the_timeline_tells_of_opportunities_and_tickets_too()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "全景公司" })).Id;
        var other = (await sales.Post("customers", new { kind = "company", name = "接手公司" })).Id;
        var opportunity = (await sales.Post("opportunities", new { name = "全景商机", customerId = id, amount = new { amount = 5000, currency = "CNY" } })).Is(HttpStatusCode.Created).Id;
        (await sales.Post($"opportunities/{opportunity}/stage", new { to = "requirement" })).Is(HttpStatusCode.OK);
        var ticket = (await sales.Post("tickets", new { subject = "打不开", description = "白屏", customerId = id, channel = "phone" })).Is(HttpStatusCode.Created).Id;
        (await sales.Patch($"opportunities/{opportunity}", new { customerId = other })).Is(HttpStatusCode.OK);
        var items = (await sales.Get($"customers/{id}/timeline")).Is(HttpStatusCode.OK);
        items.Column("type").ShouldBe(["opportunity_details_changed", "ticket_opened", "opportunity_moved", "opportunity_opened", "customer_registered"]);
        items.Column("kind").ShouldBe(["opportunity", "ticket", "opportunity", "opportunity", "change"]);
        items["data"]![0]!["opportunityId"]!.ToString().ShouldBe(opportunity.ToString());
        items["data"]![1]!["ticketId"]!.ToString().ShouldBe(ticket.ToString());
        items["data"]![2]!["data"]!["to"]!.ToString().ShouldBe("requirement");
        (await sales.Get($"customers/{other}/timeline")).Column("type").ShouldBe(["opportunity_details_changed", "customer_registered"]);
    }

    [Fact]
    public async Task an_archived_customer_is_set_aside_until_restored()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "归档公司" })).Id;
        (await sales.Post($"customers/{id}/archive", null)).Is(HttpStatusCode.OK)["archived"]!.GetValue<bool>().ShouldBeTrue();
        (await sales.Get("customers?q=归档公司")).Column().ShouldBeEmpty();
        (await sales.Get("customers?q=归档公司&filter=archived%20%3D%20true")).Column().ShouldBe(["归档公司"]);
        (await sales.Get($"customers/{id}")).Is(HttpStatusCode.OK);
        (await sales.Patch($"customers/{id}", new { name = "x" })).IsProblem(409, "archived");
        (await sales.Post($"customers/{id}/restore")).Is(HttpStatusCode.OK)["archived"]!.GetValue<bool>().ShouldBeFalse();
        (await sales.Get("customers?q=归档公司")).Column().ShouldBe(["归档公司"]);
    }

    [Fact]
    public async Task a_deleted_customer_is_gone_and_can_come_back()
    {
        var (sales, manager) = (await app.As("sales"), await app.As("manager"));
        var id = (await sales.Post("customers", new { kind = "company", name = "删除公司", externalKeys = new { erp = "DEL-1" } })).Id;
        (await sales.Delete($"customers/{id}")).IsProblem(403, "forbidden");
        var deleted = (await manager.Delete($"customers/{id}")).Is(HttpStatusCode.NoContent);
        deleted.ETag.ShouldBe("\"2\"");
        foreach (var path in new[] { "", "/contacts", "/timeline", "/follow-ups" }) (await manager.Get($"customers/{id}{path}")).IsProblem(404, "not_found");
        (await manager.Patch($"customers/{id}", new { name = "x" })).IsProblem(404, "not_found");
        (await manager.Delete($"customers/{id}")).IsProblem(404, "not_found");
        (await manager.Get("customers?q=删除公司")).Column().ShouldBeEmpty();
        (await manager.Get("customers?filter=deleted%20%3D%20true")).Column().ShouldBeEmpty();

        // Its name and its key are free: uniqueness is over what is there.
        var second = (await sales.Post("customers", new { kind = "company", name = "删除公司", externalKeys = new { erp = "DEL-1" } })).Is(HttpStatusCode.Created).Id;
        (await sales.Post($"customers/{id}/restore")).IsProblem(404, "not_found");
        (await manager.Post($"customers/{id}/restore")).IsProblem(409, "external_key_taken");
        (await manager.Delete($"customers/{second}")).Is(HttpStatusCode.NoContent);
        (await manager.Post($"customers/{id}/restore")).Is(HttpStatusCode.OK)["deleted"]!.GetValue<bool>().ShouldBeFalse();
        (await manager.Get($"customers/{id}")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task a_parent_must_be_there_and_above()
    {
        var sales = await app.As("sales");
        var top = (await sales.Post("customers", new { kind = "company", name = "层级甲" })).Id;
        var middle = (await sales.Post("customers", new { kind = "company", name = "层级乙", parentId = top })).Is(HttpStatusCode.Created).Id;
        (await sales.Patch($"customers/{top}", new { parentId = middle })).IsProblem(409, "parent_cycle").Naming("body.parentId");
        (await sales.Patch($"customers/{top}", new { parentId = top })).IsProblem(409, "parent_cycle");
        (await sales.Patch($"customers/{top}", new { parentId = Guid.CreateVersion7() })).IsProblem(400, "unknown_parent");
        (await sales.Get($"customers?filter=parentId%20%3D%20%22{top}%22&fields=name,parentName")).Column("parentName").ShouldBe(["层级甲"]);
    }

    [Fact]
    public async Task every_route_asks_who_is_calling()
    {
        var nobody = app.Anonymous;
        (await nobody.Get("customers")).IsProblem(401, "unauthenticated");
        (await nobody.Post("customers", new { kind = "company", name = "x" })).IsProblem(401, "unauthenticated");
        var integrator = await app.AsIntegrator();
        var created = (await integrator.Post("customers", new { kind = "company", name = "接口公司" })).Is(HttpStatusCode.Created);
        created["createdByName"]!.ToString().ShouldNotBeEmpty();
        (await integrator.Get($"customers/{created.Id}/history"))["data"]![0]!["source"]!.ToString().ShouldBe("api:demo-integrator");
    }
}
