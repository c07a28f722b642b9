using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Takes a customer out of the pool and makes the caller responsible for it (X10).</summary>
internal sealed record ClaimCustomer;

/// <summary>A user claimed a customer; on a stream of the user, which is what counts the day's claims and what two claims of one person at once meet on.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Day">The day in the organisation's zone.</param>
internal sealed record PoolClaimCounted(Guid CustomerId, DateOnly Day);

/// <summary>How many customers a user has claimed on the last day on which any was claimed.</summary>
internal sealed record PoolClaims : Document, IAggregate<PoolClaims>
{
    public DateOnly Day { get; init; }

    public int Count { get; init; }

    public static PoolClaims Evolve(PoolClaims? state, Event e) => (state ?? new(), e.Data) switch
    {
        (var s, PoolClaimCounted x) => s with { Day = x.Day, Count = s.Day == x.Day ? s.Count + 1 : 1 },
        (var s, _) => s,
    };

    public int On(DateOnly day) => day == Day ? Count : 0;

    /// <summary>The stream of a user's claims.</summary>
    public static Guid Of(Guid user) => new(System.Security.Cryptography.SHA256.HashData([.. "pool-claims\n"u8, .. user.ToByteArray()]).AsSpan(0, 16));

    /// <summary>How many customers a person is responsible for, by the keys that are written with the events.</summary>
    public static async Task<int> HeldAsync(DocumentStore store, Guid user, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "select count(*)::int from customer.match_keys where owner_id = @user and field = 'name' and live and not archived", new { user }, cancellationToken: ct));
    }
}

/// <summary>What a claim must know.</summary>
/// <param name="UserId">Who claims.</param>
/// <param name="Settings">The rules in force.</param>
/// <param name="Held">For how many customers he is responsible.</param>
/// <param name="ClaimedToday">How many he has claimed today.</param>
/// <param name="Sees">Whether he may see the customer in any case.</param>
/// <param name="OwnerName">The name of who is responsible for it, if somebody is.</param>
internal sealed record ClaimFacts(Guid UserId, PoolSettings Settings, int Held, int ClaimedToday, bool Sees, string? OwnerName);

/// <summary>
/// <c>POST /customers/{id}/claim</c>. Of two who claim one customer the log lets one in, and of one who claims many at once as many as the caps allow: each claim
/// is also an event on the claimer's own stream, at the version at which the caps were counted.
/// </summary>
internal static class ClaimCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapOperation<ClaimCustomer>("{id:guid}/claim", Right.Claim, 200, async (command, session, scope) =>
    {
        var access = Access.Of(scope.Http);
        if (access.UserId is not { } user) throw new ProblemException(403, "forbidden", "只有用户可以领取客户。", "Only a user can claim a customer.");
        // First the claimer's own stream: what others of his claims add afterwards is met on it.
        var claims = await session.FetchForWriting<PoolClaims>(PoolClaims.Of(user), scope.Aborted);
        var stream = await session.FetchForWriting<Customer>(Guid.Parse(scope.Route("id")), scope.Aborted);
        if (stream.Aggregate is not { Deleted: false } customer) throw ProblemException.NotFound();
        Commands.CheckVersion(scope.Http, stream.StartingVersion);
        var resource = scope.Service<Resource<Customer>>();
        var today = scope.Store.DayOf(scope.Now.At);
        var (settings, held) = (PoolRules.InForceAsync(scope.Store, scope.Aborted), PoolClaims.HeldAsync(scope.Store, user, scope.Aborted));
        var owner = customer.OwnerId is { } id ? (await scope.Service<IUserDirectory>().NamesAsync([id.ToString()], scope.Aborted)).GetValueOrDefault(id.ToString()) : null;
        var decision = Decide(command, customer, new ClaimFacts(user, await settings, await held, claims.Aggregate?.On(today) ?? 0,
            await access.MayAsync(Right.View("customers"), resource, customer, scope.Aborted), owner), scope.Now);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        if (decision.Events.Count > 0) claims.AppendMany([new PoolClaimCounted(stream.Id, today)]);
        stream.AppendMany(decision.Events);
        return await resource.ShowAsync(scope.Http, Fold.All(session.Pending(stream.Id), customer)!, scope.Now.At);
    }).Produces<Customer>().ProducesProblem(412);

    public static Decision Decide(ClaimCustomer command, Customer customer, ClaimFacts facts, Now now)
    {
        if (customer.OwnerId == facts.UserId) return Decision.Nothing;
        if (!customer.InPool)
            return customer is { OwnerId: { } owner, ClaimedAt: not null } ? PoolErrors.AlreadyClaimed(owner, facts.OwnerName) : facts.Sees ? PoolErrors.NotInPool : PoolErrors.Unknown;
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (customer.FormerOwnerId == facts.UserId && customer.PooledAt!.Value.AddDays(facts.Settings.ReclaimAfterDays) is var until && until > now.At) return PoolErrors.TooSoon(until);
        if (facts.Held >= facts.Settings.HoldingCap) return PoolErrors.TooManyHeld(facts.Settings.HoldingCap.Value);
        if (facts.ClaimedToday >= facts.Settings.DailyClaimCap) return PoolErrors.TooManyToday(facts.Settings.DailyClaimCap.Value);
        return [new CustomerOwnerChanged(null, facts.UserId), new CustomerClaimed(facts.UserId)];
    }
}
