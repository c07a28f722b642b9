using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Crm.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Crm.Identity;

/// <summary>
/// Accepts access tokens, personal tokens and tokens of providers outside in <c>Authorization: Bearer</c> (RFC 6750). The roles are those of this moment, not of the token: a person's by
/// whom it was allowed, and under <see cref="Caller.CeilingClaim"/> the client's, beyond which it does not go.
/// </summary>
internal sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, AccessTokens tokens, PersonalTokens personal, ExternalTokens external)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer";
    public const string OnBehalfOf = "X-On-Behalf-Of";

    /// <summary>The access token of a request that was looked up already; null for any other caller.</summary>
    public static AccessToken? TokenOf(HttpContext http) => http.Items.TryGetValue(typeof(AccessToken), out var token) ? (AccessToken?)token : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header) || !string.Equals(header.Scheme, SchemeName, StringComparison.OrdinalIgnoreCase) || header.Parameter is not { } text)
            return AuthenticateResult.NoResult();
        if (text.StartsWith(PersonalTokens.Prefix, StringComparison.Ordinal))
            return await personal.FindAsync(text, Context.RequestAborted) is { } found
                ? Success([new("sub", found.UserId.ToString()), new("role", found.Role), new("client_id", "pat:" + found.Id), .. found.ReadOnly ? [new(TokenRules.ReadOnlyClaim, "true")] : Array.Empty<Claim>()])
                : AuthenticateResult.Fail("The personal token is not valid.");
        if (external.ProviderOf(text) is { } provider)
            return await external.ReadAsync(provider, text, Context.RequestAborted) is { } known
                ? Success([new("sub", known.UserId.ToString()), new("role", known.Role), new("client_id", "oidc:" + provider.Name), .. provider.ApiRole is { } most ? [new(Caller.CeilingClaim, most)] : Array.Empty<Claim>()])
                : AuthenticateResult.Fail("The token of the provider is not valid, or its person is not linked.");

        Guid? user = null;
        if (Request.Headers.TryGetValue(OnBehalfOf, out var named))
            user = Guid.TryParseExact(named.ToString(), "D", out var id) ? id : throw ProblemException.Invalid("header." + OnBehalfOf, "invalid_value", $"{OnBehalfOf} 必须是一个用户的 id。", $"{OnBehalfOf} must be the id of a user.");
        if (await tokens.ReadAsync(Context, text, user) is not { } token) return AuthenticateResult.Fail("The access token is not valid.");
        Context.Items[typeof(AccessToken)] = token;
        // Other addresses than the API's ask for scopes of their own.
        if (Request.Path.StartsWithSegments("/api") && !token.Scopes.Contains(ClientRules.Api))
            throw new ProblemException(403, "insufficient_scope", "访问令牌没有 api 权限范围。", "The access token lacks the scope api.");
        List<Claim> claims = [new("client_id", token.ClientId)];
        if (token.RateLimit is { } limit) claims.Add(new(TokenRules.RateLimitClaim, limit.ToString(CultureInfo.InvariantCulture)));
        if (token.UserId is null && user is null) return Success([.. claims, new("sub", token.ClientId), new("role", token.ClientRole)]);
        if (user is not null && (token.UserId is not null || !token.ActsForUsers)) throw TokenRules.MayNotActForUsers();
        if (token.UserRole is not { } role)
            throw ProblemException.Invalid("header." + OnBehalfOf, "unknown_user", $"{OnBehalfOf} 指定的用户不存在或已停用。", $"The user that {OnBehalfOf} names does not exist or is not active.");
        if (user is not null) claims.Add(new(Caller.ActorClaim, token.ClientId));
        return Success([.. claims, new("sub", (token.UserId ?? user)!.Value.ToString()), new("role", role), new(Caller.CeilingClaim, token.ClientRole)]);
    }

    private static AuthenticateResult Success(IEnumerable<Claim> claims) => AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, SchemeName, "sub", "role")), SchemeName));
}

/// <summary>What holds for every call with a token, whatever it is about.</summary>
internal static class TokenRules
{
    public const string ReadOnlyClaim = "read_only";
    public const string RateLimitClaim = "rate_limit";

    public static ProblemException MayNotActForUsers() => new(403, "may_not_act_for_users", "该调用方不能代表用户操作。", "This caller may not act for users.");

    /// <summary>Refuses to act for somebody without leave, to change anything with a read-only token, and calls beyond the client's limit.</summary>
    public static async Task Enforce(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Path.StartsWithSegments("/api"))
        {
            await next(http);
            return;
        }
        var caller = http.User;
        if (caller.Identity?.IsAuthenticated == true && http.Request.Headers.ContainsKey(BearerHandler.OnBehalfOf) && !caller.HasClaim(c => c.Type == Caller.ActorClaim)) throw MayNotActForUsers();
        if (caller.FindFirstValue(RateLimitClaim) is { } limit)
            http.RequestServices.GetRequiredService<ClientLimits>().Count(http, caller.FindFirstValue("client_id")!, int.Parse(limit, CultureInfo.InvariantCulture));
        if (caller.HasClaim(c => c.Type == ReadOnlyClaim) && !OnlyReads(http.Request))
            throw new ProblemException(403, "read_only_token", "这个令牌只能读取。", "This token may only read.");
        await next(http);
    }

    /// <summary>The methods that change nothing, and the search of a list, whose question comes in a body (C1).</summary>
    private static bool OnlyReads(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
        || (HttpMethods.IsPost(request.Method) && request.Path.Value!.EndsWith("/search", StringComparison.Ordinal));
}
