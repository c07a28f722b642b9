using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Changes a user's details; absent fields stay. Another role, or no access any more, ends every session at once. Nobody deactivates or demotes
/// oneself (409 <c>own_account</c>).
/// </summary>
internal sealed record ChangeUser(string? DisplayName = null, string? Role = null, string? Department = null, string? ManagerName = null, bool? Active = null, string? Email = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeUser>
    {
        public Validator()
        {
            RuleFor(x => x.DisplayName).NotEmpty().MaximumLength(100).When(x => x.DisplayName is not null);
            RuleFor(x => x.Role).Must(r => r is null || Right.Of(r).Count > 0).WithErrorCode("unknown_role");
            RuleFor(x => x.Department).MaximumLength(100);
            RuleFor(x => x.ManagerName).MaximumLength(100);
            RuleFor(x => x.Email).EmailAddress().MaximumLength(254).Must(e => e is null || !e.Any(char.IsControl)).WithErrorCode("invalid_email");
            RuleForEach(x => x.Cleared).Must(c => c is "department" or "managerName" or "email").WithErrorCode("required");
        }
    }
}

internal static class ChangeUserFeature
{
    public static void Map(IEndpointRouteBuilder users) => users.MapPatch<ChangeUser, User>("{id:guid}", Right.Change("users"), Decide);

    public static Decision Decide(ChangeUser command, User user, Now now)
    {
        if (user.Id == now.Actor && (command.Active == false || (command.Role is not null && command.Role != user.Role))) return UserErrors.LastAdministrator;
        var cleared = command.Cleared.Where(c => c == "department" ? user.Department is not null : c == "managerName" && user.ManagerName is not null).ToArray();
        var change = new UserChanged(
            New(command.DisplayName, user.DisplayName), New(command.Role, user.Role), New(command.Department, user.Department),
            New(command.ManagerName, user.ManagerName), command.Active == user.Active ? null : command.Active, cleared.Length == 0 ? null : cleared);
        var email = command.Cleared.Contains("email") ? null : command.Email ?? user.Email;
        return
        [
            .. change == new UserChanged(null, null, null, null, null, null) ? Array.Empty<object>() : [change],
            .. email == user.Email ? Array.Empty<object>() : [new UserEmailChanged(email)],
        ];
    }

    private static string? New(string? value, string? before) => value == before ? null : value;
}
