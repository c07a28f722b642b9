using Crm.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>A list's answer as documented.</summary>
/// <param name="Data">The records of the page.</param>
/// <param name="Page">Where the list goes on.</param>
/// <param name="Count">The total, only with <c>count=exact</c> or <c>count=estimate</c>.</param>
public sealed record ListAnswer<T>(IReadOnlyList<T> Data, PageInfo Page, long? Count);

/// <summary>A list request as a body; the members are those of the query string.</summary>
public sealed record ListBody(string? Q, string? Filter, string? Sort, string? Fields, string? Cursor, int? Limit, string? Count, DateTimeOffset? AsOf, Basis? Basis);

/// <summary>Mapping of lists.</summary>
public static class ListRoutes
{
    /// <summary>Maps <c>GET</c> and <c>POST search</c> (C1) of a resource; both wait for the projection behind the list (C16).</summary>
    /// <typeparam name="T">The record as listed, for the documentation.</typeparam>
    /// <param name="routes">The resource's group.</param>
    /// <param name="source">Where the list comes from.</param>
    /// <param name="right">Who may read it.</param>
    /// <param name="where">A condition beside the rights of the caller, which are always asked; null for none.</param>
    /// <param name="show">What becomes of each document before it is answered, at the instant of the list; null leaves it as it is.</param>
    /// <param name="read">Told of each page that was read, such as what keeps a ledger of it.</param>
    /// <param name="export">How the list is written into a file; null where it cannot be exported.</param>
    public static void MapList<T>(this IEndpointRouteBuilder routes, ListSource source, Right right, Func<HttpContext, FormattableString?>? where = null,
        Func<string, DateTimeOffset, string>? show = null, Func<HttpContext, DocumentStore, ListQuery, ListPage, Task>? read = null, ListExport? export = null) where T : Document, IAggregate<T>
    {
        // The parameters are named for the documentation; all are read as text, so that each fault is answered with its own code.
        var list = Document(routes.MapGet("", (HttpContext http, string? q, string? filter, string? sort, string? fields, string? cursor, string? limit, string? count, string? asOf, string? basis) => Read(http)), "List");
        if (export is not null) list.WithMetadata(ExportedList.Of<T>(routes.ServiceProvider.GetRequiredService<Resource<T>>(), source, export));
        Document(routes.MapPost("search", (Delegate)Read), "Search").Accepts<ListBody>("application/json");

        async Task<ListPage> Read(HttpContext http)
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var query = await ListQuery.BindAsync(http);
            http.Response.Headers.CacheControl = "private, no-cache";
            var now = store.Now;
            var (access, resource) = (Access.Of(http), http.RequestServices.GetRequiredService<Resource<T>>());
            var limits = access.Limits.Of(resource.Name);
            var rows = source.For(access, resource.Name) with
            {
                Visible = access.Visible(resource, source.Fields.Alias, source.Table, query.AsOf is not null),
            };
            var page = await query.ReadAsync(store.DataSource, rows, new(now, store.TimeZone), where?.Invoke(http), http.RequestAborted);
            page = await page.SeenByAsync(http, store);
            if (read is not null) await read(http, store, query, page);
            if (show is null && limits.Count == 0) return page;
            return page with { Data = [.. page.Data.Select(document => access.Limits.Show(resource.Name, show is null ? document : show(document, query.AsOf ?? now)))] };
        }

        RouteHandlerBuilder Document(RouteHandlerBuilder route, string verb) => route.Requires(right).Reads([source.Table, .. source.Reads]).WithName(verb + typeof(T).Name)
            .Produces<ListAnswer<T>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
    }
}
