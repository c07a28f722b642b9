using System.Net;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Masked unless somebody says why, found without being kept, gone for good when erased (S095–S099).</summary>
public sealed class personal_data_of_customers(CrmApp app) : IClassFixture<CrmApp>
{
    private const string IdNumber = "11010519491231002X";
    private const string BankCard = "6222020200112233446";

    [Fact]
    public async Task is_masked_everywhere_for_whoever_has_no_right_to_it()
    {
        var (admin, service) = (await app.As("admin"), await app.As("service"));
        var id = (await admin.Post("customers", new { kind = "person", name = "江流", phone = "13811140001", email = "jiang@liu.example", idNumber = IdNumber.ToLowerInvariant(), bankCard = "6222 0202 0011 2233 446" })).Is(HttpStatusCode.Created).Id;
        var contact = (await admin.Post($"customers/{id}/contacts", new { name = "江妈妈", phone = "021-62345678", birthday = "1960-05-12", idNumber = IdNumber })).Is(HttpStatusCode.Created).Id;
        await admin.Patch($"customers/{id}", new { phone = "13811140002" });
        await app.Settled();

        foreach (var path in new[] { $"customers/{id}", $"customers/{id}/contacts", $"customers/{id}/contacts/{contact}", $"customers/{id}/history", $"customers/{id}/timeline", $"customers?filter={Uri.EscapeDataString("name = \"江流\"")}" })
        {
            var plain = (await admin.Get(path)).Is(HttpStatusCode.OK).Text;
            var masked = (await service.Get(path)).Is(HttpStatusCode.OK).Text;
            plain.ShouldContain(path.Contains("contacts") ? "021-62345678" : "1381114000");
            foreach (var secret in new[] { "13811140001", "13811140002", "jiang@", IdNumber, BankCard, "62345678", "1960-05" }) masked.ShouldNotContain(secret, customMessage: path);
        }
        var seen = await service.Get($"customers/{id}");
        (seen["phone"]!.ToString(), seen["email"]!.ToString(), seen["idNumber"]!.ToString(), seen["bankCard"]!.ToString()).ShouldBe(("138****0002", "j***@liu.example", "110*************2X", "***************3446"));
        (await service.Get($"customers/{id}/contacts/{contact}"))["birthday"]!.ToString().ShouldBe("****-05-12");
        (await service.Patch($"customers/{id}", new { industry = "软件" }))["phone"]!.ToString().ShouldBe("138****0002");
    }

    [Fact]
    public async Task is_shown_to_who_says_why_and_the_ledger_knows_who_that_was()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var id = (await sales.Post("customers", new { kind = "person", name = "路人", phone = "13811140011", email = "lu@ren.example" })).Id;
        var contact = (await sales.Post($"customers/{id}/contacts", new { name = "路甲", phone = "13811140012", birthday = "1990-01-02" })).Id;
        (await sales.Post($"customers/{id}/reveal", new { fields = new[] { "phone" } })).IsProblem(400, "invalid").Naming("body.reason");
        (await sales.Post($"customers/{id}/reveal", new { fields = new[] { "needs" }, reason = "好奇" })).IsProblem(400, "invalid");
        (await sales.Post($"customers/{Guid.CreateVersion7()}/reveal", new { fields = new[] { "phone" }, reason = "回访" })).IsProblem(404, "not_found");
        var version = (await sales.Get($"customers/{id}")).ETag;
        (await sales.Post($"customers/{id}/reveal", new { fields = new[] { "phone", "email" }, reason = "回访" })).Is(HttpStatusCode.OK).Text.ShouldBe("""{"phone":"13811140011","email":"lu@ren.example"}""");
        (await sales.Post($"customers/{id}/reveal", new { contactId = contact, fields = new[] { "birthday" }, reason = "生日祝福" }))["birthday"]!.ToString().ShouldBe("1990-01-02");
        (await sales.Get($"customers/{id}")).ETag.ShouldBe(version, "looking changes nothing");
        await app.Settled();

        var ledger = (await admin.Get($"customers/{id}/access-ledger")).Is(HttpStatusCode.OK)["data"]!.AsArray();
        ledger.Select(l => (l!["kind"]!.ToString(), l["reason"]!.ToString(), l["actorName"]!.ToString() != "", string.Join(',', l["fields"]!.AsArray().Select(f => f!.ToString()))))
            .ShouldBe([("revealed", "生日祝福", true, "birthday"), ("revealed", "回访", true, "phone,email")]);
        (await sales.Get($"customers/{id}/access-ledger")).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task does_not_come_back_as_its_mask()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "person", name = "罩子", phone = "13811140021", email = "zhao@zi.example" })).Id;
        var contact = (await sales.Post($"customers/{id}/contacts", new { name = "甲", phone = "13811140022", birthday = "1990-01-02" })).Id;
        foreach (var (path, field) in new[] { ($"customers/{id}", "phone"), ($"customers/{id}", "email"), ($"customers/{id}/contacts/{contact}", "phone"), ($"customers/{id}/contacts/{contact}", "birthday") })
        {
            var mask = (await sales.Get(path))[field]!.ToString();
            mask.ShouldContain("***");
            var refused = await sales.Patch(path, new JsonObject { [field] = mask });
            refused.Status.ShouldBe(HttpStatusCode.BadRequest);
            refused["errors"]![0]!["code"]!.ToString().ShouldBe("masked_value", field);
        }
        (await sales.Patch($"customers/{id}", new { phone = "13811140023" })).Is(HttpStatusCode.OK)["phone"]!.ToString().ShouldBe("138****0023");
        (await sales.Patch($"customers/{id}", new { email = (string?)null }.ToJson())).Is(HttpStatusCode.OK)["email"].ShouldBeNull();
    }

    [Theory]
    [InlineData("13811140031", null, 1)]
    [InlineData("138-1114-0031", null, 1)]
    [InlineData("+86 138 1114 0031", null, 1)]
    [InlineData("40031", null, 1)]
    [InlineData("0032", null, 1)]
    [InlineData("寻找 40031", null, 1)]
    [InlineData("Xun@Zhao.example", null, 1)]
    [InlineData("1381114", null, 0)]
    [InlineData(null, "phone = \"138 1114 0031\"", 1)]
    [InlineData(null, "phone = \"13811140032\"", 0)]
    [InlineData(null, "email = \"XUN@zhao.example\"", 1)]
    [InlineData(null, "phone:* AND email = \"xun@zhao.example\"", 1)]
    [InlineData(null, "phone != \"13811140031\" AND name = \"寻找\"", 0)]
    public async Task is_found_by_the_whole_value_or_the_last_digits_although_no_table_has_it(string? words, string? filter, int found)
    {
        var sales = await app.As("sales");
        var created = await sales.Put("customers/by/xun/1", new { kind = "person", name = "寻找", phone = "13811140031", email = "xun@zhao.example" });
        if (created.Status == HttpStatusCode.Created) await sales.Post($"customers/{created.Id}/contacts", new { name = "找", phone = "13811140032" });
        var list = (await sales.Post("customers/search", new { q = words, filter, count = "exact" }.ToJson())).Is(HttpStatusCode.OK);
        list["data"]!.AsArray().Count(c => c!["name"]!.ToString() == "寻找").ShouldBe(found, list.Text);
        (await Count("select count(*) from customer.match_keys where value like '%1381114003%' or key like '%1381114003%'")).ShouldBe(0);
    }

    [Theory]
    [InlineData("sort=phone", "not_sortable")]
    [InlineData("filter=phone%20%3E%20%22138%22", "invalid_operator")]
    [InlineData("filter=phone%20%3D%20%22138*%22", "invalid_operator")]
    [InlineData("filter=address%20%3D%20%22x%22", "invalid_operator")]
    public async Task cannot_be_sorted_by_or_guessed_at(string query, string code) => (await (await app.As("sales")).Get("customers?" + query)).IsProblem(400, code);

    [Fact]
    public async Task that_was_looked_for_is_in_the_ledger_of_whom_it_found()
    {
        var (admin, manager, sales) = (await app.As("admin"), await app.As("manager"), await app.As("sales"));
        var id = (await sales.Post("customers", new { kind = "person", name = "被查", phone = "13811140041" })).Id;
        var unseen = (await manager.Post("customers", new { kind = "person", name = "看不到", phone = "13811140041" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        await sales.Get("customers?q=13811140041");
        await sales.Get($"customers?filter={Uri.EscapeDataString("phone = \"13811140041\"")}");
        await sales.Get("customers?q=被查");
        await app.Settled();
        (await admin.Get($"customers/{id}/access-ledger"))["data"]!.AsArray().Select(l => (l!["kind"]!.ToString(), l["fields"]![0]!.ToString())).ShouldBe([("searched", "filter"), ("searched", "quick")]);
        (await admin.Get($"customers/{unseen}/access-ledger")).Is(HttpStatusCode.OK)["data"]!.AsArray().ShouldBeEmpty("who may not see it does not find it");
        (await Count("select count(*) from events.mt_events where type = 'personal_data_searched' and data::text like '%0041%'")).ShouldBe(0, "not what was looked for");
    }

    [Fact]
    public async Task that_was_looked_for_is_in_the_ledger_whatever_the_answer_shows_and_however_little_was_asked()
    {
        var (admin, sales, service) = (await app.As("admin"), await app.As("sales"), await app.As("service"));
        var id = (await sales.Post("customers", new { kind = "person", name = "来电", phone = "13811140043" })).Id;
        await app.Settled();
        (await sales.Get("customers?q=13811140043&fields=name")).Is(HttpStatusCode.OK).Text.ShouldContain("""{"data":[{"name": "来电"}]""");
        (await sales.Post("customers/search", new { filter = "phone = \"13811140043\"", fields = "tier" }.ToJson())).Is(HttpStatusCode.OK);
        // Whoever answers the telephone sees a mask, and finds by the digits it shows.
        (await service.Get("customers?q=0043")).Is(HttpStatusCode.OK).Text.ShouldContain("138****0043");
        await app.Settled();
        (await admin.Get($"customers/{id}/access-ledger"))["data"]!.AsArray().Select(l => l!["fields"]![0]!.ToString()).ShouldBe(["quick", "filter", "quick"]);
    }

    [Theory]
    [InlineData("idNumber", "110105194912310021", "invalid_id_number")]
    [InlineData("idNumber", "11010519491331002X", "invalid_id_number")]
    [InlineData("idNumber", "1101051949123100", "invalid_id_number")]
    [InlineData("bankCard", "6222020200112233447", "invalid_bank_card")]
    [InlineData("bankCard", "62220202", "invalid_bank_card")]
    public async Task numbers_are_checked(string field, string value, string code)
    {
        var refused = (await (await app.As("sales")).Post("customers", new JsonObject { ["kind"] = "person", ["name"] = "错号", [field] = value })).IsProblem(400, "invalid").Naming("body." + field);
        refused["errors"]![0]!["code"]!.ToString().ShouldBe(code);
        (await (await app.As("sales")).Post("customers", new { kind = "company", name = "有身份证的公司", idNumber = IdNumber })).IsProblem(400, "person_only");
    }

    [Fact]
    public async Task is_gone_for_good_once_erased_and_the_rest_stays()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var id = (await sales.Post("customers", new { kind = "person", name = "陶渊明", phone = "13811140051", email = "tao@yuan.example", needs = "五柳", tags = new[] { "隐士" }, custom = new { 别号 = "五柳先生" } }, ("Idempotency-Key", "erase-1"))).Id;
        var contact = (await sales.Post($"customers/{id}/contacts", new { name = "陶夫人", phone = "13811140052" })).Id;
        await sales.Post($"customers/{id}/follow-ups", new { at = DateTimeOffset.UtcNow.AddDays(-1), method = "phone", summary = "说到归去来", participants = new[] { "陶渊明" } });
        await sales.Patch($"customers/{id}", new { name = "陶潜" });
        var opportunity = (await sales.Post("opportunities", new { name = "南山种豆", decisionMakers = new[] { "陶渊明" }, nextStep = "带月荷锄归", customerId = id, amount = new { amount = 100, currency = "CNY" } })).Is(HttpStatusCode.Created).Id;
        var ticket = (await admin.Post("tickets", new { subject = "菊花", description = "采菊东篱下", customerId = id, channel = "phone" })).Is(HttpStatusCode.Created).Id;
        await admin.Post($"tickets/{ticket}/respond", new { text = "悠然见南山" });
        await app.Settled();
        var before = Figures(await admin.Get("reports/funnel"));

        (await sales.Post($"customers/{id}/erase", new { reason = "request" })).IsProblem(403, "forbidden");
        (await admin.Post($"customers/{id}/erase", new { reason = "陶渊明要求" })).IsProblem(400, "invalid").Naming("body.reason");
        var certificate = (await admin.Post($"customers/{id}/erase", new { reason = "request" }, ("Idempotency-Key", "erase-2"))).Is(HttpStatusCode.OK);
        var name = certificate["placeholder"]!.ToString();
        name.ShouldStartWith("已删除客户 ");
        (certificate["reason"]!.ToString(), certificate["contacts"]!.GetValue<int>(), certificate["actorName"]!.ToString() != "").ShouldBe(("request", 1, true));
        await app.Settled();

        var record = (await sales.Get($"customers/{id}")).Is(HttpStatusCode.OK);
        (record["name"]!.ToString(), record["erased"]!.GetValue<bool>(), record["phone"], record["needs"], record["contacts"]!.AsArray().Count, record["custom"]!.ToJsonString(), record["followUpCount"]!.GetValue<int>())
            .ShouldBe((name, true, null, null, 0, "{}", 1));
        foreach (var path in new[] { $"customers/{id}", $"customers/{id}/history", $"customers/{id}/timeline", $"customers/{id}/follow-ups", $"tickets/{ticket}", $"tickets/{ticket}/history", $"opportunities/{opportunity}", $"opportunities/{opportunity}/history", "opportunities/board", "customers?limit=500", "tickets?limit=500", "opportunities?limit=500" })
        {
            var text = (await admin.Get(path)).Is(HttpStatusCode.OK).Text;
            foreach (var secret in new[] { "陶", "1381114005", "tao@", "五柳", "归去来", "采菊", "悠然", "菊花", "种豆", "荷锄" }) text.ShouldNotContain(secret, customMessage: path);
        }
        (await admin.Get($"opportunities/{opportunity}"))["customerName"]!.ToString().ShouldBe(name);
        Figures(await admin.Get("reports/funnel")).ShouldBe(before, "figures stay");
        (await sales.Get("opportunities?q=种豆"))["data"]!.AsArray().ShouldBeEmpty();
        (await sales.Patch($"opportunities/{opportunity}", new { name = "又种豆" })).IsProblem(410, "erased");
        // The business goes on, and what is given as a reason is kept of nobody any more.
        (await sales.Post($"opportunities/{opportunity}/stage", new { to = "proposal", reason = "陶渊明说的" })).Is(HttpStatusCode.OK);
        (await sales.Post($"opportunities/{opportunity}/lose", new { reason = "陶渊明走了" })).Is(HttpStatusCode.OK)["lostReason"]!.ToString().ShouldBe("");
        (await admin.Get($"opportunities/{opportunity}/history")).Text.ShouldNotContain("陶");
        (await admin.Get($"customers?filter={Uri.EscapeDataString($"name = \"{name}\"")}")).Column().ShouldBeEmpty("out of the daily lists");
        (await admin.Get($"customers?filter={Uri.EscapeDataString("erased = true")}")).Column().ShouldContain(name);
        foreach (var query in new[] { "q=13811140051", "q=0052", "q=陶潜", "q=taoyuanming", "filter=email%20%3D%20%22tao%40yuan.example%22" }) (await admin.Get("customers?" + query)).Column().ShouldBeEmpty(query);
        (await sales.Post("customers/duplicates", new { name = "陶渊明", phone = "13811140051" }))["data"]!.AsArray().ShouldBeEmpty();

        (await sales.Patch($"customers/{id}", new { phone = "13811140053" })).IsProblem(410, "erased");
        (await sales.Post($"customers/{id}/contacts", new { name = "再来" })).IsProblem(410, "erased");
        (await sales.Post($"customers/{id}/follow-ups", new { at = DateTimeOffset.UtcNow.AddDays(-1), method = "phone", summary = "再来" })).IsProblem(410, "erased");
        (await admin.Post($"tickets/{ticket}/respond", new { text = "再来" })).IsProblem(410, "erased");
        (await admin.Post($"customers/{id}/erase", new { reason = "request" })).IsProblem(410, "erased");
        (await admin.Post($"customers/{id}/reveal", new { fields = new[] { "phone" }, reason = "再来" })).IsProblem(410, "erased");
        (await admin.Post($"customers/{id}/erase", new { reason = "request" }, ("Idempotency-Key", "erase-2"))).Text.ShouldBe(certificate.Text, "a repetition gets its answer");
        var kept = (await admin.Get($"customers/{id}/erasures"))["data"]!.AsArray().Single()!;
        (kept["placeholder"]!.ToString(), kept["sequence"]!.GetValue<long>() > 0).ShouldBe((name, true));
        (await admin.Get($"customers/{id}/access-ledger"))["data"]!.AsArray().Last()!["kind"]!.ToString().ShouldBe("erased");
    }

    [Fact]
    public async Task of_one_contact_is_gone_and_of_the_customer_it_stays()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var id = (await sales.Post("customers", new { kind = "company", name = "留下公司", phone = "13811140061" })).Id;
        var gone = (await sales.Post($"customers/{id}/contacts", new { name = "走了", phone = "13811140062" })).Id;
        var other = (await sales.Post($"customers/{id}/contacts", new { name = "还在", phone = "13811140063" })).Id;
        (await admin.Post($"customers/{id}/erase", new { contactId = Guid.CreateVersion7(), reason = "request" })).IsProblem(404, "not_found");
        var name = (await admin.Post($"customers/{id}/erase", new { contactId = gone, reason = "withdrawn" })).Is(HttpStatusCode.OK)["placeholder"]!.ToString();
        await app.Settled();
        var contacts = (await admin.Get($"customers/{id}/contacts"))["data"]!.AsArray().ToDictionary(c => Guid.Parse(c!["id"]!.ToString()));
        (contacts[gone]!["name"]!.ToString(), contacts[gone]!["phone"], contacts[other]!["phone"]!.ToString()).ShouldBe((name, null, "13811140063"));
        (await admin.Get($"customers/{id}"))["phone"]!.ToString().ShouldBe("13811140061");
        foreach (var path in new[] { $"customers/{id}/history", $"customers/{id}/timeline", "customers?limit=500" }) (await admin.Get(path)).Text.ShouldNotContain("走了", customMessage: path);
        (await sales.Patch($"customers/{id}/contacts/{gone}", new { phone = "13811140064" })).IsProblem(410, "erased");
        (await admin.Get("customers?q=0062")).Column().ShouldNotContain("留下公司");
        (await admin.Get("customers?q=0063")).Column().ShouldContain("留下公司");
    }

    [Fact]
    public async Task is_reported_whole_to_the_person_who_asks_and_that_is_recorded()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var id = (await sales.Post("customers", new { kind = "person", name = "要知道", phone = "13811140071" })).Id;
        await sales.Post($"customers/{id}/follow-ups", new { at = DateTimeOffset.UtcNow.AddDays(-1), method = "phone", summary = "问了三件事" });
        await admin.Post("tickets", new { subject = "问", description = "第四件事", customerId = id, channel = "phone" });
        (await sales.Get($"customers/{id}/data-subject-report")).IsProblem(403, "forbidden");
        var report = (await admin.Get($"customers/{id}/data-subject-report")).Is(HttpStatusCode.OK);
        (report["customer"]!["phone"]!.ToString(), report["followUps"]![0]!["summary"]!.ToString(), report["tickets"]![0]!["description"]!.ToString(), report["accesses"]![0]!["kind"]!.ToString())
            .ShouldBe(("13811140071", "问了三件事", "第四件事", "exported"));
    }

    [Fact]
    public void erasing_is_decided_without_knowing_the_person()
    {
        var customer = new Customer { Name = "张三" };
        var contact = Guid.CreateVersion7();
        EraseCustomerFeature.Decide(new EraseCustomer(null, "request"), customer, [contact], "已删除客户 1").Events.Single().ShouldBeOfType<CustomerErased>().Contacts.ShouldBe([contact]);
        EraseCustomerFeature.Decide(new EraseCustomer(contact, "request"), customer, [contact], "已删除客户 2").Events.Single().ShouldBe(new ContactErased(contact, "已删除客户 2", "request"));
        EraseCustomerFeature.Decide(new EraseCustomer(null, "request"), customer with { Erased = true }, [], "x").Rejection!.Code.ShouldBe("erased");
    }

    private static string Figures(Reply funnel) => string.Join(' ', funnel["stages"]!.AsArray().Select(s => $"{s!["code"]}:{s["count"]}:{s["amount"]!["amount"]}:{s["entered"]}"));

    private async Task<long> Count(string sql)
    {
        await using var command = app.Store.DataSource.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
