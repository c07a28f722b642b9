using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Customers;

/// <summary>A tag of the catalogue: its name, where it is shown, and the rule that gives it, if one does (S015–S019).</summary>
internal sealed record Tag : Document, IAggregate<Tag>
{
    public string Name { get; init; } = "";

    /// <summary><c>value need status</c> or a dimension of the organisation's own.</summary>
    public string Dimension { get; init; } = "";

    public string Color { get; init; } = "";

    /// <summary>What must hold for a customer to have it; null where people set it.</summary>
    public ImmutableArray<TagCondition>? Conditions { get; init; }

    /// <summary>Names it had before; a customer that was tagged by one of them has the tag.</summary>
    public ImmutableArray<string> FormerNames { get; init; } = [];

    public bool Retired { get; init; }

    /// <summary>Whether a rule gives it, so that nobody can.</summary>
    public bool Computed => Conditions is not null;

    public static Tag? Evolve(Tag? state, Event e) => (state, e.Data) switch
    {
        (null, TagDefined x) => new Tag { Name = x.Name, Dimension = x.Dimension, Color = x.Color, Conditions = x.Conditions is null ? null : [.. x.Conditions] },
        (not null, TagRenamed x) => state with { Name = x.Name, FormerNames = [.. state.FormerNames.Add(x.From).Where(n => n != x.Name).Distinct()] },
        (not null, TagMoved x) => state with { Dimension = x.Dimension ?? state.Dimension, Color = x.Color ?? state.Color },
        (not null, TagRuleChanged x) => state with { Conditions = [.. x.Conditions] },
        (not null, TagRetired) => state with { Retired = true },
        _ => state,
    };
}

internal static class TagErrors
{
    public static readonly Rejection Retired = new("tag_retired", "标签已停用。", "The tag is retired.");

    public static readonly Rejection NoRule = new("hand_tag", "这是手动标签，没有规则可改。", "This tag is set by hand and has no rule.");

    /// <summary>Somebody wants to set by hand what a rule gives.</summary>
    public static Rejection Computed(string name) => new(
        "computed_tag", $"“{name}”由规则自动计算，不能手动添加或移除；可在“设置—标签”中修改规则。", $"'{name}' is given by a rule and cannot be set or taken off by hand; change its rule in the settings.", Field: "tag");
}

internal sealed class TagResource(NpgsqlDataSource database) : Resource<Tag>
{
    public override string Name => "tags";

    public override Ownership<Tag>? Ownership => null;

    public override bool IsGone(Tag state) => state.Retired;

    public override async ValueTask<JsonObject> Represent(Tag state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        json.Remove("retired");
        foreach (var (name, value) in await TagWork.ReadAsync(database, state, ct)) json[name] = value?.DeepClone();
        return json;
    }
}

/// <summary>The catalogue to list.</summary>
internal sealed class Tags : DocumentProjection<Tag>
{
    public override string Table => "customer.tags";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(TagDefined), typeof(TagRenamed), typeof(TagMoved), typeof(TagRuleChanged), typeof(TagRetired)];

    public override IEnumerable<string?> SearchTexts(Tag document) => [document.Name];
}

/// <summary>Takes names of tags in the transaction of the event. Former names stay taken: customers were tagged by them.</summary>
internal sealed class TagNames : TableProjection
{
    public override string Name => "customer.tag_names";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(TagDefined), typeof(TagRenamed), typeof(TagRetired)];

    public override void Project(Event e, SqlBatch sql)
    {
        var names = sql.Table("customer.tag_names");
        switch (e.Data)
        {
            case TagDefined x:
                sql.Add($"insert into {names} (name, tag_id, current, computed) values ({x.Name}, {e.StreamId}, {x.Name}, {x.Conditions is not null})");
                break;
            case TagRenamed x:
                sql.Add($"delete from {names} where tag_id = {e.StreamId} and name = {x.Name}");
                sql.Add($"insert into {names} (name, tag_id, current, computed) select {x.Name}, tag_id, current, computed from {names} where tag_id = {e.StreamId} and name = {x.From}");
                sql.Add($"update {names} set current = {x.Name} where tag_id = {e.StreamId}");
                break;
            case TagRetired:
                // Free tags of the name go on, and it may be defined anew.
                sql.Add($"delete from {names} where tag_id = {e.StreamId}");
                break;
        }
    }
}

/// <summary><c>GET /tags</c> and <c>POST /tags/search</c>, each tag with how far the working out of its rule has come.</summary>
internal static class TagList
{
    public static void Map(IEndpointRouteBuilder tags) => tags.MapList<Tag>(
        new(FieldMap.Of<Tag>().Without("retired"), "customer.tags") { Select = $"d.doc - 'retired' || {TagWork.Sql("d")}", Where = "not (d.doc->>'retired')::boolean", Sort = "name" }, Right.View("tags"));
}
