using System.Text.RegularExpressions;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Makes a role (S090). 409 <c>role_code_taken</c>; 400 <c>unknown_right</c>, <c>right_twice</c>, <c>view_required</c> for an action without the right
/// to see, <c>unknown_field</c>, <c>field_twice</c>.
/// </summary>
/// <param name="Code">2–40 letters, digits and hyphens, a lower-case letter first; for ever.</param>
/// <param name="Name">What people call it, at most 60 characters.</param>
/// <param name="Grants">Its rights and how far each reaches.</param>
/// <param name="Fields">Limits to fields; of several roles of a user the most generous counts.</param>
internal sealed partial record DefineRole(string Code, string Name, RoleGrant[]? Grants = null, RoleField[]? Fields = null)
{
    internal sealed class Validator : AbstractValidator<DefineRole>
    {
        public Validator()
        {
            RuleFor(x => x.Code).NotEmpty().Length(2, 40).Matches(Allowed()).WithErrorCode("invalid_code");
            RuleFor(x => x.Name).NotEmpty().MaximumLength(60);
            RuleForEach(x => x.Grants).NotNull().ChildRules(g => g.RuleFor(x => x.Scope).IsInEnum());
            RuleForEach(x => x.Fields).NotNull().ChildRules(f => f.RuleFor(x => x.Level).IsInEnum());
        }
    }

    [GeneratedRegex("^[a-z][a-zA-Z0-9-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}

internal static class DefineRoleFeature
{
    public static void Map(IEndpointRouteBuilder roles) => roles.MapCreate<DefineRole, Role>("", Right.Create("roles"), Decide);

    public static Decision Decide(DefineRole command, Now now)
    {
        if (BuiltInRoles.All.ContainsKey(command.Code)) return RoleErrors.CodeTaken;
        if (Fault(command.Grants ?? [], command.Fields ?? []) is { } fault) return fault;
        return [new RoleDefined(command.Code, command.Name.Trim(), command.Grants ?? [], command.Fields is { Length: > 0 } fields ? fields : null)];
    }

    /// <summary>Why rights and limits cannot be, or null.</summary>
    public static Rejection? Fault(RoleGrant[] grants, RoleField[] fields)
    {
        var rights = grants.Select(g => g.Right).ToList();
        if (rights.FirstOrDefault(r => !Right.Grantable.Contains(new Right(r ?? ""))) is { } unknown) return RoleErrors.UnknownRight(unknown);
        if (rights.Contains(null!)) return RoleErrors.UnknownRight("");
        if (rights.GroupBy(r => r).FirstOrDefault(g => g.Count() > 1) is { } twice) return RoleErrors.RightTwice(twice.Key);
        if (rights.Select(r => new Right(r)).FirstOrDefault(r => !rights.Contains(Right.View(r.Resource).Code)) is { } blind) return RoleErrors.ViewRequired(blind.Resource);
        if (fields.FirstOrDefault(f => !LimitableFields.Contains(f.Resource, f.Field)) is { } field) return RoleErrors.UnknownField($"{field.Resource}.{field.Field}");
        return fields.GroupBy(f => (f.Resource, f.Field)).FirstOrDefault(g => g.Count() > 1) is { } again ? RoleErrors.FieldTwice($"{again.Key.Resource}.{again.Key.Field}") : null;
    }
}
