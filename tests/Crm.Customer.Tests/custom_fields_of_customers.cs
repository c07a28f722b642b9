using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Fields of the organisation's own on customers, from the definition to the list (S009).</summary>
public sealed class custom_fields_of_customers(CrmApp app) : IClassFixture<CrmApp>
{
    private static string Filter(string filter) => "customers?filter=" + Uri.EscapeDataString(filter) + "&sort=name";

    private async Task<Guid> Define(object field) => (await (await app.As("admin")).Post("custom-fields", field)).Is(HttpStatusCode.Created).Id;

    private static Task<Reply> Company(Api api, string name, object custom) => api.Post("customers", new { kind = "company", name, custom });

    [Fact]
    public async Task a_field_is_there_at_once_and_its_values_are_checked_by_type()
    {
        await Define(new { target = "customers", key = "seats", type = "number", zh = "席位", en = "Seats", min = 1, max = 1000 });
        await Define(new { target = "customers", key = "since", type = "date", zh = "合作日期", en = "Partner since" });
        await Define(new { target = "customers", key = "budget", type = "money", zh = "预算", en = "Budget" });
        await Define(new
        {
            target = "customers",
            key = "band",
            type = "choice",
            zh = "档位",
            en = "Band",
            choices = new[] { new { code = "gold", zh = "金", en = "Gold" }, new { code = "silver", zh = "银", en = "Silver" } },
        });
        await Define(new
        {
            target = "customers",
            key = "likes",
            type = "multiChoice",
            zh = "偏好",
            en = "Likes",
            choices = new[] { new { code = "tea", zh = "茶", en = "Tea" }, new { code = "coffee", zh = "咖啡", en = "Coffee" } },
        });
        await Define(new { target = "customers", key = "vip", type = "boolean", zh = "贵宾", en = "VIP" });
        await Define(new { target = "customers", key = "taxNo", type = "text", zh = "税号", en = "Tax number", pattern = "[A-Z0-9]{6}", max = 10 });
        await Define(new { target = "customers", key = "buddy", type = "reference", referenceTo = "users", zh = "伙伴", en = "Buddy" });
        var sales = await app.As("sales");

        var faults = (await Company(sales, "类型错误公司", new
        {
            seats = "12",
            since = "2026-02-30",
            budget = 5,
            band = "bronze",
            likes = new[] { "tea", "tea" },
            vip = "yes",
            taxNo = "abc",
            buddy = "x",
            other = new[] { "no" },
        })).IsProblem(400, "invalid_type");
        faults["errors"]!.AsArray().Select(e => $"{e!["in"]} {e["code"]}").ShouldBe(
        [
            "body.custom.seats invalid_type", "body.custom.since invalid_type", "body.custom.budget invalid_type", "body.custom.band unknown_value", "body.custom.likes invalid_type",
            "body.custom.vip invalid_type", "body.custom.taxNo pattern", "body.custom.buddy invalid_type", "body.custom.other invalid_value",
        ], ignoreOrder: true);
        (await Company(sales, "类型错误公司", new { seats = 1001 })).IsProblem(400, "out_of_range").Naming("body.custom.seats");
        (await Company(sales, "类型错误公司", new { buddy = Guid.NewGuid() })).IsProblem(400, "unknown_reference").Naming("body.custom.buddy");
        var created = (await Company(sales, "字段甲", new
        {
            seats = 120,
            since = "2025-03-01",
            budget = new { amount = 50000.5, currency = "CNY" },
            band = "gold",
            likes = new[] { "tea" },
            vip = true,
            taxNo = "AB12CD",
            buddy = await app.UserId("sales"),
            free = "随意",
        })).Is(HttpStatusCode.Created);
        created["custom"]!["budget"]!["amount"]!.GetValue<decimal>().ShouldBe(50000.5m);
        (await Company(sales, "字段乙", new { seats = 9, since = "2024-12-31", budget = new { amount = 900, currency = "USD" }, band = "silver", likes = new[] { "tea", "coffee" }, vip = false })).Is(HttpStatusCode.Created);
        await app.Settled();
        foreach (var (filter, names) in new (string, string[])[]
        {
            ("custom.seats > 10", ["字段甲"]), ("custom.seats < 10", ["字段乙"]), ("custom.since >= 2025-01-01", ["字段甲"]), ("custom.budget > 1000", ["字段甲"]),
            ("custom.budget.currency = \"USD\"", ["字段乙"]), ("custom.band = \"gold\"", ["字段甲"]), ("custom.likes:\"coffee\"", ["字段乙"]), ("custom.vip = true", ["字段甲"]),
            ("custom.taxNo:\"12c\"", ["字段甲"]), ("custom.taxNo = null AND custom.seats:*", ["字段乙"]), ("custom.free = \"随意\"", ["字段甲"]),
            ($"custom.buddy = \"{await app.UserId("sales")}\"", ["字段甲"]),
        })
            (await sales.Get(Filter(filter))).Is(HttpStatusCode.OK).Column().ShouldBe(names, filter);
        (await sales.Get(Filter("custom.seats = \"many\""))).IsProblem(400, "invalid_value");
        (await sales.Get(Filter("custom.band = \"bronze\""))).IsProblem(400, "invalid_value");
        (await sales.Get(Filter("custom.likes = \"tea\""))).IsProblem(400, "invalid_operator");
        (await sales.Get("customers?filter=" + Uri.EscapeDataString("custom.seats:*") + "&sort=custom.seats&limit=1")).Is(HttpStatusCode.OK).Column().ShouldBe(["字段乙"]);
        var page = (await sales.Get("customers?filter=" + Uri.EscapeDataString("custom.seats:*") + "&sort=-custom.seats&limit=1&fields=name,custom.seats")).Is(HttpStatusCode.OK);
        page["data"]![0]!["custom"]!["seats"]!.GetValue<int>().ShouldBe(120);
        (await sales.Get("customers?filter=" + Uri.EscapeDataString("custom.seats:*") + $"&sort=-custom.seats&limit=1&fields=name,custom.seats&cursor={page["page"]!["next"]}")).Is(HttpStatusCode.OK).Column().ShouldBe(["字段乙"]);
    }

    [Fact]
    public async Task required_fields_are_asked_for_on_entry_and_not_of_whoever_changes_something_else()
    {
        var sales = await app.As("sales");
        var old = (await Company(sales, "必填之前", new { })).Is(HttpStatusCode.Created);
        var id = await Define(new { target = "customers", key = "segment", type = "text", zh = "细分", en = "Segment", required = true, visibleWhen = new { field = "tier", values = new[] { "A" } } });
        (await sales.Post("customers", new { kind = "company", name = "必填缺失", tier = "A" })).IsProblem(400, "required").Naming("body.custom.segment");
        (await sales.Post("customers", new { kind = "company", name = "必填不显示", tier = "B" })).Is(HttpStatusCode.Created);
        (await sales.Post("customers", new { kind = "company", name = "不显示也填", tier = "B", custom = new { segment = "x" } })).IsProblem(400, "field_hidden").Naming("body.custom.segment");
        var filled = (await sales.Post("customers", new { kind = "company", name = "必填已填", tier = "A", custom = new { segment = "零售" } })).Is(HttpStatusCode.Created);
        (await sales.Patch($"customers/{filled.Id}", new { custom = new { segment = (string?)null } }.ToJson())).IsProblem(400, "required");
        (await sales.Patch($"customers/{old.Id}", new { industry = "贸易" })).Is(HttpStatusCode.OK);
        (await sales.Patch($"customers/{old.Id}", new { tier = "A" })).IsProblem(400, "required").Naming("body.custom.segment");
        // What is not visible any more is emptied, in the same command.
        var hidden = (await sales.Patch($"customers/{filled.Id}", new { tier = "C" })).Is(HttpStatusCode.OK);
        hidden["custom"]!.AsObject().ContainsKey("segment").ShouldBeFalse();
        (await (await app.As("admin")).Post($"custom-fields/{id}/retire")).Is(HttpStatusCode.OK)["retired"]!.GetValue<bool>().ShouldBeTrue();
        (await sales.Post("customers", new { kind = "company", name = "停用之后", tier = "A" })).Is(HttpStatusCode.Created);
        (await sales.Post("customers", new { kind = "company", name = "停用仍填", tier = "A", custom = new { segment = "x" } })).IsProblem(400, "field_retired");
    }

    [Fact]
    public async Task a_unique_value_is_held_by_one_live_customer()
    {
        await Define(new { target = "customers", key = "licence", type = "text", zh = "执照", en = "Licence", unique = true });
        var sales = await app.As("sales");
        var first = (await Company(sales, "执照一号", new { licence = "L-1" })).Is(HttpStatusCode.Created);
        var refused = (await Company(sales, "执照二号", new { licence = " l-1 " })).IsProblem(409, "custom_value_taken").Naming("body.custom.licence");
        refused["holder"]!["name"]!.ToString().ShouldBe("执照一号");
        var second = (await Company(sales, "执照二号", new { licence = "L-2" })).Is(HttpStatusCode.Created);
        (await sales.Patch($"customers/{second.Id}", new { custom = new { licence = "L-1" } })).IsProblem(409, "custom_value_taken");
        (await sales.Patch($"customers/{first.Id}", new { custom = new { licence = "L-1" }, industry = "贸易" })).Is(HttpStatusCode.OK);
        var admin = await app.As("admin");
        (await admin.Delete($"customers/{first.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await sales.Patch($"customers/{second.Id}", new { custom = new { licence = "L-1" } })).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{first.Id}/restore")).IsProblem(409, "custom_value_taken");
        // What was known of a person is gone with its hashes.
        (await admin.Post($"customers/{second.Id}/erase", new { reason = "request" })).Is(HttpStatusCode.OK);
        (await Company(sales, "执照三号", new { licence = "L-1" })).Is(HttpStatusCode.Created);
        // Of many at once exactly one has it.
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Company(sales, $"抢执照{i}", new { licence = "L-9" })));
        all.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        all.Where(r => r.Status != HttpStatusCode.Created).ShouldAllBe(r => (string?)r["code"] == "custom_value_taken");
    }

    [Fact]
    public async Task definitions_are_the_administrators_and_what_is_settled_stays()
    {
        var admin = await app.As("admin");
        var id = await Define(new { target = "customers", key = "region", type = "choice", zh = "大区", en = "Region", choices = new[] { new { code = "east", zh = "东", en = "East" } } });
        (await (await app.As("sales")).Post("custom-fields", new { target = "customers", key = "mine", type = "text", zh = "我", en = "Mine" })).IsProblem(403, "forbidden");
        (await (await app.As("sales")).Get("custom-fields?limit=500")).Is(HttpStatusCode.OK).Column("key").ShouldContain("region");
        (await admin.Post("custom-fields", new { target = "customers", key = "region", type = "text", zh = "区", en = "Region" })).IsProblem(409, "custom_field_key_taken");
        (await admin.Post("custom-fields", new { target = "customers", key = "x y", type = "text", zh = "区", en = "Region" })).IsProblem(400, "invalid").Naming("body.key");
        (await admin.Post("custom-fields", new { target = "customers", key = "slow", type = "text", zh = "慢", en = "Slow", pattern = @"(a)\1" })).IsProblem(400, "invalid").Naming("body.pattern");
        (await admin.Post("custom-fields", new { target = "customers", key = "loop", type = "text", zh = "环", en = "Loop", visibleWhen = new { field = "custom.loop", values = new[] { "x" } } })).IsProblem(400, "condition_cycle");
        (await admin.Patch($"custom-fields/{id}", new { choices = new[] { new { code = "west", zh = "西", en = "West" } } })).IsProblem(400, "choice_missing");
        var sales = await app.As("sales");
        var kept = (await Company(sales, "大区公司", new { region = "east" })).Is(HttpStatusCode.Created);
        var changed = (await admin.Patch($"custom-fields/{id}", new { zh = "销售大区", choices = new object[] { new { code = "east", zh = "东", en = "East", retired = true }, new { code = "west", zh = "西", en = "West" } } })).Is(HttpStatusCode.OK);
        changed["zh"]!.ToString().ShouldBe("销售大区");
        (await Company(sales, "大区公司二", new { region = "east" })).IsProblem(400, "choice_retired");
        (await sales.Patch($"customers/{kept.Id}", new { custom = new { region = "east" }, size = "10" })).Is(HttpStatusCode.OK)["custom"]!["region"]!.ToString().ShouldBe("east");
        (await sales.Patch($"customers/{kept.Id}", new { custom = new { region = "west" } })).Is(HttpStatusCode.OK);
        (await admin.Get($"custom-fields/{id}/history")).Is(HttpStatusCode.OK)["data"]!.AsArray().Select(e => e!["type"]!.ToString()).ShouldBe(["custom_field_changed", "custom_field_defined"]);
    }

    [Fact]
    public async Task rules_of_the_organisation_hold_when_a_customer_is_won()
    {
        var admin = await app.As("admin");
        var sales = await app.As("sales");
        var customer = (await sales.Post("customers", new { kind = "company", name = "规则公司", lifecycle = "intent" })).Is(HttpStatusCode.Created);
        var rule = (await admin.Post("validation-rules", new
        {
            zh = "成交要有需求",
            en = "Needs of won customers",
            when = "lifecycle",
            value = "won",
            field = "needs",
            check = "required",
            messageZh = "成交前请填写客户需求。",
            messageEn = "State the needs before the customer is won.",
        })).Is(HttpStatusCode.Created);
        var refused = (await sales.Post($"customers/{customer.Id}/lifecycle", new { to = "won" }, ("Accept-Language", "en"))).IsProblem(409, "rule_violated").Naming("body.needs");
        refused["detail"]!.ToString().ShouldBe("State the needs before the customer is won.");
        (await sales.Patch($"customers/{customer.Id}", new { lifecycle = "won", needs = "系统" })).Is(HttpStatusCode.OK);
        (await sales.Patch($"customers/{customer.Id}", new { needs = (string?)null }.ToJson())).IsProblem(409, "rule_violated");
        (await sales.Patch($"customers/{customer.Id}", new { industry = "贸易" })).Is(HttpStatusCode.OK);
        (await admin.Delete($"validation-rules/{rule.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await sales.Patch($"customers/{customer.Id}", new { needs = (string?)null }.ToJson())).Is(HttpStatusCode.OK);
        (await admin.Post("validation-rules", new { zh = "x", en = "x", when = "always", field = "custom.nothing", check = "required", messageZh = "x", messageEn = "x" })).IsProblem(400, "unknown_field");
    }

    [Fact]
    public async Task numbers_that_are_not_good_are_marked_and_do_not_count()
    {
        var sales = await app.As("sales");
        var customer = (await sales.Post("customers", new { kind = "person", name = "号码先生", phone = "13855557777" })).Is(HttpStatusCode.Created);
        customer["completeness"]!.GetValue<decimal>().ShouldBe(0.5m);
        var marked = (await sales.Patch($"customers/{customer.Id}", new { phoneInvalid = true })).Is(HttpStatusCode.OK);
        marked["phoneInvalid"]!.GetValue<bool>().ShouldBeTrue();
        marked["completeness"]!.GetValue<decimal>().ShouldBe(0.25m);
        var contact = (await sales.Post($"customers/{customer.Id}/contacts", new { name = "同事", email = "a@example.com" })).Is(HttpStatusCode.Created);
        (await sales.Patch($"customers/{customer.Id}/contacts/{contact.Id}", new { emailInvalid = true })).Is(HttpStatusCode.OK)["emailInvalid"]!.GetValue<bool>().ShouldBeTrue();
        (await sales.Patch($"customers/{customer.Id}/contacts/{contact.Id}", new { email = "b@example.com" })).Is(HttpStatusCode.OK)["emailInvalid"]!.GetValue<bool>().ShouldBeFalse();
        (await sales.Patch($"customers/{customer.Id}", new { phone = "13855557778" })).Is(HttpStatusCode.OK)["phoneInvalid"]!.GetValue<bool>().ShouldBeFalse();
        await app.Settled();
        (await sales.Get(Filter("phoneInvalid = true"))).Is(HttpStatusCode.OK).Column().ShouldBeEmpty();
    }

    [Fact]
    public async Task contacts_have_fields_of_their_own_that_are_held_to_the_same_rules()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var wechat = await Define(new { target = "contacts", key = "wechat", type = "text", zh = "微信号", en = "WeChat", pattern = "[a-z][a-z0-9_]{5,19}", required = true });
        await Define(new { target = "contacts", key = "seatOf", type = "choice", zh = "席别", en = "Seat", visibleWhen = new { field = "position", values = new[] { "总经理" } }, choices = new[] { new { code = "first", zh = "一等", en = "First" } } });
        await Define(new { target = "contacts", key = "joined", type = "date", zh = "入职日", en = "Joined" });
        (await admin.Post("custom-fields", new { target = "contacts", key = "once", type = "text", zh = "唯一", en = "Once", unique = true })).IsProblem(400, "not_for_target").Naming("body.unique");
        var customer = (await sales.Post("customers", new { kind = "company", name = "联系人字段公司" })).Is(HttpStatusCode.Created).Id;

        (await sales.Post($"customers/{customer}/contacts", new { name = "李雷" })).IsProblem(400, "required").Naming("body.custom.wechat");
        (await sales.Post($"customers/{customer}/contacts", new { name = "李雷", custom = new { wechat = "9x", joined = "2026-02-30" } })).IsProblem(400, "pattern")["errors"]!.AsArray().Select(e => e!["code"]!.ToString()).ShouldBe(["pattern", "invalid_type"]);
        (await sales.Post($"customers/{customer}/contacts", new { name = "李雷", custom = new { wechat = "lilei_1988", seatOf = "first" } })).IsProblem(400, "field_hidden");
        var contact = (await sales.Post($"customers/{customer}/contacts", new { name = "李雷", position = "总经理", custom = new { wechat = "lilei_1988", seatOf = "first", joined = "2020-02-29" } })).Is(HttpStatusCode.Created);
        contact["custom"]!["joined"]!.ToString().ShouldBe("2020-02-29");
        var path = $"customers/{customer}/contacts/{contact.Id}";
        (await sales.Patch(path, new { custom = new { wechat = "" } })).IsProblem(400, "required");
        (await sales.Patch(path, """{"custom":{"joined":null}}""")).Is(HttpStatusCode.OK)["custom"]!["joined"].ShouldBeNull();
        (await sales.Patch(path, new { position = "顾问" })).Is(HttpStatusCode.OK)["custom"]!.ToJsonString().ShouldBe("""{"wechat":"lilei_1988"}""", "what is not visible any more is emptied");
        (await sales.Patch(path, new { custom = new { wechat = "lilei_1988" } })).Is(HttpStatusCode.OK);
        (await sales.Get($"customers/{customer}/history")).Column("type").ShouldBe(["contact_changed", "contact_changed", "contact_changed", "contact_added", "customer_registered"]);
        (await sales.Get($"customers/{customer}/contacts")).Is(HttpStatusCode.OK)["data"]![0]!["custom"]!["wechat"]!.ToString().ShouldBe("lilei_1988");
        await app.Settled();
        (await sales.Get(Filter("name = \"联系人字段公司\"")))["data"]![0]!["contacts"]![0]!["custom"]!["wechat"]!.ToString().ShouldBe("lilei_1988", "encrypted in the document and opened for the list");

        // What two customers know of one person comes together, and apart again.
        var other = (await sales.Post("customers", new { kind = "company", name = "联系人字段集团" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
        (await sales.Patch(path, new { phone = "13855550101" })).Is(HttpStatusCode.OK);
        (await sales.Post($"customers/{other}/contacts", new { name = "李雷", phone = "13855550101", custom = new { wechat = "lilei_1988", joined = "2021-05-06" } })).Is(HttpStatusCode.Created);
        var merge = (await admin.Post($"customers/{customer}/merge", new { sourceId = other })).Is(HttpStatusCode.OK);
        (await sales.Get(path)).Is(HttpStatusCode.OK)["custom"]!["joined"]!.ToString().ShouldBe("2021-05-06");
        (await admin.Post($"customers/{customer}/unmerge", new { mergeId = (await admin.Get($"customers/{customer}"))["merges"]![0]!["id"] })).Is(HttpStatusCode.OK);
        (await sales.Get(path)).Is(HttpStatusCode.OK)["custom"]!.ToJsonString().ShouldBe("""{"wechat":"lilei_1988"}""", merge.Text);

        (await admin.Post($"custom-fields/{wechat}/retire", new { })).Is(HttpStatusCode.OK);
        (await sales.Patch(path, new { custom = new { wechat = "lilei_1999" } })).IsProblem(400, "field_retired");
        (await sales.Patch(path, new { email = "l@example.com" })).Is(HttpStatusCode.OK)["custom"]!["wechat"]!.ToString().ShouldBe("lilei_1988");
        (await admin.Post($"customers/{customer}/erase", new { contactId = contact.Id, reason = "request" })).Is(HttpStatusCode.OK);
        (await sales.Get(path))["custom"].ShouldBeNull();
    }

    [Fact]
    public async Task rules_about_contacts_know_mobile_and_identity_numbers()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var customer = (await sales.Post("customers", new { kind = "company", name = "号码规则公司" })).Is(HttpStatusCode.Created).Id;
        await Define(new { target = "contacts", key = "papers", type = "text", zh = "证件", en = "Papers" });
        object Rule(string field, string check, string when = "always", string? value = null) => new { target = "contacts", zh = "规则", en = "Rule", when, value, field, check, messageZh = "请填写手机号。", messageEn = "Give a mobile number." };
        (await admin.Post("validation-rules", Rule("phone", "required", "lifecycle", "won"))).IsProblem(400, "unknown_value");
        (await admin.Post("validation-rules", Rule("industry", "required"))).IsProblem(400, "unknown_field");
        var mobile = (await admin.Post("validation-rules", Rule("phone", "mobile"))).Is(HttpStatusCode.Created);
        mobile["target"]!.ToString().ShouldBe("contacts");
        var papers = (await admin.Post("validation-rules", Rule("custom.papers", "idNumber"))).Is(HttpStatusCode.Created);

        (await sales.Post($"customers/{customer}/contacts", new { name = "座机", phone = "010-62345678" }, ("Accept-Language", "en"))).IsProblem(409, "rule_violated").Naming("body.phone")["detail"]!.ToString().ShouldBe("Give a mobile number.");
        foreach (var phone in new[] { "13855550123", "+86 138 5555 0123" })
            (await sales.Post($"customers/{customer}/contacts", new { name = "手机" + phone, phone })).Is(HttpStatusCode.Created);
        (await sales.Post($"customers/{customer}/contacts", new { name = "证件", custom = new { papers = "11010519491231002x" } })).Is(HttpStatusCode.Created);
        (await sales.Post($"customers/{customer}/contacts", new { name = "证件", custom = new { papers = "110105194912310021" } })).IsProblem(409, "rule_violated");
        foreach (var rule in new[] { mobile, papers }) (await admin.Delete($"validation-rules/{rule.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task a_field_that_is_personal_is_masked_until_somebody_says_why()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        (await admin.Post("custom-fields", new { target = "tickets", key = "x1", type = "text", zh = "x", en = "x", personal = true })).IsProblem(400, "not_for_target");
        (await admin.Post("custom-fields", new { target = "customers", key = "x1", type = "number", zh = "x", en = "x", personal = true })).IsProblem(400, "not_for_type");
        var field = await Define(new { target = "customers", key = "passport", type = "text", zh = "护照号", en = "Passport", personal = true });
        await Define(new { target = "contacts", key = "qq", type = "text", zh = "QQ 号", en = "QQ", personal = true });
        var customer = (await sales.Post("customers", new { kind = "person", name = "护照先生", custom = new { passport = "E12345678" } })).Is(HttpStatusCode.Created);
        customer["custom"]!["passport"]!.ToString().ShouldBe("E***");
        var contact = (await sales.Post($"customers/{customer.Id}/contacts", new { name = "家属", custom = new { qq = "123456789" } })).Is(HttpStatusCode.Created);
        contact["custom"]!["qq"]!.ToString().ShouldContain("***");
        await app.Settled();
        (await sales.Get(Filter("name = \"护照先生\"")))["data"]![0]!.ToJsonString().ShouldNotContain("E12345678");
        (await sales.Get($"customers/{customer.Id}/history")).Text.ShouldNotContain("E12345678");
        (await sales.Get($"customers/{customer.Id}/history")).Text.ShouldNotContain("123456789");
        (await sales.Get($"customers/{customer.Id}/timeline")).Text.ShouldNotContain("123456789");
        (await sales.Get(Filter("custom.passport = \"E12345678\""))).Status.ShouldBe(HttpStatusCode.BadRequest, "what is masked cannot be guessed by a filter");
        (await sales.Post("segments", new { name = "护照", filter = "custom.passport = \"E12345678\"" })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await admin.Post("segments", new { name = "护照", filter = "custom.passport = \"E12345678\"" })).IsProblem(400, "personal_filter");

        (await sales.Patch($"customers/{customer.Id}", new { custom = new { passport = "E***" } })).IsProblem(400, "masked_value");
        (await sales.Patch($"customers/{customer.Id}", new { custom = new { passport = "E87654321" } })).Is(HttpStatusCode.OK)["custom"]!["passport"]!.ToString().ShouldBe("E***", "it can be changed without being seen");
        (await sales.Post($"customers/{customer.Id}/reveal", new { fields = new[] { "custom.passport" }, reason = "订机票" })).Is(HttpStatusCode.OK)["custom.passport"]!.ToString().ShouldBe("E87654321");
        (await sales.Post($"customers/{customer.Id}/reveal", new { contactId = contact.Id, fields = new[] { "custom.qq" }, reason = "联系家属" })).Is(HttpStatusCode.OK)["custom.qq"]!.ToString().ShouldBe("123456789");
        (await sales.Post($"customers/{customer.Id}/reveal", new { fields = new[] { "custom.other" }, reason = "订机票" })).IsProblem(400, "unknown_value");
        await app.Settled();
        (await admin.Get($"customers/{customer.Id}/access-ledger")).Text.ShouldContain("custom.passport");
        (await admin.Get($"customers/{customer.Id}"))["custom"]!["passport"]!.ToString().ShouldBe("E87654321", "an administrator reads in plain");
        (await admin.Get(Filter("custom.passport = \"E87654321\""))).Column().ShouldBe(["护照先生"]);
        (await admin.Patch($"custom-fields/{field}", new { personal = false })).Is(HttpStatusCode.OK);
        (await sales.Get($"customers/{customer.Id}"))["custom"]!["passport"]!.ToString().ShouldBe("E87654321");
    }
}
