using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Wins an open opportunity (S060) on the command's business date. 409 <c>opportunity_closed</c>; 400 <c>closed_before_opened</c>,
/// <c>currency_mismatch</c>.
/// </summary>
/// <param name="Amount">The amount it was won for; absent: the opportunity's.</param>
internal sealed record WinOpportunity(Money? Amount = null)
{
    internal sealed class Validator : AbstractValidator<WinOpportunity>
    {
        public Validator() => RuleFor(x => x.Amount).Amount();
    }
}

internal static class WinOpportunityFeature
{
    public static void Map(IEndpointRouteBuilder opportunities) => opportunities.MapCommand<WinOpportunity, Opportunity, OpportunityFacts>(
        "{id:guid}/win", Right.Close("opportunities"), (_, state, scope) => OpportunityFacts.LoadAsync(scope, state.PipelineId), Decide);

    public static Decision Decide(WinOpportunity command, Opportunity state, OpportunityFacts facts, Now now)
    {
        if (state.StageKind != StageKind.Open) return OpportunityErrors.Closed;
        if (now.Day < state.OpenedOn) return OpportunityErrors.ClosedBeforeOpened(state.OpenedOn);
        if (facts.Pipeline is not { } pipeline) return OpportunityErrors.UnknownPipeline;
        if (command.Amount is { } won && state.Lines.Length > 0 && won.Currency != state.Lines[0].UnitPrice.Currency) return OpportunityErrors.CurrencyMismatch with { Field = "amount" };
        return OpportunityChecks.Checked(facts.Fields, state,
        [
            new OpportunityWon(
                state.Name, state.CustomerId, state.PipelineId, state.Stage, pipeline.Won.Code, pipeline.Won.Probability, command.Amount ?? state.Amount,
                command.Amount is null && state.AmountFromLines, state.OwnerId, now.Day),
        ], now);
    }
}
