using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Two customers that are likely to be one.</summary>
/// <param name="Id">Identity of the pair.</param>
/// <param name="AId">One customer; the pair is dismissed and reopened there.</param>
/// <param name="BId">The other.</param>
/// <param name="AName">The name of the one.</param>
/// <param name="BName">The name of the other.</param>
/// <param name="Reasons">What they have in common: <c>phone email name pinyin domain</c>.</param>
/// <param name="Score">How likely, 0.5 to 1: 1 − Π(1 − weight); weights phone and e-mail 0.9, name 0.8 (0.3 of two persons who can both be reached), pinyin 0.5, domain 0.3.</param>
/// <param name="State"><c>open dismissed merged</c>.</param>
/// <param name="At">When it was last found.</param>
/// <param name="DismissedBy">Who said they are two.</param>
/// <param name="DismissedByName">The name of who said so.</param>
/// <param name="DismissedAt">When.</param>
/// <param name="Reason">Why, in the words of who said so.</param>
/// <param name="MergeId">The merge, of a merged pair.</param>
/// <param name="MergedInto">The customer that stayed.</param>
internal sealed record DuplicatePair(
    Guid Id, Guid AId, Guid BId, string AName, string BName, string[] Reasons, decimal Score, string State, DateTimeOffset At, string? DismissedBy, string? DismissedByName, DateTimeOffset? DismissedAt,
    [property: Crm.Contracts.Personal(Crm.Contracts.PersonalKind.Text)] string? Reason, Guid? MergeId, Guid? MergedInto);

/// <summary>
/// <c>GET /customers/duplicates/queue</c>: the most likely first, <c>state=open</c> unless stated. A pair is shown to whoever may see both; of one that was merged the one that stayed.
/// </summary>
internal static class DuplicateQueue
{
    private static readonly string[] States = ["open", "dismissed", "merged"];

    private static readonly ListSource Source = new(
        FieldMap.Of<DuplicatePair>().Add("aName", FieldType.Text, "(a.doc->>'name')").Add("bName", FieldType.Text, "(b.doc->>'name')").Add("dismissedByName", FieldType.Text, "u.name")
            .Add("score", FieldType.Number, "d.score", nullable: false),
        "customer.duplicate_pairs")
    {
        Joins = "join customer.customers a on a.id = d.a_id join customer.customers b on b.id = d.b_id left join customer.users u on u.id = d.doc->>'dismissedBy'",
        Select = "d.doc || jsonb_build_object('aName', a.doc->>'name', 'bName', b.doc->>'name', 'dismissedByName', u.name)",
        Sort = "-score,-id",
        Search = ListSource.NotSearched,
    };

    public static void Map(IEndpointRouteBuilder customers) => customers.MapGet("duplicates/queue", async (HttpContext http, DocumentStore store, string? state) =>
    {
        var wanted = state ?? "open";
        if (!States.Contains(wanted)) throw ProblemException.Invalid("query.state", "unknown_value", $"只能是 {string.Join("、", States)}。", $"It must be one of {string.Join(", ", States)}.");
        var query = await ListQuery.BindAsync(http);
        if (query.AsOf is not null) throw ProblemException.Invalid("query.asOf", "unsupported", "查重列表没有过去的状态。", "The queue has no past.");
        http.Response.Headers.CacheControl = "private, no-cache";
        var rows = Access.Of(http).Rows(Right.View("customers"));
        FormattableString where = $"""
            d.state = {wanted} and ({rows.IsAll} or ((a.owner_id = any({rows.Owners}) or ({rows.OfNobody} and a.owner_id is null)) and (b.owner_id = any({rows.Owners}) or ({rows.OfNobody} and b.owner_id is null))))
            """;
        return await (await query.ReadAsync(store.DataSource, Source, new QueryClock(store.Now, store.TimeZone), where, http.RequestAborted)).SeenByAsync(http, store);
    }).Requires(Right.View("customers")).Reads(Source.Table).WithName("ListDuplicatePairs").Produces<ListAnswer<DuplicatePair>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
}
