using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Messaging.Tests;

public sealed class external_effects(PostgresFixture postgres) : MessagingTest(postgres)
{
    private static readonly JsonElement Body = JsonSerializer.SerializeToElement(new { number = 1 });

    [Fact]
    public async Task a_receiver_sees_one_effect_although_its_answer_was_lost()
    {
        Clock.Set(new DateTimeOffset(2026, 3, 16, 4, 0, 0, TimeSpan.Zero));
        await using var receiver = await HttpReceiver.StartAsync();
        receiver.Answers.Enqueue(503);
        var node = await Start(Http());
        var id = await node.Bus.SendAsync(new PostJson(receiver.Address, Body), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_incoming_envelopes where attempts = 1 and status = 'Scheduled'") == 1, "it waits to be tried again");
        Clock.Advance(TimeSpan.FromSeconds(5));
        await Drained();
        receiver.Requests.ShouldBe([id.ToString(), id.ToString()]);
        receiver.Effects.ShouldHaveSingleItem().Value.ShouldBe("""{"number":1}""");
    }

    [Fact]
    public async Task a_node_that_goes_in_the_middle_of_a_call_leaves_the_message_to_another_under_the_same_identity()
    {
        Clock.Set(new DateTimeOffset(2026, 3, 16, 4, 0, 0, TimeSpan.Zero));
        await using var receiver = await HttpReceiver.StartAsync();
        receiver.Gate = new TaskCompletionSource();
        var first = await Start(Http(), "first");
        var id = await first.Bus.SendAsync(new PostJson(receiver.Address, Body), Somebody, ct: Ct);
        await Eventually(() => receiver.Requests.Count == 1, "the receiver has the request");
        await first.StopAsync();
        receiver.Gate.SetResult();
        receiver.Gate = null;

        await Start(Http(), "second");
        (await Count("messaging.wolverine_incoming_envelopes where status <> 'Handled' and attempts = 1")).ShouldBe(1, "the lease holds");
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Drained();
        receiver.Requests.ShouldBe([id.ToString(), id.ToString()]);
        receiver.Effects.Count.ShouldBe(1);
    }

    [Fact]
    public async Task a_refusal_of_the_receiver_is_final()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        receiver.Answers.Enqueue(422);
        var node = await Start(Http());
        await node.Bus.SendAsync(new PostJson(receiver.Address, Body), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_dead_letters") == 1, "it is a dead letter");
        (await Scalar<string>("select exception_message from messaging.wolverine_dead_letters")).ShouldBe("The receiver answered 422.");
    }

    [Fact]
    public async Task a_receiver_that_hangs_holds_up_nothing_but_its_own_queue()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        receiver.Gate = new TaskCompletionSource();
        var messaging = Http(TimeSpan.FromMinutes(5));
        messaging.Queue("purses").Handle<AddCoin, Purse>(m => m.Purse, (m, _, _) => [new CoinAdded(m.Coin)]);
        messaging.ExternalQueue("other").Handle<Note>((m, _) => [Effects.Sql($"insert into public.notes (number, node) values ({m.Number}, 'other')")]);
        var node = await Start(messaging);
        for (var i = 0; i < 20; i++) await node.Bus.SendAsync(new PostJson(receiver.Address, Body), Somebody, ct: Ct);
        await Eventually(() => receiver.Requests.Count == 4, "every worker of the queue hangs");
        var purse = Guid.CreateVersion7();
        for (var i = 0; i < 50; i++)
        {
            await node.Bus.SendAsync(new AddCoin(purse, $"{i}"), Somebody, ct: Ct);
            await node.Bus.SendAsync(new Note(i), Somebody, ct: Ct);
        }
        await Eventually(async () => await Count("events.mt_events") == 50 && await Count("public.notes") == 50, "the other queues go on");
        await Eventually(async () => await Count("pg_stat_activity where application_name = 'node' and state = 'idle in transaction'") == 0, "a call holds no transaction");
        receiver.Requests.Count.ShouldBe(4);
        node.Workers.Running("http").ShouldBe(4);
        receiver.Gate.SetResult();
        receiver.Gate = null;
        await Drained();
        receiver.Effects.Count.ShouldBe(20);
    }

    [Fact]
    public async Task a_receiver_that_takes_too_long_is_tried_again_later()
    {
        await using var receiver = await HttpReceiver.StartAsync();
        receiver.Gate = new TaskCompletionSource();
        var node = await Start(Http(TimeSpan.FromMilliseconds(200)));
        await node.Bus.SendAsync(new PostJson(receiver.Address, Body), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_incoming_envelopes where attempts = 1 and status = 'Scheduled'") == 1, "it waits to be tried again");
    }

    [Fact]
    public async Task a_mail_that_is_sent_again_has_the_same_identity()
    {
        Clock.Set(new DateTimeOffset(2026, 3, 16, 4, 0, 0, TimeSpan.Zero));
        await using var server = new MailServer();
        server.Answers.Enqueue("451 try again later");
        var messaging = new MessagingOptions().AddMail(new SmtpSettings { Host = "127.0.0.1", Port = server.Port, From = "crm@example.org", Tls = false });
        var node = await Start(messaging);
        var id = await node.Bus.SendAsync(new SendMail("li@example.org", "回访", "您好"), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_incoming_envelopes where attempts = 1 and status = 'Scheduled'") == 1, "it waits to be tried again");
        Clock.Advance(TimeSpan.FromSeconds(5));
        await Drained();
        server.Mails.Count.ShouldBe(2);
        server.Mails.Select(m => Regex.Match(m, "(?im)^Message-ID: *<([^@]*)@example.org>").Groups[1].Value).ShouldAllBe(x => x == id.ToString());
    }

    [Fact]
    public async Task a_mail_without_a_mail_address_is_a_dead_letter()
    {
        var node = await Start(new MessagingOptions().AddMail(new SmtpSettings { Host = "127.0.0.1", Port = 9, From = "crm@example.org" }));
        await node.Bus.SendAsync(new SendMail("13800138000", "x", "y"), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_dead_letters") == 1, "it is a dead letter");
        (await Scalar<string>("select exception_message from messaging.wolverine_dead_letters")).ShouldBe("The address is not a mail address.");
    }

    private static MessagingOptions Http(TimeSpan? timeout = null) => new MessagingOptions().AddHttp(["127.0.0.1"], timeout);
}
