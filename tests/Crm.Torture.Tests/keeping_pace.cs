using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Shouldly;
using Xunit;

namespace Crm.Torture.Tests;

[Trait("Category", "Long")]
public sealed class keeping_pace(Server server)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(Torture.Of(2, 20));

    [Fact]
    public async Task while_a_projection_throws()
    {
        var database = await server.CreateDatabaseAsync();
        await server.ExecuteAsync(database, Poison.Schema);
        await using var node = new Node(server, database, Poison.ProjectionName);
        await node.StartAsync();
        var ledger = new Ledger();
        using var stop = new CancellationTokenSource();
        var token = await node.TokenAsync();
        var work = new Writers(ledger, _ => node.Address, token, "poison").RunAsync(8, stop.Token);
        await Pace.MeasureAsync(ledger, node, Span / 2);
        var undisturbed = await Pace.MeasureAsync(ledger, node, Span);

        await PoisonAsync(node, token);
        await Torture.Until("the projection is paused", async () => await StateAsync(node) == "paused");
        var disturbed = await Pace.MeasureAsync(ledger, node, Span, Poison.ProjectionName);
        var ready = await node.IsReadyAsync();
        var error = (await node.ProjectionsAsync())[Poison.ProjectionName]!["error"]!.ToString();
        await stop.CancelAsync();
        await work;

        var count = await ledger.CountAsync(server.To(database), "poison:");
        await Torture.Until("the others have caught up", async () => await node.LagAsync(Poison.ProjectionName) == 0);
        using var administrator = await Administrator.SignInAsync(node);
        await administrator.SkipAsync(Poison.ProjectionName);
        await Torture.Until("the projection goes on without the event", async () => await StateAsync(node) == "running" && await node.LagAsync() == 0);
        Torture.Report("a projection that throws under 8 writers", [.. Pace.Rows(undisturbed, disturbed), ("retried", ledger.Retried), .. count.Rows]);
        ledger.IsClean();
        count.IsExactlyOnce();
        ready.ShouldBeTrue();
        error.ShouldContain(nameof(InvalidOperationException));
        disturbed.Keeps(undisturbed);
    }

    [Fact]
    public async Task while_a_receiver_hangs_and_a_long_queue_is_worked_off()
    {
        var queued = Torture.Of(10_000, 100_000);
        var database = await server.CreateDatabaseAsync();
        await server.ExecuteAsync(database, Messages.Schema);
        await using var receiver = await Receiver.StartAsync();
        await using var node = new Node(server, database, Messages.Extra) { Receiver = receiver.Address };
        await node.StartAsync();
        var ledger = new Ledger();
        using var stop = new CancellationTokenSource();
        var work = new Writers(ledger, _ => node.Address, await node.TokenAsync(), "pace").RunAsync(8, stop.Token);
        await Pace.MeasureAsync(ledger, node, Span / 2);
        var undisturbed = await Pace.MeasureAsync(ledger, node, Span);

        receiver.Hangs = true;
        await Torture.Until("the receiver hangs", () => Task.FromResult(receiver.Hung > 0));
        var hanging = await Pace.MeasureAsync(ledger, node, Span);
        var notedBefore = await NotedAsync(database);
        await server.ExecuteAsync(database, $$$"""
            insert into messaging.wolverine_incoming_envelopes (id, status, body, message_type, received_at)
            select gen_random_uuid(), 'Incoming', convert_to('{"data": {"eventId": "' || gen_random_uuid() || '"}}', 'UTF8'), 'note_event', '{{{Messages.Queue}}}' from generate_series(1, {{{queued}}})
            """);
        var clock = Stopwatch.StartNew();
        var queueing = await Pace.MeasureAsync(ledger, node, Span);
        await Torture.Until("the queue is worked off", async () => await WaitingAsync(database) < 100);
        var rate = (await NotedAsync(database) - notedBefore) / clock.Elapsed.TotalSeconds;
        await stop.CancelAsync();
        await work;

        var count = await ledger.CountAsync(server.To(database), "pace:");
        await Torture.Until("the projections have caught up", async () => await node.LagAsync() == 0);
        await Torture.Until("the queue is empty", async () => await WaitingAsync(database) == 0);
        var kept = (await server.QueryAsync<long>(database, "select count(*) from messaging.wolverine_incoming_envelopes where received_at = 'http' and status <> 'Handled'"))[0];
        var events = (await server.QueryAsync<long>(database, $"select count(*) from events.mt_events where type in ({Messages.Types})"))[0];
        var noted = await NotedAsync(database);
        Torture.Report("a receiver that hangs under 8 writers",
            [.. Pace.Rows(undisturbed, hanging), ("calls left without an answer", receiver.Hung), ("messages taken before", receiver.Taken.Count), ("messages kept for later", kept), ("events that send messages", events)]);
        Torture.Report("a long queue besides",
            [.. Pace.Rows(undisturbed, queueing), ("messages queued", queued), ("handled a second", rate), ("effects in the database", noted), .. count.Rows]);
        ledger.IsClean();
        count.IsExactlyOnce();
        noted.ShouldBe(events + queued);
        // What hung is not lost: it waits for its next attempt.
        (kept + receiver.Taken.Count).ShouldBe(events);
        hanging.Keeps(undisturbed);
        queueing.Keeps(undisturbed);
    }

    private async Task<long> NotedAsync(string database) => (await server.QueryAsync<long>(database, "select count(*) from torture.noted"))[0];

    private async Task<long> WaitingAsync(string database) =>
        (await server.QueryAsync<long>(database, $"select count(*) from messaging.wolverine_incoming_envelopes where received_at = '{Messages.Queue}' and status <> 'Handled'"))[0];

    private static async Task<string?> StateAsync(Node node) => (await node.ProjectionsAsync())[Poison.ProjectionName]?["state"]?.ToString();

    private static async Task PoisonAsync(Node node, string token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Address, "/api/v1/customers"))
        {
            Content = JsonContent.Create(new { kind = "company", name = Poison.Customer }), Headers = { Authorization = new("Bearer", token) },
        };
        using var answer = await http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
    }
}

/// <summary>How quickly commands were answered for a while, and how far projections were behind.</summary>
/// <param name="PerSecond">Commands answered in a second.</param>
/// <param name="Median">Milliseconds within which half of them were answered.</param>
/// <param name="P99">Milliseconds within which 99 of 100 were answered.</param>
/// <param name="Lag">Events the slowest projection was behind at most.</param>
internal sealed record Pace(double PerSecond, double Median, double P99, long Lag)
{
    /// <summary>Watches the writers for a while.</summary>
    public static async Task<Pace> MeasureAsync(Ledger ledger, Node node, TimeSpan span, params string[] except)
    {
        var before = ledger.Milliseconds.Count;
        var lag = 0L;
        var clock = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (clock.Elapsed < span && await tick.WaitForNextTickAsync()) lag = Math.Max(lag, await node.LagAsync(except));
        var taken = ledger.Milliseconds.Skip(before).Order().ToList();
        return taken is []
            ? new(0, double.PositiveInfinity, double.PositiveInfinity, lag)
            : new(taken.Count / clock.Elapsed.TotalSeconds, taken[taken.Count / 2], taken[(int)(taken.Count * 0.99)], lag);
    }

    /// <summary>Rows of a table.</summary>
    public static (string, object)[] Rows(Pace undisturbed, Pace disturbed) =>
    [
        ("commands a second undisturbed", undisturbed.PerSecond), ("commands a second disturbed", disturbed.PerSecond), ("ratio", disturbed.PerSecond / undisturbed.PerSecond),
        ("p50 undisturbed, ms", undisturbed.Median), ("p50 disturbed, ms", disturbed.Median), ("p99 undisturbed, ms", undisturbed.P99), ("p99 disturbed, ms", disturbed.P99),
        ("lag of projections undisturbed, events at most", undisturbed.Lag), ("lag of the other projections disturbed, events at most", disturbed.Lag),
    ];

    /// <summary>Insists that the disturbance is hardly felt; the machine may be shared.</summary>
    public void Keeps(Pace undisturbed)
    {
        PerSecond.ShouldBeGreaterThan(undisturbed.PerSecond / 2);
        P99.ShouldBeLessThan(undisturbed.P99 * 4 + 100);
        // Two seconds' work: what the slowest projection may be behind without anybody noticing.
        Lag.ShouldBeLessThan((long)(2 * undisturbed.PerSecond) + 100);
    }
}
