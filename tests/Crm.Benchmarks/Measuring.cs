using System.Diagnostics;

namespace Crm.Benchmarks;

/// <summary>What one run gave.</summary>
/// <param name="Rate">Per second.</param>
/// <param name="P50">Median of one operation, or null where there is no single operation.</param>
/// <param name="P99">Its 99th percentile.</param>
/// <param name="Count">How many were done, warm-up included: what the check of the result compares with.</param>
/// <param name="Allocated">Bytes this process allocated for one operation, the database client's and the load's own included; null where it was not measured.</param>
internal sealed record Measurement(double Rate, TimeSpan? P50 = null, TimeSpan? P99 = null, long Count = 0, long? Allocated = null);

internal static class Measuring
{
    /// <summary>A closed loop: every worker begins its next operation when its last has ended.</summary>
    /// <param name="workers">How many.</param>
    /// <param name="options">How long to warm up and to measure.</param>
    /// <param name="prepare">Makes a worker's operation from the worker's number.</param>
    public static async Task<Measurement> ClosedLoop(int workers, BenchOptions options, Func<int, Task<Func<Task>>> prepare)
    {
        var operations = await Task.WhenAll(Enumerable.Range(0, workers).Select(prepare));
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var begin = Stopwatch.GetTimestamp();
        var from = begin + (long)(options.WarmUp.TotalSeconds * Stopwatch.Frequency);
        var to = from + (long)(options.Measured.TotalSeconds * Stopwatch.Frequency);
        var results = await Task.WhenAll(operations.Select(operation => Task.Run(async () =>
        {
            var latencies = new List<long>(100_000);
            var count = 0L;
            for (var start = Stopwatch.GetTimestamp(); start < to;)
            {
                await operation();
                count++;
                var end = Stopwatch.GetTimestamp();
                if (start >= from && end <= to) latencies.Add(end - start);
                start = end;
            }
            return (Latencies: latencies, Count: count);
        })));
        var all = results.SelectMany(r => r.Latencies).Order().ToArray();
        if (all.Length == 0) throw new InvalidOperationException("Nothing ended within the measured time: measure for longer.");
        var count = results.Sum(r => r.Count);
        return new Measurement(all.Length / options.Measured.TotalSeconds, At(all, 0.50), At(all, 0.99), count, (GC.GetTotalAllocatedBytes(precise: true) - allocated) / count);
    }

    /// <summary>What a load of its own making gave.</summary>
    public static Measurement Of(IEnumerable<long> latencies, TimeSpan measured)
    {
        var all = latencies.Order().ToArray();
        return new Measurement(all.Length / measured.TotalSeconds, At(all, 0.50), At(all, 0.99), all.Length);
    }

    /// <summary>One pass over a known number of items.</summary>
    public static async Task<Measurement> Pass(long items, Func<Task> pass)
    {
        var start = Stopwatch.GetTimestamp();
        await pass();
        return new Measurement(items / Stopwatch.GetElapsedTime(start).TotalSeconds, Count: items);
    }

    public static T Median<T>(IEnumerable<T> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static TimeSpan At(long[] sorted, double share) => Stopwatch.GetElapsedTime(0, sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * share)]);
}
