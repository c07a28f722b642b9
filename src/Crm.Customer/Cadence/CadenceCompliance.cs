using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NpgsqlTypes;

namespace Crm.Customers;

/// <summary>How many customers of a tier are followed up as often as they should be.</summary>
/// <param name="Tier"><c>A B C D</c>: the tier that holds, set by hand or computed.</param>
/// <param name="Customers">All that are in the lists.</param>
/// <param name="OnTime">Those whose last follow-up (or registration) is not longer ago than their cadence.</param>
/// <param name="Ratio">The share, 0 to 1.</param>
/// <param name="Target">What is aimed at: 0.95 of tier A (S051); null without a target.</param>
internal sealed record TierCompliance(string Tier, int Customers, int OnTime, decimal Ratio, decimal? Target);

/// <summary>跟进频次达标率 by tier (S051).</summary>
/// <param name="Tiers">By tier, A first.</param>
/// <param name="Formula">How it is computed.</param>
internal sealed record ComplianceView(IReadOnlyList<TierCompliance> Tiers, string Formula);

/// <summary><c>GET /cadence/compliance</c>: of the customers that the caller may see, or those of one owner.</summary>
internal static class CadenceCompliance
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGroup("cadence").WithTags("cadence").MapGet("compliance", async (HttpContext http, DocumentStore store, Guid? ownerId) =>
    {
        var parameters = new SqlParameters();
        var now = parameters.Add(store.Now.UtcDateTime, NpgsqlDbType.TimestampTz);
        var visible = Access.Of(http).Visible(http.RequestServices.GetRequiredService<Resource<Customer>>(), "d", "customer.customers", false)?.Invoke(parameters);
        var owned = ownerId is { } owner ? $"n.owner_id = {parameters.Add(owner, NpgsqlDbType.Uuid)}" : "true";
        await using var batch = store.DataSource.CreateBatch();
        var command = new Npgsql.NpgsqlBatchCommand($"""
            select n.tier, count(*)::int, count(*) filter (where customer.due_at({DueDates.DaysSql}, n.lifecycle, n.tier, coalesce(n.last_at, n.registered_at), null) >= {now})::int
            from customer.due_dates n {(visible is null ? "" : "join customer.customers d on d.id = n.id")}
            where n.open and {DueDates.At("n", now)} and {owned} and {visible ?? "true"} group by n.tier order by n.tier
            """);
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
        var tiers = new List<TierCompliance>();
        await using var reader = await batch.ExecuteReaderAsync(http.RequestAborted);
        while (await reader.ReadAsync(http.RequestAborted))
        {
            var (tier, all, onTime) = (reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2));
            tiers.Add(new(tier, all, onTime, Math.Round((decimal)onTime / all, 4), tier == "A" ? 0.95m : null));
        }
        return new ComplianceView(tiers, Rules.Pick("达标率 = 距上次跟进（或登记）不超过跟进周期的客户数 ÷ 在列客户数", "Compliance = customers whose last follow-up (or registration) is not longer ago than their cadence ÷ customers in the lists"));
    }).Requires(Right.View("customers")).Reads(TagPeriods.ProjectionName, "customer.customers").WithName("GetCadenceCompliance").Produces<ComplianceView>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
}
