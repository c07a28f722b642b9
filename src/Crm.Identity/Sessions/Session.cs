using System.Security.Claims;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Identity;

/// <summary>
/// Signs a person in to the page: 401 <c>invalid_credentials</c>, <c>otp_required</c> when a second factor is on and none is given,
/// <c>otp_invalid</c>; 429 <c>too_many_attempts</c> after five failures in a row, for a growing while.
/// </summary>
/// <param name="UserName">The name to sign in with.</param>
/// <param name="Password">The password.</param>
/// <param name="Otp">The code of the authenticator app, or a recovery code.</param>
internal sealed record SignIn(string UserName, string Password, string? Otp = null);

/// <summary>The signed-in person, the rights and what the page must know of the organisation.</summary>
/// <param name="User">Who is signed in.</param>
/// <param name="Rights">The codes of the rights.</param>
/// <param name="CsrfToken">Sent with everything that changes something.</param>
/// <param name="Organisation">The organisation.</param>
/// <param name="Demo">Whether it is the demo.</param>
/// <param name="Grants">The rights with how far each reaches.</param>
/// <param name="Fields">The fields that are limited for this user.</param>
/// <param name="SecondFactorDemanded">Whether the person must set up a second factor before anything else.</param>
/// <param name="StandsInFor">Absent people for whom the person stands in at the moment.</param>
internal sealed record SessionView(
    SessionUser User, IReadOnlyList<string> Rights, string CsrfToken, OrganisationView Organisation, bool Demo, IReadOnlyList<RoleGrant> Grants, IReadOnlyList<RoleField> Fields,
    bool SecondFactorDemanded, IReadOnlyList<StandsInFor> StandsInFor);

/// <summary>An absent person for whom another stands in.</summary>
/// <param name="UserId">Who is absent.</param>
/// <param name="DisplayName">The name people read.</param>
/// <param name="Until">The last day.</param>
internal sealed record StandsInFor(Guid UserId, string? DisplayName, DateOnly Until);

/// <summary>The signed-in person.</summary>
internal sealed record SessionUser(Guid Id, string UserName, string DisplayName, string Role, IReadOnlyList<string> Roles, Guid? DepartmentId);

/// <summary>The organisation's settings (X12).</summary>
internal sealed record OrganisationView(string Name, string TimeZone, string Currency, string Language);

/// <summary>The page's cookie session: HttpOnly, SameSite, and an antiforgery token for everything that changes something.</summary>
internal static class SessionFeature
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("session", SignInAsync).AllowAnonymous().WithName("SignIn").Accepts<SignIn>("application/json").Produces<SessionView>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(429);

        api.MapGet("session", async (HttpContext http, DocumentStore store) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            if (!Guid.TryParse(http.User.FindFirstValue("sub"), out var id) || await store.Query.AggregateStreamAsync<User>(id, ct: http.RequestAborted) is not { } user)
                throw new ProblemException(401, "unauthenticated", "请先登录。", "Sign in first.") { Extensions = WaysIn(http) };
            return await View(http, user);
        }).AllowAnonymous().WithName("GetSession").Produces<SessionView>().ProducesProblem(401);

        api.MapDelete("session", async (HttpContext http, DocumentStore store) =>
        {
            if (SessionTable.IdOf(http.User) is { } session)
            {
                var sql = new SqlBatch();
                sql.Add($"delete from identity.sessions where id = {session}");
                SignInLog.Add(sql, store.Now, SignInEvent.SignedOut, http, AccountRoutes.UserId(http));
                await sql.RunAsync(store, http.RequestAborted);
            }
            await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
            return Results.NoContent();
        }).AllowAnonymous().WithName("SignOut").Produces(204);
    }

    private static async Task<SessionView> SignInAsync(HttpContext http, AccountManager accounts, SessionTable sessions, DocumentStore store)
    {
        http.Response.Headers.CacheControl = "no-store";
        var command = (await JsonBody.ReadAsync(http)).To<SignIn>();
        if (command.UserName is null or { Length: > 200 } || command.Password is null or { Length: > 1000 } || command.Otp is { Length: > 100 }) throw Wrong();
        var attempt = new SignInAttempt(http, accounts, store);
        var account = await accounts.FindByNameAsync(command.UserName);
        if (account is not null) await attempt.RefuseLockedAsync(account);
        if (!await accounts.IsPasswordAsync(account, command.Password))
        {
            await attempt.FailAsync(account, account is null ? "unknown_user" : account.PasswordHash is null ? "no_password" : "wrong_password");
            throw Wrong();
        }
        if (!account!.Active)
        {
            await attempt.LogAsync(SignInEvent.Failed, account, "inactive");
            throw Wrong();
        }
        var secondFactor = account.SecondFactorSince is not null;
        if (secondFactor) await attempt.DemandCodeAsync(account, command.Otp);
        return await attempt.EnterAsync(sessions, account, secondFactor) ?? throw Wrong();
    }

    /// <summary>The person of the cookie as the table knows the session, or nobody.</summary>
    public static async Task Validate(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<SessionTable>();
        if (await sessions.FindAsync(context.Principal!, context.HttpContext.RequestAborted) is { } person)
        {
            context.ReplacePrincipal(person);
            return;
        }
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    /// <summary>Refuses a changing request of a cookie session without its antiforgery token (403 <c>csrf_token_invalid</c>).</summary>
    public static async Task Antiforgery(HttpContext http, RequestDelegate next)
    {
        var byCookie = http.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme;
        var safe = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method);
        if (byCookie && !safe && http.Request.Path.StartsWithSegments("/api") && http.Request.Path != "/api/v1/session" && http.Request.Path != "/api/v1/session/external"
            && !await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http))
            throw new ProblemException(403, "csrf_token_invalid", "页面已过期，请刷新后重试。", "The page is out of date; reload it and try again.");
        await next(http);
    }

    public static async Task<SessionView> View(HttpContext http, User user)
    {
        var access = await http.RequestServices.GetRequiredService<AccessPictures>().OfAsync(http);
        var configuration = http.RequestServices.GetRequiredService<IConfiguration>();
        var store = http.RequestServices.GetRequiredService<DocumentStore>();
        var names = await http.RequestServices.GetRequiredService<IUserDirectory>().NamesAsync(access.StandsInFor.Select(d => d.UserId.ToString()), http.RequestAborted);
        return new SessionView(
            new SessionUser(user.Id, user.UserName, user.DisplayName, user.Role, user.Roles, user.DepartmentId), [.. access.Grants.Keys.Order(StringComparer.Ordinal)],
            http.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(http).RequestToken!,
            new OrganisationView(configuration["Crm:Organisation"] ?? "CRM", store.TimeZone.Id, "CNY", "zh-CN"),
            configuration.GetValue<bool>("Crm:Demo"),
            [.. access.Grants.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new RoleGrant(g.Key, g.Value))], access.Limits.All,
            http.User.HasClaim(SecondFactorDemand.Claim, "true"),
            [.. access.StandsInFor.Select(d => new StandsInFor(d.UserId, names.GetValueOrDefault(d.UserId.ToString()), store.DayOf(d.Until.AddTicks(-1))))]);
    }

    // What the sign-in page offers: the providers outside, and to whoever comes to a demo organisation its accounts.
    private static Dictionary<string, object?> WaysIn(HttpContext http)
    {
        var ways = new Dictionary<string, object?>();
        if (http.RequestServices.GetRequiredService<ExternalProviders>().Choices is { Count: > 0 } providers) ways["providers"] = providers;
        if (http.RequestServices.GetRequiredService<IConfiguration>().GetValue<bool>("Crm:Demo"))
            ways["demoAccounts"] = Accounts.Demo.Select(a => new { a.UserName, password = IdentityModule.DemoPassword, a.Role }).ToArray();
        return ways;
    }

    private static ProblemException Wrong() => new(401, "invalid_credentials", "用户名或密码不对。", "The user name or the password is wrong.");
}
