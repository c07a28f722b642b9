using System.Globalization;
using System.Net;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Tags and tiers that follow from what happened (S015–S021, X4, X6, E13), over HTTP.</summary>
public sealed class tags_by_rule(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task a_big_year_makes_a_customer_of_high_value_until_it_is_over()
    {
        var admin = await app.As("admin");
        var customer = await Register(admin, "大单客户", 500);
        var first = await Won(admin, customer, 60_000, 400);
        (await Named(admin, "大单客户", "高价值客户")).ShouldBeFalse();
        await Won(admin, customer, 60_000, 30);
        // 60,000 each, but never within one year.
        (await Named(admin, "大单客户", "高价值客户", 100)).ShouldBeFalse();
        (await Named(admin, "大单客户", "高价值客户", 15)).ShouldBeFalse();
        await Won(admin, customer, 50_000, 20);
        (await Named(admin, "大单客户", "高价值客户")).ShouldBeTrue();
        (await Named(admin, "大单客户", "高价值客户", 25)).ShouldBeFalse();
        (await Named(admin, "大单客户", "高价值客户", 15)).ShouldBeTrue();

        var record = (await admin.Get($"customers/{customer}")).Is(HttpStatusCode.OK);
        record["tags"]!.AsArray().Select(t => t!.ToString()).ShouldContain("高价值客户");
        record["computedTags"]!.AsArray().Select(t => t!["name"]!.ToString()).ShouldContain("高价值客户");
        (record["tier"]!.ToString(), record["tierSource"]!.ToString()).ShouldBe(("A", "computed"));
        var why = (await admin.Get($"customers/{customer}/tags")).Is(HttpStatusCode.OK);
        var tag = why["tags"]!.AsArray().Single(t => t!["name"]!.ToString() == "高价值客户")!;
        (tag["dimension"]!.ToString(), tag["computed"]!.GetValue<bool>()).ShouldBe(("value", true));
        tag["because"]!.AsArray().Select(b => b!["amount"]!.GetValue<decimal>()).ShouldBe([50_000, 60_000]);
        tag["until"]!.GetValue<DateTimeOffset>().ShouldBe(tag["because"]![1]!["at"]!.GetValue<DateTimeOffset>().AddDays(365));
        why["tierBecause"]!.AsArray().Count.ShouldBe(2);

        // The old one is reopened: it had left the window long ago.
        (await admin.Post($"opportunities/{first}/reopen", new { })).Is(HttpStatusCode.OK);
        (await Named(admin, "大单客户", "高价值客户")).ShouldBeTrue();
    }

    [Fact]
    public async Task what_was_won_and_reopened_or_deleted_does_not_count_from_then_on()
    {
        var admin = await app.As("admin");
        var customer = await Register(admin, "反悔客户", 60);
        var opportunity = await Won(admin, customer, 100_000, 50);
        (await Named(admin, "反悔客户", "高价值客户")).ShouldBeTrue();
        (await admin.Post($"opportunities/{opportunity}/reopen", new { businessDate = Day(20) })).Is(HttpStatusCode.OK);
        (await Named(admin, "反悔客户", "高价值客户")).ShouldBeFalse();
        (await Named(admin, "反悔客户", "高价值客户", 30)).ShouldBeTrue();
        (await Named(admin, "反悔客户", "高价值客户", 10)).ShouldBeFalse();
        (await admin.Post($"opportunities/{opportunity}/win", new { })).Is(HttpStatusCode.OK);
        (await Named(admin, "反悔客户", "高价值客户")).ShouldBeTrue();
        (await admin.Delete($"opportunities/{opportunity}")).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.NoContent);
        (await Named(admin, "反悔客户", "高价值客户")).ShouldBeFalse();
        (await admin.Post($"opportunities/{opportunity}/restore", new { })).Is(HttpStatusCode.OK);
        (await Named(admin, "反悔客户", "高价值客户")).ShouldBeTrue();
    }

    [Fact]
    public async Task inquiries_complaints_silence_and_a_second_deal_are_seen()
    {
        var admin = await app.As("admin");
        var customer = await Register(admin, "多面客户", 100);
        (await Tags(admin, customer)).ShouldBe(["长期未跟进"]);
        (await admin.Post($"customers/{customer}/follow-ups", new { at = app.Store.Now.AddHours(-1), method = "phone", summary = "联系上了" })).Is(HttpStatusCode.Created);
        (await Tags(admin, customer)).ShouldBe([]);
        for (var i = 0; i < 3; i++)
        {
            (await Tags(admin, customer)).ShouldNotContain("潜力客户");
            (await admin.Post("tickets", new { subject = $"询价 {i}", customerId = customer, type = "consultation" })).Is(HttpStatusCode.Created);
        }
        (await Tags(admin, customer)).ShouldBe(["潜力客户"]);
        var complaint = (await admin.Post("tickets", new { subject = "投诉", customerId = customer, type = "complaint" })).Is(HttpStatusCode.Created).Id;
        (await Tags(admin, customer)).ShouldBe(["投诉中", "潜力客户"], ignoreOrder: true);
        (await admin.Post($"tickets/{complaint}/resolve", new { text = "已道歉" })).Is(HttpStatusCode.OK);
        (await Tags(admin, customer)).ShouldBe(["潜力客户"]);
        (await admin.Post($"tickets/{complaint}/reopen", new { reason = "没有解决" })).Is(HttpStatusCode.OK);
        (await Tags(admin, customer)).ShouldContain("投诉中");
        (await admin.Post("opportunities", new { name = "续约", customerId = customer })).Is(HttpStatusCode.Created);
        (await Tags(admin, customer)).ShouldNotContain("续约洽谈中");
        (await admin.Post($"customers/{customer}/lifecycle", new { to = "won" })).Is(HttpStatusCode.OK);
        (await Tags(admin, customer)).ShouldContain("续约洽谈中");
    }

    [Fact]
    public async Task what_a_rule_gives_cannot_be_set_by_hand()
    {
        var admin = await app.As("admin");
        var customer = await Register(admin, "手工客户", 0);
        (await admin.Post($"customers/{customer}/tags", new { tag = "投诉中" })).IsProblem(409, "computed_tag");
        (await admin.Delete($"customers/{customer}/tags/{Uri.EscapeDataString("投诉中")}")).IsProblem(409, "computed_tag");
        (await admin.Post($"customers/{customer}/tags", new { tags = new[] { "采购意向", "随便写的" } })).Is(HttpStatusCode.OK);
        var shown = (await admin.Get($"customers/{customer}/tags"))["tags"]!.AsArray();
        shown.Select(t => (t!["name"]!.ToString(), t["dimension"]?.ToString())).ShouldBe([("采购意向", "need"), ("随便写的", null)]);
    }

    [Fact]
    public async Task a_renamed_tag_keeps_its_customers_and_their_past()
    {
        var admin = await app.As("admin");
        var customer = await Register(admin, "改名客户", 30);
        var tag = (await admin.Post("tags", new { name = "甲级意向", dimension = "need", color = "blue" })).Is(HttpStatusCode.Created);
        (await admin.Post("tags", new { name = "甲级意向", dimension = "need" })).IsProblem(409, "tag_name_taken");
        (await admin.Post($"customers/{customer}/tags", new { tag = "甲级意向", businessDate = Day(10) })).Is(HttpStatusCode.OK);
        (await admin.Patch($"tags/{tag.Id}", new { name = "强烈意向" })).Is(HttpStatusCode.OK)["formerNames"]!.AsArray().Single()!.ToString().ShouldBe("甲级意向");
        (await Tags(admin, customer, computed: false)).ShouldBe(["强烈意向", "长期未跟进"]);
        (await Named(admin, "改名客户", "强烈意向")).ShouldBeTrue();
        (await Named(admin, "改名客户", "强烈意向", 5)).ShouldBeTrue();
        (await Named(admin, "改名客户", "强烈意向", 20)).ShouldBeFalse();
        // The old name still means the tag, and is not to be had by another.
        (await admin.Post("tags", new { name = "甲级意向", dimension = "need" })).IsProblem(409, "tag_name_taken");
        (await admin.Post($"customers/{customer}/tags", new { tag = "甲级意向" })).Is(HttpStatusCode.OK)["tags"]!.AsArray().Count.ShouldBe(2);
        (await admin.Delete($"customers/{customer}/tags/{Uri.EscapeDataString("强烈意向")}")).Is(HttpStatusCode.OK)["tags"]!.AsArray().Count.ShouldBe(1);
        (await Named(admin, "改名客户", "强烈意向")).ShouldBeFalse();
    }

    [Fact]
    public async Task a_rule_of_today_finds_the_whole_past_and_a_look_at_it_writes_nothing()
    {
        var admin = await app.As("admin");
        var customer = await Register(admin, "历史客户", 400);
        await Won(admin, customer, 7_777_777, 200);
        await app.Settled();
        object[] conditions = [new { kind = "wonAmount", atLeast = 7_000_000, days = 100 }];
        var looked = (await admin.Post("tags/preview", new { conditions })).Is(HttpStatusCode.OK);
        looked["now"]!.GetValue<long>().ShouldBe(0);
        looked["months"]!.AsArray().Sum(m => m!["count"]!.GetValue<long>()).ShouldBeInRange(3, 4);
        var tag = (await admin.Post("tags", new { name = "曾有大单", dimension = "价值历史", conditions })).Is(HttpStatusCode.Created).Id;
        (await Named(admin, "历史客户", "曾有大单", 150)).ShouldBeTrue();
        (await Named(admin, "历史客户", "曾有大单", 210)).ShouldBeFalse();
        (await Named(admin, "历史客户", "曾有大单")).ShouldBeFalse();
        (await admin.Get($"tags/{tag}/counts"))["months"]!.AsArray().Select(m => m!["count"]!.GetValue<long>()).SkipLast(1)
            .ShouldBe(looked["months"]!.AsArray().Select(m => m!["count"]!.GetValue<long>()).SkipLast(1));
        (await admin.Get($"tags/{tag}"))["computing"]!.GetValue<bool>().ShouldBeFalse();
        // A longer window reaches today, and a retired tag ends with it.
        (await admin.Patch($"tags/{tag}", new { conditions = new object[] { new { kind = "wonAmount", atLeast = 7_000_000, days = 300 } } })).Is(HttpStatusCode.OK);
        (await Named(admin, "历史客户", "曾有大单")).ShouldBeTrue();
        (await admin.Delete($"tags/{tag}")).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.NoContent);
        (await Named(admin, "历史客户", "曾有大单")).ShouldBeFalse();
        (await Named(admin, "历史客户", "曾有大单", 50)).ShouldBeTrue();
        (await admin.Get($"tags/{tag}")).IsProblem(404, "not_found");
        (await admin.Post("tags/preview", new { conditions = new object[] { new { kind = "wonAmount" } } })).Status.ShouldBe(HttpStatusCode.BadRequest);
        var service = await app.As("service");
        (await service.Post("tags", new { name = "x", dimension = "y" })).IsProblem(403, "forbidden");
        (await service.Get("tags")).Is(HttpStatusCode.OK)["data"]!.AsArray().Count.ShouldBeGreaterThan(7);
    }

    [Fact]
    public async Task every_customer_has_a_tier_and_a_hand_is_stronger_than_the_sum()
    {
        var admin = await app.As("admin");
        var ids = new List<Guid>();
        foreach (var (name, amount) in new[] { ("分级甲", 100_000), ("分级乙", 30_000), ("分级丙", 1), ("分级丁", 0) })
        {
            ids.Add((await admin.Post("customers", new { kind = "company", name, industry = "分级", businessDate = Day(90) })).Is(HttpStatusCode.Created).Id);
            if (amount > 0) await Won(admin, ids[^1], amount, 30);
        }
        async Task<string> Order(string sort, int ago = 0)
        {
            var at = At(ago);
            var list = (await admin.Get($"customers?filter={Uri.EscapeDataString("industry = \"分级\"")}&sort={sort}&limit=2{at}")).Is(HttpStatusCode.OK);
            var next = list["page"]!["next"] is { } cursor ? (await admin.Get($"customers?filter={Uri.EscapeDataString("industry = \"分级\"")}&sort={sort}&limit=2{at}&cursor={cursor}")).Is(HttpStatusCode.OK).Column("tier") : [];
            return string.Concat(list.Column("tier").Concat(next));
        }
        (await Order("tier")).ShouldBe("ABCD");
        (await Order("-tier")).ShouldBe("DCBA");
        (await Order("tier", 40)).ShouldBe("DDDD");
        (await admin.Get($"customers?filter={Uri.EscapeDataString("industry = \"分级\" AND tier = (\"A\" OR \"D\")")}&sort=name&count=exact")).Is(HttpStatusCode.OK)["count"]!.GetValue<long>().ShouldBe(2);

        (await admin.Patch($"customers/{ids[3]}", new { tier = "A" })).Is(HttpStatusCode.OK)["tierSource"]!.ToString().ShouldBe("manual");
        (await Order("tier")).ShouldBe("AABC");
        (await admin.Get($"customers?filter={Uri.EscapeDataString("industry = \"分级\" AND tierSource = \"manual\"")}")).Is(HttpStatusCode.OK).Column().ShouldBe(["分级丁"]);
        var cleared = (await admin.Patch($"customers/{ids[3]}", "{\"tier\":null}")).Is(HttpStatusCode.OK);
        (cleared["tier"]!.ToString(), cleared["tierSource"]!.ToString()).ShouldBe(("D", "computed"));
        (await Order("tier")).ShouldBe("ABCD");

        (await admin.Put("tags/tiers", new { a = 30_000, b = 20_000, c = 10_000 })).Is(HttpStatusCode.OK);
        (await Order("tier")).ShouldBe("AADD");
        var rule = (await admin.Get("tags/tiers")).Is(HttpStatusCode.OK);
        (rule["a"]!.GetValue<decimal>(), rule["coverage"]!.GetValue<decimal>()).ShouldBe((30_000, 1));
        (await admin.Put("tags/tiers", new { a = 1, b = 20_000, c = 10_000 })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await admin.Put("tags/tiers", new { a = 100_000, b = 30_000, c = 0 })).Is(HttpStatusCode.OK);
        (await Order("tier")).ShouldBe("ABCD");
    }

    [Fact]
    public async Task rebuilt_they_are_what_they_were()
    {
        var admin = await app.As("admin");
        var customer = await Register(admin, "重建客户", 200);
        await Won(admin, customer, 40_000, 100);
        (await admin.Patch($"customers/{customer}", new { tier = "A", businessDate = Day(50) })).Is(HttpStatusCode.OK);
        await app.Settled();
        var before = await Rows();
        await app.Store.Daemon.RebuildAsync(TagPeriods.ProjectionName, "test", "equal rows", TestContext.Current.CancellationToken);
        await app.Settled();
        (await Rows()).ShouldBe(before);

        async Task<string[]> Rows()
        {
            await using var database = NpgsqlDataSource.Create(app.ConnectionString);
            await using var command = database.CreateCommand("select to_jsonb(p)::text from customer.tag_periods p union all select to_jsonb(t)::text from customer.tier_periods t union all select to_jsonb(d)::text from customer.due_dates d order by 1");
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<string>();
            while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
            return [.. rows];
        }
    }

    [Fact]
    public async Task what_is_due_follows_from_the_tier_that_holds_at_the_instant()
    {
        var sales = await app.Hire("due-tier", "sales");
        var customer = await Register(sales, "等级定周期", 400);
        (await sales.Post($"customers/{customer}/lifecycle", new { to = "won" })).Is(HttpStatusCode.OK);
        (string Rule, int Days, int Due) Cadence(System.Text.Json.Nodes.JsonNode? c) =>
            (c!["dueRule"]!.ToString(), c["dueDays"]!.GetValue<int>(), (int)(DateTimeOffset.Parse(c["dueAt"]!.ToString(), CultureInfo.InvariantCulture) - DateTimeOffset.Parse(c["createdAt"]!.ToString(), CultureInfo.InvariantCulture)).TotalDays);
        async Task Agree((string, int, int) expected)
        {
            await app.Settled();
            Cadence((await sales.Get($"customers/{customer}")).Is(HttpStatusCode.OK).Json).ShouldBe(expected);
            Cadence((await sales.Get($"customers?filter={Uri.EscapeDataString($"id = \"{customer}\" AND dueRule = \"{expected.Item1}\" AND dueDays = {expected.Item2}")}")).Is(HttpStatusCode.OK)["data"]![0]).ShouldBe(expected);
            Cadence((await sales.Get($"customers?filter={Uri.EscapeDataString($"id = \"{customer}\"")}&asOf={Uri.EscapeDataString(DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture))}&basis=recorded")).Is(HttpStatusCode.OK)["data"]![0]).ShouldBe(expected);
        }
        await Agree(("lifecycle", 30, 30));

        // Won 355 days ago: A for ten days to come, then nothing has been won for a year.
        await Won(sales, customer, 120_000, 355);
        await Agree(("tier", 7, 7));
        async Task<bool> Waits(int days) => (await sales.Get($"my-day?date={Day(-days)}")).Is(HttpStatusCode.OK)["items"]!.AsArray()
            .Any(i => i!["id"]!.ToString() == customer.ToString() && (i["rule"]!.ToString(), i["days"]!.GetValue<int>(), i["tier"]!.ToString()) == (days < 10 ? ("tier", 7, "A") : ("lifecycle", 30, "D")));
        (await Waits(5)).ShouldBeFalse();
        (await Waits(8)).ShouldBeTrue();
        (await Waits(20)).ShouldBeFalse("by then it is in no tier with a rule of its own");
        (await Waits(31)).ShouldBeTrue();
        (await sales.Get($"cadence/compliance?ownerId={(await sales.Get("session"))["user"]!["id"]}"))["tiers"]!.AsArray().Select(t => (t!["tier"]!.ToString(), t["customers"]!.GetValue<int>())).ShouldBe([("A", 1)]);

        // What people set comes first, and taken back shows what the sum says; a rule changes all at once.
        (await sales.Patch($"customers/{customer}", new { tier = "B" })).Is(HttpStatusCode.OK);
        await Agree(("lifecycle", 30, 30));
        (await sales.Patch($"customers/{customer}", "{\"tier\":null}")).Is(HttpStatusCode.OK);
        await Agree(("tier", 7, 7));
        var admin = await app.As("admin");
        (await admin.Put("tags/tiers", new { a = 200_000, b = 30_000, c = 0 })).Is(HttpStatusCode.OK);
        await Agree(("lifecycle", 30, 30));
        (await admin.Put("tags/tiers", new { a = 100_000, b = 30_000, c = 0 })).Is(HttpStatusCode.OK);
        await Agree(("tier", 7, 7));

        // Every row that anybody could ask for says what the rule says.
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        await using var wrong = database.CreateCommand("""
            select count(*) from customer.due_dates d left join customer.tier_periods t on t.customer_id = d.id and t.valid_from = d.valid_from and t.valid_to = d.valid_to and t.tier = d.tier
            where t.tier is null or d.due_at <> least(d.planned_at, coalesce(d.last_at, d.registered_at) + interval '24 hours' * least(case d.tier when 'A' then 7 end, case d.lifecycle when 'intent' then 3 when 'won' then 30 when 'lost' then 90 else 7 end))
            """);
        (await wrong.ExecuteScalarAsync()).ShouldBe(0L);
        await using var whole = database.CreateCommand("""
            select count(*) from customer.tier_periods t where t.valid_to > now() and not exists (select from customer.due_dates d where d.id = t.customer_id and d.valid_from = t.valid_from)
            """);
        (await whole.ExecuteScalarAsync()).ShouldBe(0L);
    }

    private string Day(int ago) => app.Store.DayOf(app.Store.Now).AddDays(-ago).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string At(int ago) => ago == 0 ? "" : $"&asOf={Uri.EscapeDataString(app.Store.Now.AddDays(-ago).ToString("O", CultureInfo.InvariantCulture))}";

    private async Task<Guid> Register(Api admin, string name, int ago) =>
        (await admin.Post("customers", new { kind = "company", name, businessDate = Day(ago) })).Is(HttpStatusCode.Created).Id;

    private async Task<Guid> Won(Api admin, Guid customer, decimal amount, int ago)
    {
        var opportunity = (await admin.Post("opportunities", new { name = "商机", customerId = customer, amount = new { amount, currency = "CNY" }, businessDate = Day(ago) })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"opportunities/{opportunity}/win", new { businessDate = Day(ago) })).Is(HttpStatusCode.OK);
        return opportunity;
    }

    private async Task<bool> Named(Api admin, string name, string tag, int ago = 0) =>
        (await admin.Get($"customers?filter={Uri.EscapeDataString($"name = \"{name}\" AND tags:\"{tag}\"")}&count=exact{At(ago)}")).Is(HttpStatusCode.OK)["count"]!.GetValue<long>() == 1;

    private static async Task<IReadOnlyList<string>> Tags(Api admin, Guid customer, bool computed = true)
    {
        var tags = (await admin.Get($"customers/{customer}")).Is(HttpStatusCode.OK)[computed ? "computedTags" : "tags"]!.AsArray();
        return [.. tags.Select(t => computed ? t!["name"]!.ToString() : t!.ToString())];
    }
}
