using Crm.EventStore;

namespace Crm.Benchmarks;

/// <summary>The daemon folding a log that is there.</summary>
internal static class CatchingUp
{
    public static IEnumerable<Workload> All =>
    [
        Of("E1", "documents and every past state", false, () => new Profiles(), Profiles, 0.58, 1.5),
        Of("E2", "documents and every past state, streams interleaved", true, () => new Profiles(), Profiles, 0.16, 1.0),
        Of("E3", "a counting table of 10 rows, streams interleaved", true, () => new Funnel(), Funnel, 0.78, 2.5),
    ];

    /// <summary>Starts a daemon with one projection and waits until it has folded the log.</summary>
    public static async Task Run(Bench bench, Projection projection)
    {
        var store = bench.Store(projection);
        await store.Daemon.StartAsync(CancellationToken.None);
        try
        {
            if (!await store.Daemon.CatchUpAsync(TimeSpan.FromMinutes(30))) throw new InvalidOperationException($"The projection stopped: {store.Daemon.Status[0].Error}");
        }
        finally
        {
            await store.Daemon.StopAsync(CancellationToken.None);
        }
    }

    private static Workload Of(string name, string text, bool interleaved, Func<Projection> projection, Func<Bench, int, Task> check, double marten, double target) => new(
        name, $"catch up {text}", new Yardstick("copy", "COPY of as many rows", bench => bench.Copy(bench.Options.Events)),
        async bench =>
        {
            var events = bench.Options.Events;
            await bench.Fill(events / 10, 10, interleaved);
            var measured = await Measuring.Pass(events, () => Run(bench, projection()));
            await check(bench, events);
            return measured;
        })
    { Unit = " events/s", Marten = marten, Target = target, AtEvents = 1_000_000 };

    private static async Task Profiles(Bench bench, int events)
    {
        Bench.Check(await bench.Scalar<long>("select count(*) from bench.profiles"), events / 10, "documents");
        Bench.Check(await bench.Scalar<decimal>("select sum(version) from bench.profiles"), events, "versions of the documents");
        Bench.Check(await bench.Scalar<long>("select count(*) from bench.profiles_states"), events, "past states");
    }

    private static async Task Funnel(Bench bench, int events) =>
        Bench.Check(await bench.Scalar<decimal>("select sum(entered) from bench.funnel"), events / 10 * 3, "entries into stages");
}
