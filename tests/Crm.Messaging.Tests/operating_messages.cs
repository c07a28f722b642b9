using System.Net;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Messaging.Tests;

/// <summary>The operator's routes on the whole application.</summary>
public sealed class operating_messages(CrmApp app) : IClassFixture<CrmApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task queues_are_listed_with_their_kind()
    {
        var queues = (await (await app.As("admin")).Get("operations/queues")).Is(HttpStatusCode.OK).Json["data"]!.AsArray();
        var mine = queues.Single(q => q!["name"]!.ToString() == "http")!;
        mine["external"]!.GetValue<bool>().ShouldBeTrue();
        mine["ordered"]!.GetValue<bool>().ShouldBeFalse();
        foreach (var member in (string[])["waiting", "scheduled", "running", "oldestSeconds", "deadLetters", "handledPerMinute"]) mine.AsObject().ContainsKey(member).ShouldBeTrue(member);
    }

    [Fact]
    public async Task a_recurring_message_is_sent_by_hand_and_has_its_times()
    {
        var admin = await app.As("admin");
        await Eventually(async () => (await admin.Get("operations/recurring")).Json["data"]!.AsArray().All(r => r!["nextFireAt"] is not null), "every recurring message has its next time");
        (await admin.Post("operations/recurring/remove-handled-messages/run")).Is(HttpStatusCode.NoContent);
        (await admin.Post("operations/recurring/nothing-of-the-kind/run")).IsProblem(404, "not_found");
        await Eventually(async () => await Count("select count(*) from messaging.wolverine_incoming_envelopes where message_type = 'remove_handled_messages' and status = 'Handled'") > 0, "it is handled");
        (await Count("select count(*) from events.mt_events where type = 'recurring_message_run'")).ShouldBe(1);
    }

    [Fact]
    public async Task a_dead_letter_is_listed_inspected_replayed_and_discarded()
    {
        var admin = await app.As("admin");
        var bus = app.Services.GetRequiredService<MessageBus>();
        var id = await bus.SendAsync(new PostJson(new Uri("http://127.0.0.1:9/"), System.Text.Json.JsonSerializer.SerializeToElement(new { phone = "13800138000" })), new EventContext("me", "test"), ct: Ct);
        await Eventually(async () => (await Dead(admin)).Count == 1, "the receiver's address is refused");
        var dead = (await Dead(admin))[0]!;
        dead["exceptionType"]!.ToString().ShouldBe("MessageException");
        dead["replayable"]!.GetValue<bool>().ShouldBeTrue();
        dead["attempts"]!.GetValue<int>().ShouldBe(1);
        dead.AsObject()["body"].ShouldBeNull();
        (await admin.Get("operations/dead-letters/" + id)).Is(HttpStatusCode.OK).Text.ShouldContain("138****8000", customMessage: "whoever looks sees what it is about and not whom");
        (await Count("select count(*) from messaging.wolverine_dead_letters where position('13800138000'::bytea in body) > 0")).ShouldBe(0);
        (await (await app.As("manager")).Get("operations/dead-letters/" + id)).Status.ShouldBe(HttpStatusCode.Forbidden);

        (await admin.Post($"operations/dead-letters/{id}/replay")).Is(HttpStatusCode.NoContent);
        await Eventually(async () => (await Dead(admin)) is [{ } again] && again["failedAt"]!.ToString() != dead["failedAt"]!.ToString(), "it failed again");
        (await admin.Post("operations/dead-letters/discard", new { queue = "http", reason = "The receiver is gone." })).Is(HttpStatusCode.OK)["count"]!.GetValue<int>().ShouldBe(1);
        (await Dead(admin)).Count.ShouldBe(0);
        (await admin.Post($"operations/dead-letters/{id}/discard")).IsProblem(404, "not_found");
        (await admin.Post("operations/dead-letters/replay", new { })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Count("select count(*) from events.mt_events where type in ('dead_letters_replayed', 'dead_letters_discarded') and user_name <> ''")).ShouldBe(2);
        (await Count("select count(*) from events.mt_events where type = 'dead_letters_discarded' and headers ->> 'reason' = 'The receiver is gone.'")).ShouldBe(1);
    }

    [Fact]
    public async Task a_scheduled_message_is_listed_and_cancelled()
    {
        var admin = await app.As("admin");
        var bus = app.Services.GetRequiredService<MessageBus>();
        var id = await bus.ScheduleAsync(new PostJson(new Uri("http://example.org/"), System.Text.Json.JsonSerializer.SerializeToElement(1)), TimeSpan.FromHours(1), new EventContext("me", "test"), ct: Ct);
        (await admin.Get("operations/messages?status=scheduled")).Is(HttpStatusCode.OK).Column("id").ShouldContain(id.ToString());
        (await (await app.As("manager")).Post($"operations/messages/{id}/cancel")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await admin.Post($"operations/messages/{id}/cancel")).Is(HttpStatusCode.NoContent);
        (await admin.Post($"operations/messages/{id}/cancel")).IsProblem(404, "not_found");
        (await admin.Get("operations/messages?status=running")).IsProblem(400, "unknown_value");
        (await admin.Get("operations/messages?cursor=x")).IsProblem(400, "invalid_cursor");
    }

    private static async Task<JsonArray> Dead(Api api) => (await api.Get("operations/dead-letters?queue=http")).Is(HttpStatusCode.OK).Json["data"]!.AsArray();

    private async Task<long> Count(string sql)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    private static Task Eventually(Func<Task<bool>> condition, string what) => MessagingTest.Eventually(condition, what);
}
