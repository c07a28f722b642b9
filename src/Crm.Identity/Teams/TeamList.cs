using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary><c>GET /teams</c> and <c>POST /teams/search</c>, by name.</summary>
internal static class TeamListFeature
{
    private static readonly ListSource Source = new(FieldMap.Of<Team>().Without("deleted"), Teams.TableName)
    {
        Select = "d.doc - 'deleted'",
        Where = "not (d.doc->>'deleted')::boolean",
        Sort = "name",
    };

    public static void Map(IEndpointRouteBuilder teams) => teams.MapList<Team>(Source, Right.View("teams"));
}
