using System.Diagnostics;
using Crm.EventStore;

namespace Crm.Benchmarks;

/// <summary>A projection built beside the one that serves, from the request to the switch.</summary>
internal static class Rebuilding
{
    private const long Megabyte = 1024 * 1024;

    public static IEnumerable<Workload> All =>
    [
        Of("E1", "rebuild documents, the newest of each stream", false, () => new Profiles(states: false), Profiles, 0.58, 1.5),
        Of("E1s", "the same with every past state", false, () => new Profiles(), ProfilesAndStates, null, null),
        Of("E2", "rebuild documents, streams interleaved", true, () => new Profiles(states: false), Profiles, 0.16, 1.0),
        Of("E2s", "the same with every past state", true, () => new Profiles(), ProfilesAndStates, null, null),
        Of("E3", "rebuild a counting table of 10 rows, streams interleaved", true, () => new Funnel(), Funnel, 0.78, 2.5),
    ];

    private static Workload Of(string name, string text, bool interleaved, Func<Projection> projection, Func<Bench, int, Task> check, double? marten, double? target) => new(
        name, text, new Yardstick("copy", "COPY of as many rows", bench => bench.Copy(bench.Options.Events)),
        async bench =>
        {
            var events = bench.Options.Events;
            await bench.Fill(events / 10, 10, interleaved);
            var measured = await Run(bench, projection(), events);
            await check(bench, events);
            return measured;
        })
    { Unit = " events/s", Marten = marten, Target = target, AtEvents = 1_000_000 };

    private static async Task<Measurement> Run(Bench bench, Projection projection, int events)
    {
        // Something serves already, however little: what is measured is the building beside it.
        await bench.Execute($"insert into events.mt_event_progression (name, last_seq_id) select '{projection.ShardName}', max(seq_id) from events.mt_events");
        var store = bench.Store(projection);
        await store.Daemon.StartAsync(CancellationToken.None);
        try
        {
            while (store.Daemon.Status[0].State != ShardState.Running) await Task.Delay(10);
            GC.Collect();
            using var done = new CancellationTokenSource();
            var memory = Memory(done.Token);
            var measured = await Measuring.Pass(events, () => store.Daemon.RebuildAsync(projection.Name, "bench", "measured"));
            await done.CancelAsync();
            Flat(await memory);
            return measured;
        }
        finally
        {
            await store.Daemon.StopAsync(CancellationToken.None);
        }
    }

    /// <summary>What the process holds, every 50 ms: objects, and memory in all.</summary>
    private static async Task<List<(long Managed, long All)>> Memory(CancellationToken ct)
    {
        var samples = new List<(long, long)>();
        using var process = Process.GetCurrentProcess();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (true)
            {
                process.Refresh();
                samples.Add((GC.GetTotalMemory(false), process.WorkingSet64));
                await timer.WaitForNextTickAsync(ct);
            }
        }
        catch (OperationCanceledException)
        {
            return samples;
        }
    }

    /// <summary>However long the log, the memory is that of a few chunks: the end of the run holds no more than its beginning.</summary>
    private static void Flat(List<(long Managed, long All)> samples)
    {
        var half = samples.Count / 2;
        var (early, late) = (samples.Take(half).Max(s => s.All), samples.Skip(half).Max(s => s.All));
        var managed = samples.Max(s => s.Managed) - samples[0].Managed;
        Console.Error.WriteLine($"memory: {samples[0].All / Megabyte} MB before, {early / Megabyte} MB at most in the first half, {late / Megabyte} MB in the second; objects grew by at most {managed / Megabyte} MB");
        if (late - early > 96 * Megabyte) throw new InvalidOperationException($"The memory grows with the log: {early / Megabyte} MB, then {late / Megabyte} MB.");
        if (managed > 512 * Megabyte) throw new InvalidOperationException($"The objects took {managed / Megabyte} MB.");
    }

    private static async Task Profiles(Bench bench, int events)
    {
        Bench.Check(await bench.Scalar<long>("select count(*) from bench.profiles"), events / 10, "documents");
        Bench.Check(await bench.Scalar<decimal>("select sum(version) from bench.profiles"), events, "versions of the documents");
    }

    private static async Task ProfilesAndStates(Bench bench, int events)
    {
        await Profiles(bench, events);
        Bench.Check(await bench.Scalar<long>("select count(*) from bench.profiles_states"), events, "past states");
    }

    private static async Task Funnel(Bench bench, int events) =>
        Bench.Check(await bench.Scalar<decimal>("select sum(entered) from bench.funnel"), events / 10 * 3, "entries into stages");
}
