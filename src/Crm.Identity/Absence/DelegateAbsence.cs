using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Somebody stands in for the user from one day to another: meanwhile the user's records are within reach of every right that the other has himself. For
/// oneself, by administrators, and by leaders for their people (403 otherwise). 400 <c>unknown_user</c>, <c>delegate_is_oneself</c>, <c>delegation_in_past</c>,
/// <c>delegation_too_long</c>; 409 <c>delegation_overlaps</c>.
/// </summary>
/// <param name="DelegateId">Who stands in: an active user.</param>
/// <param name="From">The first day, in the organisation's zone.</param>
/// <param name="Until">The last day, at most 90 days later.</param>
internal sealed record DelegateAbsence(Guid DelegateId, DateOnly From, DateOnly Until)
{
    private const int MostDays = 90;

    internal sealed class Validator : AbstractValidator<DelegateAbsence>
    {
        public Validator()
        {
            RuleFor(x => x.DelegateId).NotEmpty();
            RuleFor(x => x.From).NotEmpty();
            RuleFor(x => x.Until).NotEmpty().GreaterThanOrEqualTo(x => x.From);
            RuleFor(x => x.Until).Must((x, until) => until.DayNumber - x.From.DayNumber < MostDays).WithErrorCode("delegation_too_long");
        }
    }
}

internal static class DelegateAbsenceFeature
{
    public static void Map(IEndpointRouteBuilder users) => users.MapCommand<DelegateAbsence, User, bool>("{id:guid}/delegations", Right.View("users"), async (command, user, scope) =>
    {
        Delegating.Demand(Access.Of(scope.Http), user.Id);
        return (await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted)).Members.GetValueOrDefault(command.DelegateId)?.Active == true;
    }, Decide);

    public static Decision Decide(DelegateAbsence command, User user, bool known, Now now)
    {
        if (!known) return DelegationErrors.UnknownUser;
        if (command.DelegateId == user.Id) return DelegationErrors.Oneself;
        if (command.Until < now.Day) return DelegationErrors.Past;
        if (user.Delegations.Any(d => d.From <= command.Until && command.From <= d.Until)) return DelegationErrors.Overlaps;
        return [new AbsenceDelegated(now.NewId, command.DelegateId, command.From, command.Until)];
    }
}
