using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Brings a deleted opportunity back as it was. 409 <c>external_key_taken</c> if another one has a key of it now; 409 <c>stage_gone</c>
/// if it was open in a stage that the pipeline has no longer.
/// </summary>
internal sealed record RestoreOpportunity;

internal static class RestoreOpportunityFeature
{
    private static readonly Rejection StageGone = new("stage_gone", "商机所在的阶段已从流程中移除。", "The stage the opportunity was in is no longer part of its pipeline.");

    public static void Map(IEndpointRouteBuilder opportunities) => opportunities.MapCommand<RestoreOpportunity, Opportunity, OpportunityFacts>(
        "{id:guid}/restore", Right.Delete("opportunities"), (_, state, scope) => OpportunityFacts.LoadAsync(scope, state.PipelineId, keys: Keys(state)), Decide, onDeleted: true);

    public static Decision Decide(RestoreOpportunity command, Opportunity state, OpportunityFacts facts, Now now) =>
        !state.Deleted ? Decision.Nothing
        : facts.Taken(Keys(state), state.Id) is { } taken ? taken
        : state.StageKind == StageKind.Open && facts.Pipeline?.Stage(state.Stage)?.Kind != StageKind.Open ? StageGone
        : [new OpportunityUndeleted(state.Name, state.CustomerId)];

    private static Dictionary<string, string?> Keys(Opportunity state) => state.ExternalKeys.ToDictionary(k => k.Key, k => (string?)k.Value);
}
