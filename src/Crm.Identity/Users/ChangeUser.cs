using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Changes a user's details; absent fields stay. Other roles, or no access any more, end every session at once. Nobody deactivates oneself or changes one's own roles (409 <c>own_account</c>). Other errors as for
/// registering.
/// </summary>
/// <param name="DisplayName">The name people read.</param>
/// <param name="Role">Code of the only role; or, for several, <paramref name="Roles"/>.</param>
/// <param name="Department">The department by its name.</param>
/// <param name="ManagerName">The manager's name.</param>
/// <param name="Active">False when the person left.</param>
/// <param name="Roles">Codes of 1–10 roles, the main one first.</param>
/// <param name="DepartmentId">The department by its id.</param>
/// <param name="Post">The post (岗位).</param>
/// <param name="Email">Where mails about the account go, such as a link to set a new password.</param>
internal sealed record ChangeUser(
    string? DisplayName = null, string? Role = null, string? Department = null, string? ManagerName = null, bool? Active = null, string[]? Roles = null, Guid? DepartmentId = null,
    string? Post = null, string? Email = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    /// <summary>The roles, however they were written; null if none were.</summary>
    internal string[]? AllRoles => Roles is { Length: > 0 } ? [.. Roles.Distinct()] : Role is null ? null : [Role];

    internal sealed class Validator : AbstractValidator<ChangeUser>
    {
        public Validator()
        {
            RuleFor(x => x.DisplayName).NotEmpty().MaximumLength(100).When(x => x.DisplayName is not null);
            RuleFor(x => x.Role).NotEmpty().When(x => x.Role is not null);
            RuleFor(x => x.Roles).Must(r => r is null or { Length: >= 1 and <= 10 } && r?.Contains(null!) != true).WithErrorCode("too_many");
            RuleFor(x => x.Department).MaximumLength(100);
            RuleFor(x => x.ManagerName).MaximumLength(100);
            RuleFor(x => x.Email).EmailAddress().MaximumLength(254).Must(e => e is null || !e.Any(char.IsControl)).WithErrorCode("invalid_email");
            RuleFor(x => x.Post).MaximumLength(100);
            RuleForEach(x => x.Cleared).Must(c => c is "department" or "departmentId" or "managerName" or "post" or "email").WithErrorCode("required");
        }
    }
}

internal static class ChangeUserFeature
{
    public static void Map(IEndpointRouteBuilder users) => users.MapCommand<ChangeUser, User, UserFacts>("{id:guid}", Right.Change("users"),
        async (command, user, scope) => UserFacts.Of(
            await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted), Access.Of(scope.Http), command.AllRoles, user.Roles, command.DepartmentId, command.Department), Decide, "PATCH");

    public static Decision Decide(ChangeUser command, User user, UserFacts facts, Now now)
    {
        var roles = command.AllRoles is { } given && !given.SequenceEqual(user.Roles) ? given : null;
        if (user.Id == now.Actor && (command.Active == false || roles is not null)) return UserErrors.LastAdministrator;
        if (facts.Fault is { } fault) return fault;
        var leaves = (command.Cleared.Contains("department") || command.Cleared.Contains("departmentId")) && facts.DepartmentId is null && (user.Department ?? (object?)user.DepartmentId) is not null;
        string[] cleared =
        [
            .. leaves ? (string[])["department"] : [],
            .. command.Cleared.Contains("managerName") && user.ManagerName is not null ? (string[])["managerName"] : [],
            .. command.Cleared.Contains("post") && user.Post is not null ? (string[])["post"] : [],
        ];
        var moves = facts.DepartmentId is { } department && department != user.DepartmentId;
        var change = new UserChanged(
            New(command.DisplayName, user.DisplayName), roles is null || roles[0] == user.Role && roles.Length > 1 ? null : roles[0], moves ? facts.Department : null,
            New(command.ManagerName, user.ManagerName), command.Active == user.Active ? null : command.Active, cleared.Length == 0 ? null : cleared,
            roles?.Length > 1 ? roles : null, moves ? facts.DepartmentId : null, New(command.Post, user.Post));
        var email = command.Cleared.Contains("email") ? null : command.Email ?? user.Email;
        return
        [
            .. change == new UserChanged(null, null, null, null, null, null) ? Array.Empty<object>() : [change],
            .. email == user.Email ? Array.Empty<object>() : [new UserEmailChanged(email)],
        ];
    }

    private static string? New(string? value, string? before) => value == before ? null : value;
}
