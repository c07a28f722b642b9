using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Dapper;

namespace Crm.Customers;

/// <summary>Lists of what belongs to one customer, kept in tables with <c>effective_at</c> and <c>recorded_at</c> in place of past states.</summary>
internal static class PartLists
{
    /// <summary>Maps <c>GET pattern</c>; 404 if the customer does not exist or is deleted.</summary>
    public static void MapPartList<T>(this IEndpointRouteBuilder customers, string pattern, ListSource source, Func<HttpContext, Guid, FormattableString> where, Right? right = null) =>
        customers.MapGet(pattern, async (HttpContext http, Guid id, DocumentStore store) =>
        {
            await using (var connection = await store.DataSource.OpenConnectionAsync(http.RequestAborted))
                if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                    "select exists (select from customer.match_keys where customer_id = @id and field = 'name' and live)", new { id }, cancellationToken: http.RequestAborted)))
                    throw ProblemException.NotFound();
            var query = await ListQuery.BindAsync(http);
            var dated = query.Basis == Basis.Recorded ? source with { Where = "d.recorded_at <= {at}" } : source with { Where = "d.effective_at <= {at}" };
            // The tables have no past states: a past list has the rows that were there by then.
            var list = query.AsOf is { } at ? (Query: query with { AsOf = null }, Clock: new QueryClock(at, store.TimeZone), Source: dated) : (Query: query, Clock: new QueryClock(store.Now, store.TimeZone), Source: source);
            http.Response.Headers.CacheControl = "private, no-cache";
            return await (await list.Query.ReadAsync(store.DataSource, list.Source, list.Clock, where(http, id), http.RequestAborted)).SeenByAsync(http, store);
        }).Requires(right ?? Right.View("customers")).Reads(source.Table).WithName("List" + typeof(T).Name).Produces<ListAnswer<T>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
}
