using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Loses an open opportunity on the command's business date; the reason is required (X3). 409 <c>opportunity_closed</c>; 400
/// <c>closed_before_opened unknown_stage not_a_lost_stage</c>.
/// </summary>
/// <param name="Reason">Why it was lost, at most 1,000 characters.</param>
/// <param name="Stage">Code of a lost stage, for pipelines with several; absent: the first.</param>
internal sealed record LoseOpportunity(string Reason, string? Stage = null)
{
    internal sealed class Validator : AbstractValidator<LoseOpportunity>
    {
        public Validator()
        {
            RuleFor(x => x.Reason).NotEmpty().MaximumLength(1_000);
            RuleFor(x => x.Stage).MaximumLength(40);
        }
    }
}

internal static class LoseOpportunityFeature
{
    public static void Map(IEndpointRouteBuilder opportunities) => opportunities.MapCommand<LoseOpportunity, Opportunity, OpportunityFacts>(
        "{id:guid}/lose", Right.Close("opportunities"), (_, state, scope) => OpportunityFacts.LoadAsync(scope, state.PipelineId), Decide);

    public static Decision Decide(LoseOpportunity command, Opportunity state, OpportunityFacts facts, Now now)
    {
        if (state.StageKind != StageKind.Open) return OpportunityErrors.Closed;
        if (now.Day < state.OpenedOn) return OpportunityErrors.ClosedBeforeOpened(state.OpenedOn);
        if (facts.Pipeline is not { } pipeline) return OpportunityErrors.UnknownPipeline;
        if ((command.Stage is null ? pipeline.Lost : pipeline.Stage(command.Stage)) is not { } stage) return OpportunityErrors.UnknownStage(command.Stage!, "stage");
        if (stage.Kind != StageKind.Lost) return OpportunityErrors.NotALostStage(stage.Code);
        return OpportunityChecks.Checked(facts.Fields, state,
        [
            new OpportunityLost(
                // Of whom nothing may be recorded any more, no reason is.
                state.Name, state.CustomerId, state.PipelineId, state.Stage, stage.Code, stage.Probability, state.Erased ? "" : command.Reason.Trim(), state.Amount, state.OwnerId, now.Day),
        ], now);
    }
}
