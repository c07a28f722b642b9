namespace Crm.Benchmarks;

/// <summary>One round of one workload.</summary>
internal sealed record Row(Workload Workload, Measurement Ours, Measurement Yardstick);

internal static class Report
{
    /// <summary>The table: medians of the rounds; the ratio is the median of the rounds' ratios.</summary>
    public static void Print(IReadOnlyList<Row> rows, BenchOptions options, TextWriter output)
    {
        string[] head = ["workload", "", "rate", "p50 ms", "p99 ms", "yardstick", "its rate", "ratio", "Marten's", "factor"];
        List<string[]> lines = [head, .. rows.GroupBy(r => r.Workload.Name).Select(g => Line([.. g], options))];
        var widths = Enumerable.Range(0, head.Length).Select(c => lines.Max(l => l[c].Length)).ToArray();
        output.WriteLine();
        foreach (var line in lines)
            output.WriteLine(string.Join("  ", line.Select((cell, c) => c is 0 or 1 or 5 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        output.WriteLine();
        output.WriteLine($"Medians of {options.Rounds} rounds of {options.Measured.TotalSeconds:0.#} s after {options.WarmUp.TotalSeconds:0.#} s of warm-up, each on a fresh database. Ratio: rate to yardstick, both from the same round.");
        output.WriteLine("Marten's: ratio of Marten 9.29, tuned, to the same yardstick on another machine; factor: our ratio to it. Differences under 10 % mean nothing.");
    }

    private static string[] Line(Row[] rounds, BenchOptions options)
    {
        var workload = rounds[0].Workload;
        var ratio = Measuring.Median(rounds.Select(r => r.Ours.Rate / r.Yardstick.Rate));
        var marten = workload.MartenEvents == 0 || workload.MartenEvents == options.Events ? workload.Marten : null;
        return
        [
            workload.Name, workload.Text, $"{Measuring.Median(rounds.Select(r => r.Ours.Rate)):N0}{workload.Unit}",
            Milliseconds(rounds.Select(r => r.Ours.P50)), Milliseconds(rounds.Select(r => r.Ours.P99)),
            workload.YardstickText, $"{Measuring.Median(rounds.Select(r => r.Yardstick.Rate)):N0}/s", $"{ratio:0.00}",
            marten is { } m ? $"{m:0.00}" : "–", marten is { } n ? $"{ratio / n:0.0}×" : "–",
        ];
    }

    private static string Milliseconds(IEnumerable<TimeSpan?> values) => values.OfType<TimeSpan>().ToArray() is { Length: > 0 } some ? $"{Measuring.Median(some).TotalMilliseconds:0.00}" : "–";
}
