using Crm.Http;

namespace Crm.Pipeline;

/// <summary>What can be done with any selection of opportunities, by the decisions of the commands on one.</summary>
internal static class OpportunityActions
{
    public static IReadOnlyList<BulkAction<Opportunity>> All { get; } =
    [
        new("owner", Right.Assign("opportunities"),
            (opportunity, step) => Assign(opportunity, step.Input.OwnerId, step),
            (opportunity, step) => opportunity.OwnerId != step.Input.OwnerId || opportunity.Deleted ? null : Assign(opportunity, step.Before, step))
        { Takes = "ownerId", Owner = opportunity => opportunity.OwnerId },
    ];

    private static Decision Assign(Opportunity opportunity, Guid? owner, BulkStep step) => ChangeOpportunityFeature.Decide(
        new ChangeOpportunity(OwnerId: owner) { Cleared = owner is null ? ["ownerId"] : [] }, opportunity,
        new OpportunityFacts { Users = owner is { } user && step.IsUser(user) ? new HashSet<Guid> { user } : new HashSet<Guid>() }, step.Now);
}
