using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>The opportunities to list, search and put on the board, now and at any past instant.</summary>
internal sealed class Opportunities : DocumentProjection<Opportunity>
{
    public const string TableName = "pipeline.opportunities";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(OpportunityOpened), typeof(OpportunityDetailsChanged), typeof(OpportunityOwnerChanged), typeof(OpportunityMoved), typeof(OpportunityWon),
        typeof(OpportunityLost), typeof(OpportunityReopened), typeof(OpportunityReviewed), typeof(OpportunityErased), typeof(OpportunityDeleted), typeof(OpportunityUndeleted), typeof(RecordShared), typeof(RecordUnshared),
    ];

    /// <summary>3: found in spite of typing errors; 2: the merges of customers it came along with.</summary>
    public override int Version => 3;

    public override bool Erases(Event e) => e.Data is OpportunityErased;

    public override IEnumerable<string?> SearchTexts(Opportunity document) => [document.Name, .. document.ExternalKeys.Values, .. document.Competitors];

    public override IEnumerable<string> BlindTexts(Opportunity document) => SearchText.Words(SearchTexts(document));
}

internal static class OpportunityListFeature
{
    /// <summary>Whole days since the stage was entered; empty for a closed opportunity, which is in no stage of work any more.</summary>
    private const string DaysInStage = "(case when d.kind = 'open' then floor(extract(epoch from {at} - d.entered::timestamptz) / 86400) end)";

    private static readonly FieldMap Fields = FieldMap.Of<Opportunity>()
        .Add("pipelineId", FieldType.Uuid, "d.pipeline_id", nullable: false)
        .Add("stage", FieldType.Text, "d.stage", nullable: false)
        .Add("ownerId", FieldType.Uuid, "d.owner_id")
        .Add("customerId", FieldType.Uuid, "d.customer_id")
        .Add("amount", FieldType.Number, "d.amount")
        .Add("amount.amount", FieldType.Number, "d.amount")
        .Add("amount.currency", FieldType.Text, "d.currency")
        .Add("customerName", FieldType.Text, "c.name")
        .Add("ownerName", FieldType.Text, "u.name")
        .Add("pipelineName", FieldType.Text, "s.pipeline_name")
        .Add("stageName", FieldType.Text, "coalesce(s.name, d.stage)", nullable: false)
        .Add("closed", FieldType.Boolean, "(d.kind <> 'open')", nullable: false)
        .Add("daysInStage", FieldType.Number, DaysInStage)
        // Which tier holds is the customer module's to say.
        .Relation("customer", Customer, "select 1 from pipeline.customers customer left join customer.tiers_at({at}) held on held.customer_id = customer.id where customer.id = d.customer_id", "customers")
        .Relation("owner", Owner, "select 1 from pipeline.users owner where owner.id = d.owner_id");

    public static readonly ListSource Source = new(Fields, Opportunities.TableName)
    {
        Joins = """
            left join pipeline.customers c on c.id = d.customer_id
            left join pipeline.users u on u.id = d.owner_id
            left join pipeline.stages s on s.pipeline_id = d.pipeline_id and s.code = d.stage
            """,
        Select = "d.doc - 'deleted'",
        Beside = new Dictionary<string, string>
        {
            ["customerName"] = "c.name",
            ["ownerName"] = "u.name",
            ["pipelineName"] = "s.pipeline_name",
            ["stageName"] = "coalesce(s.name, d.stage)",
            ["closed"] = "d.kind <> 'open'",
            ["daysInStage"] = DaysInStage + "::int",
            ["review"] = """
                case when jsonb_typeof(d.doc->'review') = 'object'
                then d.doc->'review' || jsonb_build_object('byName', (select r.name from pipeline.users r where r.id = (d.doc->'review'->>'by')::uuid)) end
                """,
            ["lines"] = """
                (select coalesce(jsonb_agg(l.line || jsonb_build_object('productName', p.name) order by l.position), '[]')
                 from jsonb_array_elements(d.doc->'lines') with ordinality l(line, position) left join pipeline.catalogue p on p.id = (l.line->>'productId')::uuid)
                """,
        },
        Where = "not d.deleted",
        Reads = ["customer.tag_periods"],
        Search = BySearchText,
    };

    /// <summary>Found from everywhere, by its own texts only: its customer is found beside it.</summary>
    public static readonly SearchKind Searched = new("opportunities", Source, "name", ["name", "externalKeys", "competitors"]) { Key = "name", Subtitle = ["customerName", "stageName"], OwnTextsOnly = true };

    private static FieldMap Customer => FieldMap.Of<CustomerFields>("customer")
        .Add("name", FieldType.Text, "customer.name", nullable: false)
        .Add("shortName", FieldType.Text, "customer.short_name")
        .Add("tier", FieldType.Text, "held.tier")
        .Add("industry", FieldType.Text, "customer.industry")
        .Add("size", FieldType.Text, "customer.size")
        .Add("lifecycle", FieldType.Text, "customer.lifecycle", nullable: false)
        .Add("ownerId", FieldType.Uuid, "customer.owner_id");

    private static FieldMap Owner => FieldMap.Of<OwnerFields>("owner")
        .Add("name", FieldType.Text, "owner.name", nullable: false)
        .Add("department", FieldType.Text, "owner.department");

    public static void Map(IEndpointRouteBuilder opportunities) => opportunities.MapList<Opportunity>(Source, Right.View("opportunities"), export: OpportunityColumns.Export);

    /// <summary>Quick search finds an opportunity by its own texts and by its customer's.</summary>
    public static string BySearchText(string query, SqlParameters parameters) =>
        $"({SearchText.Predicate(query, "d", parameters)} or d.customer_id = any(array(select f.id from pipeline.customers f where {SearchText.Predicate(query, "f", parameters)})))";

    // The fields of other modules' records that this module keeps; all are given expressions above.
    private sealed record CustomerFields;

    private sealed record OwnerFields;
}
