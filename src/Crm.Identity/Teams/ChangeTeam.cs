using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Renames a team. 409 <c>team_name_taken</c>.</summary>
/// <param name="Name">At most 100 characters.</param>
internal sealed record ChangeTeam(string? Name = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeTeam>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(100).When(x => x.Name is not null);
            RuleForEach(x => x.Cleared).Must(_ => false).WithErrorCode("required");
        }
    }
}

internal static class ChangeTeamFeature
{
    public static void Map(IEndpointRouteBuilder teams) => teams.MapPatch<ChangeTeam, Team>("{id:guid}", Right.Change("teams"), Decide);

    public static Decision Decide(ChangeTeam command, Team team, Now now) =>
        command.Name?.Trim() is { } name && name != team.Name ? [new TeamRenamed(team.Name, name)] : Decision.Nothing;
}
