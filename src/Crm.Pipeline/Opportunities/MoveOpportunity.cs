using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Moves an open opportunity to another open stage of its pipeline, forwards or backwards. A chance that was not set by hand becomes the
/// stage's. 409 <c>opportunity_closed</c>, <c>use_win</c> and <c>use_lose</c> for stages that close; 400 <c>unknown_stage</c>.
/// </summary>
/// <param name="To">Code of the stage.</param>
internal sealed record MoveOpportunity(string To)
{
    internal sealed class Validator : AbstractValidator<MoveOpportunity>
    {
        public Validator() => RuleFor(x => x.To).NotEmpty().MaximumLength(40);
    }
}

internal static class MoveOpportunityFeature
{
    public static void Map(IEndpointRouteBuilder opportunities) => opportunities.MapCommand<MoveOpportunity, Opportunity, OpportunityFacts>(
        "{id:guid}/stage", Right.Change("opportunities"), (_, state, scope) => OpportunityFacts.LoadAsync(scope, state.PipelineId), Decide);

    public static Decision Decide(MoveOpportunity command, Opportunity state, OpportunityFacts facts, Now now) => facts.Pipeline?.Stage(command.To) switch
    {
        _ when state.StageKind != StageKind.Open => OpportunityErrors.Closed,
        null => OpportunityErrors.UnknownStage(command.To, "to"),
        { Kind: StageKind.Won } => OpportunityErrors.UseWin,
        { Kind: StageKind.Lost } => OpportunityErrors.UseLose,
        var stage when stage.Code == state.Stage => Decision.Nothing,
        var stage => OpportunityChecks.Checked(facts.Fields, state,
        [
            new OpportunityMoved(state.Name, state.CustomerId, state.PipelineId, state.Stage, stage.Code, state.ProbabilitySet ? state.Probability : stage.Probability),
        ], now),
    };
}
