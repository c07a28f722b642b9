using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Begins to link one's account at a provider: 400 <c>unknown_provider</c>, 403 <c>wrong_password</c>, <c>otp_required</c> or <c>otp_invalid</c>,
/// 409 <c>external_provider_taken</c>. The browser goes on to the address of the answer, and the page confirms when it is back.
/// </summary>
/// <param name="Provider">Name of the provider.</param>
/// <param name="Password">The password, to prove who asks.</param>
/// <param name="Otp">A code of the app, or a recovery code, where the second factor is on.</param>
internal sealed record LinkExternalLogin(string Provider, string Password, string? Otp = null)
{
    internal sealed class Validator : AbstractValidator<LinkExternalLogin>
    {
        public Validator()
        {
            RuleFor(x => x.Provider).NotEmpty().MaximumLength(30);
            RuleFor(x => x.Password).NotEmpty().MaximumLength(1000);
            RuleFor(x => x.Otp).MaximumLength(100);
        }
    }
}

/// <summary>A person's accounts outside.</summary>
/// <param name="Data">Those by which the person may sign in.</param>
/// <param name="Providers">All providers there are.</param>
internal sealed record ExternalLoginList(IReadOnlyList<ExternalLoginView> Data, IReadOnlyList<ProviderChoice> Providers);

/// <summary>A person's own accounts outside: listed, linked, unlinked.</summary>
internal static class OwnExternalLoginsFeature
{
    public static void Map(IEndpointRouteBuilder account)
    {
        account.MapGet("external-logins", async (HttpContext http, ExternalLogins logins, ExternalProviders providers) =>
            new ExternalLoginList(await logins.ListAsync(AccountRoutes.UserId(http), http.RequestAborted), providers.Choices)).WithName("GetOwnExternalLogins").Produces<ExternalLoginList>();

        account.MapPost("external-logins", async (HttpContext http, AccountManager accounts, ExternalLogins logins, ExternalProviders providers, CarriedRequests carried) =>
        {
            var command = await AccountRoutes.ReadAsync<LinkExternalLogin>(http);
            if (providers.Find(command.Provider) is not { } provider) throw ProblemException.Invalid("body.provider", "unknown_provider", "没有这个登录方式。", "There is no such provider.");
            var own = await AccountRoutes.OwnAsync(http, accounts);
            await AccountRoutes.ProveAsync(http, accounts, own, command.Password, command.Otp);
            if ((await logins.ListAsync(own.Id, http.RequestAborted)).Any(l => l.Provider == provider.Name)) throw ProblemException.Of(ExternalLogins.ProviderTaken);
            return new BrowserGoesOn(AuthorizeFeature.Append(provider.Path, [("link", carried.Protect(new LinkRequest(SessionTable.IdOf(http.User)!.Value, provider.Name)))]));
        }).WithName("LinkExternalLogin").Accepts<LinkExternalLogin>("application/json").Produces<BrowserGoesOn>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);

        account.MapPost("external-logins/confirm", async (HttpContext http, ExternalLogins logins) =>
        {
            if (await ExternalProof.OfAsync(http) is not { LinkTo: { } session } proof || session != SessionTable.IdOf(http.User))
                throw new ProblemException(409, "external_sign_in_expired", "关联已过期，请重新开始。", "The linking has expired; begin again.");
            http.Response.OnStarting(() => http.SignOutAsync(ExternalProof.SchemeName));
            await logins.LinkAsync(http, AccountRoutes.UserId(http), proof, byEmail: false, Caller.Of(http).Context(http, null, null));
            return Results.NoContent();
        }).WithName("ConfirmExternalLogin").Produces(204).ProducesProblem(403).ProducesProblem(409);

        account.MapDelete("external-logins/{provider}", async (HttpContext http, string provider, AccountManager accounts, ExternalLogins logins) =>
        {
            var own = await AccountRoutes.OwnAsync(http, accounts);
            await logins.UnlinkAsync(http, own.Id, provider, own: true, own.PasswordHash is not null);
            return Results.NoContent();
        }).WithName("UnlinkExternalLogin").Produces(204).ProducesProblem(404).ProducesProblem(409);
    }

    /// <summary>What an administrator may do: take one away. Which there are is part of <see cref="UserAccountView"/>.</summary>
    public static void MapOfUser(IEndpointRouteBuilder users) => users.MapDelete("{id:guid}/external-logins/{provider}", async (HttpContext http, Guid id, string provider, AccountManager accounts, ExternalLogins logins) =>
    {
        var account = await AccountRoutes.FindAsync(http, accounts, id);
        await logins.UnlinkAsync(http, id, provider, own: false, account.PasswordHash is not null);
        return Results.NoContent();
    }).Requires(Right.Change("users")).WithName("UnlinkUserExternalLogin").Produces(204).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
}
