using System.Text;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Messaging.Tests;

public sealed class failing_messages(PostgresFixture postgres) : MessagingTest(postgres)
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 16, 4, 0, 0, TimeSpan.Zero);
    private int attempts;
    private Exception? failure;

    [Fact]
    public async Task what_may_pass_by_itself_is_tried_again_after_5_s_30_s_5_min_and_30_min()
    {
        Clock.Set(Noon);
        failure = new TimeoutException();
        var node = await Start(Notes());
        await node.Bus.SendAsync(new Note(1), Somebody, ct: Ct);
        (int, TimeSpan)[] pauses = [(1, TimeSpan.FromSeconds(5)), (2, TimeSpan.FromSeconds(30)), (3, TimeSpan.FromMinutes(5)), (4, TimeSpan.FromMinutes(30))];
        foreach (var (attempt, pause) in pauses)
        {
            await Eventually(async () => await Count($"messaging.wolverine_incoming_envelopes where attempts = {attempt} and status = 'Scheduled'") == 1, $"attempt {attempt} is counted");
            (await Scalar<DateTime>("select execution_time from messaging.wolverine_incoming_envelopes")).ShouldBe((Clock.GetUtcNow() + pause).UtcDateTime);
            Clock.Advance(pause);
        }
        await Eventually(async () => await Count("messaging.wolverine_incoming_envelopes where attempts = 5 and status = 'Scheduled'") == 1, "the fifth attempt is counted");
        failure = null;
        Clock.Advance(TimeSpan.FromHours(2));
        await Drained();
        (await Count("public.notes")).ShouldBe(1);
    }

    [Fact]
    public async Task anything_else_is_a_dead_letter_at_once_that_says_nothing_personal()
    {
        failure = new ArgumentException("13800138000 is not a number");
        var node = await Start(Notes());
        var id = await node.Bus.SendAsync(new Note(1), Somebody, ct: Ct);
        await node.Bus.SendAsync(new Note(2), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_dead_letters") == 2, "both are dead letters");
        attempts.ShouldBeLessThanOrEqualTo(4, "a batch, then each alone");
        var dead = (await node.Queries.DeadLettersAsync(null, null, null, 10, Ct)).Single(d => d.Id == id);
        dead.ExceptionType.ShouldBe("ArgumentException");
        dead.ExceptionMessage.ShouldBe("");
        (dead.Queue, dead.MessageType, dead.Attempts, dead.Replayable).ShouldBe(("notes", "note", 1, true));
        (await node.Queries.DeadLetterAsync(id, Ct))!.Body!["data"]!["number"]!.GetValue<int>().ShouldBe(1);
        (await node.Queries.BacklogAsync(Ct)).DeadLetters.ShouldBe(2);
    }

    [Fact]
    public async Task a_policy_of_a_message_comes_before_that_of_its_queue()
    {
        Clock.Set(Noon);
        failure = new NotSupportedException();
        var messaging = new MessagingOptions();
        messaging.Queue("notes").With(retry: RetryPolicy.None).Handle<Note>(Write, RetryPolicy.Default.On<NotSupportedException>(TimeSpan.FromSeconds(1)));
        var node = await Start(messaging);
        await node.Bus.SendAsync(new Note(1), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_incoming_envelopes where attempts = 1 and status = 'Scheduled'") == 1, "it waits");
        Clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually(async () => await Count("messaging.wolverine_dead_letters where attempts = 2") == 1, "its pauses are used up");
    }

    [Fact]
    public async Task bodies_that_cannot_be_read_and_unknown_types_are_dead_letters()
    {
        await Insert("note", "{not json");
        await Insert("note", """{"data":{"number":"seven"}}""");
        await Insert("no_such_message", """{"data":{}}""");
        var node = await Start(Notes());
        await node.Bus.SendAsync(new Note(1), Somebody, ct: Ct);
        await Drained();
        (await Count("public.notes")).ShouldBe(1);
        (await node.Queries.DeadLettersAsync("notes", null, null, 10, Ct)).Select(d => (d.MessageType, d.ExceptionType, d.Replayable)).ShouldBe(
            [("note", "JsonReaderException", true), ("note", "JsonException", true), ("no_such_message", "UnknownMessageTypeException", false)], ignoreOrder: true);
    }

    [Fact]
    public async Task a_dead_letter_is_replayed_and_then_has_its_effect_once()
    {
        failure = new ArgumentException();
        var node = await Start(Notes());
        var id = await node.Bus.SendAsync(new Note(1), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_dead_letters") == 1, "it is a dead letter");
        failure = null;
        await node.Bus.SendAsync(new Note(1), Somebody, id, Ct);
        (await Count("messaging.wolverine_incoming_envelopes where status <> 'Handled'")).ShouldBe(0, "a repetition of a dead letter is no new message");

        (await node.Actions.ReplayAsync(new DeadLetterSelection([id]), Somebody with { Reason = "mended" }, Ct)).ShouldBe(1);
        await Eventually(async () => await Count("public.notes") == 1, "it is handled");
        await Drained();
        (await node.Actions.ReplayAsync(new DeadLetterSelection([id]), Somebody, Ct)).ShouldBe(0);
        (await Count("messaging.wolverine_dead_letters")).ShouldBe(0);
        var e = (await node.Store.Query.FetchStreamAsync(MessageIntervention.Stream, ct: Ct)).ShouldHaveSingleItem();
        e.Data.ShouldBeOfType<DeadLettersReplayed>().MessageIds.ShouldBe([id]);
        (e.Context.UserName, e.Context.Reason).ShouldBe(("somebody", "mended"));
    }

    [Fact]
    public async Task many_dead_letters_are_replayed_and_discarded_at_once()
    {
        failure = new ArgumentException();
        var node = await Start(Notes());
        await using (var session = node.Store.OpenSession(Somebody))
        {
            for (var i = 0; i < 1_100; i++) node.Bus.Send(session, new Note(i));
            await session.SaveChangesAsync(Ct);
        }
        await Eventually(async () => await Count("messaging.wolverine_dead_letters") == 1_100, "all are dead letters");
        (await node.Actions.DiscardAsync(new DeadLetterSelection([await Scalar<Guid>("select id from messaging.wolverine_dead_letters limit 1")]), Somebody, Ct)).ShouldBe(1);
        failure = null;
        (await node.Actions.ReplayAsync(new DeadLetterSelection(Queue: "notes"), Somebody, Ct)).ShouldBe(1_099);
        await Drained();
        (await Count("public.notes")).ShouldBe(1_099);
        (await Scalar<long>("select count(distinct number) from public.notes")).ShouldBe(1_099);
        (await Count("messaging.wolverine_dead_letters")).ShouldBe(0);
        (await Count("messaging.wolverine_incoming_envelopes where keep_until is null")).ShouldBe(0);
    }

    [Fact]
    public async Task handled_messages_are_forgotten_after_a_day_in_batches()
    {
        var node = await Start(Notes());
        await using (var session = node.Store.OpenSession(Somebody))
        {
            for (var i = 0; i < 250; i++) node.Bus.Send(session, new Note(i));
            await session.SaveChangesAsync(Ct);
        }
        await Drained();
        (await MessageCleanup.RunAsync(node.Store, 100, Ct)).ShouldBe(0);
        Clock.Advance(TimeSpan.FromHours(25));
        (await MessageCleanup.RunAsync(node.Store, 100, Ct)).ShouldBe(250);
        (await Count("messaging.wolverine_incoming_envelopes")).ShouldBe(0);
    }

    private MessagingOptions Notes()
    {
        var messaging = new MessagingOptions();
        messaging.Queue("notes").With(parallelism: 1).Handle<Note>(Write);
        return messaging;
    }

    private Effects Write(Note m, MessageContext context)
    {
        Interlocked.Increment(ref attempts);
        if (failure is { } e) throw e;
        return [Effects.Sql($"insert into public.notes (number, node) values ({m.Number}, {context.Queue})")];
    }

    private Task Insert(string type, string body) => Execute(
        $"insert into messaging.wolverine_incoming_envelopes (id, status, body, message_type, received_at) values ('{Guid.CreateVersion7()}', 'Incoming', decode('{Convert.ToHexString(Encoding.UTF8.GetBytes(body))}', 'hex'), '{type}', 'notes')");
}
