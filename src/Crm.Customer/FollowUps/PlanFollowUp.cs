using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Plans what is to happen next, or moves what was planned, without a follow-up (S046).</summary>
/// <param name="At">When; not in the past.</param>
/// <param name="Goal">What for, at most 500 characters; what was planned before unless stated.</param>
/// <param name="OwnerId">Who does it; who had the plan before unless stated, else the customer's owner.</param>
internal sealed record PlanFollowUp(DateTimeOffset? At, string? Goal = null, Guid? OwnerId = null)
{
    internal sealed class Validator : AbstractValidator<PlanFollowUp>
    {
        public Validator()
        {
            RuleFor(x => x.At).NotNull();
            RuleFor(x => x.Goal).MaximumLength(500);
        }
    }
}

/// <summary>Drops what was planned.</summary>
internal sealed record DropFollowUpPlan;

internal static class PlanFollowUpFeature
{
    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapCommand<PlanFollowUp, Customer, bool>("{id:guid}/next-follow-up", Right.Change("customers"),
            async (command, _, scope) => command.OwnerId is not { } owner || await ReferenceFacts.IsUserAsync(owner, scope), Decide);
        customers.MapCommand<DropFollowUpPlan, Customer>("{id:guid}/next-follow-up", Right.Change("customers"), Decide, "DELETE");
    }

    public static Decision Decide(PlanFollowUp command, Customer customer, bool planOwnerKnown, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (!planOwnerKnown) return CustomerErrors.UnknownPlanOwner with { Field = "ownerId" };
        if (command.At <= now.At.AddMinutes(-1)) return CustomerErrors.PlanInPast;
        var planned = new FollowUpPlanned(command.At!.Value.ToUniversalTime(), Rules.Clean(command.Goal) ?? customer.NextFollowUpGoal, command.OwnerId ?? customer.NextFollowUpOwnerId);
        return planned == new FollowUpPlanned(customer.NextFollowUpAt ?? default, customer.NextFollowUpGoal, customer.NextFollowUpOwnerId) ? Decision.Nothing : [planned];
    }

    public static Decision Decide(DropFollowUpPlan command, Customer customer, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        { NextFollowUpAt: { } at } => [new FollowUpPlanDropped(at)],
        _ => Decision.Nothing,
    };
}
