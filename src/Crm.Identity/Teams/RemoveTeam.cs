using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Removes a team. What was shared with it is shared with nobody any more.</summary>
internal sealed record RemoveTeam;

internal static class RemoveTeamFeature
{
    public static void Map(IEndpointRouteBuilder teams) => teams.MapCommand<RemoveTeam, Team>("{id:guid}", Right.Delete("teams"), Decide, "DELETE");

    public static Decision Decide(RemoveTeam command, Team team, Now now) => team.Deleted ? Decision.Nothing : [new TeamRemoved(team.Name)];
}
