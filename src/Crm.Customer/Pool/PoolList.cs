using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>A customer in the pool, as everybody sees it who may claim it: what it is, and of how to reach it only masks until somebody claims it.</summary>
/// <param name="Id">The customer.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Company or person.</param>
/// <param name="Lifecycle">Where it stands.</param>
/// <param name="Tier">Value tier.</param>
/// <param name="Industry">Industry.</param>
/// <param name="Size">Size of the company.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Phone">A mask of the telephone number.</param>
/// <param name="Email">A mask of the e-mail address.</param>
/// <param name="LastFollowUpAt">When somebody was last in touch.</param>
/// <param name="PooledAt">Since when it is in the pool.</param>
/// <param name="PoolCause"><c>released</c> or <c>recycled</c>.</param>
/// <param name="FormerOwnerId">Who had it.</param>
/// <param name="CreatedAt">When it came on file.</param>
internal sealed record PoolCustomer(
    Guid Id, string Name, CustomerKind Kind, CustomerLifecycle Lifecycle, string? Tier, string? Industry, string? Size, string? Source, [property: Personal(PersonalKind.Phone)] string? Phone,
    [property: Personal(PersonalKind.Email)] string? Email, DateTimeOffset? LastFollowUpAt, DateTimeOffset PooledAt, string PoolCause, Guid? FormerOwnerId, DateTimeOffset CreatedAt);

/// <summary>How the caller stands with the pool.</summary>
/// <param name="Held">For how many customers he is responsible.</param>
/// <param name="HoldingCap">How many there may be when he claims; null for no cap.</param>
/// <param name="ClaimedToday">How many he has claimed today.</param>
/// <param name="DailyClaimCap">How many there may be; null for no cap.</param>
/// <param name="SoonRecycled">How many of his customers go into the pool unless he follows up.</param>
internal sealed record PoolShare(int Held, int? HoldingCap, int ClaimedToday, int? DailyClaimCap, int SoonRecycled);

/// <summary>
/// <c>GET /pool</c>: the customers of the pool, for whoever may claim, whatever else he may see. It can be sorted, filtered and searched by what it shows and no
/// masks; <c>GET /pool/mine</c>: how many the caller may still claim.
/// </summary>
internal static class PoolList
{
    // The tier that holds now, as the list of customers tells it.
    private const string Tier = "coalesce(held.tier, d.doc->>'tier', 'D')";

    private static readonly ListSource Source = new(
        FieldMap.Of<PoolCustomer>().Without("phone").Without("email").Add("formerOwnerName", FieldType.Text, "o.name").Add("tier", FieldType.Text, Tier, nullable: false), "customer.customers")
    {
        Joins = """
            left join customer.users o on o.id = d.doc->>'formerOwnerId'
            left join customer.tier_periods held on held.customer_id = d.id and held.valid_from <= {at} and held.valid_to > {at}
            """,
        Reads = [TagPeriods.ProjectionName],
        Select = $"""
            jsonb_build_object('id', d.id, 'name', d.doc->'name', 'kind', d.doc->'kind', 'lifecycle', d.doc->'lifecycle', 'tier', {Tier}, 'industry', d.doc->'industry', 'size', d.doc->'size',
              'source', d.doc->'source', 'phone', d.doc->'phone', 'email', d.doc->'email', 'lastFollowUpAt', d.doc->'lastFollowUpAt', 'pooledAt', d.doc->'pooledAt', 'poolCause', d.doc->'poolCause',
              'formerOwnerId', d.doc->'formerOwnerId', 'formerOwnerName', o.name, 'createdAt', d.doc->'createdAt')
            """,
        // Names of contacts find nothing here: only what is shown does.
        Search = (query, parameters) => $"d.doc->>'name' ilike {parameters.Add("%" + query.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%", NpgsqlTypes.NpgsqlDbType.Text)}",
        Where = "(d.doc->>'inPool')::boolean and not d.deleted and d.archived is not true and d.erased is not true",
        Sort = "-pooledAt",
    };

    public static void Map(IEndpointRouteBuilder pool)
    {
        Document(pool.MapGet("", (HttpContext http, string? q, string? filter, string? sort, string? fields, string? cursor, string? limit, string? count) => Read(http)), "List");
        // What looks like a telephone number must not stand in an address.
        Document(pool.MapPost("search", (Delegate)Read), "Search").Accepts<ListBody>("application/json");
        pool.MapGet("mine", async (HttpContext http, DocumentStore store) =>
        {
            var settings = await PoolRules.InForceAsync(store, http.RequestAborted);
            if (Access.Of(http).UserId is not { } user) return new PoolShare(0, settings.HoldingCap, 0, settings.DailyClaimCap, 0);
            var claims = await store.Query.AggregateStreamAsync<PoolClaims>(PoolClaims.Of(user), ct: http.RequestAborted);
            await using var connection = await store.DataSource.OpenConnectionAsync(http.RequestAborted);
            var soon = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
                "select count(*)::int from customer.customers where owner_id = @user and doc->>'recycleOn' is not null and not deleted and archived is not true and erased is not true", new { user }, cancellationToken: http.RequestAborted));
            return new PoolShare(await PoolClaims.HeldAsync(store, user, http.RequestAborted), settings.HoldingCap, claims?.On(store.DayOf(store.Now)) ?? 0, settings.DailyClaimCap, soon);
        }).Requires(Right.Claim).Reads(Source.Table).WithName("GetPoolShare").Produces<PoolShare>().ProducesProblem(401).ProducesProblem(403);

        static async Task<ListPage> Read(HttpContext http)
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var query = await ListQuery.BindAsync(http);
            if (query.AsOf is not null) throw ProblemException.Invalid("query.asOf", "as_of_not_supported", "公海只显示当前的客户。", "The pool shows the customers of now only.");
            http.Response.Headers.CacheControl = "private, no-cache";
            var access = Access.Of(http);
            var page = await query.ReadAsync(store.DataSource, Source with { Fields = Source.Fields.For(access, "customers") }, new QueryClock(store.Now, store.TimeZone), ct: http.RequestAborted);
            if (store.Personal is { } personal) page = page with { Data = await personal.OpenAsync(page.Data, Masking.Mask, http.RequestAborted) };
            return page with { Data = [.. page.Data.Select(row => access.Limits.Show("customers", row))] };
        }

        static RouteHandlerBuilder Document(RouteHandlerBuilder route, string verb) => route.Requires(Right.Claim).Reads(Source.Table).WithName(verb + nameof(PoolCustomer))
            .Produces<ListAnswer<PoolCustomer>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
    }
}
