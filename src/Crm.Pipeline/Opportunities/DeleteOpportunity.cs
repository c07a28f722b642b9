using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>Deletes an opportunity; it answers 404 and counts nowhere until it is restored. Its external keys are free for another.</summary>
internal sealed record DeleteOpportunity;

internal static class DeleteOpportunityFeature
{
    public static void Map(IEndpointRouteBuilder opportunities) =>
        opportunities.MapCommand<DeleteOpportunity, Opportunity>("{id:guid}", Right.Delete("opportunities"), Decide, "DELETE");

    public static Decision Decide(DeleteOpportunity command, Opportunity state, Now now) =>
        state.Deleted ? Decision.Nothing : [new OpportunityDeleted(state.Name, state.CustomerId)];
}
