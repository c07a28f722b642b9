namespace Crm.Benchmarks;

/// <summary>What a rate is compared with, measured in the same round.</summary>
/// <param name="Key">Rows with the same key share one run in a round.</param>
/// <param name="Text">What is done.</param>
/// <param name="Measure">Runs it.</param>
internal sealed record Yardstick(string Key, string Text, Func<Bench, Task<Measurement>> Measure);

/// <summary>One row of the table.</summary>
/// <param name="Name">How it is asked for: a letter and what varies.</param>
/// <param name="Text">What is done.</param>
/// <param name="Yardstick">Against what; null where the latency counts.</param>
/// <param name="Measure">Runs the workload, and checks its result.</param>
internal sealed record Workload(string Name, string Text, Yardstick? Yardstick, Func<Bench, Task<Measurement>> Measure)
{
    /// <summary>Ratio to the same yardstick that Marten 9.29, tuned, reached on this workload; null where the workload was not the same.</summary>
    public double? Marten { get; init; }

    /// <summary>The ratio to reach.</summary>
    public double? Target { get; init; }

    /// <summary>The latencies to stay below, in milliseconds.</summary>
    public (double P50, double P99)? Limit { get; init; }

    /// <summary>The number of events that <see cref="Marten"/> and <see cref="Target"/> are meant for; 0 where it does not matter.</summary>
    public int AtEvents { get; init; }

    /// <summary>What one operation is.</summary>
    public string Unit { get; init; } = "/s";
}
