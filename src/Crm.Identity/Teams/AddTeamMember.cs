using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Takes somebody into a team; of somebody who is in it already it is changed whether he leads it. 400 <c>unknown_user</c>; 409 <c>too_many</c> beyond 500.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Leads">As a leader.</param>
internal sealed record AddTeamMember(Guid UserId, bool Leads = false)
{
    internal sealed class Validator : AbstractValidator<AddTeamMember>
    {
        public Validator() => RuleFor(x => x.UserId).NotEmpty();
    }
}

internal static class AddTeamMemberFeature
{
    private const int Most = 500;

    public static void Map(IEndpointRouteBuilder teams) => teams.MapCommand<AddTeamMember, Team, bool>("{id:guid}/members", Right.Change("teams"),
        async (command, _, scope) => (await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted)).Members.ContainsKey(command.UserId), Decide);

    public static Decision Decide(AddTeamMember command, Team team, bool known, Now now)
    {
        if (!known) return TeamErrors.UnknownUser;
        if (team.Members.FirstOrDefault(m => m.UserId == command.UserId) is { } member)
            return member.Leads == command.Leads ? Decision.Nothing : [new TeamLeaderChanged(command.UserId, command.Leads)];
        return team.Members.Length >= Most ? TeamErrors.TooMany(Most) : [new TeamMemberAdded(command.UserId, command.Leads)];
    }
}
