using System.Collections.Concurrent;
using System.Diagnostics;
using Crm.EventStore;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Messaging.Tests;

public sealed class handling_messages(PostgresFixture postgres) : MessagingTest(postgres)
{
    private static readonly Guid Mine = Guid.Parse("01900000-0000-7000-8000-0000000000aa");

    [Fact]
    public async Task a_message_is_handled_with_its_effects_and_remembered()
    {
        var node = await Start(Purses());
        var id = await node.Bus.SendAsync(new AddCoin(Mine, "a"), Somebody, ct: Ct);
        await Drained();
        var e = (await node.Store.Query.FetchStreamAsync(Mine, ct: Ct)).ShouldHaveSingleItem();
        e.Data.ShouldBe(new CoinAdded("a"));
        e.Context.CausationId.ShouldBe(id.ToString());
        e.Context.CorrelationId.ShouldBe(Somebody.CorrelationId);
        e.Context.UserName.ShouldBe("somebody");
        (await Count($"messaging.wolverine_incoming_envelopes where id = '{id}' and status = 'Handled' and body = '' and keep_until > now()")).ShouldBe(1);
    }

    [Fact]
    public async Task the_same_message_twice_is_one_message()
    {
        var node = await Start(Purses());
        var id = Guid.CreateVersion7();
        await node.Bus.SendAsync(new AddCoin(Mine, "a"), Somebody, id, Ct);
        await Drained();
        await node.Bus.SendAsync(new AddCoin(Mine, "a"), Somebody, id, Ct);
        await Drained();
        (await node.Store.Query.FetchStreamAsync(Mine, ct: Ct)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task what_is_sent_in_a_session_is_sent_with_its_events_or_not_at_all()
    {
        var node = Open(Purses());
        await using (var lost = node.Store.OpenSession(Somebody))
        {
            lost.Append<Purse>(Mine, 7, [new CoinAdded("never")]);
            node.Bus.Send(lost, new AddCoin(Mine, "never"));
            await Should.ThrowAsync<ConcurrencyException>(() => lost.SaveChangesAsync(Ct));
        }
        (await Count("messaging.wolverine_incoming_envelopes")).ShouldBe(0);
        await using (var session = node.Store.OpenSession(Somebody))
        {
            session.Append<Purse>(Mine, 0, [new CoinAdded("a")]);
            node.Bus.Send(session, new AddCoin(Mine, "b"));
            await session.SaveChangesAsync(Ct);
        }
        (await Count("messaging.wolverine_incoming_envelopes where status = 'Incoming'")).ShouldBe(1);
        await node.StartAsync();
        await Drained();
        (await node.Store.Query.AggregateStreamAsync<Purse>(Mine, ct: Ct))!.Coins.ShouldBe(2);
    }

    [Fact]
    public async Task sending_demands_a_handler_and_publishing_does_not()
    {
        var node = Open(Purses());
        await Should.ThrowAsync<InvalidOperationException>(() => node.Bus.SendAsync(new Note(1), Somebody, ct: Ct));
        await node.Bus.PublishAsync(new Note(1), Somebody, ct: Ct);
        (await Count("messaging.wolverine_incoming_envelopes")).ShouldBe(0);
    }

    [Fact]
    public async Task a_published_message_reaches_every_queue_that_handles_it()
    {
        var messaging = new MessagingOptions();
        messaging.Queue("one").Handle<Note>(Write);
        messaging.Queue("two").Handle<Note>(Write);
        var node = await Start(messaging);
        await node.Bus.PublishAsync(new Note(1), Somebody, ct: Ct);
        await Drained();
        (await Count("public.notes")).ShouldBe(2);
    }

    [Fact]
    public async Task a_message_can_be_invoked_now_and_leaves_none_behind()
    {
        var node = Open(Purses());
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => node.Bus.InvokeAsync(new AddCoin(Mine, $"{i}"), Somebody, Ct)));
        (await node.Store.Query.AggregateStreamAsync<Purse>(Mine, ct: Ct))!.Coins.ShouldBe(3);
        (await Count("messaging.wolverine_incoming_envelopes")).ShouldBe(0);
    }

    [Fact]
    public async Task a_handler_returns_further_messages()
    {
        var messaging = Purses();
        messaging.Queue("notes").Handle<Note>((m, _) => [Effects.Send(new AddCoin(Mine, $"{m.Number}")), Effects.Sql($"insert into public.notes (number, node) values ({m.Number}, {""})")]);
        var node = await Start(messaging);
        await node.Bus.SendAsync(new Note(7), Somebody, ct: Ct);
        await Eventually(async () => await Count("events.mt_events") == 1, "the second message is handled");
        (await Count("public.notes")).ShouldBe(1);
    }

    [Fact]
    public async Task two_nodes_race_and_every_message_has_its_effect_once()
    {
        var purses = Enumerable.Range(0, 5).Select(_ => Guid.CreateVersion7()).ToArray();
        var sender = Open(Purses());
        await using (var session = sender.Store.OpenSession(Somebody))
        {
            for (var i = 0; i < 1_000; i++) sender.Bus.Send(session, new AddCoin(purses[i % 5], $"{i}"));
            await session.SaveChangesAsync(Ct);
        }
        await Start(Purses(q => q.With(parallelism: 3, batchSize: 20)), "first");
        await Start(Purses(q => q.With(parallelism: 3, batchSize: 20)), "second");
        await Drained();
        (await Count("messaging.wolverine_dead_letters")).ShouldBe(0);
        (await Count("events.mt_events")).ShouldBe(1_000);
        (await Scalar<long>("select count(distinct data ->> 'coin') from events.mt_events")).ShouldBe(1_000);
    }

    [Fact]
    public async Task connections_killed_in_the_middle_lose_and_double_nothing()
    {
        var messaging = new MessagingOptions();
        messaging.Queue("notes").With(parallelism: 3, batchSize: 10).Handle<Note>(Write);
        var node = Open(messaging, "victim");
        await using (var session = node.Store.OpenSession(Somebody))
        {
            for (var i = 0; i < 2_000; i++) node.Bus.Send(session, new Note(i));
            await session.SaveChangesAsync(Ct);
        }
        await node.StartAsync();
        for (var round = 0; round < 10; round++)
        {
            var reached = await Count("public.notes");
            await Execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim' and pid <> pg_backend_pid()");
            await Eventually(async () => await Count("public.notes") is var now && (now > reached || now == 2_000), "work goes on");
        }
        await Drained();
        (await Count("public.notes")).ShouldBe(2_000);
        (await Scalar<long>("select count(distinct number) from public.notes")).ShouldBe(2_000);
    }

    [Fact]
    public async Task a_handler_that_hangs_is_ended_and_its_queue_goes_on()
    {
        var messaging = new MessagingOptions();
        messaging.Queue("notes").With(parallelism: 1, timeout: TimeSpan.FromMilliseconds(200), retry: RetryPolicy.None)
            .Handle<Note>(async (m, scope, ct) =>
            {
                if (m.Number == 1) await Task.Delay(Timeout.Infinite, ct);
                return Write(m, scope.Context);
            });
        var node = await Start(messaging);
        await node.Bus.SendAsync(new Note(1), Somebody, ct: Ct);
        await node.Bus.SendAsync(new Note(2), Somebody, ct: Ct);
        await Drained();
        (await Count("public.notes where number = 2")).ShouldBe(1);
        (await Scalar<string>("select exception_type from messaging.wolverine_dead_letters")).ShouldBe("TimeoutException");
    }

    [Fact]
    public async Task a_message_continues_the_trace_of_its_sender()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = s => s.Name is "Crm.Messaging" or "test", Sample = (ref _) => ActivitySamplingResult.AllData, ActivityStopped = spans.Add };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("test");
        var node = await Start(Purses());
        Guid id;
        ActivityTraceId trace;
        using (var request = source.StartActivity("request"))
        {
            trace = request!.TraceId;
            id = await node.Bus.SendAsync(new AddCoin(Mine, "a"), Somebody, ct: Ct);
        }
        await Eventually(() => spans.Any(s => Equals(s.GetTagItem("messaging.message.id"), id.ToString())), "the message has a span");
        spans.Single(s => Equals(s.GetTagItem("messaging.message.id"), id.ToString())).TraceId.ShouldBe(trace);
    }

    private static Effects Write(Note m, MessageContext context) => [Effects.Sql($"insert into public.notes (number, node) values ({m.Number}, {context.Queue})")];
}
