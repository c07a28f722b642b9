using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>The rules of the plans about rights (S087–S093, S097), one by one.</summary>
public sealed class rows_and_fields(CrmApp app) : IClassFixture<CrmApp>
{
    private static int number;

    private async Task<(Api Api, Guid Id)> Person(string[] roles, Guid? department = null)
    {
        var admin = await app.As("admin");
        var name = $"p{Interlocked.Increment(ref number)}";
        var id = (await admin.Post("users", new { userName = name, displayName = name, roles, departmentId = department })).Is(HttpStatusCode.Created).Id;
        await app.GivePasswordAsync(id);
        return (await app.As(name), id);
    }

    private async Task<Guid> Department(string name, Guid? parent = null) =>
        (await (await app.As("admin")).Post("departments", new { name, parentId = parent })).Is(HttpStatusCode.Created).Id;

    private static Task<Reply> Customer(Api api, string name, object? more = null) =>
        api.Post("customers", Merge(new { kind = "company", name }, more), ("X-Allow-Duplicate", "true"));

    private static JsonObject Merge(object one, object? two)
    {
        var merged = System.Text.Json.JsonSerializer.SerializeToNode(one)!.AsObject();
        foreach (var (key, value) in System.Text.Json.JsonSerializer.SerializeToNode(two ?? new { })!.AsObject()) merged[key] = value?.DeepClone();
        return merged;
    }

    [Fact]
    public async Task S088_sales_sees_but_the_customers_in_charge_with_all_that_belongs_to_them()
    {
        var (anna, bob) = (await Person(["sales"]), await Person(["sales"]));
        var mine = (await Customer(anna.Api, "安娜的客户")).Is(HttpStatusCode.Created);
        mine["ownerId"]!.GetValue<Guid>().ShouldBe(anna.Id, "who sees but a part is responsible for what he registers");
        (await bob.Api.Get($"customers/{mine.Id}")).IsProblem(404, "not_found");
        (await bob.Api.Patch($"customers/{mine.Id}", new { industry = "x" })).IsProblem(404, "not_found");
        (await bob.Api.Get($"customers?q=安娜的客户&count=exact"))["count"]!.GetValue<int>().ShouldBe(0);
        (await bob.Api.Post("opportunities", new { name = "抢单", customerId = mine.Id })).IsProblem(400, "unknown_customer");
        (await Customer(bob.Api, "挂靠", new { parentId = mine.Id })).IsProblem(400, "unknown_parent");

        // Whoever is responsible for a customer sees what others do there.
        var admin = await app.As("admin");
        var deal = (await admin.Post("opportunities", new { name = "鲍勃跟的商机", customerId = mine.Id, ownerId = bob.Id })).Is(HttpStatusCode.Created).Id;
        var ticket = (await admin.Post("tickets", new { subject = "安娜客户的工单", customerId = mine.Id })).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        foreach (var path in new[] { $"opportunities/{deal}", $"tickets/{ticket}" }) (await anna.Api.Get(path)).Is(HttpStatusCode.OK);
        (await anna.Api.Get($"customers/{mine.Id}/timeline")).Column("kind").ShouldBe(["ticket", "opportunity", "change"]);
        (await bob.Api.Get($"opportunities/{deal}")).Is(HttpStatusCode.OK)["customerName"]!.ToString().ShouldBe("安娜的客户", "a name is shown where it is needed, and no more");
        (await bob.Api.Get($"tickets/{ticket}")).IsProblem(404, "not_found");
        var byName = Uri.EscapeDataString("customer.name = \"安娜的客户\"");
        (await bob.Api.Get($"opportunities?filter={byName}"))["data"]!.AsArray().ShouldBeEmpty("what one may not see cannot be found out by asking");
        (await anna.Api.Get($"opportunities?filter={byName}"))["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task S089_service_sees_every_ticket()
    {
        var (agent, anna) = (await Person(["service"]), await Person(["sales"]));
        var ticket = (await anna.Api.Post("tickets", new { subject = "全量工单" })).Is(HttpStatusCode.Created).Id;
        (await agent.Api.Get($"tickets/{ticket}")).Is(HttpStatusCode.OK);
        (await agent.Api.Post($"tickets/{ticket}/respond", new { text = "收到" })).Is(HttpStatusCode.OK);
        (await agent.Api.Get($"tickets/{ticket}"))["may"]!.AsArray().Select(a => a!.ToString()).ShouldBe(["view", "change", "assign", "close"]);
        (await anna.Api.Post($"tickets/{ticket}/respond", new { text = "x" })).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task S090_S091_a_manager_sees_the_department_and_those_below_it_from_the_next_request_on()
    {
        var top = await Department("大区");
        var below = await Department("大区下属", top);
        var beside = await Department("别的大区");
        var (boss, anna) = (await Person(["manager"], top), await Person(["sales"], below));
        var customer = (await Customer(anna.Api, "下属的客户")).Is(HttpStatusCode.Created).Id;
        (await boss.Api.Get($"customers/{customer}")).Is(HttpStatusCode.OK)["may"]!.AsArray().Select(a => a!.ToString()).ShouldBe(["view", "change", "delete", "assign", "export", "reveal", "claim"]);

        var admin = await app.As("admin");
        (await admin.Patch($"departments/{below}", new { parentId = beside })).Is(HttpStatusCode.OK);
        (await boss.Api.Get($"customers/{customer}")).IsProblem(404, "not_found");
        (await admin.Patch($"users/{anna.Id}", new { departmentId = top })).Is(HttpStatusCode.OK);
        (await boss.Api.Get($"customers/{customer}")).Is(HttpStatusCode.OK);
        (await admin.Patch($"users/{anna.Id}", new JsonObject { ["departmentId"] = null })).Is(HttpStatusCode.OK)["department"].ShouldBeNull();
        (await boss.Api.Get($"customers/{customer}")).IsProblem(404, "not_found");

        // What is nobody's is the leaders' to hand out.
        var nobodys = (await Customer(await app.AsIntegrator(), "无主客户")).Is(HttpStatusCode.Created).Id;
        (await anna.Api.Get($"customers/{nobodys}")).IsProblem(404, "not_found");
        (await boss.Api.Post($"customers/{nobodys}/owner", new { ownerId = anna.Id })).Status.ShouldBe(HttpStatusCode.NoContent, "it is not the department's any more");
        (await anna.Api.Get($"customers/{nobodys}")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task S092_to_see_and_to_change_are_rights_of_their_own()
    {
        var admin = await app.As("admin");
        (await admin.Post("roles", new
        {
            code = "reader",
            name = "只读销售",
            grants = new object[] { new { right = "customers.view", scope = "all" }, new { right = "customers.change", scope = "own" }, new { right = "customers.create", scope = "own" } },
        })).Is(HttpStatusCode.Created);
        var reader = await Person(["reader"]);
        var other = (await Customer(admin, "别人的客户")).Id;
        (await reader.Api.Get($"customers/{other}")).Is(HttpStatusCode.OK)["may"]!.AsArray().Select(a => a!.ToString()).ShouldBe(["view"]);
        (await reader.Api.Patch($"customers/{other}", new { industry = "x" })).IsProblem(403, "forbidden");
        var own = (await Customer(reader.Api, "自己的客户", new { ownerId = reader.Id })).Is(HttpStatusCode.Created).Id;
        (await reader.Api.Patch($"customers/{own}", new { industry = "x" })).Is(HttpStatusCode.OK);
        // In whatever way: giving away is a right of its own.
        (await reader.Api.Patch($"customers/{own}", new { ownerId = await app.UserId("sales") })).IsProblem(403, "forbidden");
        (await Customer(reader.Api, "送人的客户", new { ownerId = await app.UserId("sales") })).IsProblem(403, "forbidden");
        (await reader.Api.Delete($"customers/{own}")).IsProblem(403, "forbidden");
        (await reader.Api.Get("tickets")).IsProblem(403, "forbidden");

        // The role changes, and with it everybody who has it.
        var role = (await admin.Get("roles"))["data"]!.AsArray().Single(r => r!["code"]!.ToString() == "reader")!;
        (await admin.Patch($"roles/{role["id"]}", new { grants = new object[] { new { right = "tickets.view", scope = "all" } } })).Is(HttpStatusCode.OK);
        (await reader.Api.Get("tickets")).Is(HttpStatusCode.OK);
        (await reader.Api.Get($"customers/{own}")).IsProblem(403, "forbidden");
        (await admin.Delete($"roles/{role["id"]}")).IsProblem(409, "role_in_use");
    }

    [Fact]
    public async Task S093_an_auditor_sees_all_and_changes_nothing_and_who_left_does_nothing()
    {
        var auditor = await Person(["auditor"]);
        var customer = (await Customer(await app.As("admin"), "被审计的客户")).Id;
        (await auditor.Api.Get($"customers/{customer}/history")).Is(HttpStatusCode.OK);
        (await auditor.Api.Get($"customers/{customer}"))["may"]!.AsArray().Select(a => a!.ToString()).ShouldBe(["view"]);
        (await auditor.Api.Post($"customers/{customer}/tags", new { tag = "x" })).IsProblem(403, "forbidden");
        (await auditor.Api.Post("customers", new { kind = "company", name = "x" })).IsProblem(403, "forbidden");
        (await (await app.As("admin")).Patch($"users/{auditor.Id}", new { active = false })).Is(HttpStatusCode.OK);
        ((int)(await auditor.Api.Get($"customers/{customer}")).Status).ShouldBeOneOf(401, 403);
    }

    [Fact]
    public async Task S097_a_field_is_masked_hidden_or_read_only_wherever_it_shows()
    {
        var admin = await app.As("admin");
        (await admin.Post("roles", new
        {
            code = "careful",
            name = "脱敏",
            grants = new object[] { new { right = "customers.view", scope = "all" }, new { right = "customers.change", scope = "all" }, new { right = "customers.reveal", scope = "all" } },
            fields = new object[]
            {
                new { resource = "customers", field = "phone", level = "masked" }, new { resource = "customers", field = "email", level = "hidden" },
                new { resource = "customers", field = "address", level = "read" }, new { resource = "customers", field = "contacts.phone", level = "masked" },
                new { resource = "customers", field = "custom.身份证号", level = "hidden" },
            },
        })).Is(HttpStatusCode.Created);
        var (reader, _) = await Person(["careful"]);
        var created = (await Customer(admin, "脱敏公司", new { phone = "13812341234", email = "ceo@mask.example", address = "上海", custom = new Dictionary<string, object> { ["身份证号"] = "110101199003071234", ["规模"] = 3 } })).Is(HttpStatusCode.Created);
        var contact = (await admin.Post($"customers/{created.Id}/contacts", new { name = "李雷", phone = "13900001111" })).Id;
        await app.Settled();
        var texts = new List<string>();
        async Task<Reply> Get(string path)
        {
            var reply = (await reader.Get(path)).Is(HttpStatusCode.OK);
            texts.Add(reply.Text);
            return reply;
        }
        var record = await Get($"customers/{created.Id}");
        (record["phone"]!.ToString(), record["address"]!.ToString(), record["contacts"]![0]!["phone"]!.ToString()).ShouldBe(("138****1234", "上海", "139****1111"));
        record.Json.AsObject().ContainsKey("email").ShouldBeFalse();
        record["custom"]!.AsObject().Select(f => f.Key).ShouldBe(["规模"]);
        (await Get("customers?q=脱敏公司"))["data"]![0]!["phone"]!.ToString().ShouldBe("138****1234");
        await Get("customers?q=脱敏公司&fields=name,phone,contacts,custom");
        await Get($"customers/{created.Id}/history");
        await Get($"customers/{created.Id}/timeline");
        await Get($"customers/{created.Id}/contacts");
        (await Get($"customers/{created.Id}/contacts/{contact}"))["phone"]!.ToString().ShouldBe("139****1111");
        texts.Add((await reader.Patch($"customers/{created.Id}", new { industry = "软件" })).Is(HttpStatusCode.OK).Text);
        (await admin.Patch($"customers/{created.Id}", new { industry = "物流", phone = "13812341235" })).Is(HttpStatusCode.OK);
        texts.Add((await reader.Patch($"customers/{created.Id}", new { industry = "x" }, ("If-Match", "\"1\""))).IsProblem(412, "stale_version").Text);
        foreach (var text in texts)
            foreach (var secret in new[] { "13812341234", "13812341235", "ceo@mask", "13900001111", "110101199003071234" })
                text.ShouldNotContain(secret);

        foreach (var field in new[] { "phone", "email", "address", "custom" })
            (await reader.Patch($"customers/{created.Id}", new JsonObject { [field] = field == "custom" ? new JsonObject { ["身份证号"] = "1" } : null })).IsProblem(403, "field_forbidden");
        (await reader.Patch($"customers/{created.Id}/contacts/{contact}", new { phone = "13900002222" })).IsProblem(403, "field_forbidden").Naming("body.phone");
        (await reader.Get($"customers?filter={Uri.EscapeDataString("phone = \"13812341234\"")}")).IsProblem(400, "forbidden_field").Naming("query.filter");
        foreach (var field in new[] { "phone", "email" })
            (await reader.Post($"customers/{created.Id}/reveal", new { fields = new[] { field }, reason = "回访" })).IsProblem(403, "field_forbidden").Naming("body." + field);
        (await reader.Post($"customers/{created.Id}/reveal", new { contactId = contact, fields = new[] { "phone" }, reason = "回访" })).IsProblem(403, "field_forbidden");
        (await reader.Post($"customers/{created.Id}/reveal", new { contactId = contact, fields = new[] { "email" }, reason = "回访" })).Is(HttpStatusCode.OK);
        (await admin.Post("roles", new { code = "too-much", name = "太多", grants = new object[] { new { right = "customers.view", scope = "all" }, new { right = "customers.plain", scope = "all" } } })).IsProblem(400, "unknown_right");
        (await reader.Get("customers?sort=phone")).IsProblem(400, "forbidden_field").Naming("query.sort");
        (await reader.Get("customers?fields=email")).IsProblem(400, "forbidden_field").Naming("query.fields");
        (await reader.Get("session"))["fields"]!.AsArray().Count.ShouldBe(5);
    }

    [Fact]
    public async Task of_a_customer_nothing_is_found_out_through_its_opportunities()
    {
        var admin = await app.As("admin");
        var deals = new { right = "opportunities.view", scope = "all" };
        (await admin.Post("roles", new { code = "deals-only", name = "只看商机", grants = new object[] { deals } })).Is(HttpStatusCode.Created);
        (await admin.Post("roles", new
        {
            code = "no-tier",
            name = "不看等级",
            grants = new object[] { deals, new { right = "customers.view", scope = "all" } },
            fields = new object[] { new { resource = "customers", field = "tier", level = "hidden" }, new { resource = "customers", field = "size", level = "masked" } },
        })).Is(HttpStatusCode.Created);
        var customer = (await Customer(admin, "被打听的客户", new { tier = "A", size = "大型", industry = "打听业" })).Is(HttpStatusCode.Created).Id;
        (await admin.Post("opportunities", new { name = "被打听的商机", customerId = customer })).Is(HttpStatusCode.Created);
        var (blind, limited) = ((await Person(["deals-only"])).Api, (await Person(["no-tier"])).Api);
        await app.Settled();
        async Task<Reply> Find(Api api, string filter) => await api.Get($"opportunities?filter={Uri.EscapeDataString(filter + " AND name = \"被打听的商机\"")}");

        foreach (var asked in new[] { "customer.tier = \"A\"", "customer.size:*", "customer.industry = \"打听业\"", "NOT customer.tier != \"A\"", "customer.name:\"打听\"" })
            (await Find(blind, asked)).Is(HttpStatusCode.OK)["data"]!.AsArray().ShouldBeEmpty(asked);
        foreach (var asked in new[] { "customer.tier = \"A\"", "customer.tier = null", "NOT customer.size = \"大型\"" }) (await Find(limited, asked)).IsProblem(400, "forbidden_field").Naming("query.filter");
        (await Find(limited, "customer.industry = \"打听业\"")).Is(HttpStatusCode.OK)["data"]!.AsArray().Count.ShouldBe(1);
        (await limited.Get("opportunities?sort=customer.tier")).IsProblem(400, "forbidden_field");
    }

    [Fact]
    public async Task a_record_is_shared_with_a_person_or_a_department_and_taken_back()
    {
        var top = await Department("共享大区");
        var below = await Department("共享下属", top);
        var (anna, bob, carl) = (await Person(["sales"]), await Person(["sales"]), await Person(["sales"], below));
        var id = (await Customer(anna.Api, "共享客户")).Is(HttpStatusCode.Created).Id;
        (await anna.Api.Post($"customers/{id}/share", new { level = "read" })).IsProblem(400, "invalid").Naming("body.userId");
        (await anna.Api.Post($"customers/{id}/share", new { userId = bob.Id, departmentId = top, level = "read" })).IsProblem(400, "invalid");
        (await anna.Api.Post($"customers/{id}/share", new { userId = Guid.CreateVersion7(), level = "read" })).IsProblem(400, "unknown_user").Naming("body.userId");
        var shared = (await anna.Api.Post($"customers/{id}/share", new { userId = bob.Id, level = "read" })).Is(HttpStatusCode.OK);
        (await anna.Api.Post($"customers/{id}/share", new { departmentId = top, level = "change" })).Is(HttpStatusCode.OK)["shares"]!.AsArray().Count.ShouldBe(2);
        await app.Settled();

        (await bob.Api.Get($"customers/{id}")).Is(HttpStatusCode.OK)["may"]!.AsArray().Select(a => a!.ToString()).ShouldBe(["view"]);
        (await bob.Api.Get("customers?q=共享客户&count=exact"))["count"]!.GetValue<int>().ShouldBe(1);
        (await bob.Api.Patch($"customers/{id}", new { industry = "x" })).IsProblem(403, "forbidden");
        (await carl.Api.Patch($"customers/{id}", new { industry = "物流" })).Is(HttpStatusCode.OK);
        (await carl.Api.Post($"customers/{id}/owner", new { ownerId = carl.Id })).IsProblem(403, "forbidden");
        (await carl.Api.Post($"customers/{id}/share", new { userId = bob.Id, level = "change" })).IsProblem(403, "forbidden");

        (await anna.Api.Post($"customers/{id}/share", new { userId = bob.Id, level = "change" })).Is(HttpStatusCode.OK)["shares"]!.AsArray().Count.ShouldBe(2, "one share for one person, with the new level");
        (await bob.Api.Patch($"customers/{id}", new { industry = "x" })).Is(HttpStatusCode.OK);
        var share = (await anna.Api.Get($"customers/{id}"))["shares"]!.AsArray().Single(s => s!["userId"] is not null)!["id"]!.ToString();
        share.ShouldNotBe(shared["shares"]![0]!["id"]!.ToString());
        (await anna.Api.Delete($"customers/{id}/shares/{share}")).Is(HttpStatusCode.OK)["shares"]!.AsArray().Count.ShouldBe(1);
        (await anna.Api.Delete($"customers/{id}/shares/{share}")).IsProblem(404, "not_found");
        (await bob.Api.Get($"customers/{id}")).IsProblem(404, "not_found");
        await app.Settled();
        (await bob.Api.Get("customers?q=共享客户"))["data"]!.AsArray().ShouldBeEmpty();
        (await anna.Api.Get($"customers/{id}/history"))["data"]![0]!["type"]!.ToString().ShouldBe("record_unshared");
    }

    [Fact]
    public async Task a_duplicate_that_may_not_be_seen_is_told_without_its_data()
    {
        var east = await Department("撞单东区");
        var (anna, bob) = (await Person(["sales"], east), await Person(["sales"]));
        var mine = (await Customer(anna.Api, "撞单科技有限公司", new { phone = "13877770001", externalKeys = new { erp = "CLASH-1" } })).Is(HttpStatusCode.Created);
        var refused = (await bob.Api.Post("customers", new { kind = "company", name = "别名", phone = "138-7777-0001" })).IsProblem(409, "duplicate");
        var candidate = refused["candidates"]!.AsArray().Single()!;
        (candidate["id"], candidate["name"], candidate["department"]!.ToString(), candidate["reasons"]![0]!.ToString()).ShouldBe((null, null, "撞单东区", "phone"));
        refused.Text.ShouldNotContain("撞单科技");
        refused.Text.ShouldNotContain(mine.Id.ToString());
        (await bob.Api.Post("customers/duplicates", new { name = "撞单科技有限公司" })).Text.ShouldNotContain(mine.Id.ToString());
        (await anna.Api.Get("customers/duplicates?name=撞单科技"))["data"]![0]!["id"]!.GetValue<Guid>().ShouldBe(mine.Id);
        (await bob.Api.Put("customers/by/erp/CLASH-1?updateOnly=true", new { tier = "A" })).IsProblem(404, "not_found");
        (await anna.Api.Put("customers/by/erp/CLASH-1", new { tier = "A" })).Is(HttpStatusCode.OK);
        var contact = (await anna.Api.Post($"customers/{mine.Id}/contacts", new { name = "李雷" })).Id;
        (await bob.Api.Get($"customers/{mine.Id}/contacts/{contact}")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task an_import_changes_no_more_than_a_person_could()
    {
        var (anna, bob) = (await Person(["sales"], await Department("导入西区")), await Person(["sales"]));
        (await Customer(anna.Api, "导入边界有限公司", new { phone = "13877770002" })).Is(HttpStatusCode.Created);
        await app.Settled();
        var import = await Upload(bob.Api, "customers", "客户名称,所属行业\n导入边界有限公司,物流\n鲍勃新客户有限公司,物流\n");
        (await bob.Api.Post($"imports/{import}/commit")).Is(HttpStatusCode.OK);
        var done = await Until(bob.Api, import, "completed");
        (done["totals"]!["created"]!.GetValue<int>(), done["totals"]!["failed"]!.GetValue<int>()).ShouldBe((1, 1), done.Text);
        var error = (await bob.Api.Get($"imports/{import}/rows?verdict=error"))["data"]![0]!["messages"]![0]!;
        (error["code"]!.ToString(), error["message"]!.ToString()).ShouldBe(("forbidden_record", "这是已在库的记录，由“导入西区”负责，您不能修改。"));
        (await bob.Api.Get("customers?q=鲍勃新客户"))["data"]![0]!["ownerId"]!.GetValue<Guid>().ShouldBe(bob.Id);

        // The file and what became of it are its uploader's.
        foreach (var path in new[] { "", "/history", "/rows", "/errors.csv" }) (await anna.Api.Get($"imports/{import}{path}")).IsProblem(404, "not_found");
        foreach (var command in new[] { "commit", "cancel", "revert" }) (await anna.Api.Post($"imports/{import}/{command}")).IsProblem(404, "not_found");
        (await anna.Api.Patch($"imports/{import}", new { target = "customers" })).IsProblem(404, "not_found");
        (await anna.Api.Get("imports"))["data"]!.AsArray().Count.ShouldBe(0);
        (await bob.Api.Get("imports/targets")).Json.AsArray().Select(t => t!["target"]!.ToString()).ShouldBe(["customers", "opportunities"], ignoreOrder: true);
    }

    [Fact]
    public async Task users_are_imported_into_departments_by_name()
    {
        var admin = await app.As("admin");
        await Department("已有部门");
        var import = await Upload(admin, "users", "姓名,部门\n导入甲,已有部门\n导入乙,新来部门\n导入丙,新来部门\n");
        (await admin.Post($"imports/{import}/commit")).Is(HttpStatusCode.OK);
        await Until(admin, import, "completed");
        (await admin.Get("users?q=导入乙"))["data"]![0]!["department"]!.ToString().ShouldBe("新来部门");
        var made = (await admin.Get($"departments?filter={Uri.EscapeDataString("name = \"新来部门\"")}"))["data"]![0]!;
        made["memberCount"]!.GetValue<int>().ShouldBe(2);
        (await admin.Patch($"departments/{made["id"]}", new { name = "改名部门" })).Is(HttpStatusCode.OK);
        (await admin.Get("users?q=导入乙"))["data"]![0]!["department"]!.ToString().ShouldBe("改名部门");
        (await admin.Delete($"departments/{made["id"]}")).IsProblem(409, "department_in_use");
        (await admin.Post("departments", new { name = "已有部门" })).IsProblem(409, "department_name_taken");
        (await admin.Post("users", new { userName = "nodept", displayName = "x", role = "sales", department = "没有的部门" })).IsProblem(400, "unknown_department").Naming("body.department");
        (await (await app.As("manager")).Post("departments", new { name = "x" })).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task the_session_tells_rights_and_how_far_they_reach()
    {
        var session = (await (await app.As("sales")).Get("session")).Is(HttpStatusCode.OK);
        session["grants"]!.AsArray().Single(g => g!["right"]!.ToString() == "customers.change")!["scope"]!.ToString().ShouldBe("own");
        session["user"]!["roles"]!.AsArray().Select(r => r!.ToString()).ShouldBe(["sales"]);
        session["rights"]!.AsArray().Select(r => r!.ToString()).ShouldContain("customers.change");
        var roles = (await (await app.As("admin")).Get("roles")).Is(HttpStatusCode.OK);
        roles["data"]!.AsArray().Take(6).Select(r => r!["code"]!.ToString()).ShouldBe(["admin", "manager", "sales", "service", "auditor", "integrator"]);
        (await (await app.As("admin")).Get("roles/catalogue"))["fields"]!.AsArray().Count.ShouldBeGreaterThan(20);
    }

    private static async Task<Guid> Upload(Api api, string target, string csv)
    {
        using var form = new MultipartFormDataContent { { new StringContent(target), "target" }, { new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(csv)), "file", "x.csv" } };
        using var answer = await api.Http.PostAsync("/api/v1/imports", form);
        var id = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!.GetValue<Guid>();
        await Until(api, id, "checked");
        return id;
    }

    private static async Task<Reply> Until(Api api, Guid import, string status)
    {
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            var reply = (await api.Get($"imports/{import}")).Is(HttpStatusCode.OK);
            if (reply["status"]!.ToString() == status) return reply;
            await Task.Delay(50, patience.Token);
        }
    }
}
