using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Host;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Architecture.Tests;

/// <summary>No event of any module is missing from the operation log, and auditors can read what each is called.</summary>
public sealed class the_log_of_everything
{
    [Fact]
    public void reads_every_event_type_there_is()
    {
        using var database = NpgsqlDataSource.Create("Host=unused");
        var store = CrmHost.OpenStore(database, TimeZoneInfo.Utc, TimeProvider.System);
        var log = store.Projections.Async.Single(p => p.Name == "analytics.operations");
        log.Events.SelectMany(store.Events.Aliases).Distinct().Order().ShouldBe(store.Events.Types.Keys.Order());
    }

    [Theory]
    [InlineData("zh-CN")]
    [InlineData("en")]
    public void has_words_for_every_event_and_every_kind_of_record(string language)
    {
        using var database = NpgsqlDataSource.Create("Host=unused");
        var texts = JsonNode.Parse(File.ReadAllText(Path.Combine(Source.Root, "web", "src", "features", "audit", "locales", language + ".json")))!;
        var events = CrmHost.OpenStore(database, TimeZoneInfo.Utc, TimeProvider.System).Events.Types.Keys;
        var kinds = Source.Modules.Concat(["Http", "Imports", "Messaging", "Host"]).SelectMany(m => Source.Assembly(m).GetTypes())
            .Where(t => t.IsSealed && t.IsAssignableTo(typeof(Document))).Select(t => EventRegistry.AliasFor(t.Name)).ToList();
        kinds.ShouldContain("customer");
        Missing(texts["event"]!, events).ShouldBeEmpty($"events without words in web/src/features/audit/locales/{language}.json");
        Missing(texts["resource"]!, kinds).ShouldBeEmpty($"kinds of record without words in web/src/features/audit/locales/{language}.json");
    }

    private static IEnumerable<string> Missing(JsonNode texts, IEnumerable<string> names) => names.Where(n => string.IsNullOrWhiteSpace(texts[n]?.ToString())).Order();
}
