using System.Collections.Concurrent;
using System.Diagnostics;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Messaging.Tests;

public sealed class queues_under_load(PostgresFixture postgres) : MessagingTest(postgres)
{
    [Fact]
    public async Task an_ordered_queue_keeps_its_order_on_two_nodes_of_which_one_dies()
    {
        var sender = Open(Ordered("sender"));
        var first = await Start(Ordered("first"), "first");
        await Start(Ordered("second"), "second");
        for (var i = 0; i < 400; i++)
        {
            await sender.Bus.SendAsync(new Note(i), Somebody, ct: Ct);
            if (i == 150) await first.StopAsync();
            if (i == 250) await Execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'second'");
        }
        await Drained();
        (await Scalar<int[]>("select array_agg(number order by position) from public.notes")).ShouldBe(Enumerable.Range(0, 400));
    }

    [Fact]
    public async Task a_message_that_waits_to_be_tried_again_holds_up_an_ordered_queue()
    {
        Clock.Set(new DateTimeOffset(2026, 3, 16, 4, 0, 0, TimeSpan.Zero));
        var failed = 0;
        var messaging = new MessagingOptions();
        messaging.Queue("notes", ordered: true).Handle<Note>((m, context) => m.Number == 1 && context.Attempt == 1 && Interlocked.Increment(ref failed) > 0 ? throw new TimeoutException() : Write(m, "one"));
        var node = await Start(messaging);
        for (var i = 0; i < 4; i++) await node.Bus.SendAsync(new Note(i), Somebody, ct: Ct);
        await Eventually(async () => await Count("messaging.wolverine_incoming_envelopes where attempts = 1 and status <> 'Handled'") == 1, "the second waits");
        (await Count("public.notes")).ShouldBe(1);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await Drained();
        (await Scalar<int[]>("select array_agg(number order by position) from public.notes")).ShouldBe([0, 1, 2, 3]);
    }

    [Fact]
    public async Task a_scheduled_message_is_handled_when_it_is_due_and_not_before()
    {
        Clock.Set(new DateTimeOffset(2026, 3, 16, 4, 0, 0, TimeSpan.Zero));
        var node = await Start(Ordered("one", ordered: false));
        var id = await node.Bus.ScheduleAsync(new Note(1), TimeSpan.FromMinutes(1), Somebody, ct: Ct);
        await node.Bus.SendAsync(new Note(2), Somebody, ct: Ct);
        await Eventually(async () => await Count("public.notes") == 1, "the other one is handled");
        (await node.Queries.MessagesAsync(true, null, null, 10, Ct)).ShouldHaveSingleItem().Id.ShouldBe(id);
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Drained();
        (await Count("public.notes")).ShouldBe(2);
    }

    [Fact]
    public async Task scheduling_and_cancelling_race_and_one_of_both_happens()
    {
        var node = await Start(Ordered("one", ordered: false));
        var cancelled = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct }, async (i, ct) =>
        {
            var id = await node.Bus.ScheduleAsync(new Note(i), TimeSpan.FromMilliseconds(i % 40), Somebody, ct: ct);
            if (await node.Bus.CancelAsync(id, ct)) cancelled.Add(i);
        });
        await Drained();
        var handled = await Scalar<int[]>("select coalesce(array_agg(number), '{}') from public.notes");
        handled.Concat(cancelled).Order().ShouldBe(Enumerable.Range(0, 200));
    }

    [Fact, Trait("Category", "Long")]
    public async Task a_hundred_thousand_messages_drain_while_another_queue_keeps_its_pace()
    {
        const int Many = 100_000;
        var messaging = new MessagingOptions();
        messaging.Queue("bulk").With(parallelism: 2, batchSize: 200).Handle<Note>((m, _) => Effects.Nothing);
        messaging.Queue("quick").Handle<AddCoin>((m, _) => [Effects.Sql($"insert into public.notes (number, node) values (1, 'quick')")]);
        var node = Open(messaging);
        for (var page = 0; page < Many / 5_000; page++)
        {
            await using var session = node.Store.OpenSession(Somebody);
            node.Bus.Enlist(session, [.. Enumerable.Range(0, 5_000).SelectMany(i => node.Bus.Envelopes(new Note(i), Somebody, null, null, true))]);
            await session.SaveChangesAsync(Ct);
        }
        var began = Stopwatch.GetTimestamp();
        await node.StartAsync();
        var waits = new List<double>();
        while (await Count("messaging.wolverine_incoming_envelopes where status <> 'Handled' and received_at = 'bulk'") > 0)
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(2));
            var (sent, before) = (Stopwatch.GetTimestamp(), await Count("public.notes"));
            await node.Bus.SendAsync(new AddCoin(Guid.Empty, "now"), Somebody, ct: Ct);
            await Eventually(async () => await Count("public.notes") > before, "the other queue goes on");
            waits.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }
        var rate = Many / Stopwatch.GetElapsedTime(began).TotalSeconds;
        waits.Sort();
        TestContext.Current.SendDiagnosticMessage($"{rate:0} messages/s; the other queue: median {waits[waits.Count / 2]:0} ms, 95 of 100 within {waits[waits.Count * 95 / 100]:0} ms, {waits.Count} messages");
        // One after the other, on a machine that is as slow for them as it is for the bulk.
        waits.Count.ShouldBeGreaterThan(20);
        (await Count("messaging.wolverine_incoming_envelopes where status = 'Handled' and received_at = 'bulk'")).ShouldBe(Many);
    }

    [Fact]
    public async Task events_become_messages_once_in_the_order_of_the_log()
    {
        var messaging = new MessagingOptions();
        messaging.Queue("notes", ordered: true).Handle<Note>((m, _) => Write(m, "one"));
        EventForwarding Forwarding() => new EventForwarding("coins", messaging, startAfter: 0).On<CoinAdded>((e, _) => [new Note(int.Parse(e.Coin, null))]);
        var node = Open(messaging, "node", Forwarding());
        var purse = Guid.CreateVersion7();
        for (var i = 0; i < 50; i++)
        {
            await using var session = node.Store.OpenSession(Somebody);
            session.Append<Purse>(purse, i * 3, [new CoinAdded($"{3 * i}"), new CoinAdded($"{3 * i + 1}"), new CoinAdded($"{3 * i + 2}")]);
            await session.SaveChangesAsync(Ct);
        }
        await node.StartAsync();
        await Eventually(async () => await Count("public.notes") == 150, "every event has become a message");
        (await Scalar<int[]>("select array_agg(number order by position) from public.notes")).ShouldBe(Enumerable.Range(0, 150));
        await node.StopAsync();

        // Even a position that is set back sends nothing twice.
        await Execute("update events.mt_event_progression set last_seq_id = 0 where name = 'coins:All'");
        var again = await Start(messaging, "again", Forwarding());
        await Eventually(async () => await Scalar<long>("select last_seq_id from events.mt_event_progression where name = 'coins:All'") == 150, "the log is read again");
        await Drained();
        (await Count("public.notes")).ShouldBe(150);
        await Eventually(() => Task.FromResult(again.Store.Daemon.Status.Single().Position == 150), "the node knows its position");
    }

    private static MessagingOptions Ordered(string node, bool ordered = true)
    {
        var messaging = new MessagingOptions();
        messaging.Queue("notes", ordered).With(batchSize: 7).Handle<Note>((m, _) => Write(m, node));
        return messaging;
    }

    private static Effects Write(Note m, string node) => [Effects.Sql($"insert into public.notes (number, node) values ({m.Number}, {node})")];
}
