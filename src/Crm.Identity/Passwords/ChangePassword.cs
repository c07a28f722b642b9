using Crm.EventStore;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Changes one's own password and ends every other session; this one goes on under a new cookie. 403 <c>wrong_password</c>, <c>otp_required</c>,
/// <c>otp_invalid</c>; 400 <c>weak_password</c>.
/// </summary>
/// <param name="Password">The password until now.</param>
/// <param name="NewPassword">The new one, as for <see cref="SetPassword"/>.</param>
/// <param name="Otp">A code, where a second factor is on.</param>
internal sealed record ChangePassword(string Password, string NewPassword, string? Otp = null)
{
    internal sealed class Validator : AbstractValidator<ChangePassword>
    {
        public Validator()
        {
            RuleFor(x => x.Password).NotEmpty().MaximumLength(1000);
            RuleFor(x => x.NewPassword).NotEmpty().MaximumLength(200).Must((command, password) => password != command.Password).WithErrorCode("password_unchanged");
            RuleFor(x => x.Otp).MaximumLength(100);
        }
    }
}

internal static class ChangePasswordFeature
{
    public static void Map(IEndpointRouteBuilder account) => account.MapPost("password", async (HttpContext http, AccountManager accounts, SessionTable sessions, DocumentStore store) =>
    {
        var command = await AccountRoutes.ReadAsync<ChangePassword>(http);
        var own = await AccountRoutes.OwnAsync(http, accounts);
        await AccountRoutes.ProveAsync(http, accounts, own, command.Password, command.Otp);
        System.Security.Claims.ClaimsPrincipal? renewed = null;
        own.Statements.Add(sql =>
        {
            sql.Add($"delete from identity.sessions where user_id = {own.Id}");
            sql.Add($"delete from identity.password_links where user_id = {own.Id}");
            renewed = sessions.Begin(sql, own, own.SecondFactorSince is not null, Visitor.Of(http), null);
            SignInLog.Add(sql, store.Now, SignInEvent.PasswordSet, http, own.Id);
        });
        await accounts.SetPasswordAsync(own, command.NewPassword, byLink: false);
        await sessions.SetCookieAsync(http, renewed!);
        return Results.NoContent();
    }).WithName("ChangePassword").Accepts<ChangePassword>("application/json").Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(429);
}
