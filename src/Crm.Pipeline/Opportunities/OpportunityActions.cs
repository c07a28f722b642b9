using Crm.EventStore;
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
        new("delete", Right.Delete("opportunities"),
            (opportunity, step) => DeleteOpportunityFeature.Decide(new DeleteOpportunity(), opportunity, step.Now),
            (opportunity, step) => !opportunity.Deleted ? null : RestoreOpportunityFeature.Decide(
                new RestoreOpportunity(), opportunity, new OpportunityFacts { Pipeline = ((IReadOnlyDictionary<Guid, SalesPipeline>)step.Facts!).GetValueOrDefault(opportunity.PipelineId) }, step.Now))
        { Load = PipelinesAsync },
    ];

    /// <summary>The pipelines of deleted opportunities. Whether another one has an external key of theirs meanwhile is left to the constraint.</summary>
    private static async Task<object> PipelinesAsync(DocumentStore store, IReadOnlyList<Opportunity> opportunities, CancellationToken ct)
    {
        var streams = await store.Query.FetchStreamsAsync([.. opportunities.Select(o => o.PipelineId).Distinct()], ct);
        return streams.GroupBy(e => e.StreamId).ToDictionary(g => g.Key, g => Fold.All<SalesPipeline>(g)!);
    }

    private static Decision Assign(Opportunity opportunity, Guid? owner, BulkStep step) => ChangeOpportunityFeature.Decide(
        new ChangeOpportunity(OwnerId: owner) { Cleared = owner is null ? ["ownerId"] : [] }, opportunity,
        new OpportunityFacts { Users = owner is { } user && step.IsUser(user) ? new HashSet<Guid> { user } : new HashSet<Guid>() }, step.Now);
}
