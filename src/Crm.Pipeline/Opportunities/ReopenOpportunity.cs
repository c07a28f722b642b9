using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Opens a won or lost opportunity again, in the stage it closed from or, if that is gone, in the first; a chance that was set by hand
/// follows the stage again. 409 <c>opportunity_open use_win use_lose</c>; 400 <c>unknown_stage</c>.
/// </summary>
/// <param name="To">Code of an open stage.</param>
internal sealed record ReopenOpportunity(string? To = null)
{
    internal sealed class Validator : AbstractValidator<ReopenOpportunity>
    {
        public Validator() => RuleFor(x => x.To).MaximumLength(40);
    }
}

internal static class ReopenOpportunityFeature
{
    public static void Map(IEndpointRouteBuilder opportunities) => opportunities.MapCommand<ReopenOpportunity, Opportunity, OpportunityFacts>(
        "{id:guid}/reopen", Right.Close("opportunities"), (_, state, scope) => OpportunityFacts.LoadAsync(scope, state.PipelineId), Decide);

    public static Decision Decide(ReopenOpportunity command, Opportunity state, OpportunityFacts facts, Now now)
    {
        if (state.StageKind == StageKind.Open) return OpportunityErrors.NotClosed;
        if (facts.Pipeline is not { } pipeline) return OpportunityErrors.UnknownPipeline;
        var stage = command.To is { } to ? pipeline.Stage(to) : pipeline.Stage(state.ClosedFrom!) is { Kind: StageKind.Open } before ? before : pipeline.First;
        return stage switch
        {
            null => OpportunityErrors.UnknownStage(command.To!, "to"),
            { Kind: StageKind.Won } => OpportunityErrors.UseWin,
            { Kind: StageKind.Lost } => OpportunityErrors.UseLose,
            _ => OpportunityChecks.Checked(facts.Fields, state, [new OpportunityReopened(state.Name, state.CustomerId, state.PipelineId, state.Stage, stage.Code, stage.Probability)], now),
        };
    }
}
