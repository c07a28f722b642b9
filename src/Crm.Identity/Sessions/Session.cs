using System.Security.Claims;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Identity;

/// <summary>Signs a person in to the page: 401 <c>invalid_credentials</c>, 429 <c>too_many_attempts</c> after ten wrong passwords.</summary>
/// <param name="UserName">The name to sign in with.</param>
/// <param name="Password">The password.</param>
internal sealed record SignIn(string UserName, string Password);

/// <summary>The signed-in person, the rights and what the page must know of the organisation.</summary>
/// <param name="User">Who is signed in.</param>
/// <param name="Rights">The codes of the rights.</param>
/// <param name="CsrfToken">Sent with everything that changes something.</param>
/// <param name="Organisation">The organisation.</param>
/// <param name="Demo">Whether it is the demo.</param>
/// <param name="Grants">The rights with how far each reaches.</param>
/// <param name="Fields">The fields that are limited for this user.</param>
internal sealed record SessionView(
    SessionUser User, IReadOnlyList<string> Rights, string CsrfToken, OrganisationView Organisation, bool Demo, IReadOnlyList<RoleGrant> Grants, IReadOnlyList<RoleField> Fields);

/// <summary>The signed-in person.</summary>
internal sealed record SessionUser(Guid Id, string UserName, string DisplayName, string Role, IReadOnlyList<string> Roles, Guid? DepartmentId);

/// <summary>The organisation's settings (X12).</summary>
internal sealed record OrganisationView(string Name, string TimeZone, string Currency, string Language);

/// <summary>The page's cookie session: HttpOnly, SameSite, and an antiforgery token for everything that changes something.</summary>
internal static class SessionFeature
{
    public const string Stamp = "stamp";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("session", async (HttpContext http, Passwords passwords, DocumentStore store) =>
        {
            var command = (await JsonBody.ReadAsync(http)).To<SignIn>();
            if (command.UserName is null or { Length: > 200 } || command.Password is null or { Length: > 1000 }) throw Wrong();
            var attempt = await passwords.VerifyAsync(command.UserName.Trim().ToLowerInvariant(), command.Password, http.RequestAborted);
            if (attempt.LockedFor is { } wait)
                throw new ProblemException(429, "too_many_attempts", "密码错误次数过多，请稍后再试。", "Too many wrong passwords; try again later.") { RetryAfter = (int)Math.Ceiling(wait.TotalSeconds) };
            if (attempt.UserId is not { } id || await store.Query.AggregateStreamAsync<User>(id, ct: http.RequestAborted) is not { Active: true } user) throw Wrong();
            var principal = new ClaimsPrincipal(new ClaimsIdentity(
                [new("sub", id.ToString()), new("role", user.Role), new(Stamp, attempt.Stamp.ToString())], CookieAuthenticationDefaults.AuthenticationScheme, "sub", "role"));
            await http.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, principal);
            http.User = principal;
            return await View(http, user);
        }).AllowAnonymous().WithName("SignIn").Accepts<SignIn>("application/json").Produces<SessionView>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(429);

        api.MapGet("session", async (HttpContext http, DocumentStore store) =>
        {
            if (!Guid.TryParse(http.User.FindFirstValue("sub"), out var id) || await store.Query.AggregateStreamAsync<User>(id, ct: http.RequestAborted) is not { } user)
                throw new ProblemException(401, "unauthenticated", "请先登录。", "Sign in first.") { Extensions = DemoAccounts(http) };
            return await View(http, user);
        }).AllowAnonymous().WithName("GetSession").Produces<SessionView>().ProducesProblem(401);

        api.MapDelete("session", async (HttpContext http) =>
        {
            await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
            return Results.NoContent();
        }).AllowAnonymous().WithName("SignOut").Produces(204);
    }

    /// <summary>Ends sessions of people who left, changed their password or got another role.</summary>
    public static async Task Validate(CookieValidatePrincipalContext context)
    {
        var user = context.Principal!;
        var database = context.HttpContext.RequestServices.GetRequiredService<NpgsqlDataSource>();
        await using var connection = await database.OpenConnectionAsync(context.HttpContext.RequestAborted);
        var valid = Guid.TryParse(user.FindFirstValue("sub"), out var id) && Guid.TryParse(user.FindFirstValue(Stamp), out var stamp)
            && await connection.ExecuteScalarAsync<bool>("""
                select exists (select from identity.credentials c left join identity.users u on u.id = c.user_id
                               where c.user_id = @id and c.stamp = @stamp and coalesce((u.doc->>'active')::boolean, true) and coalesce(u.doc->>'role', @role) = @role)
                """, new { id, stamp, role = user.FindFirstValue("role") });
        if (valid) return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    /// <summary>Refuses a changing request of a cookie session without its antiforgery token (403 <c>csrf_token_invalid</c>).</summary>
    public static async Task Antiforgery(HttpContext http, RequestDelegate next)
    {
        var byCookie = http.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme;
        var safe = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method);
        if (byCookie && !safe && http.Request.Path.StartsWithSegments("/api") && http.Request.Path != "/api/v1/session"
            && !await http.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http))
            throw new ProblemException(403, "csrf_token_invalid", "页面已过期，请刷新后重试。", "The page is out of date; reload it and try again.");
        await next(http);
    }

    private static async Task<SessionView> View(HttpContext http, User user)
    {
        var access = await http.RequestServices.GetRequiredService<AccessPictures>().OfAsync(http);
        var configuration = http.RequestServices.GetRequiredService<IConfiguration>();
        return new SessionView(
            new SessionUser(user.Id, user.UserName, user.DisplayName, user.Role, user.Roles, user.DepartmentId), [.. access.Grants.Keys.Order(StringComparer.Ordinal)],
            http.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(http).RequestToken!,
            new OrganisationView(configuration["Crm:Organisation"] ?? "CRM", http.RequestServices.GetRequiredService<DocumentStore>().TimeZone.Id, "CNY", "zh-CN"),
            configuration.GetValue<bool>("Crm:Demo"),
            [.. access.Grants.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new RoleGrant(g.Key, g.Value))], access.Limits.All);
    }

    // The sign-in page offers the demo accounts to whoever comes to a demo organisation.
    private static Dictionary<string, object?> DemoAccounts(HttpContext http) =>
        http.RequestServices.GetRequiredService<IConfiguration>().GetValue<bool>("Crm:Demo")
            ? new() { ["demoAccounts"] = Accounts.Demo.Select(a => new { a.UserName, password = IdentityModule.DemoPassword, a.Role }).ToArray() }
            : [];

    private static ProblemException Wrong() => new(401, "invalid_credentials", "用户名或密码不对。", "The user name or the password is wrong.");
}
