using System.Text.RegularExpressions;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Registers a user of the page, or a sales agent who does not sign in. The name to sign in with is unique (409 <c>user_name_taken</c>).</summary>
/// <param name="UserName">2–60 lower-case letters, digits, dots, hyphens and underscores.</param>
/// <param name="DisplayName">The name people read, at most 100 characters.</param>
/// <param name="Role">Code of the role (S091).</param>
/// <param name="Department">The department, at most 100 characters.</param>
/// <param name="ManagerName">The manager's name, at most 100 characters.</param>
/// <param name="Email">Where mails about the account go, such as a link to set a new password.</param>
internal sealed partial record RegisterUser(string UserName, string DisplayName, string Role, string? Department = null, string? ManagerName = null, string? Email = null)
{
    internal sealed class Validator : AbstractValidator<RegisterUser>
    {
        public Validator()
        {
            RuleFor(x => x.UserName).NotEmpty().Length(2, 60).Matches(Allowed()).WithErrorCode("invalid_user_name");
            RuleFor(x => x.DisplayName).NotEmpty().MaximumLength(100);
            RuleFor(x => x.Role).NotEmpty().Must(r => Right.Of(r).Count > 0).WithErrorCode("unknown_role");
            RuleFor(x => x.Department).MaximumLength(100);
            RuleFor(x => x.ManagerName).MaximumLength(100);
            RuleFor(x => x.Email).EmailAddress().MaximumLength(254).Must(e => e is null || !e.Any(char.IsControl)).WithErrorCode("invalid_email");
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}

internal static class RegisterUserFeature
{
    public static void Map(IEndpointRouteBuilder users) => users.MapCreate<RegisterUser, User>("", Right.Create("users"), Decide);

    public static Decision Decide(RegisterUser command, Now now) =>
    [
        new UserRegistered(command.UserName, command.DisplayName.Trim(), command.Role, command.Department, command.ManagerName, CanSignIn: false),
        .. command.Email is { } email ? [new UserEmailChanged(email)] : Array.Empty<object>(),
    ];
}
