namespace Crm.Benchmarks;

/// <summary>One row of the table.</summary>
/// <param name="Name">How it is asked for.</param>
/// <param name="Text">What is done.</param>
/// <param name="YardstickText">Against what.</param>
/// <param name="Yardstick">Key of the yardstick; rows with the same key share its run in a round.</param>
/// <param name="MeasureYardstick">Runs the yardstick.</param>
/// <param name="Measure">Runs the workload, and checks its result.</param>
internal sealed record Workload(string Name, string Text, string YardstickText, string Yardstick, Func<Bench, Task<Measurement>> MeasureYardstick, Func<Bench, Task<Measurement>> Measure)
{
    /// <summary>Ratio to the same yardstick that Marten 9.29, tuned, reached on this workload; null where the workload was not the same.</summary>
    public double? Marten { get; init; }

    /// <summary>With how many events of a catch-up Marten was measured; 0 where their number does not matter.</summary>
    public int MartenEvents { get; init; }

    /// <summary>What one operation is.</summary>
    public string Unit { get; init; } = "/s";
}
