using System.Diagnostics;
using System.Globalization;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Host;
using Shouldly;
using Xunit;

namespace Crm.Torture.Tests;

[Trait("Category", "Long")]
public sealed class a_busy_day(Server server)
{
    private const int PerCustomer = 10;

    [Fact]
    public async Task of_a_million_events_leaves_memory_steady_and_projections_close_behind()
    {
        var events = Torture.Of(20_000, 1_000_000);
        var database = await server.CreateDatabaseAsync();
        await using var node = new Node(server, database);
        await node.StartAsync();
        var ledger = new Ledger();
        using var stop = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();
        // People at the host, and what other systems write beside it.
        var people = new Writers(ledger, _ => node.Address, await node.TokenAsync(), "day").RunAsync(4, stop.Token);
        var systems = WriteAsync(database, events);
        var samples = new List<Sample>();
        var idle = 0;
        while (!systems.IsCompleted || idle++ < 1)
        {
            samples.Add(await SampleAsync(node));
            if (samples.Count % 15 == 0) Torture.Say($"{clock.Elapsed.TotalSeconds:0} s: {samples[^1]}");
            await Task.WhenAny(systems, Task.Delay(Torture.Of(500, 2_000)));
        }
        await systems;
        var written = clock.Elapsed;
        await stop.CancelAsync();
        await people;
        await Torture.Until("the projections have caught up", async () => await node.LagAsync() == 0);
        var caughtUp = clock.Elapsed;

        var count = await ledger.CountAsync(server.To(database), "day:");
        var total = (await server.QueryAsync<long>(database, "select count(*) from events.mt_events"))[0];
        // The first fifth warms up: caches fill and code is compiled.
        var steady = samples.Skip(samples.Count / 5).ToList();
        var (early, late) = (steady.Take(Math.Max(1, steady.Count / 4)).Max(s => s.Heap), steady.TakeLast(Math.Max(1, steady.Count / 4)).Max(s => s.Heap));
        var rate = total / written.TotalSeconds;
        var behind = samples.Max(s => s.Lag) / rate;
        Torture.Report("a busy day compressed",
            [
                ("events", total), ("seconds", written.TotalSeconds), ("events a second", rate), ("commands through the API", ledger.Acknowledged),
                ("lag at most, events", samples.Max(s => s.Lag)), ("lag at most, seconds of this day", behind), ("seconds until caught up", (caughtUp - written).TotalSeconds),
                ("heap after collections early, MB", early), ("heap after collections late, MB", late),
                ("working set at most, MB", samples.Max(s => s.WorkingSet)), .. count.Rows,
            ]);
        ledger.IsClean();
        count.IsExactlyOnce();
        late.ShouldBeLessThan(early * 1.5 + 64);
        samples.Max(s => s.WorkingSet).ShouldBeLessThan(1_500);
        behind.ShouldBeLessThan(Torture.Of(10, 30));
    }

    private sealed record Sample(long Lag, double Heap, double WorkingSet)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"lag {Lag}, heap {Heap:0} MB, working set {WorkingSet:0} MB");
    }

    private static async Task<Sample> SampleAsync(Node node)
    {
        var lag = await node.LagAsync();
        node.Process.Refresh();
        return new(lag, await node.FigureAsync("dotnet_gc_last_collection_heap_size_bytes") / 1e6, node.Process.WorkingSet64 / 1e6);
    }

    private async Task WriteAsync(string database, int events)
    {
        await using var source = CrmHost.OpenDatabase(server.To(database));
        var store = CrmHost.OpenStore(source, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"), TimeProvider.System, await PersonalSetup.OpenAsync(source, new MasterKeys(Node.MasterKey)));
        var left = events / PerCustomer;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) is >= 0 and var number) await WriteAsync(store, number);
        })));
    }

    /// <summary>A customer and what is done with it over the day.</summary>
    private static async Task WriteAsync(DocumentStore store, int number)
    {
        var context = new EventContext("torture", "api:torture");
        var id = Guid.CreateVersion7();
        var name = string.Create(CultureInfo.InvariantCulture, $"客户{number:000000}有限公司");
        await using (var first = store.OpenSession(context))
        {
            first.StartStream<Customer>(id, [new CustomerRegistered { Kind = CustomerKind.Company, Name = name, Lifecycle = CustomerLifecycle.Potential, Industry = "制造", Needs = "可靠" }]);
            await first.SaveChangesAsync();
        }
        for (var version = 1; version < PerCustomer; version += 3)
        {
            await using var session = store.OpenSession(context);
            session.Append<Customer>(id, version,
            [
                new CustomerDetailsChanged { Needs = string.Create(CultureInfo.InvariantCulture, $"第 {version} 次的需求") },
                new FollowUpLogged { FollowUpId = Guid.CreateVersion7(), At = session.Now, Method = FollowUpMethod.Phone, Summary = "电话回访，客户希望下周收到报价。" },
                new CustomerTagged(string.Create(CultureInfo.InvariantCulture, $"标签{version}")),
            ]);
            await session.SaveChangesAsync();
        }
    }

    /// <summary>Its name is all the log keeps of the product's own type.</summary>
    private sealed record Customer : Document, IAggregate<Customer>
    {
        public static Customer? Evolve(Customer? state, Event e) => state ?? new Customer();
    }
}
