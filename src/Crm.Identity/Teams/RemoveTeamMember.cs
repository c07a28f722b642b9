using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Takes somebody out of a team; 404 if he is not in it.</summary>
internal sealed record RemoveTeamMember;

internal static class RemoveTeamMemberFeature
{
    public static void Map(IEndpointRouteBuilder teams) => teams.MapCommand<RemoveTeamMember, Team, Guid>("{id:guid}/members/{userId:guid}", Right.Change("teams"),
        (_, _, scope) => Task.FromResult(Guid.Parse(scope.Route("userId"))), (command, team, user, _) => Decide(command, team, user), "DELETE");

    public static Decision Decide(RemoveTeamMember command, Team team, Guid user) =>
        team.Members.Any(m => m.UserId == user) ? [new TeamMemberRemoved(user)] : TeamErrors.NoMember;
}
