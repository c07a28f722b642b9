using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Identity;

/// <summary>Who the person behind an access token with the scope <c>openid</c> is (OpenID Connect Core §5.3); the names with <c>profile</c>.</summary>
internal static class UserInfoFeature
{
    public static void Map(IEndpointRouteBuilder root) => root.MapMethods("/connect/userinfo", ["GET", "POST"], async (HttpContext http, NpgsqlDataSource database) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        if (BearerHandler.TokenOf(http) is not { } token) return Refuse(http, 401, http.Request.Headers.Authorization.Count > 0 ? "invalid_token" : null);
        if (token.UserId is not { } userId || !token.Scopes.Contains(ClientRules.OpenId)) return Refuse(http, 403, "insufficient_scope");
        var claims = new Dictionary<string, object> { ["sub"] = userId.ToString() };
        if (token.Scopes.Contains(ClientRules.Profile))
        {
            await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
            var (name, userName) = await connection.QueryFirstAsync<(string, string)>(
                new CommandDefinition("select doc->>'displayName', doc->>'userName' from identity.users where id = @userId", new { userId }, cancellationToken: http.RequestAborted));
            (claims["name"], claims["preferred_username"]) = (name, userName);
        }
        return Results.Json(claims);
    }).AllowAnonymous().DisableAntiforgery().AllowAnyOrigin().WithName("UserInfo").WithTags("connect").Produces(200).Produces(401).Produces(403);

    /// <summary>RFC 6750 §3: the reason stands in the header, and without a token there is none.</summary>
    private static IResult Refuse(HttpContext http, int status, string? error)
    {
        http.Response.Headers.WWWAuthenticate = error is null ? "Bearer" : $"Bearer error=\"{error}\"";
        return error is null ? Results.StatusCode(status) : Results.Json(new ConnectError(error, error == "invalid_token" ? "The access token is not valid." : "The access token needs the scope openid of a person."), statusCode: status);
    }
}
