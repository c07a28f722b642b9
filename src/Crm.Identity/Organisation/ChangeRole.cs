using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Changes a role of the organisation's own; it counts from the next request on of everybody who has it. Errors as for making one.</summary>
/// <param name="Name">The new name.</param>
/// <param name="Grants">All its rights from now on.</param>
/// <param name="Fields">All its limits from now on.</param>
internal sealed record ChangeRole(string? Name = null, RoleGrant[]? Grants = null, RoleField[]? Fields = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeRole>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(60).When(x => x.Name is not null);
            RuleForEach(x => x.Grants).NotNull().ChildRules(g => g.RuleFor(x => x.Scope).IsInEnum());
            RuleForEach(x => x.Fields).NotNull().ChildRules(f => f.RuleFor(x => x.Level).IsInEnum());
            RuleForEach(x => x.Cleared).Must(_ => false).WithErrorCode("required");
        }
    }
}

internal static class ChangeRoleFeature
{
    public static void Map(IEndpointRouteBuilder roles) => roles.MapPatch<ChangeRole, Role>("{id:guid}", Right.Change("roles"), Decide);

    public static Decision Decide(ChangeRole command, Role role, Now now)
    {
        if (DefineRoleFeature.Fault(command.Grants ?? role.Grants, command.Fields ?? role.Fields) is { } fault) return fault;
        var name = command.Name?.Trim() is { } written && written != role.Name ? written : null;
        var grants = command.Grants is { } sent && !sent.ToHashSet().SetEquals(role.Grants) ? sent : null;
        var fields = command.Fields is { } limits && !limits.ToHashSet().SetEquals(role.Fields) ? limits : null;
        return name is null && grants is null && fields is null ? Decision.Nothing : [new RoleChanged(name, grants, fields)];
    }
}
