using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>When customers are due, and what waits for whom (S040–S047, S050).</summary>
public sealed class days_of_people(CrmApp app) : Spec, IClassFixture<CrmApp>
{
    private static string In(double days) => DateTimeOffset.UtcNow.AddDays(days).ToString("o");

    private static DateTimeOffset Instant(JsonNode? node) => DateTimeOffset.Parse(node!.ToString(), null);

    [Fact]
    public async Task a_customer_is_due_by_the_earlier_of_plan_and_cadence()
    {
        var sales = await app.Hire("due-sales", "sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "何时跟进", lifecycle = "won" })).Id;
        var fresh = (await sales.Get($"customers/{id}")).Json;
        (Instant(fresh["dueAt"]) - Instant(fresh["createdAt"])).ShouldBe(TimeSpan.FromDays(30));
        fresh["dueReason"]!.ToString().ShouldBe("cadence");
        await sales.Post($"customers/{id}/follow-ups", new { at = In(-2), method = "phone", summary = "聊过", next = new { at = In(4), goal = "送样品" } });
        await Both("plan", 4);
        await sales.Patch($"customers/{id}", new { tier = "A" });
        await Both("plan", 4);
        (await sales.Post($"customers/{id}/next-follow-up", new { at = In(6) })).Is(HttpStatusCode.OK)["nextFollowUpGoal"]!.ToString().ShouldBe("送样品", "moved, and still for the same");
        await Both("cadence", 5);
        (await sales.Delete($"customers/{id}/next-follow-up")).Is(HttpStatusCode.OK)["nextFollowUpAt"].ShouldBeNull();
        await sales.Patch($"customers/{id}", new { tier = "B" });
        await Both("cadence", 28);
        (await sales.Post($"customers/{id}/lifecycle", new { to = "lost" })).Is(HttpStatusCode.OK);
        await Both("cadence", 88);
        (await sales.Post($"customers/{id}/next-follow-up", new { at = In(-1) })).IsProblem(400, "in_past");

        // The record computes it, the list reads it from a table of its own: they agree.
        async Task Both(string reason, double days)
        {
            var (record, row) = ((await sales.Get($"customers/{id}")).Json, (await sales.Get($"customers?filter=id=\"{id}\"")).Json["data"]![0]!);
            foreach (var shown in new[] { record, row })
            {
                shown["dueReason"]!.ToString().ShouldBe(reason);
                (Instant(shown["dueAt"]) - DateTimeOffset.UtcNow).TotalDays.ShouldBe(days, 0.01);
            }
            row["dueAt"]!.ToString().ShouldBe(record["dueAt"]!.ToString());
        }
    }

    [Fact]
    public async Task the_list_is_filtered_and_sorted_by_it_page_by_page_also_in_the_past()
    {
        var sales = await app.Hire("due-list", "sales");
        foreach (var (name, lifecycle, last) in new[] { ("甲", "potential", -10.0), ("乙", "intent", -1.0), ("丙", "won", -40.0), ("丁", "lost", -5.0) })
        {
            var id = (await sales.Post("customers", new { kind = "company", name = $"到期{name}", lifecycle }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
            await sales.Post($"customers/{id}/follow-ups", new { at = In(last), method = "visit", summary = "x" });
        }
        (await sales.Get("customers?filter=dueAt<now&sort=dueAt")).Is(HttpStatusCode.OK).Column().ShouldBe(["到期丙", "到期甲"]);
        (await sales.Get("customers?filter=dueAt<now AND dueReason=\"plan\"")).Column().ShouldBeEmpty();
        var walked = new List<string?>();
        for (string? cursor = null; ;)
        {
            var page = (await sales.Get($"customers?sort=-dueAt&limit=1{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}")).Is(HttpStatusCode.OK);
            walked.AddRange(page.Column());
            if ((cursor = page["page"]!["next"]?.ToString()) is null) break;
        }
        walked.ShouldBe(["到期丁", "到期乙", "到期甲", "到期丙"]);
        await app.Settled();
        (await sales.Get($"customers?sort=dueAt&basis=recorded&asOf={Uri.EscapeDataString(DateTimeOffset.UtcNow.ToString("o"))}")).Is(HttpStatusCode.OK).Column().ShouldBe(["到期丙", "到期甲", "到期乙", "到期丁"]);
    }

    [Fact]
    public async Task a_changed_cadence_is_true_of_all_at_once_without_an_event_of_any_and_a_rebuild_makes_the_same_rows()
    {
        var (admin, sales) = (await app.As("admin"), await app.Hire("due-rule", "sales"));
        var id = (await sales.Post("customers", new { kind = "company", name = "换规则", lifecycle = "won" })).Id;
        var version = (await sales.Get($"customers/{id}")).ETag;
        await admin.Put("cadence", new { won = 10 });
        await app.Settled();
        var row = (await sales.Get($"customers?filter=id=\"{id}\"")).Json["data"]![0]!;
        (Instant(row["dueAt"]) - Instant(row["createdAt"])).ShouldBe(TimeSpan.FromDays(10));
        (await sales.Get($"customers/{id}")).ETag.ShouldBe(version);
        Instant((await sales.Get($"customers/{id}"))["dueAt"]).ShouldBe(Instant(row["dueAt"]));

        var live = await Rows();
        foreach (var name in new[] { TagPeriods.ProjectionName, "customer.birthdays", "customer.follow_ups", TaskDocuments.TableName })
        {
            (await admin.Post($"operations/projections/{name}/rebuild", new { reason = "test" })).Is(HttpStatusCode.Accepted);
            await Wait.Until(async () => (await admin.Get("operations/projections"))["data"]!.AsArray().Single(p => p!["name"]!.ToString() == name)!["rebuild"]?["state"]?.ToString() == "done");
        }
        (await Rows()).ShouldBe(live);
        await admin.Put("cadence", new { won = 30 });

        async Task<List<string>> Rows()
        {
            await using var command = app.Store.DataSource.CreateCommand("select to_jsonb(d)::text from customer.due_dates d union all select to_jsonb(c)::text from customer.cadence c union all select to_jsonb(b)::text from customer.birthdays b union all select to_jsonb(f)::text from customer.follow_ups f union all select to_jsonb(t)::text from customer.tasks_states t order by 1");
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<string>();
            while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
            return rows;
        }
    }

    [Fact]
    public async Task my_day_is_one_list_of_everything_that_waits_for_me()
    {
        var (sales, other) = (await app.Hire("day-sales", "sales"), await app.Hire("day-other", "sales"));
        var today = app.Store.DayOf(DateTimeOffset.UtcNow);
        var late = (await sales.Post("customers", new { kind = "company", name = "久未联系", tier = "B" })).Id;
        await sales.Post($"customers/{late}/follow-ups", new { at = In(-20), method = "phone", summary = "x" });
        var best = (await sales.Post("customers", new { kind = "company", name = "大客户", tier = "A" })).Id;
        await sales.Post($"customers/{best}/follow-ups", new { at = In(-9), method = "phone", summary = "x" });
        var quiet = (await sales.Post("customers", new { kind = "company", name = "不着急" })).Id;
        var contact = (await sales.Post($"customers/{quiet}/contacts", new { name = "寿星", birthday = today.AddDays(2).AddYears(-30).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) })).Id;
        await sales.Post($"customers/{quiet}/contacts", new { name = "还早", birthday = today.AddDays(9).AddYears(-30).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) });
        await sales.Post("tasks", new { title = "今天的事", dueDate = today.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), priority = "urgent" });
        await sales.Post("tasks", new { title = "明天的事", dueDate = today.AddDays(1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) });
        await app.Settled();

        var day = (await sales.Get("my-day")).Is(HttpStatusCode.OK);
        Items(day).ShouldBe([("followUp", "overdue", "大客户"), ("followUp", "overdue", "久未联系"), ("task", "today", "今天的事"), ("birthday", "upcoming", "寿星")]);
        (day["overdue"]!.GetValue<int>(), day["today"]!.GetValue<int>(), day["hasMore"]!.GetValue<bool>()).ShouldBe((2, 1, false));
        Items(await sales.Get($"my-day?date={today.AddDays(1):yyyy-MM-dd}")).ShouldContain(("task", "today", "明天的事"));

        // Moved to tomorrow it waits no longer; logged neither.
        (await sales.Post($"customers/{late}/follow-ups", new { at = In(0), method = "phone", summary = "打过了" })).Is(HttpStatusCode.Created);
        Items(await sales.Get("my-day")).ShouldNotContain(("followUp", "overdue", "久未联系"));

        // A plan is its owner's, if he may see the customer.
        (await sales.Post($"customers/{best}/next-follow-up", new { at = In(0.001), goal = "陪同拜访", ownerId = await app.UserId("day-other") })).Is(HttpStatusCode.OK);
        await app.Settled();
        Items(await sales.Get("my-day")).ShouldNotContain(("followUp", "overdue", "大客户"));
        Items(await other.Get("my-day")).ShouldBeEmpty();
        Items(await other.Get("my-day?ownerId=all")).ShouldBeEmpty("there is nothing that may be seen");
        (await (await app.As("admin")).Post($"customers/{best}/share", new { userId = await app.UserId("day-other"), level = "change" })).Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Created);
        await app.Settled();
        var seen = (await other.Get("my-day")).Json["items"]!.AsArray().Single()!;
        (seen["customerName"]!.ToString(), seen["ownerName"]!.ToString()).ShouldBe(("大客户", "day-other"));

        var month = (await sales.Get($"my-day/calendar?from={today:yyyy-MM-dd}&to={today.AddDays(12):yyyy-MM-dd}")).Is(HttpStatusCode.OK);
        Items(month).Select(i => i.Item3).ShouldBe(["今天的事", "明天的事", "寿星", "还早"]);
        (await sales.Get("my-day/calendar?from=2026-01-01&to=2026-12-31")).IsProblem(400, "out_of_range").Naming("query.to");

        await sales.Delete($"customers/{quiet}/contacts/{contact}");
        Items(await sales.Get("my-day")).ShouldNotContain(("birthday", "upcoming", "寿星"));

        static List<(string, string, string)> Items(Reply reply) =>
            [.. reply.Is(HttpStatusCode.OK).Json["items"]!.AsArray().Select(i => (i!["kind"]!.ToString(), i["state"]!.ToString(), i["kind"]!.ToString() == "followUp" ? i["customerName"]!.ToString() : i["title"]!.ToString()))];
    }

    [Fact]
    public async Task compliance_counts_who_is_followed_up_often_enough_whatever_is_planned()
    {
        var sales = await app.Hire("due-share", "sales");
        foreach (var (name, days) in new[] { ("达标甲", -3.0), ("达标乙", -8.0), ("达标丙", -9.0), ("达标丁", -1.0) })
        {
            var id = (await sales.Post("customers", new { kind = "company", name, tier = "A", lifecycle = "won" }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
            await sales.Post($"customers/{id}/follow-ups", new { at = In(days), method = "phone", summary = "x", next = new { at = In(name == "达标丁" ? -0.5 : 3), goal = "y" } });
        }
        var tier = (await sales.Get("cadence/compliance")).Is(HttpStatusCode.OK).Json["tiers"]!.AsArray().ShouldHaveSingleItem()!;
        (tier["tier"]!.ToString(), tier["customers"]!.GetValue<int>(), tier["onTime"]!.GetValue<int>(), tier["ratio"]!.GetValue<decimal>(), tier["target"]!.GetValue<decimal>()).ShouldBe(("A", 4, 2, 0.5m, 0.95m));
    }

    [Fact]
    public async Task a_birthday_lies_nowhere_in_plain()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "生日在哪" })).Id;
        await sales.Post($"customers/{id}/contacts", new { name = "某人", birthday = "1987-11-23" });
        await app.Settled();
        await using var command = app.Store.DataSource.CreateCommand($"select day from customer.birthdays where customer_id = '{id}'");
        var day = (string)(await command.ExecuteScalarAsync())!;
        day.ShouldNotContain("11-23");
        Birthdays.Keys(new DateOnly(2027, 11, 23), app.Store.Personal).ShouldBe([day]);
        Birthdays.Keys(new DateOnly(2027, 2, 28), app.Store.Personal).Length.ShouldBe(2, "whoever was born on a leap day has a birthday in other years too");
        Birthdays.Keys(new DateOnly(2028, 2, 28), app.Store.Personal).Length.ShouldBe(1);
        await (await app.As("admin")).Post($"customers/{id}/erase", new { reason = "request" });
        await app.Settled();
        (await command.ExecuteScalarAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task a_follow_up_is_corrected_by_its_author_or_a_manager_and_what_it_said_stays_in_the_history()
    {
        var (author, colleague, admin) = (await app.Hire("fix-author", "sales"), await app.Hire("fix-colleague", "sales"), await app.As("admin"));
        var id = (await author.Post("customers", new { kind = "company", name = "更正跟进" })).Id;
        await admin.Post($"customers/{id}/share", new { userId = await app.UserId("fix-colleague"), level = "change" });
        var first = (await author.Post($"customers/{id}/follow-ups", new { at = In(-5), method = "phone", summary = "第一次", objections = "贵", next = new { at = In(3), goal = "报价" } })).Id;
        var second = (await author.Post($"customers/{id}/follow-ups", new { at = In(-1), method = "phone", summary = "写错了" })).Id;
        (await colleague.Patch($"customers/{id}/follow-ups/{second}", new { summary = "我来改" })).IsProblem(403, "forbidden");
        var corrected = (await author.Patch($"customers/{id}/follow-ups/{first}", new { summary = "改正后", objections = (string?)null }.ToJson())).Is(HttpStatusCode.OK);
        (corrected["summary"]!.ToString(), corrected["objections"]).ShouldBe(("改正后", null));
        (await author.Patch($"customers/{id}/follow-ups/{first}", new { at = In(1) })).IsProblem(400, "in_future");
        (await author.Delete($"customers/{id}/follow-ups/{second}")).Is(HttpStatusCode.NoContent);
        (await author.Delete($"customers/{id}/follow-ups/{second}")).IsProblem(404, "not_found");
        var list = (await author.Get($"customers/{id}/follow-ups")).Is(HttpStatusCode.OK);
        list.Column("summary").ShouldBe(["改正后"]);
        list.Json["data"]![0]!["next"]!["goal"]!.ToString().ShouldBe("报价", "what was planned then stays");
        var customer = (await author.Get($"customers/{id}")).Json;
        (customer["followUpCount"]!.GetValue<int>(), (DateTimeOffset.UtcNow - Instant(customer["lastFollowUpAt"])).TotalDays).ShouldSatisfyAllConditions(x => x.Item1.ShouldBe(1), x => x.Item2.ShouldBe(5, 0.01));
        (await author.Get($"customers?filter=id=\"{id}\"")).Json["data"]![0]!["dueAt"]!.ToString().ShouldBe(customer["dueAt"]!.ToString());
        await app.Settled();
        (await author.Get($"customers/{id}/timeline")).Text.ShouldContain("写错了", customMessage: "the history keeps what was said");
        (await admin.Patch($"customers/{id}/follow-ups/{first}", new { promises = "周五前答复" })).Is(HttpStatusCode.OK)["authorName"]!.ToString().ShouldBe("fix-author");
    }

    [Fact]
    public async Task those_who_took_part_are_called_what_they_are_called_now_and_who_is_erased_is_not_among_them()
    {
        var (sales, admin) = (await app.As("sales"), await app.As("admin"));
        var (me, customer) = (await app.UserId("sales"), (await sales.Post("customers", new { kind = "company", name = "多人拜访" })).Id);
        var (wang, li) = ((await sales.Post($"customers/{customer}/contacts", new { name = "王工" })).Id, (await sales.Post($"customers/{customer}/contacts", new { name = "李总" })).Id);
        object Visit(params Guid[] contacts) => new { at = DateTimeOffset.UtcNow.AddHours(-1), method = "visit", summary = "拜访", participants = new[] { "翻译" }, participantUserIds = new[] { me }, participantContactIds = contacts };
        (await sales.Post($"customers/{customer}/follow-ups", Visit(Guid.CreateVersion7()))).IsProblem(400, "not_found").Naming("body.participantContactIds");
        (await sales.Post($"customers/{customer}/follow-ups", new { at = DateTimeOffset.UtcNow.AddHours(-1), method = "visit", summary = "x", participantUserIds = new[] { customer } })).IsProblem(400, "unknown_user").Naming("body.participantUserIds");
        var visit = (await sales.Post($"customers/{customer}/follow-ups", Visit(wang, li, wang))).Is(HttpStatusCode.Created);
        visit["people"]!.AsArray().Select(p => p!["name"]!.ToString()).Skip(1).ShouldBe(["王工", "李总"]);
        (await sales.Post($"customers/{customer}/follow-ups", new { at = DateTimeOffset.UtcNow.AddHours(-2), method = "phone", summary = "只有李总", participantContactIds = new[] { li } })).Is(HttpStatusCode.Created);
        (await sales.Patch($"customers/{customer}/contacts/{wang}", new { name = "王总工" })).Is(HttpStatusCode.OK);
        await app.Settled();
        var mine = (await sales.Get($"customers/{customer}/follow-ups?filter=participantUserIds:\"{me}\"")).Is(HttpStatusCode.OK)["data"]!.AsArray().ShouldHaveSingleItem()!;
        mine["people"]!.AsArray().Select(p => (p!["type"]!.ToString(), p["id"]!.GetValue<Guid>())).ShouldBe([("user", me), ("contact", wang), ("contact", li)]);
        mine["people"]!.AsArray().Skip(1).Select(p => p!["name"]!.ToString()).ShouldBe(["王总工", "李总"]);
        (await sales.Get($"customers/{customer}/follow-ups?filter=participantContactIds:\"{li}\"")).Is(HttpStatusCode.OK)["data"]!.AsArray().Count.ShouldBe(2);

        // Corrected by whoever wrote it; who took part stays unless it is said.
        (await sales.Patch($"customers/{customer}/follow-ups/{visit.Id}", new { summary = "拜访车间" })).Is(HttpStatusCode.OK)["people"]!.AsArray().Count.ShouldBe(3);
        (await sales.Patch($"customers/{customer}/follow-ups/{visit.Id}", new { participantUserIds = Array.Empty<Guid>() })).Is(HttpStatusCode.OK)["people"]!.AsArray().Count.ShouldBe(2);

        (await admin.Post($"customers/{customer}/erase", new { contactId = wang, reason = "request" })).Is(HttpStatusCode.OK);
        await app.Settled();
        var left = (await sales.Get($"customers/{customer}/follow-ups")).Is(HttpStatusCode.OK);
        left.Text.ShouldNotContain(wang.ToString());
        left.Text.ShouldNotContain("王");
        left["data"]!.AsArray().SelectMany(f => f!["people"]!.AsArray()).Select(p => p!["name"]!.ToString()).ShouldBe(["李总", "李总"]);
        await app.Store.Daemon.RebuildAsync("customer.follow_ups", "test", "equal rows", TestContext.Current.CancellationToken).WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
        (await sales.Get($"customers/{customer}/follow-ups")).Text.ShouldBe(left.Text);
    }
}
