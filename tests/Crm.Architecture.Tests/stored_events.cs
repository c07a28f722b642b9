using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Crm.EventStore;
using Crm.Host;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Architecture.Tests;

/// <summary>
/// What was once written stays readable. <c>samples/{alias}.v{n}.json</c> is an event as the log holds it; files are added and never changed:
/// a new member comes with a further sample that has it.
/// </summary>
public sealed class stored_events
{
    private static readonly string Folder = Path.Combine(Source.Root, "tests", "Crm.Architecture.Tests", "samples");

    [Fact]
    public void have_a_sample_of_every_alias_and_every_member()
    {
        var registry = Registry();
        var samples = Samples().ToLookup(s => s.Alias, s => s.Json);
        samples.Select(s => s.Key).Except(registry.Types.Keys).ShouldBeEmpty("samples of names that nobody reads");
        foreach (var (alias, type) in registry.Types)
        {
            samples.Contains(alias).ShouldBeTrue($"samples/{alias}.v1.json is missing");
            var shown = samples[alias].SelectMany(s => Members(JsonNode.Parse(s), "")).ToHashSet();
            Members(type, "", []).Except(shown).ShouldBeEmpty($"no sample of {alias} has these members; add samples/{alias}.v{samples[alias].Count() + 1}.json");
        }
    }

    [Fact]
    public void are_read_without_loss()
    {
        var registry = Registry();
        foreach (var (alias, json) in Samples())
        {
            var stored = JsonSerializer.Deserialize(json, registry.Resolve(alias), EventSerializer.Options).ShouldNotBeNull();
            var again = JsonSerializer.SerializeToNode(stored, stored.GetType(), EventSerializer.Options);
            JsonNode.DeepEquals(again, JsonNode.Parse(json)).ShouldBeTrue($"{alias} comes back as {again}");
            // Through the upcasters: what decisions and projections see is always a type that is written today.
            registry.Aliases(registry.Read(alias, JsonSerializer.SerializeToUtf8Bytes(JsonNode.Parse(json))).GetType()).ShouldContain(alias);
        }
    }

    private static IEnumerable<(string Alias, string Json)> Samples() =>
        from file in Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal)
        let name = Path.GetFileNameWithoutExtension(file)
        select (name[..name.LastIndexOf(".v", StringComparison.Ordinal)], File.ReadAllText(file));

    /// <summary>The paths of all members of a JSON value that are not null; those of list items without their place.</summary>
    private static IEnumerable<string> Members(JsonNode? node, string path) => node switch
    {
        JsonObject o => o.Where(m => m.Value is not null).SelectMany(m => Members(m.Value, $"{path}.{m.Key}").Prepend($"{path}.{m.Key}")),
        JsonArray a => a.SelectMany(item => Members(item, path)),
        _ => [],
    };

    /// <summary>The paths of all members a type can have.</summary>
    private static IEnumerable<string> Members(Type type, string path, HashSet<Type> above)
    {
        var info = EventSerializer.Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        if (info.Kind == JsonTypeInfoKind.Enumerable) return Members(info.ElementType!, path, above);
        if (info.Kind != JsonTypeInfoKind.Object || !above.Add(info.Type)) return [];
        var members = info.Properties.Where(p => p.Get is not null)
            .SelectMany(p => Members(p.PropertyType, $"{path}.{p.Name}", above).Prepend($"{path}.{p.Name}")).ToList();
        above.Remove(info.Type);
        return members;
    }

    private static EventRegistry Registry()
    {
        using var database = NpgsqlDataSource.Create("Host=unused");
        return CrmHost.OpenStore(database, TimeZoneInfo.Utc, TimeProvider.System).Events;
    }
}
