using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

/// <summary>asvs.md says what is true: every requirement once, and every test that it names exists.</summary>
public sealed partial class the_verification_standard
{
    /// <summary>How many requirements of levels 1 and 2 each section of the standard has, in its order.</summary>
    private static readonly Dictionary<string, int> Sections = new()
    {
        ["V1.1"] = 2, ["V1.2"] = 9, ["V1.3"] = 11, ["V1.4"] = 3, ["V1.5"] = 2, ["V2.1"] = 3, ["V2.2"] = 3, ["V2.3"] = 4, ["V2.4"] = 1, ["V3.2"] = 2, ["V3.3"] = 4, ["V3.4"] = 6, ["V3.5"] = 5, ["V3.7"] = 2,
        ["V4.1"] = 3, ["V4.2"] = 1, ["V4.3"] = 2, ["V4.4"] = 4, ["V5.1"] = 1, ["V5.2"] = 3, ["V5.3"] = 2, ["V5.4"] = 3, ["V6.1"] = 3, ["V6.2"] = 12, ["V6.3"] = 4, ["V6.4"] = 4, ["V6.5"] = 5, ["V6.6"] = 3, ["V6.8"] = 4,
        ["V7.1"] = 3, ["V7.2"] = 4, ["V7.3"] = 2, ["V7.4"] = 5, ["V7.5"] = 2, ["V7.6"] = 2, ["V8.1"] = 2, ["V8.2"] = 3, ["V8.3"] = 1, ["V8.4"] = 1, ["V9.1"] = 3, ["V9.2"] = 4,
        ["V10.1"] = 2, ["V10.2"] = 2, ["V10.3"] = 4, ["V10.4"] = 11, ["V10.5"] = 5, ["V10.6"] = 2, ["V10.7"] = 3, ["V11.1"] = 2, ["V11.2"] = 3, ["V11.3"] = 3, ["V11.4"] = 4, ["V11.5"] = 1, ["V11.6"] = 1,
        ["V12.1"] = 3, ["V12.2"] = 2, ["V12.3"] = 4, ["V13.1"] = 1, ["V13.2"] = 5, ["V13.3"] = 2, ["V13.4"] = 5, ["V14.1"] = 2, ["V14.2"] = 4, ["V14.3"] = 3, ["V15.1"] = 3, ["V15.2"] = 3, ["V15.3"] = 7,
        ["V16.1"] = 1, ["V16.2"] = 5, ["V16.3"] = 4, ["V16.4"] = 3, ["V16.5"] = 3, ["V17.1"] = 1, ["V17.2"] = 4, ["V17.3"] = 2,
    };

    private static readonly string Root = Find();

    private static IReadOnlyList<(string Number, string State, string Shown)> Rows() =>
    [
        .. from line in File.ReadLines(Path.Combine(Root, "tests", "Crm.Host.Tests", "asvs.md"))
           where line.StartsWith("| V", StringComparison.Ordinal)
           let cells = line.Split('|')
           select (cells[1].Trim(), cells[3].Trim(), cells[4].Trim()),
    ];

    [Fact]
    public void is_gone_through_requirement_by_requirement()
    {
        var rows = Rows();
        rows.Select(r => r.Number).Distinct().Count().ShouldBe(rows.Count, "no number twice");
        rows.GroupBy(r => r.Number[..r.Number.LastIndexOf('.')]).Select(g => $"{g.Key}: {g.Count()}").ShouldBe(Sections.Select(s => $"{s.Key}: {s.Value}"));
        foreach (var (number, state, shown) in rows)
        {
            state.ShouldBeOneOf("met", "read", "partly", "open", "none");
            if (state is "met") Tests(shown).ShouldNotBeEmpty($"{number} names no test");
        }
    }

    [Fact]
    public void is_shown_by_tests_that_exist()
    {
        var known = new HashSet<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root, "tests"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/") && !f.Contains("\\obj\\")))
        {
            var text = File.ReadAllText(file);
            if (TestClass().Match(text) is not { Success: true } found) continue;
            foreach (Match method in TestMethod().Matches(text)) known.Add($"{found.Groups[1].Value}.{method.Groups[1].Value}");
        }
        known.Count.ShouldBeGreaterThan(100);
        var missing = Rows().SelectMany(r => Tests(r.Shown)).Where(t => t.StartsWith("web/", StringComparison.Ordinal) ? !File.Exists(Path.Combine(Root, t)) : !known.Contains(t));
        missing.ShouldBeEmpty();
    }

    private static IEnumerable<string> Tests(string shown) => Named().Matches(shown).Select(m => m.Groups[1].Value);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the source tree.");
    }

    [GeneratedRegex(@"`([a-z_]+\.[a-z_0-9]+|web/[\w/.-]+\.test\.tsx?)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"public sealed (?:partial )?class ([a-z_]+)\b")]
    private static partial Regex TestClass();

    [GeneratedRegex(@"public (?:async )?(?:Task|void|ValueTask) ([a-z_0-9]+)\(")]
    private static partial Regex TestMethod();
}
