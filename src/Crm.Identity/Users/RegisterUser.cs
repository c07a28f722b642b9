using System.Text.RegularExpressions;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Registers a user of the page, or a sales agent who does not sign in. The name to sign in with is unique (409 <c>user_name_taken</c>). 400
/// <c>unknown_role</c>, <c>unknown_department</c>; 403 <c>role_beyond_own</c> for a role with rights that the caller has not.
/// </summary>
/// <param name="UserName">2–60 lower-case letters, digits, dots, hyphens and underscores.</param>
/// <param name="DisplayName">The name people read, at most 100 characters.</param>
/// <param name="Role">Code of the role (S091); or, for several, <paramref name="Roles"/>.</param>
/// <param name="Department">The department by its name.</param>
/// <param name="ManagerName">The manager's name, at most 100 characters.</param>
/// <param name="Roles">Codes of 1–10 roles, the main one first.</param>
/// <param name="DepartmentId">The department by its id.</param>
/// <param name="Post">The post (岗位), at most 100 characters.</param>
/// <param name="Email">Where mails about the account go, such as a link to set a new password.</param>
internal sealed partial record RegisterUser(
    string UserName, string DisplayName, string? Role, string? Department = null, string? ManagerName = null, string[]? Roles = null, Guid? DepartmentId = null, string? Post = null, string? Email = null)
{
    /// <summary>The roles, however they were written.</summary>
    internal string[] AllRoles => Roles is { Length: > 0 } ? [.. Roles.Distinct()] : [Role!];

    internal sealed class Validator : AbstractValidator<RegisterUser>
    {
        public Validator()
        {
            RuleFor(x => x.UserName).NotEmpty().Length(2, 60).Matches(Allowed()).WithErrorCode("invalid_user_name");
            RuleFor(x => x.DisplayName).NotEmpty().MaximumLength(100);
            RuleFor(x => x.Role).NotEmpty().When(x => x.Roles is null);
            RuleFor(x => x.Roles).Must(r => r is null or { Length: >= 1 and <= 10 } && r?.Contains(null!) != true).WithErrorCode("too_many");
            RuleFor(x => x.Department).MaximumLength(100);
            RuleFor(x => x.ManagerName).MaximumLength(100);
            RuleFor(x => x.Email).EmailAddress().MaximumLength(254).Must(e => e is null || !e.Any(char.IsControl)).WithErrorCode("invalid_email");
            RuleFor(x => x.Post).MaximumLength(100);
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}

internal static class RegisterUserFeature
{
    public static void Map(IEndpointRouteBuilder users) => users.MapCreate<RegisterUser, User, UserFacts>("", Right.Create("users"),
        async (command, scope) => UserFacts.Of(
            await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted), Access.Of(scope.Http), command.AllRoles, [], command.DepartmentId, command.Department), Decide);

    public static Decision Decide(RegisterUser command, UserFacts facts, Now now)
    {
        if (facts.Fault is { } fault) return fault;
        var roles = command.AllRoles;
        return
        [
            new UserRegistered(
                command.UserName, command.DisplayName.Trim(), roles[0], facts.Department, command.ManagerName, CanSignIn: false, roles.Length > 1 ? roles : null, facts.DepartmentId,
                string.IsNullOrWhiteSpace(command.Post) ? null : command.Post.Trim()),
            .. command.Email is { } email ? [new UserEmailChanged(email)] : Array.Empty<object>(),
        ];
    }
}
