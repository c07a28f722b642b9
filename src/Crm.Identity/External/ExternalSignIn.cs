using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>A person's wish to be linked, on its way through the browser.</summary>
internal sealed record LinkRequest(Guid Session, string Provider);

/// <summary>
/// Signs in whom the provider has just proved: 401 <c>external_sign_in_expired</c> without a fresh proof, <c>otp_required</c>, <c>otp_invalid</c>;
/// 403 <c>external_login_unknown</c>, <c>account_inactive</c>; 429 <c>too_many_attempts</c>.
/// </summary>
/// <param name="Otp">The code of the authenticator app, or a recovery code, where the user's own second factor is on.</param>
internal sealed record CompleteExternalSignIn(string? Otp = null);

/// <summary>
/// Signing in by a provider. The browser goes there and comes back to the handler, which keeps the proof in a cookie and hands over to the page; the page's own
/// request makes the session, because a navigation from another site neither brings nor should make a SameSite=Strict one.
/// </summary>
internal static class ExternalSignInFeature
{
    public static void MapBegin(IEndpointRouteBuilder root) => root.MapGet("/connect/external/{provider}", async (
        HttpContext http, string provider, string? next, string? link, ExternalProviders providers, CarriedRequests carried) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        var known = providers.Find(provider) ?? throw ProblemException.NotFound();
        if (next?.Length > 500) next = null;
        var properties = new AuthenticationProperties { RedirectUri = AuthorizeFeature.Append("/sign-in", [("external", known.Name), ("next", next)]) };
        if (link is not null)
        {
            // Only the browser whose person gave the password links: a link that somebody else sends would link his account.
            var request = carried.Read<LinkRequest>(link);
            if (request.Provider != known.Name || (await PageSession.OfAsync(http))?.Id != request.Session)
                throw new ProblemException(403, "forbidden", "请在自己的账号页面重新开始。", "Begin again in your own account.");
            properties.RedirectUri = AuthorizeFeature.Append("/account", [("external", known.Name)]);
            properties.Items[ExternalProof.LinkProperty] = request.Session.ToString();
        }
        try
        {
            await http.ChallengeAsync(known.Scheme, properties);
        }
        catch (ProblemException unavailable) when (unavailable.Code == "external_unavailable")
        {
            http.Response.Redirect(AuthorizeFeature.Append(link is null ? "/sign-in" : "/account", [("problem", unavailable.Code), ("provider", known.Name)]));
        }
    }).AllowAnonymous().WithName("BeginExternalSignIn").WithTags("connect").Produces(302).ProducesProblem(403).ProducesProblem(404);

    public static void Map(IEndpointRouteBuilder api) => api.MapPost("session/external", async (
        HttpContext http, AccountManager accounts, SessionTable sessions, ExternalLogins logins, ExternalProviders providers, DocumentStore store) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        var otp = (await JsonBody.ReadAsync(http)).To<CompleteExternalSignIn>().Otp;
        if (otp is { Length: > 100 }) throw ProblemException.Invalid("body.otp", "too_long", "验证码太长。", "The code is too long.");
        var proof = await ExternalProof.OfAsync(http);
        if (proof is not { LinkTo: null } || providers.Find(proof.Provider) is not { } provider)
            throw new ProblemException(401, "external_sign_in_expired", "登录已过期，请重新开始。", "The sign-in has expired; begin again.");
        var attempt = new SignInAttempt(http, accounts, store, provider.Name);
        var user = await logins.OwnerAsync(proof.Login, http.RequestAborted);
        if (user is null && provider.LinkByVerifiedEmail && proof.Email is { } email && await logins.ByEmailAsync(provider.Name, email, http.RequestAborted) is { } same)
        {
            await logins.LinkAsync(http, same, proof, byEmail: true, new EventContext(same.ToString(), "page", Caller.CorrelationId(http), Address: Origin.Address(http), Device: Origin.Device(http)));
            user = same;
        }
        if (user is null || await accounts.FindByIdAsync(user.Value.ToString()) is not { } account)
        {
            await attempt.LogAsync(SignInEvent.Failed, null, "unknown_login");
            throw Final(new ProblemException(403, "external_login_unknown", $"这个 {provider.DisplayName} 账号还没有关联用户。请联系管理员，或者用密码登录后在“我的账号”中关联。",
                $"This {provider.DisplayName} account is linked to no user. Ask your administrator, or sign in with your password and link it in My account."));
        }
        if (!account.Active)
        {
            await attempt.LogAsync(SignInEvent.Failed, account, "inactive");
            throw Final(new ProblemException(403, "account_inactive", "您的账号已停用，请联系管理员。", "Your account is not active; ask your administrator."));
        }
        var secondFactor = provider.TrustSecondFactor && proof.SecondFactor;
        if (!secondFactor && account.SecondFactorSince is not null)
        {
            await attempt.RefuseLockedAsync(account);
            await attempt.DemandCodeAsync(account, otp);
            secondFactor = true;
        }
        await http.SignOutAsync(ExternalProof.SchemeName);
        return await attempt.EnterAsync(sessions, account, secondFactor) ?? throw ProblemException.NotFound();

        ProblemException Final(ProblemException refusal)
        {
            // Written when the answer starts: a problem begins with empty headers.
            http.Response.OnStarting(() => http.SignOutAsync(ExternalProof.SchemeName));
            return refusal;
        }
    }).AllowAnonymous().WithName("CompleteExternalSignIn").Accepts<CompleteExternalSignIn>("application/json").Produces<SessionView>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(429);
}
