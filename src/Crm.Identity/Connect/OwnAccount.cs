using Crm.Http;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

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

    internal static TBuilder On<TBuilder>(TBuilder route) where TBuilder : IEndpointConventionBuilder => route
        .RequireAuthorization(policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme))
        .WithMetadata([Mark, .. ((int[])[400, 401, 403]).Select(status => new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"]))]);
}

internal static class OwnAccountRoutes
{
    /// <summary>The route or group answers 401 without a caller and 403 to a caller without a session of the page.</summary>
    public static TBuilder RequiresOwnSession<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => OwnAccount.On(route);
}
