using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Crm.Architecture.Tests;

public sealed class module_boundaries
{
    [Fact]
    public void projects_refer_to_what_stands_below_them_and_modules_never_to_each_other()
    {
        string[] shell = ["Contracts", "EventStore", "Http"];
        string[] withImports = ["Contracts", "EventStore", "Http", "Imports"];
        Source.References("EventStore").ShouldBeEmpty();
        Source.References("Contracts").ShouldBeEmpty();
        Source.References("Http").ShouldBe(["Contracts", "EventStore"]);
        Source.References("Messaging").ShouldBe(["EventStore"]);
        Source.References("Imports").ShouldBe(["Contracts", "EventStore", "Http", "Messaging"]);
        foreach (var module in (string[])["Customer", "Pipeline", "Service", "Identity"]) Source.References(module).Except(withImports).ShouldBeEmpty(module);
        Source.References("Exports").ShouldBe([.. shell, "Messaging"]);
        Source.References("Analytics").ShouldBe([.. shell, "Messaging"]);
    }

    [Fact]
    public void a_module_shows_nothing_but_its_module_class()
    {
        foreach (var module in Source.Modules)
            Source.Assembly(module).GetExportedTypes().Select(t => t.Name).ShouldBe([module + "Module"], module);
    }

    [Fact]
    public void contracts_hold_plain_sealed_records_enums_and_interfaces()
    {
        foreach (var type in Source.Assembly("Contracts").GetExportedTypes().Where(t => !t.IsEnum && !t.IsInterface && !t.IsSubclassOf(typeof(Attribute))))
        {
            var isRecord = type.GetMethod("<Clone>$") is not null;
            (isRecord && type.IsSealed || (type.IsAbstract && type.IsSealed)).ShouldBeTrue($"{type} is neither a sealed record nor a static class of constants");
        }
    }

    [Fact]
    public void sql_of_a_module_names_only_its_own_schema()
    {
        var schemas = new Dictionary<string, string>
        {
            ["Customer"] = "customer", ["Pipeline"] = "pipeline", ["Service"] = "service", ["Analytics"] = "analytics", ["Identity"] = "identity", ["Imports"] = "imports", ["Exports"] = "exports", ["Messaging"] = "messaging", ["Http"] = "http",
        };
        foreach (var (project, own) in schemas)
            foreach (var file in Source.Files($"src/Crm.{project}", ".cs", ".sql"))
            {
                var text = string.Join('\n', File.ReadLines(file).Where(l => !l.TrimStart().StartsWith("///", StringComparison.Ordinal)));
                foreach (var other in schemas.Values.Append("events").Where(s => s != own))
                    // A function that another module offers is its word, not its table.
                    Regex.IsMatch(text, $@"\b(from|join|into|update|truncate|table)\s+{other}\.[a-z_]+\b(?!\()", RegexOptions.IgnoreCase)
                        .ShouldBeFalse($"{Path.GetRelativePath(Source.Root, file)} speaks of schema {other}");
            }
    }

    [Fact]
    public void only_the_event_store_draws_sequence_numbers() =>
        Source.Files("src", ".cs", ".sql").Where(f => File.ReadAllText(f).Contains("mt_events_sequence")).Select(f => Path.GetRelativePath(Path.Combine(Source.Root, "src"), f).Split(Path.DirectorySeparatorChar)[0])
            .Distinct().ShouldBe(["Crm.EventStore"]);
}
