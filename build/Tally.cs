using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

namespace Crm.Build;

/// <summary>Counts of tests.</summary>
internal sealed record Tally(int Passed, int Failed, int Skipped)
{
    public static readonly Tally Nothing = new(0, 0, 0);

    /// <summary>A step that broke counts as one failure.</summary>
    public static readonly Tally Broken = new(0, 1, 0);

    public static Tally operator +(Tally a, Tally b) => new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped);

    /// <summary>Reads the report of a .NET test run.</summary>
    public static Tally OfTrx(string file)
    {
        var counters = XDocument.Load(file).Descendants().First(element => element.Name.LocalName == "Counters");
        int Count(string name) => int.Parse(counters.Attribute(name)!.Value, CultureInfo.InvariantCulture);
        // A run that was cut short reports errors, time-outs and aborts beside failures.
        var failed = Count("failed") + Count("error") + Count("timeout") + Count("aborted");
        return new(Count("passed"), failed, Count("total") - Count("passed") - failed);
    }

    /// <summary>Names of the tests that did not pass, each with the beginning of what it said, as the report of a .NET test run has them.</summary>
    public static IReadOnlyList<string> FailedOfTrx(string file) =>
    [
        .. XDocument.Load(file).Descendants().Where(element => element.Name.LocalName == "UnitTestResult")
            .Where(result => result.Attribute("outcome")?.Value is not ("Passed" or "NotExecuted"))
            .Select(result => string.Join("\n     ", result.Descendants().Where(element => element.Name.LocalName is "Message" or "StackTrace" or "StdOut")
                .SelectMany(element => element.Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(12))
                .Select(line => line.Length <= 300 ? line : line[..300] + "…")
                .Prepend(result.Attribute("testName")!.Value))),
    ];

    /// <summary>Reads the report of a Vitest run.</summary>
    public static Tally OfVitest(string file)
    {
        using var report = JsonDocument.Parse(File.ReadAllBytes(file));
        int Count(string name) => report.RootElement.GetProperty(name).GetInt32();
        return new(Count("numPassedTests"), Count("numFailedTests"), Count("numPendingTests") + Count("numTodoTests"));
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed{(Skipped == 0 ? "" : $", {Skipped} skipped")}");
}
