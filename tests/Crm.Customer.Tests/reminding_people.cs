using System.Net;
using Crm.EventStore;
using Crm.Messaging;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Notifications: once for each occasion and person, in the product and by one mail a morning (S047, S050).</summary>
[Trait("Category", "Long")]
public sealed class reminding_people(PostgresFixture postgres)
{
    private static string In(double minutes) => DateTimeOffset.UtcNow.AddMinutes(minutes).ToString("o");

    [Fact]
    public void a_mail_tells_numbers_of_what_its_reader_chose()
    {
        var waits = new Reminders.Waiting(Guid.NewGuid(), 2, 3, 1, 0, 4, 0, ["followUps", "assigned"]);
        var mail = Reminders.Digest(waits).ShouldNotBeNull();
        mail.Text.ShouldBe("待跟进客户 5 个，其中 2 个已逾期\n\ncustomers to follow up: 5, of which overdue: 2\n");
        Reminders.Digest(waits with { FollowUps = 0, FollowUpsLate = 0, Assigned = 7 })!.Text.ShouldBe("他人新分配给您的记录 7 条\n\nnewly given to you by others: 7\n");
        Reminders.Digest(waits with { Mail = [] }).ShouldBeNull();
        Reminders.Digest(waits with { FollowUps = 0, FollowUpsLate = 0 }).ShouldBeNull();
    }

    [Fact]
    public async Task everybody_is_told_once_of_everything_that_is_his()
    {
        await using var mails = new MailServer();
        await using var app = new CrmApp(postgres) { Settings = ["--Crm:Smtp:Host=127.0.0.1", $"--Crm:Smtp:Port={mails.Port}", "--Crm:Smtp:From=crm@example.com", "--Crm:Smtp:Tls=false", "--Crm:PublicUrl=https://crm.example.com"] };
        await app.InitializeAsync();
        var (admin, sales, quiet) = (await app.As("admin"), await app.Hire("told", "sales"), await app.Hire("quiet", "sales"));
        foreach (var name in new[] { "told", "quiet" }) (await admin.Patch($"users/{await app.UserId(name)}", new { email = $"{name}@example.com" })).Is(HttpStatusCode.OK);
        var today = app.Store.DayOf(DateTimeOffset.UtcNow);
        var customer = (await sales.Post("customers", new { kind = "person", name = "保密客户" })).Id;
        await sales.Post($"customers/{customer}/follow-ups", new { at = In(-30 * 24 * 60), method = "phone", summary = "x" });
        var planned = (await sales.Post("customers", new { kind = "company", name = "有约客户" })).Id;
        await sales.Post($"customers/{planned}/follow-ups", new { at = In(-60), method = "phone", summary = "x", next = new { at = In(-2), goal = "回访" } });
        var contact = (await sales.Post($"customers/{planned}/contacts", new { name = "寿星", birthday = today.AddDays(3).AddYears(-40).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) })).Id;
        var task = (await sales.Post("tasks", new { title = "保密任务", dueDate = today.AddDays(-1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) })).Id;
        await quiet.Post("tasks", new { title = "今天", dueDate = today.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) });
        (await quiet.Put("notifications/preferences", new { mail = Array.Empty<string>() })).Is(HttpStatusCode.OK);
        (await quiet.Put("notifications/preferences", new { mail = new[] { "sms" } })).IsProblem(400, "invalid").Naming("body.mail[0]");
        (await sales.Get("notifications/preferences")).Is(HttpStatusCode.OK)["mail"]!.AsArray().Count.ShouldBe(4);
        await app.Settled();

        // Twice, as two nodes might.
        for (var i = 0; i < 2; i++) await Remind(app);
        var told = (await sales.Get("notifications")).Is(HttpStatusCode.OK);
        told.Column("kind").Order().ShouldBe(["birthday", "day", "followUp"]);
        var rows = told.Json["data"]!.AsArray();
        var day = rows.Single(n => n!["kind"]!.ToString() == "day")!;
        (day["overdue"]!.GetValue<int>(), day["today"]!.GetValue<int>()).ShouldBe((2, 1));
        var birthday = rows.Single(n => n!["kind"]!.ToString() == "birthday")!;
        (birthday["customerName"]!.ToString(), birthday["contactId"]!.GetValue<Guid>()).ShouldBe(("有约客户", contact));
        (await sales.Get("notifications/unread"))["unread"]!.GetValue<int>().ShouldBe(3);
        (await sales.Post("notifications/read", new { ids = new[] { birthday["id"]!.GetValue<Guid>() } })).Is(HttpStatusCode.OK);
        (await sales.Get("notifications/unread"))["unread"]!.GetValue<int>().ShouldBe(2);
        (await sales.Get("notifications?filter=readAt=null")).Column("kind").Order().ShouldBe(["day", "followUp"]);
        (await quiet.Post("notifications/read", new { ids = rows.Select(n => n!["id"]!.GetValue<Guid>()).ToArray() })).Is(HttpStatusCode.OK);
        (await sales.Get("notifications/unread"))["unread"]!.GetValue<int>().ShouldBe(2, "nobody reads for another");
        (await sales.Post("notifications/read", new { })).Is(HttpStatusCode.OK);
        (await sales.Get("notifications/unread"))["unread"]!.GetValue<int>().ShouldBe(0);

        // Gone to somebody else, the name is not told any more.
        (await admin.Post($"customers/{planned}/owner", new { ownerId = await app.UserId("quiet") })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await sales.Get("notifications")).Text.ShouldNotContain("有约客户");

        // One mail to whoever wants one, with numbers only.
        await Wait.Until(() => Task.FromResult(!mails.Mails.IsEmpty));
        mails.Mails.Count(m => m.Contains("told@example.com", StringComparison.Ordinal)).ShouldBe(1);
        mails.Mails.Any(m => m.Contains("quiet@example.com", StringComparison.Ordinal)).ShouldBeFalse();
        mails.Mails.ShouldAllBe(m => !m.Contains("保密") && !m.Contains("5L+d5a+G"));
        _ = task;
    }

    private static async Task Remind(CrmApp app)
    {
        var bus = app.Services.GetRequiredService<MessageBus>();
        // The mail of a morning is one message: what is sent again under its identity is not sent.
        await bus.SendAsync(new RemindOfTimes(), new EventContext("", "recurring"), Guid.Parse("01900000-0000-7000-8000-0000000000a1"));
        await bus.SendAsync(new RemindOfDay(), new EventContext("", "recurring"), Guid.Parse("01900000-0000-7000-8000-0000000000a2"));
        await bus.SendAsync(new RemindOfTimes(), new EventContext("", "recurring"));
        await Wait.Until(async () =>
        {
            await using var left = app.Store.DataSource.CreateCommand("select count(*) from messaging.wolverine_incoming_envelopes where received_at = 'reminders' and status <> 'Handled'");
            return (long)(await left.ExecuteScalarAsync())! == 0;
        });
    }
}
