using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Takes as many of some customers out of the pool as the caps allow, in the order in which they are named, and makes the caller responsible for them (X10).</summary>
/// <param name="Ids">The customers, 1 to 100.</param>
internal sealed record ClaimCustomers(Guid[]? Ids)
{
    internal sealed class Validator : AbstractValidator<ClaimCustomers>
    {
        public Validator() => RuleFor(x => x.Ids).NotEmpty().Must(ids => ids is null or { Length: <= 100 }).WithErrorCode("too_many").WithMessage(_ => Rules.Pick("一次最多领取 100 个客户。", "At most 100 customers are claimed at once."));
    }
}

/// <summary>What became of a claim of many.</summary>
/// <param name="Claimed">How many the caller has got.</param>
/// <param name="Refused">How many not.</param>
/// <param name="Results">Each customer, in the order in which they were named.</param>
internal sealed record ClaimedCustomers(int Claimed, int Refused, IReadOnlyList<ClaimResult> Results);

/// <summary>What became of one customer.</summary>
/// <param name="Id">The customer.</param>
/// <param name="Name">Its name; null for one that the caller cannot see.</param>
/// <param name="Claimed">Whether it is the caller's now.</param>
/// <param name="Code">Why not: <c>already_claimed not_in_pool holding_cap daily_claim_cap reclaim_too_soon archived erased not_found</c>.</param>
/// <param name="Message">The same in words.</param>
internal sealed record ClaimResult(Guid Id, string? Name, bool Claimed, string? Code = null, string? Message = null);

/// <summary>
/// <c>POST /pool/claim</c>: each is decided like one that is claimed alone and all are saved together, at the versions of the customers and of the claimer's own stream; where
/// somebody was faster with one of them all are decided again.
/// </summary>
internal static class ClaimCustomersFeature
{
    public static void Map(IEndpointRouteBuilder pool) => pool.MapOperation<ClaimCustomers>("claim", Right.Claim, 200, async (command, session, scope) =>
    {
        var access = Access.Of(scope.Http);
        if (access.UserId is not { } user) throw new ProblemException(403, "forbidden", "只有用户可以领取客户。", "Only a user can claim a customer.");
        // First the claimer's own stream: what others of his claims add afterwards is met on it.
        var claims = await session.FetchForWriting<PoolClaims>(PoolClaims.Of(user), scope.Aborted);
        Guid[] ids = [.. command.Ids!.Distinct()];
        var streams = (await scope.Store.Query.FetchStreamsAsync(ids, scope.Aborted)).ToLookup(e => e.StreamId);
        var customers = ids.Select(id => Fold.All<Customer>(streams[id])).ToList();
        var resource = scope.Service<Resource<Customer>>();
        var (today, settings) = (scope.Store.DayOf(scope.Now.At), await PoolRules.InForceAsync(scope.Store, scope.Aborted));
        var (held, claimed) = (await PoolClaims.HeldAsync(scope.Store, user, scope.Aborted), claims.Aggregate?.On(today) ?? 0);
        var owners = await scope.Service<IUserDirectory>().NamesAsync(customers.Select(c => c?.OwnerId?.ToString()).OfType<string>().Distinct(), scope.Aborted);
        var results = new List<ClaimResult>();
        foreach (var (id, found) in ids.Zip(customers))
        {
            if (found is not { Deleted: false } customer)
            {
                results.Add(Refused(id, null, PoolErrors.Unknown));
                continue;
            }
            var sees = await access.MayAsync(Right.View("customers"), resource, customer, scope.Aborted);
            var name = (sees || customer.InPool) && RelationList.ShowsName(scope.Http) ? customer.Name : null;
            var owner = customer.OwnerId is { } holder ? owners.GetValueOrDefault(holder.ToString()) : null;
            var decision = ClaimCustomerFeature.Decide(new ClaimCustomer(), customer, new ClaimFacts(user, settings, held, claimed, sees, owner), scope.Now);
            if (decision.Rejection is { } rejection)
            {
                results.Add(Refused(id, name, rejection));
                continue;
            }
            results.Add(new(id, name, true));
            if (decision.Events.Count == 0) continue;
            session.Append<Customer>(id, customer.Version, decision.Events);
            claims.AppendMany([new PoolClaimCounted(id, today)]);
            (held, claimed) = (held + 1, claimed + 1);
        }
        var got = results.Count(r => r.Claimed);
        return new ClaimedCustomers(got, results.Count - got, results);

        ClaimResult Refused(Guid id, string? name, Rejection rejection) => new(id, name, false, rejection.Code, Language.Pick(scope.Http, rejection.Zh, rejection.En));
    }).Produces<ClaimedCustomers>();
}
