using Crm.Http;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Crm.Identity;

/// <summary>
/// Marks routes about the caller's own account. They demand no right, as they are about nobody else, but a session of the page: a token must not be able to
/// make further tokens or to consent for its person.
/// </summary>
internal sealed class OwnAccount
{
    private static readonly OwnAccount Mark = new();

    /// <summary>The session of the caller.</summary>
    /// <exception cref="ProblemException">401: it ended meanwhile.</exception>
    public static async Task<PageSession> SessionAsync(HttpContext http) =>
        await PageSession.OfAsync(http) ?? throw new ProblemException(401, "unauthenticated", "请先登录。", "Sign in first.");

    internal static RouteHandlerBuilder On(RouteHandlerBuilder route) => route
        .RequireAuthorization(policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme))
        .WithMetadata(Mark).ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
}

internal static class OwnAccountRoutes
{
    /// <summary>The route answers 401 without a caller and 403 to a caller without a session of the page.</summary>
    public static RouteHandlerBuilder RequiresOwnSession(this RouteHandlerBuilder route) => OwnAccount.On(route);
}
