using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>Lists of what belongs to one customer, kept in tables with <c>effective_at</c> and <c>recorded_at</c> in place of past states.</summary>
internal static class PartLists
{
    /// <summary>Maps <c>GET pattern</c>; 404 if the customer does not exist, is deleted or may not be seen.</summary>
    /// <param name="customers">The group of customers.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="source">Where the list comes from.</param>
    /// <param name="where">Which rows, of a request and the customer as it is now.</param>
    /// <param name="show">What becomes of each row before it is answered; null leaves it as it is.</param>
    /// <param name="right">What it demands beside seeing the customer; null for nothing more.</param>
    public static void MapPartList<T>(this IEndpointRouteBuilder customers, string pattern, ListSource source, Func<HttpContext, Customer, FormattableString> where,
        Func<Access, string, string>? show = null, Right? right = null) =>
        customers.MapGet(pattern, async (HttpContext http, Guid id, DocumentStore store) =>
        {
            var customer = await SeenAsync(http, store, id);
            var query = await ListQuery.BindAsync(http);
            var dated = query.Basis == Basis.Recorded ? source with { Where = "d.recorded_at <= {at}" } : source with { Where = "d.effective_at <= {at}" };
            // The tables have no past states: a past list has the rows that were there by then.
            var list = query.AsOf is { } at ? (Query: query with { AsOf = null }, Clock: new QueryClock(at, store.TimeZone), Source: dated) : (Query: query, Clock: new QueryClock(store.Now, store.TimeZone), Source: source);
            http.Response.Headers.CacheControl = "private, no-cache";
            var page = await (await list.Query.ReadAsync(store.DataSource, list.Source, list.Clock, where(http, customer), http.RequestAborted)).SeenByAsync(http, store);
            return show is null ? page : page with { Data = [.. page.Data.Select(row => show(Access.Of(http), row))] };
        }).Requires(right ?? Right.View("customers")).Reads(source.Table).WithName("List" + typeof(T).Name).Produces<ListAnswer<T>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    /// <summary>The customer as it is now, for what belongs to it.</summary>
    /// <exception cref="ProblemException">404: it does not exist, is deleted or may not be seen.</exception>
    public static async Task<Customer> SeenAsync(HttpContext http, DocumentStore store, Guid id)
    {
        var customer = await store.Query.AggregateStreamAsync<Customer>(id, ct: http.RequestAborted);
        if (customer is not { Deleted: false }) throw ProblemException.NotFound();
        await Access.Of(http).SeesAsync(http.RequestServices.GetRequiredService<Resource<Customer>>(), customer, http.RequestAborted);
        return customer;
    }
}
