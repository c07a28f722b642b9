using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Crm.Architecture.Tests;

public sealed class banned_words
{
    [Theory]
    [InlineData(@"DateTime(Offset)?\.(Utc)?Now", "time comes from TimeProvider")]
    [InlineData(@"Guid\.NewGuid", "ids are UUIDv7, made in the shell")]
    [InlineData(@"\)\.Result\b", "nothing blocks on a task")]
    [InlineData(@"\.Wait\(\)", "nothing blocks on a task")]
    [InlineData(@"#region", "a file that needs regions is two files")]
    [InlineData(@"Thread\.Sleep", "wait for a condition")]
    [InlineData(@"\bNOTIFY\b", "a notification inside an append serialises all appends")]
    [InlineData(@"NotImplementedException|\bTODO\b|\bFIXME\b", "nothing is half done")]
    public void banned(string pattern, string why)
    {
        var found = Source.Files("src", ".cs", ".sql").SelectMany(f => File.ReadLines(f).Select((line, i) => (File: Path.GetRelativePath(Source.Root, f), Line: i + 1, Text: line)))
            .Where(l => Regex.IsMatch(l.Text, pattern) && !l.Text.TrimStart().StartsWith("///", StringComparison.Ordinal)).Select(l => $"{l.File}:{l.Line} {l.Text.Trim()}");
        found.ShouldBeEmpty(why);
    }

    [Theory]
    [InlineData("src/Crm.Customer")]
    [InlineData("src/Crm.Pipeline")]
    [InlineData("src/Crm.Service")]
    [InlineData("src/Crm.Analytics")]
    public void decisions_and_projections_make_no_ids(string folder) => Source.Files(folder, ".cs").Where(f => File.ReadAllText(f).Contains("Guid.CreateVersion7")).ShouldBeEmpty();

    [Fact]
    public void tests_wait_for_conditions_and_none_is_switched_off()
    {
        var found = Source.Files("tests", ".cs").Concat(Source.Files("web/src", ".ts", ".tsx")).Where(f => !f.EndsWith("banned_words.cs", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f).Select((line, i) => (File: Path.GetRelativePath(Source.Root, f), Line: i + 1, Text: line)))
            .Where(l => Regex.IsMatch(l.Text, @"Thread\.Sleep|WaitForTimeout|Skip\s*=\s*""|\b(it|test|describe)\.(skip|only)\(")).Select(l => $"{l.File}:{l.Line} {l.Text.Trim()}");
        found.ShouldBeEmpty();
    }

    [Fact]
    public void commands_and_published_events_say_what_they_mean()
    {
        var missing = new List<string>();
        foreach (var file in Source.Files("src", ".cs"))
        {
            var lines = File.ReadAllLines(file);
            var published = file.Contains("Crm.Contracts");
            for (var i = 0; i < lines.Length; i++)
            {
                var isCommand = Regex.IsMatch(lines[i], @"^internal sealed (partial )?record \w+\(") && lines.Skip(i).Take(40).Any(l => l.Contains("AbstractValidator<" + Regex.Match(lines[i], @"record (\w+)").Groups[1].Value + ">"));
                var isEvent = published && Regex.IsMatch(lines[i], @"^public sealed record ");
                if ((isCommand || isEvent) && !Enumerable.Range(1, Math.Min(i, 40)).Select(n => lines[i - n].TrimStart()).TakeWhile(l => l.StartsWith("///", StringComparison.Ordinal) || l.StartsWith('[')).Any(l => l.Contains("</summary>")))
                    missing.Add($"{Path.GetRelativePath(Source.Root, file)}:{i + 1} {lines[i].Trim()}");
            }
        }
        missing.ShouldBeEmpty();
    }
}
