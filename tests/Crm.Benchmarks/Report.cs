namespace Crm.Benchmarks;

/// <summary>One round of one workload.</summary>
internal sealed record Row(Workload Workload, Measurement Ours, Measurement? Yardstick);

internal static class Report
{
    private static readonly string[] Head = ["", "workload", "rate", "p50 ms", "p99 ms", "bytes/op", "yardstick", "its rate", "ratio", "Marten's", "factor", "to reach", "verdict"];

    /// <summary>The table: medians of the rounds; the ratio is the median of the rounds' ratios.</summary>
    public static void Print(IReadOnlyList<Row> rows, BenchOptions options, TextWriter output)
    {
        List<string[]> lines = [Head, .. rows.GroupBy(r => r.Workload.Name).Select(g => Line([.. g], options))];
        var widths = Enumerable.Range(0, Head.Length).Select(c => lines.Max(l => l[c].Length)).ToArray();
        output.WriteLine();
        foreach (var line in lines)
            output.WriteLine(string.Join("  ", line.Select((cell, c) => c is 0 or 1 or 6 or 12 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        output.WriteLine();
        output.WriteLine($"Medians of {options.Rounds} rounds of {options.Measured.TotalSeconds:0.#} s after {options.WarmUp.TotalSeconds:0.#} s of warm-up, each on a fresh database. Ratio: rate to yardstick, both from the same round.");
        output.WriteLine("Marten's: ratio of Marten 9.29, tuned, to the same yardstick on another machine; factor: our ratio to it. Differences under 10 % mean nothing.");
    }

    private static string[] Line(Row[] rounds, BenchOptions options)
    {
        var workload = rounds[0].Workload;
        var comparable = workload.AtEvents == 0 || workload.AtEvents == options.Events;
        var (marten, target) = comparable ? (workload.Marten, workload.Target) : (null, null);
        var (p50, p99) = (Milliseconds(rounds.Select(r => r.Ours.P50)), Milliseconds(rounds.Select(r => r.Ours.P99)));
        double? yardstick = workload.Yardstick is null ? null : Measuring.Median(rounds.Select(r => r.Yardstick!.Rate));
        double? ratio = workload.Yardstick is null ? null : Measuring.Median(rounds.Select(r => r.Ours.Rate / r.Yardstick!.Rate));
        return
        [
            workload.Name, workload.Text, $"{Measuring.Median(rounds.Select(r => r.Ours.Rate)):N0}{workload.Unit}", Number(p50), Number(p99),
            rounds[0].Ours.Allocated is null ? "–" : $"{Measuring.Median(rounds.Select(r => r.Ours.Allocated!.Value)):N0}",
            workload.Yardstick?.Text ?? "–", yardstick is { } y ? $"{y:N0}/s" : "–", Number(ratio), Number(marten), ratio / marten is { } f ? $"{f:0.0}×" : "–",
            workload.Limit is { } limit ? $"p50 {limit.P50:0.#}, p99 {limit.P99:0.#}" : Number(target),
            workload.Limit is { } l ? (p50 <= l.P50 && p99 <= l.P99 ? "reached" : "missed")
                : target is null && marten is null ? "–"
                : ratio <= marten ? "behind Marten"
                : ratio < target ? "ahead of Marten, target missed"
                : "reached",
        ];
    }

    private static double? Milliseconds(IEnumerable<TimeSpan?> values) => values.OfType<TimeSpan>().ToArray() is { Length: > 0 } some ? Measuring.Median(some).TotalMilliseconds : null;

    private static string Number(double? value) => value is { } number ? $"{number:0.00}" : "–";
}
