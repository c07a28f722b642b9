using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Records what was learned from a closed opportunity (成交复盘, S069); it appears on the customer's timeline too. A later review replaces
/// it, the history keeps both. 409 <c>opportunity_open</c>; 400 <c>required</c> if it says nothing.
/// </summary>
/// <param name="KeyFactors">What decided it, for example 价格优势, 服务响应速度; at most 50.</param>
/// <param name="UnmetNeeds">Needs of the customer that were not part of the deal; at most 50.</param>
/// <param name="Summary">The rest, at most 4,000 characters.</param>
internal sealed record ReviewOpportunity(string[]? KeyFactors = null, string[]? UnmetNeeds = null, string? Summary = null)
{
    internal sealed class Validator : AbstractValidator<ReviewOpportunity>
    {
        public Validator()
        {
            RuleFor(x => x.KeyFactors).NamesOnly();
            RuleFor(x => x.UnmetNeeds).NamesOnly();
            RuleFor(x => x.Summary).MaximumLength(4_000);
            RuleFor(x => x.KeyFactors).Must((x, _) => Patch.Names(x.KeyFactors) is not null || Patch.Names(x.UnmetNeeds) is not null || Patch.OrNull(x.Summary) is not null)
                .WithErrorCode("required");
        }
    }
}

internal static class ReviewOpportunityFeature
{
    public static void Map(IEndpointRouteBuilder opportunities) =>
        opportunities.MapCommand<ReviewOpportunity, Opportunity>("{id:guid}/review", Right.Change("opportunities"), Decide);

    public static Decision Decide(ReviewOpportunity command, Opportunity state, Now now)
    {
        if (state.StageKind == StageKind.Open) return OpportunityErrors.NotClosed;
        var (factors, needs, summary) = (Patch.Names(command.KeyFactors) ?? [], Patch.Names(command.UnmetNeeds) ?? [], Patch.OrNull(command.Summary));
        return state.Review is { } before && before.KeyFactors.SequenceEqual(factors) && before.UnmetNeeds.SequenceEqual(needs) && before.Summary == summary
            ? Decision.Nothing
            : [new OpportunityReviewed(state.Name, state.CustomerId, factors, needs, summary, now.Actor)];
    }
}
