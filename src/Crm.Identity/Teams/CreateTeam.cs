using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Makes a team without members. Names are unique (409 <c>team_name_taken</c>).</summary>
/// <param name="Name">At most 100 characters.</param>
internal sealed record CreateTeam(string Name)
{
    internal sealed class Validator : AbstractValidator<CreateTeam>
    {
        public Validator() => RuleFor(x => x.Name).NotEmpty().MaximumLength(100);
    }
}

internal static class CreateTeamFeature
{
    public static void Map(IEndpointRouteBuilder teams) => teams.MapCreate<CreateTeam, Team>("", Right.Create("teams"), Decide);

    public static Decision Decide(CreateTeam command, Now now) => [new TeamCreated(command.Name.Trim())];
}
