using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Crm.Identity;

/// <summary>Tokens as RFC 6749 §5.1 answers them.</summary>
/// <param name="AccessToken">The access token, a JWT (RFC 9068).</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until it expires.</param>
/// <param name="Scope">What it is for.</param>
/// <param name="RefreshToken">With <c>offline_access</c>: good for one exchange within thirty days.</param>
/// <param name="IdToken">With <c>openid</c>: who signed in.</param>
internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("scope")] string Scope,
    [property: JsonPropertyName("refresh_token"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RefreshToken = null,
    [property: JsonPropertyName("id_token"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? IdToken = null);

/// <summary>
/// The token endpoint: <c>client_credentials</c> (RFC 6749 §4.4), <c>authorization_code</c> with PKCE (RFC 7636) and <c>refresh_token</c> with rotation. A
/// code or refresh token that comes a second time was stolen, from the client or by it: everything that was issued with it ends (RFC 9700 §2.1.1, §4.14.2).
/// </summary>
internal static class TokenFeature
{
    public static void Map(IEndpointRouteBuilder root) => root.MapForm("/connect/token", "Token", (http, parameters) => parameters["grant_type"] switch
    {
        "client_credentials" => ClientCredentials(http, parameters),
        "authorization_code" => Code(http, parameters),
        "refresh_token" => Refresh(http, parameters),
        _ => throw new ConnectException(400, "unsupported_grant_type", "The grant types are client_credentials, authorization_code and refresh_token."),
    }).Produces<TokenAnswer>();

    private static async Task<IResult> ClientCredentials(HttpContext http, ConnectParameters parameters)
    {
        var client = await Service<ClientAuthentication>(http).AuthenticateAsync(http, parameters);
        if (!client.Confidential || !client.Grants.Contains(ClientRules.ClientCredentials)) throw Unauthorized();
        // There is no person whom the other scopes could be about.
        string[] scopes = parameters["scope"] is { } asked ? Connect.Scopes(asked) : [ClientRules.Api];
        if (scopes.Length == 0 || scopes.Except(client.Scopes).Any() || scopes.Except([ClientRules.Api]).Any()) throw new ConnectException(400, "invalid_scope", "The client may ask for the scope api at most.");
        var token = await Service<AccessTokens>(http).IssueAsync(Connect.Issuer(http), client.ClientId, null, client.Role, scopes, null, http.RequestAborted);
        return Results.Json(new TokenAnswer(token, "Bearer", (int)AccessTokens.Lifetime.TotalSeconds, string.Join(' ', scopes)));
    }

    private static async Task<IResult> Code(HttpContext http, ConnectParameters parameters)
    {
        var client = await Service<ClientAuthentication>(http).AuthenticateAsync(http, parameters);
        if (!client.Grants.Contains(ClientRules.AuthorizationCode)) throw Unauthorized();
        var (code, redirectUri, verifier) = (parameters.Required("code"), parameters.Required("redirect_uri"), parameters.Required("code_verifier"));
        var now = Service<DocumentStore>(http).Now;
        var refresh = Secrets.New("crm_rt_");
        await using var connection = await Service<NpgsqlDataSource>(http).OpenConnectionAsync(http.RequestAborted);
        // Whoever comes first has used it, whatever becomes of the rest: a code is for one attempt.
        var found = await connection.QueryFirstOrDefaultAsync<CodeRow>(new CommandDefinition($"""
            with held as (select * from identity.authorization_codes where hash = @hash for update),
              used as (update identity.authorization_codes c set used_at = @now from held where c.hash = held.hash and held.used_at is null)
            select held.authorization_id as AuthorizationId, held.client_id as ClientId, held.redirect_uri as RedirectUri, held.nonce as Nonce, held.challenge as Challenge,
              held.expires_at as ExpiresAt, held.used_at as UsedAt, a.user_id as UserId, a.scopes as Scopes, a.auth_time as AuthTime, a.revoked_at as RevokedAt,
              case when (u.doc->>'active')::boolean and not (u.doc->>'removed')::boolean then u.doc->>'role' end as Role,
              {PageSession.Holds} as InSession
            from held join identity.authorizations a on a.id = held.authorization_id left join identity.users u on u.id = a.user_id
            """, new { hash = Secrets.Hash(code), now = now.UtcDateTime }, cancellationToken: http.RequestAborted)) ?? throw Invalid();
        if (found.UsedAt is not null)
        {
            if (found.ClientId == client.ClientId) await Stolen(http, client, found.AuthorizationId);
            throw Invalid();
        }
        if (found.ClientId != client.ClientId || found.ExpiresAt <= now.UtcDateTime || found.RedirectUri != redirectUri || found.RevokedAt is not null || found.Role is null || !found.InSession
            || !Fits(verifier, found.Challenge)) throw Invalid();
        var offline = found.Scopes.Contains(ClientRules.OfflineAccess);
        if (offline)
            await connection.ExecuteAsync(new CommandDefinition("""
                with old as (delete from identity.refresh_tokens where expires_at < @now)
                insert into identity.refresh_tokens (hash, authorization_id, client_id, issued_at, expires_at) values (@hash, @AuthorizationId, @ClientId, @now, @until)
                """, new { hash = Secrets.Hash(refresh), found.AuthorizationId, found.ClientId, now = now.UtcDateTime, until = (now + Authorizations.RefreshLifetime).UtcDateTime }, cancellationToken: http.RequestAborted));
        return await Answer(http, client, found.UserId, found.Role, found.Scopes, found.AuthorizationId, found.AuthTime, found.Nonce, offline ? refresh : null);

        static ConnectException Invalid() => ConnectException.InvalidGrant("The code is not valid: unknown, expired, used, or of another client, redirect URI or verifier.");
    }

    private static async Task<IResult> Refresh(HttpContext http, ConnectParameters parameters)
    {
        var client = await Service<ClientAuthentication>(http).AuthenticateAsync(http, parameters);
        if (!client.Grants.Contains(ClientRules.AuthorizationCode)) throw Unauthorized();
        var (old, next) = (parameters.Required("refresh_token"), Secrets.New("crm_rt_"));
        var asked = Connect.Scopes(parameters["scope"]);
        var now = Service<DocumentStore>(http).Now;
        await using var connection = await Service<NpgsqlDataSource>(http).OpenConnectionAsync(http.RequestAborted);
        // The old one is used and the next one is there in one statement; of two that come at once with the same token one waits and finds it used.
        var found = await connection.QueryFirstOrDefaultAsync<RefreshRow>(new CommandDefinition("""
            with held as (select * from identity.refresh_tokens where hash = @hash for update),
              good as (
                select held.* from held join identity.authorizations a on a.id = held.authorization_id
                where held.used_at is null and held.client_id = @ClientId and held.expires_at > @now and a.revoked_at is null and a.scopes @> @asked),
              used as (update identity.refresh_tokens r set used_at = @now from good where r.hash = good.hash),
              fresh as (insert into identity.refresh_tokens (hash, authorization_id, client_id, issued_at, expires_at) select @nextHash, authorization_id, client_id, @now, @until from good),
              seen as (update identity.authorizations a set used_at = @now, expires_at = @until from good where a.id = good.authorization_id)
            select held.authorization_id as AuthorizationId, held.client_id as ClientId, held.expires_at as ExpiresAt, held.used_at as UsedAt,
              a.user_id as UserId, a.scopes as Scopes, a.auth_time as AuthTime, a.revoked_at as RevokedAt,
              case when (u.doc->>'active')::boolean and not (u.doc->>'removed')::boolean then u.doc->>'role' end as Role
            from held join identity.authorizations a on a.id = held.authorization_id left join identity.users u on u.id = a.user_id
            """, new
        {
            hash = Secrets.Hash(old),
            nextHash = Secrets.Hash(next),
            client.ClientId,
            now = now.UtcDateTime,
            until = (now + Authorizations.RefreshLifetime).UtcDateTime,
            asked,
        }, cancellationToken: http.RequestAborted)) ?? throw Invalid();
        if (found.ClientId != client.ClientId) throw Invalid();
        if (found.UsedAt is not null)
        {
            await Stolen(http, client, found.AuthorizationId);
            throw Invalid();
        }
        if (found.ExpiresAt <= now.UtcDateTime || found.RevokedAt is not null || found.Role is null) throw Invalid();
        if (asked.Except(found.Scopes).Any()) throw new ConnectException(400, "invalid_scope", "A refreshed token is for no more than the first one.");
        return await Answer(http, client, found.UserId, found.Role, asked.Length > 0 ? asked : found.Scopes, found.AuthorizationId, found.AuthTime, null, next);

        static ConnectException Invalid() => ConnectException.InvalidGrant("The refresh token is not valid: unknown, expired, used, revoked, or of another client.");
    }

    private static async Task<IResult> Answer(
        HttpContext http, Client client, Guid userId, string role, string[] scopes, Guid authorization, DateTime authTime, string? nonce, string? refreshToken)
    {
        var tokens = Service<AccessTokens>(http);
        var issuer = Connect.Issuer(http);
        var access = await tokens.IssueAsync(issuer, client.ClientId, userId, role, scopes, authorization, http.RequestAborted);
        var id = scopes.Contains(ClientRules.OpenId) ? await tokens.IssueIdTokenAsync(issuer, client.ClientId, userId, authTime, nonce, access, http.RequestAborted) : null;
        return Results.Json(new TokenAnswer(access, "Bearer", (int)AccessTokens.Lifetime.TotalSeconds, string.Join(' ', scopes), refreshToken, id));
    }

    private static bool Fits(string verifier, string challenge) =>
        verifier.Length is >= 43 and <= 128 && verifier.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~')
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))), Encoding.ASCII.GetBytes(challenge));

    private static Task Stolen(HttpContext http, Client client, Guid authorization) => Service<Authorizations>(http)
        .RevokeAsync([authorization], "reuse", new EventContext(client.ClientId, "api:" + client.ClientId, Caller.CorrelationId(http)), http.RequestAborted);

    private static ConnectException Unauthorized() => new(400, "unauthorized_client", "The client may not use this grant type.");

    private static T Service<T>(HttpContext http) where T : notnull => (T)http.RequestServices.GetService(typeof(T))!;

    private sealed record CodeRow
    {
        public Guid AuthorizationId { get; init; }

        public string ClientId { get; init; } = "";

        public string RedirectUri { get; init; } = "";

        public string? Nonce { get; init; }

        public string Challenge { get; init; } = "";

        public DateTime ExpiresAt { get; init; }

        public DateTime? UsedAt { get; init; }

        public Guid UserId { get; init; }

        public string[] Scopes { get; init; } = [];

        public DateTime AuthTime { get; init; }

        public DateTime? RevokedAt { get; init; }

        public string? Role { get; init; }

        public bool InSession { get; init; }
    }

    private sealed record RefreshRow
    {
        public Guid AuthorizationId { get; init; }

        public string ClientId { get; init; } = "";

        public DateTime ExpiresAt { get; init; }

        public DateTime? UsedAt { get; init; }

        public Guid UserId { get; init; }

        public string[] Scopes { get; init; } = [];

        public DateTime AuthTime { get; init; }

        public DateTime? RevokedAt { get; init; }

        public string? Role { get; init; }
    }
}
