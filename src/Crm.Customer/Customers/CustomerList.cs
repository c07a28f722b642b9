using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>The documents behind the list and the quick search.</summary>
internal sealed class CustomerDocuments(PersonalData? personal) : DocumentProjection<Customer>
{
    public override string Table => "customer.customers";

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerTagged), typeof(CustomerUntagged), typeof(CustomerOwnerChanged), typeof(CustomerLifecycleChanged),
        typeof(CustomerExternalKeySet), typeof(CustomerExternalKeyRemoved), typeof(CustomerArchived), typeof(CustomerRestored), typeof(CustomerDeleted), typeof(CustomerUndeleted),
        typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved), typeof(FollowUpLogged), typeof(FollowUpCorrected), typeof(FollowUpRemoved), typeof(FollowUpPlanned), typeof(FollowUpPlanDropped), typeof(CustomerErased), typeof(ContactErased),
        typeof(ConsentGiven), typeof(ConsentWithdrawn), typeof(RecordShared), typeof(RecordUnshared),
        typeof(CustomerMerged), typeof(CustomerMergedInto), typeof(CustomerUnmerged), typeof(CustomerUnmergedFrom), typeof(DuplicateDismissed), typeof(DuplicateReopened),
        typeof(CustomerPooled), typeof(CustomerClaimed), typeof(CustomerReturned), typeof(CustomerRecycleAnnounced),
        // Nothing of them is in the document but the version.
        typeof(AttachmentAdded), typeof(AttachmentChanged), typeof(AttachmentRemoved), typeof(AttachmentRestored),
        typeof(RelationAdded), typeof(RelationChanged), typeof(RelationRemoved), typeof(RelationErased),
    ];

    /// <summary>5: own fields of contacts; 4: found in spite of typing errors; 3: merges, the pool, files, marks of numbers and addresses that are not good.</summary>
    public override int Version => 5;

    /// <summary>Found by names of the customer and of its contacts, and by its keys in other systems.</summary>
    public override IEnumerable<string?> SearchTexts(Customer document) =>
    [
        document.Name, document.ShortName, .. document.ExternalKeys.Values, .. document.Contacts.Select(c => c.Name),
    ];

    /// <summary>By numbers and addresses only blindly.</summary>
    public override IEnumerable<string> BlindTexts(Customer document) => [.. SearchText.Words(SearchTexts(document)), .. personal is null ? [] : BlindIndex.Of(document, personal)];

    public override bool Erases(Event e) => e.Data is CustomerErased or ContactErased;
}

/// <summary>
/// <c>GET /customers</c> and <c>POST /customers/search</c> (C1–C4, C17). Deleted customers are in no list; archived ones only when the
/// filter speaks of <c>archived</c>.
/// </summary>
internal static class CustomerList
{
    public static ListSource Source(DocumentStore store) => new(
        BlindIndex.Fields(FieldMap.Of<Customer>(), store.Personal)
            .Add("ownerId", FieldType.Uuid, "d.owner_id").Add("archived", FieldType.Boolean, "d.archived", nullable: false).Add("erased", FieldType.Boolean, "d.erased", nullable: false)
            .Add("ownerName", FieldType.Text, "o.name").Add("createdByName", FieldType.Text, "c.name").Add("parentName", FieldType.Text, "(p.doc->>'name')")
            .Add("dueAt", FieldType.Instant, "n.due_at", nullable: false).Add("dueReason", FieldType.Text, "(case when n.planned_at = n.due_at then 'plan' else 'cadence' end)", nullable: false)
            .Add("dueRule", FieldType.Text, ByCadence(DueDates.RuleSql("n.lifecycle", "n.tier"))).Add("dueDays", FieldType.Number, ByCadence(DueDates.CadenceSql("n.lifecycle", "n.tier")))
            .Add("tier", FieldType.Text, "held.tier", nullable: false).Add("tierSource", FieldType.Text, "(case when held.manual then 'manual' else 'computed' end)", nullable: false)
            .List("tags", "select from customer.tag_periods t where t.customer_id = d.id and t.valid_from <= {at} and t.valid_to > {at}", "t.tag")
            .List("settledIn", "select from customer.segment_members s where s.customer_id = d.id", "s.segment_id").Expand("segment", id => SegmentFilter.Of(id, store))
            .Add("missing", FieldType.TextList, MissingJson(null)),
        "customer.customers")
    {
        // What a customer has now begins and ends by the clock: periods are asked at the instant of the list, and nothing must be written when one ends.
        Joins = """
            left join customer.users o on o.id = d.doc->>'ownerId'
            left join customer.users c on c.id = d.doc->>'createdBy'
            left join customer.customers p on p.id = (d.doc->>'parentId')::uuid
            left join customer.due_dates n on n.id = d.id and n.valid_from <= {at} and n.valid_to > {at}
            left join customer.tier_periods held on held.customer_id = d.id and held.valid_from <= {at} and held.valid_to > {at}
            """,
        // What a record of the past was due at follows from its state, by the rules of today.
        PastJoins = $$"""
            left join customer.users o on o.id = d.doc->>'ownerId'
            left join customer.users c on c.id = d.doc->>'createdBy'
            left join customer.customers p on p.id = (d.doc->>'parentId')::uuid
            cross join lateral (select (d.doc->>'nextFollowUpAt')::timestamptz as planned_at, d.doc->>'lifecycle' as lifecycle, coalesce(
              (select t.tier from customer.tier_periods t where t.customer_id = d.id and t.valid_from <= {at} and t.valid_to > {at}), d.doc->>'tier', 'D') as tier) s
            cross join lateral (select s.planned_at, s.lifecycle, s.tier,
              customer.due_at({{DueDates.DaysSql}}, s.lifecycle, s.tier, coalesce(d.doc->>'lastFollowUpAt', d.doc->>'createdAt')::timestamptz, s.planned_at) as due_at) n
            left join customer.tier_periods held on held.customer_id = d.id and held.valid_from <= {at} and held.valid_to > {at}
            """,
        Reads = [TagPeriods.ProjectionName],
        DatedFields = new HashSet<string> { "tier" },
        Beside = Shown(null),
        Settled = (settings, source) => settings.Completeness is not { } counted ? source : source with
        {
            Fields = source.Fields.With(new("completeness", FieldType.Number, Completeness.ScoreSql(counted), Nullable: false), new("missing", FieldType.TextList, MissingJson(counted), Nullable: false)),
            Beside = Shown(counted),
        },
        Where = "not d.deleted",
        HiddenBy = ["archived", "erased"],
        Sort = "-createdAt",
        Search = (query, parameters) => BlindIndex.Search(query, parameters, store.Personal),
    };

    /// <summary>Found from everywhere, by its contacts too.</summary>
    public static SearchKind Searched(DocumentStore store) => new("customers", Source(store), "name",
    [
        "name", "shortName", "externalKeys", "contacts.name",
        new("phone", PersonalKind.Phone), new("email", PersonalKind.Email), new("contacts.phone", PersonalKind.Phone), new("contacts.email", PersonalKind.Email),
    ])
    { Key = "name", Subtitle = ["shortName", "ownerName"], Read = AccessLedgerList.SearchedAsync };

    /// <summary>What lists show of a customer beside it: the names of what it refers to, what rules make of it, when it is due, and what is missing.</summary>
    private static Dictionary<string, string> Shown(CompletenessSettings? counted)
    {
        var shown = new Dictionary<string, string>
        {
            ["ownerName"] = "o.name",
            ["createdByName"] = "c.name",
            ["parentName"] = "p.doc->>'name'",
            ["tier"] = "coalesce(held.tier, d.doc->>'tier', 'D')",
            ["tierSource"] = "case when coalesce(held.manual, d.doc->>'tier' is not null) then 'manual' else 'computed' end",
            ["tags"] = TagPeriods.ShownSql("d.doc->'tags'", "d.id", "{at}"),
            ["computedTags"] = TagPeriods.ComputedSql("d.id", "{at}"),
            ["dueAt"] = """to_char(n.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
            ["dueReason"] = "case when n.planned_at = n.due_at then 'plan' else 'cadence' end",
            ["dueRule"] = ByCadence(DueDates.RuleSql("n.lifecycle", "n.tier")),
            ["dueDays"] = ByCadence(DueDates.CadenceSql("n.lifecycle", "n.tier")),
            ["missing"] = MissingJson(counted),
        };
        if (counted is not null) shown["completeness"] = Completeness.ScoreSql(counted);
        return shown;
    }

    /// <summary>What is only said of a due date that follows from the cadence.</summary>
    private static string ByCadence(string sql) => $"(case when n.planned_at is distinct from n.due_at then {sql} end)";

    private static string MissingJson(CompletenessSettings? settings) => $"to_jsonb({Completeness.MissingSql(settings)})";

    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapList<Customer>(Source(customers.ServiceProvider.GetRequiredService<DocumentStore>()), Right.View("customers"), read: AccessLedgerList.SearchedAsync, export: CustomerColumns.Export);
}
