using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// Sets a password by a one-time link and ends every session. 400 <c>invalid_link</c> if the link expired or was used, <c>weak_password</c> with
/// what the password lacks; the link then still works.
/// </summary>
/// <param name="Token">The token of the link.</param>
/// <param name="NewPassword">10 to 200 characters of three kinds out of lower case, upper case, digits and others; not a common one.</param>
internal sealed record SetPassword(string Token, string NewPassword)
{
    internal sealed class Validator : AbstractValidator<SetPassword>
    {
        public Validator()
        {
            RuleFor(x => x.Token).NotEmpty().MaximumLength(200);
            RuleFor(x => x.NewPassword).NotEmpty().MaximumLength(200);
        }
    }
}

internal static class SetPasswordFeature
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("password", async (HttpContext http, AccountManager accounts, DocumentStore store) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        var command = await AccountRoutes.ReadAsync<SetPassword>(http);
        var account = await PasswordLinks.FindAsync(store, command.Token, http.RequestAborted) is { } id ? await accounts.FindByIdAsync(id.ToString()) : null;
        if (account is not { Active: true }) throw Invalid();
        account.Context = new EventContext(account.Id.ToString(), "page", Caller.CorrelationId(http));
        account.Statements.Add(sql => PasswordLinks.Use(sql, command.Token));
        account.Statements.Add(sql => SignInLog.Add(sql, store.Now, SignInEvent.PasswordSet, http, account.Id));
        try
        {
            await accounts.SetPasswordAsync(account, command.NewPassword, byLink: true);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DivisionByZero)
        {
            throw Invalid();
        }
        return Results.NoContent();
    }).AllowAnonymous().WithName("SetPassword").Accepts<SetPassword>("application/json").Produces(204).ProducesProblem(400).ProducesProblem(429);

    private static ProblemException Invalid() =>
        ProblemException.Invalid("body.token", "invalid_link", "链接已失效，请重新获取，或者向管理员要一个新的。", "The link is no longer valid; ask for a new one, or ask the administrator.");
}
