using Crm.EventStore;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Identity;

/// <summary>Tells a confidential client whether a token of its own holds, and what it is for (RFC 7662). Of any other token it learns nothing but <c>active: false</c>.</summary>
internal static class IntrospectionFeature
{
    public static void Map(IEndpointRouteBuilder root) => root.MapForm("/connect/introspection", "IntrospectToken", async (http, parameters) =>
    {
        var client = await Service<ClientAuthentication>(http).AuthenticateAsync(http, parameters, confidential: true);
        var token = parameters.Required("token");
        if (await Service<AccessTokens>(http).ReadAsync(http, token) is { } access)
            return access.ClientId != client.ClientId ? Inactive() : Results.Json(new Dictionary<string, object>
            {
                ["active"] = true, ["scope"] = string.Join(' ', access.Scopes), ["client_id"] = access.ClientId, ["token_type"] = "Bearer", ["sub"] = access.UserId?.ToString() ?? access.ClientId,
                ["iss"] = Connect.Issuer(http), ["aud"] = AccessTokens.Audience(Connect.Issuer(http)), ["jti"] = access.Jti.ToString(),
                ["iat"] = access.IssuedAt.ToUnixTimeSeconds(), ["exp"] = access.ExpiresAt.ToUnixTimeSeconds(),
            });
        var now = Service<DocumentStore>(http).Now.UtcDateTime;
        await using var connection = await Service<NpgsqlDataSource>(http).OpenConnectionAsync(http.RequestAborted);
        var refresh = await connection.QueryFirstOrDefaultAsync<(Guid UserId, string[] Scopes, DateTime IssuedAt, DateTime ExpiresAt)?>(new CommandDefinition("""
            select a.user_id, a.scopes, r.issued_at, r.expires_at from identity.refresh_tokens r join identity.authorizations a on a.id = r.authorization_id
            join identity.users u on u.id = a.user_id
            where r.hash = @hash and r.client_id = @ClientId and r.used_at is null and r.expires_at > @now and a.revoked_at is null and (u.doc->>'active')::boolean
            """, new { hash = Secrets.Hash(token), client.ClientId, now }, cancellationToken: http.RequestAborted));
        return refresh is not { } known ? Inactive() : Results.Json(new Dictionary<string, object>
        {
            ["active"] = true, ["scope"] = string.Join(' ', known.Scopes), ["client_id"] = client.ClientId, ["token_type"] = "refresh_token", ["sub"] = known.UserId.ToString(), ["iss"] = Connect.Issuer(http),
            ["iat"] = new DateTimeOffset(known.IssuedAt).ToUnixTimeSeconds(), ["exp"] = new DateTimeOffset(known.ExpiresAt).ToUnixTimeSeconds(),
        });
    });

    private static IResult Inactive() => Results.Json(new Dictionary<string, object> { ["active"] = false });

    private static T Service<T>(HttpContext http) where T : notnull => (T)http.RequestServices.GetService(typeof(T))!;
}
