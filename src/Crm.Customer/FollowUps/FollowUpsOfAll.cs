using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>A follow-up with the customer it belongs to; the rest of it is in the customer's own list (S044–S046).</summary>
/// <param name="Id">Identity within the customer.</param>
/// <param name="CustomerId">The customer; of one that was merged away the one it became.</param>
/// <param name="CustomerName">Its name; null where a role hides it.</param>
/// <param name="At">When it happened.</param>
/// <param name="Method">By what means.</param>
/// <param name="Summary">What was said.</param>
/// <param name="Next">What was to happen next.</param>
/// <param name="AuthorId">Who wrote it down.</param>
/// <param name="AuthorName">The author's name.</param>
/// <param name="CreatedAt">When it was written down.</param>
internal sealed record CustomerFollowUp(
    Guid Id, Guid CustomerId, string? CustomerName, DateTimeOffset At, FollowUpMethod Method, [property: Personal(PersonalKind.Text, Required = true)] string Summary, FollowUpPlan? Next,
    string AuthorId, string? AuthorName, DateTimeOffset CreatedAt);

/// <summary><c>GET /follow-ups</c>: what was done with all customers the caller may see, newest first, with the parameters of every list but <c>asOf</c>; <c>q</c> finds by the customer.</summary>
internal static class FollowUpsOfAll
{
    private const string Name = "(k.doc->>'name')";

    private static readonly ListSource Named = Of(FieldMap.Of<CustomerFollowUp>().Add("customerName", FieldType.Text, Name).Unsorted("customerName"), Name) with
    {
        // From the customers to their follow-ups: those of a name are few, follow-ups of all are many.
        Search = (query, parameters) => $"d.customer_id in (select s.id from customer.customers s where {SearchText.Predicate(query, "s", parameters)})",
    };

    // For whom a role hides names: neither shown nor a ground to find by.
    private static readonly ListSource Nameless = Of(FieldMap.Of<CustomerFollowUp>().Without("customerName"), "null") with { Search = (_, _) => "false" };

    private static ListSource Of(FieldMap fields, string name) => new(fields.Add("customerId", FieldType.Uuid, "k.id", nullable: false).Add("authorName", FieldType.Text, "u.name").Unsorted("authorName"), "customer.follow_ups")
    {
        // Those of a customer that was merged away belong to the one it became.
        Joins = """
            join customer.customers k on k.id = coalesce((select m.merged_into from customer.match_keys m where m.customer_id = d.customer_id and m.field = 'name' limit 1), d.customer_id)
            left join customer.users u on u.id = d.doc->>'authorId'
            left join customer.users n on n.id = d.doc->'next'->>'ownerId'
            """,
        Select = $"""
            jsonb_build_object('id', d.id, 'customerId', k.id, 'customerName', {name}, 'at', d.doc->'at', 'method', d.doc->'method', 'summary', d.doc->'summary',
              'next', case when d.doc->'next' = 'null' then d.doc->'next' else d.doc->'next' || jsonb_build_object('ownerName', n.name) end,
              'authorId', d.doc->'authorId', 'authorName', u.name, 'createdAt', d.doc->'createdAt')
            """,
        Where = "not k.deleted",
        Sort = "-at",
    };

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("follow-ups", async (HttpContext http, DocumentStore store, Resource<Customer> customers, string? q, string? filter, string? sort, string? fields, string? cursor, string? limit, string? count) =>
    {
        var query = await ListQuery.BindAsync(http);
        if (query.AsOf is not null) throw ProblemException.Invalid("query.asOf", "as_of_not_supported", "跟进记录的总表只显示当前的。", "Follow-ups of all customers are those of now only.");
        http.Response.Headers.CacheControl = "private, no-cache";
        var source = (RelationList.ShowsName(http) ? Named : Nameless) with { Visible = Access.Of(http).Visible(customers, "k", "customer.customers", false) };
        return await (await query.ReadAsync(store.DataSource, source, new QueryClock(store.Now, store.TimeZone), ct: http.RequestAborted)).SeenByAsync(http, store);
    }).Requires(Right.View("customers")).Reads("customer.follow_ups", "customer.customers").WithTags("customers").WithName("List" + nameof(CustomerFollowUp)).Produces<ListAnswer<CustomerFollowUp>>()
        .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
}
