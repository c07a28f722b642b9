using System.Security.Cryptography;
using System.Text;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Customers;

/// <summary>From what won amount on a customer belongs to which value tier (X4); one stream for the organisation.</summary>
internal sealed record TierRule : Document, IAggregate<TierRule>
{
    public static readonly Guid Stream = new(SHA256.HashData(Encoding.UTF8.GetBytes("tier-rule")).AsSpan(0, 16));

    public decimal A { get; init; } = 100_000;

    public decimal B { get; init; } = 30_000;

    /// <summary>0: anything above nothing.</summary>
    public decimal C { get; init; }

    public int Days { get; init; } = 365;

    public static TierRule Evolve(TierRule? state, Event e) => e.Data is TierRuleChanged x ? (state ?? new()) with { A = x.A, B = x.B, C = x.C, Days = x.Days } : state ?? new();

    /// <summary>The rule as a projection has it: the one that was set last, or the one every installation begins with.</summary>
    public static string Sql(string table) => "select a, b, c, days from " + table + " union all select 100000, 30000, 0, 365 where not exists (select from " + table + ")";
}

/// <summary>Sets the thresholds of the value tiers (S021); every customer's tier is worked out anew, for all of the past as well.</summary>
/// <param name="A">CNY from which a customer is A.</param>
/// <param name="B">CNY for B, below <paramref name="A"/>.</param>
/// <param name="C">CNY for C, below <paramref name="B"/>; 0 for anything above nothing.</param>
/// <param name="Days">Within how many days; 365 unless stated.</param>
internal sealed record ChangeTierRule(decimal? A, decimal? B, decimal? C, int? Days = null)
{
    internal sealed class Validator : AbstractValidator<ChangeTierRule>
    {
        public Validator()
        {
            RuleFor(x => x.A).NotNull().LessThanOrEqualTo(1_000_000_000_000m).Must((x, a) => a > x.B).WithErrorCode("out_of_order");
            RuleFor(x => x.B).NotNull().Must((x, b) => b > x.C).WithErrorCode("out_of_order");
            RuleFor(x => x.C).NotNull().GreaterThanOrEqualTo(0);
            RuleFor(x => x.Days).InclusiveBetween(1, 3660).When(x => x.Days is not null);
        }
    }
}

/// <summary>How many customers are in a tier now.</summary>
/// <param name="Tier"><c>A B C D</c>.</param>
/// <param name="Count">Customers.</param>
/// <param name="Manual">Of those, in how many people have set it.</param>
internal sealed record TierCount(string Tier, long Count, long Manual);

/// <summary>The thresholds, and how many customers they put where.</summary>
/// <param name="A">CNY for A.</param>
/// <param name="B">CNY for B.</param>
/// <param name="C">CNY for C.</param>
/// <param name="Days">Within how many days.</param>
/// <param name="Tiers">Customers by tier.</param>
/// <param name="Customers">The customers the caller sees that are not deleted.</param>
/// <param name="Coverage">The share of them that has a tier, 0 to 1 (S021 demands 1).</param>
internal sealed record TierRuleView(decimal A, decimal B, decimal C, int Days, IReadOnlyList<TierCount> Tiers, long Customers, decimal Coverage);

internal static class TierRuleFeature
{
    public static void Map(IEndpointRouteBuilder tags)
    {
        tags.MapGet("tiers", async (HttpContext http, DocumentStore store) => await ViewAsync(http, store, http.RequestAborted))
            .Requires(Right.Change("tags")).Reads(TagPeriods.ProjectionName, "customer.customers").WithName("GetTierRule").ProducesProblem(401).ProducesProblem(403);
        tags.MapOperation<ChangeTierRule>("tiers", Right.Change("tags"), 200, async (command, session, scope) =>
        {
            var stream = await session.FetchForWriting<TierRule>(TierRule.Stream, scope.Aborted);
            stream.AppendMany(Decide(command, stream.Aggregate ?? new()).Events);
            return null;
        }, method: "PUT");
    }

    public static Decision Decide(ChangeTierRule command, TierRule rule)
    {
        var changed = new TierRuleChanged(command.A!.Value, command.B!.Value, command.C!.Value, command.Days ?? 365);
        return changed == new TierRuleChanged(rule.A, rule.B, rule.C, rule.Days) ? Decision.Nothing : [changed];
    }

    private static async Task<TierRuleView> ViewAsync(HttpContext http, DocumentStore store, CancellationToken ct)
    {
        var rule = await store.Query.AggregateStreamAsync<TierRule>(TierRule.Stream, ct: ct) ?? new();
        var parameters = new SqlParameters();
        parameters.Add(store.Now.UtcDateTime, NpgsqlDbType.TimestampTz);
        var visible = Access.Of(http).Visible(http.RequestServices.GetRequiredService<Resource<Customer>>(), "d", "customer.customers", false)?.Invoke(parameters) ?? "true";
        await using var batch = store.DataSource.CreateBatch();
        var command = new NpgsqlBatchCommand("""
            select p.tier, count(*), count(*) filter (where p.manual) from customer.customers d
            left join customer.tier_periods p on p.customer_id = d.id and p.valid_from <= $1 and p.valid_to > $1
            where not d.deleted and 
            """ + visible + " group by p.tier order by p.tier");
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
        var (tiers, without) = (new List<TierCount>(), 0L);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            if (reader.IsDBNull(0)) without = reader.GetInt64(1);
            else tiers.Add(new TierCount(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));
        var all = without + tiers.Sum(t => t.Count);
        return new TierRuleView(rule.A, rule.B, rule.C, rule.Days, tiers, all, all == 0 ? 1 : decimal.Round(1 - (decimal)without / all, 4));
    }
}
