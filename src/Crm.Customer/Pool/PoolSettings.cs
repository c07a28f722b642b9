using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>After how many days without a follow-up a customer goes into the pool, by where it stands; null is never.</summary>
/// <param name="Potential">潜在客户.</param>
/// <param name="Intent">意向客户.</param>
/// <param name="Won">成交客户; of no effect while they are protected.</param>
/// <param name="Lost">流失客户.</param>
internal sealed record RecycleDays(int? Potential, int? Intent, int? Won, int? Lost);

/// <summary>The rules of the pool (公海, X10), all of them at once. Without any it is a place to put customers and to take them from.</summary>
internal sealed record PoolSettings
{
    /// <summary>How many customers a person who claims may be responsible for, archived ones not counted; null for no cap.</summary>
    public int? HoldingCap { get; init; }

    /// <summary>How many customers a person may claim on one day of the organisation's zone; null for no cap.</summary>
    public int? DailyClaimCap { get; init; }

    /// <summary>After how many days without a follow-up a customer is recycled. Days count from the last follow-up or from when the owner got it, whichever is later.</summary>
    public RecycleDays RecycleAfterDays { get; init; } = new(null, null, null, null);

    /// <summary>How many days before it the owner is warned; nobody loses a customer without a warning unless this is 0.</summary>
    public int WarnDays { get; init; } = 3;

    /// <summary>Whether customers who bought are never recycled.</summary>
    public bool ProtectWon { get; init; } = true;

    /// <summary>Whether customers with an open opportunity are never recycled.</summary>
    public bool ProtectOpenOpportunities { get; init; } = true;

    /// <summary>For how many days after a customer went into the pool who had it cannot claim it.</summary>
    public int ReclaimAfterDays { get; init; }

    /// <summary>The days of a class of customers, if they are recycled at all.</summary>
    public int? DaysOf(CustomerLifecycle lifecycle) => lifecycle switch
    {
        CustomerLifecycle.Won => ProtectWon ? null : RecycleAfterDays.Won,
        CustomerLifecycle.Intent => RecycleAfterDays.Intent,
        CustomerLifecycle.Lost => RecycleAfterDays.Lost,
        _ => RecycleAfterDays.Potential,
    };

    internal sealed class Validator : AbstractValidator<PoolSettings>
    {
        public Validator()
        {
            RuleFor(x => x.HoldingCap).InclusiveBetween(1, 100_000);
            RuleFor(x => x.DailyClaimCap).InclusiveBetween(1, 10_000);
            RuleFor(x => x.RecycleAfterDays).NotNull();
            RuleFor(x => x.RecycleAfterDays.Potential).InclusiveBetween(1, 3650).When(x => x.RecycleAfterDays is not null);
            RuleFor(x => x.RecycleAfterDays.Intent).InclusiveBetween(1, 3650).When(x => x.RecycleAfterDays is not null);
            RuleFor(x => x.RecycleAfterDays.Won).InclusiveBetween(1, 3650).When(x => x.RecycleAfterDays is not null);
            RuleFor(x => x.RecycleAfterDays.Lost).InclusiveBetween(1, 3650).When(x => x.RecycleAfterDays is not null);
            RuleFor(x => x.WarnDays).InclusiveBetween(0, 90);
            RuleFor(x => x.ReclaimAfterDays).InclusiveBetween(0, 3650);
        }
    }
}

/// <summary>The rules of the pool were set.</summary>
/// <param name="Settings">All of them.</param>
internal sealed record PoolRulesSet(PoolSettings Settings);

/// <summary>The rules in force: one stream for the organisation.</summary>
internal sealed record PoolRules : Document, IAggregate<PoolRules>
{
    public static readonly Guid Stream = Guid.Parse("706f6f6c-7275-4c65-8000-000000000001");

    public PoolSettings Settings { get; init; } = new();

    public static PoolRules Evolve(PoolRules? state, Event e) => e.Data is PoolRulesSet x ? (state ?? new()) with { Settings = x.Settings } : state ?? new();

    public static async Task<PoolSettings> InForceAsync(DocumentStore store, CancellationToken ct) =>
        (await store.Query.AggregateStreamAsync<PoolRules>(Stream, ct: ct))?.Settings ?? new();
}

internal static class PoolSettingsFeature
{
    public static void Map(IEndpointRouteBuilder pool)
    {
        pool.MapGet("settings", (HttpContext http, DocumentStore store) => PoolRules.InForceAsync(store, http.RequestAborted))
            .Requires(Right.Claim).WithName("GetPoolSettings").Produces<PoolSettings>().ProducesProblem(401).ProducesProblem(403);
        // As rules for the whole organisation they are the administrators' to set, like its other texts and accounts.
        pool.MapOperation<PoolSettings>("settings", Right.Change("users"), 200, async (command, session, scope) =>
        {
            var stream = await session.FetchForWriting<PoolRules>(PoolRules.Stream, scope.Aborted);
            stream.AppendMany(Decide(command, stream.Aggregate?.Settings).Events);
            return command;
        }, "PUT").Produces<PoolSettings>();
    }

    public static Decision Decide(PoolSettings command, PoolSettings? inForce) => command == inForce ? Decision.Nothing : [new PoolRulesSet(command)];
}
