using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Crm.Identity;

/// <summary>An access token that holds at this moment, with what the database knows of its client and its user.</summary>
/// <param name="Jti">Its identity.</param>
/// <param name="ClientId">The client it was given to.</param>
/// <param name="UserId">The user it acts as, or null for the client itself.</param>
/// <param name="Scopes">What it is for.</param>
/// <param name="IssuedAt">When it was issued.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="ClientRole">The client's role as it is now.</param>
/// <param name="UserRole">The user's role as it is now; of the user the client acts for where there is none of its own.</param>
/// <param name="RateLimit">The client's calls a minute.</param>
/// <param name="ActsForUsers">Whether the client may act for users.</param>
internal sealed record AccessToken(
    Guid Jti, string ClientId, Guid? UserId, string[] Scopes, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, string ClientRole, string? UserRole, int? RateLimit, bool ActsForUsers);

/// <summary>
/// Access tokens as RFC 9068 describes them and id tokens as OpenID Connect Core does. A signature alone is not enough: client, user, authorization and
/// the token itself are looked up for each request, in one statement, so that what was revoked ends at once and a new role holds at once.
/// </summary>
internal sealed class AccessTokens(SigningKeys keys, DocumentStore store, NpgsqlDataSource database)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private const string Type = "at+jwt";
    private const string AuthorizationClaim = "authorization_id";
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };

    /// <summary>The audience of the API.</summary>
    public static string Audience(string issuer) => issuer + "/api";

    /// <summary>Issues an access token.</summary>
    /// <param name="issuer">Who issues it.</param>
    /// <param name="clientId">To whom.</param>
    /// <param name="userId">The user, or null for the client itself.</param>
    /// <param name="role">Code of the role the subject has now.</param>
    /// <param name="scopes">What it is for.</param>
    /// <param name="authorization">The authorization it belongs to, if a user gave one.</param>
    /// <param name="ct">Ends the request.</param>
    public Task<string> IssueAsync(string issuer, string clientId, Guid? userId, string role, IReadOnlyList<string> scopes, Guid? authorization, CancellationToken ct)
    {
        var claims = new Dictionary<string, object>
        {
            ["sub"] = userId?.ToString() ?? clientId, ["client_id"] = clientId, ["role"] = role, ["scope"] = string.Join(' ', scopes), ["jti"] = Guid.CreateVersion7(store.Now).ToString(),
        };
        if (authorization is { } id) claims[AuthorizationClaim] = id.ToString();
        return SignAsync(issuer, Audience(issuer), Type, claims, ct);
    }

    /// <summary>Issues an id token; <c>at_hash</c> ties it to the access token (OpenID Connect Core §3.1.3.6).</summary>
    public Task<string> IssueIdTokenAsync(string issuer, string clientId, Guid userId, DateTimeOffset authTime, string? nonce, string accessToken, CancellationToken ct)
    {
        var claims = new Dictionary<string, object>
        {
            ["sub"] = userId.ToString(), ["auth_time"] = authTime.ToUnixTimeSeconds(), ["at_hash"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken))[..16]),
        };
        if (nonce is not null) claims["nonce"] = nonce;
        return SignAsync(issuer, clientId, "JWT", claims, ct);
    }

    /// <summary>The subject and audience of an id token of ours, expired or not: a hint, no proof (RP-Initiated Logout §2).</summary>
    public async Task<(string Subject, string ClientId)?> ReadHintAsync(HttpContext http, string token)
    {
        if (await ValidateAsync(http, token, "JWT", validateAudience: false, (_, _, _, _) => true) is not { } hint) return null;
        return hint.Audiences.FirstOrDefault() is { } clientId ? (hint.Subject, clientId) : null;
    }

    /// <summary>The token if it holds now, else null.</summary>
    /// <param name="http">The request; its <c>X-On-Behalf-Of</c> is looked up along with the rest.</param>
    /// <param name="token">The token as sent.</param>
    /// <param name="onBehalfOf">The user the client wants to act for; what is known of that user is <see cref="AccessToken.UserRole"/>.</param>
    public async Task<AccessToken?> ReadAsync(HttpContext http, string token, Guid? onBehalfOf = null)
    {
        var now = store.Now.UtcDateTime;
        if (await ValidateAsync(http, token, Type, validateAudience: true, (before, expires, _, _) => before <= now.AddMinutes(1) && expires > now) is not { } jwt) return null;
        if (!jwt.TryGetPayloadValue<string>("client_id", out var clientId) || !Guid.TryParse(jwt.Id, out var jti)) return null;
        Guid? userId = jwt.Subject == clientId ? null : Guid.TryParse(jwt.Subject, out var user) ? user : null;
        if (userId is null && jwt.Subject != clientId) return null;
        Guid? authorization = jwt.TryGetPayloadValue<string>(AuthorizationClaim, out var text) && Guid.TryParse(text, out var id) ? id : null;
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        var row = await connection.QueryFirstOrDefaultAsync<(string ClientRole, int? RateLimit, bool ActsForUsers, bool OfUsers, bool OfItself, string? UserRole, bool Authorized)?>(new CommandDefinition("""
            select c.role, (c.doc->>'rateLimit')::int, (c.doc->>'actsForUsers')::boolean, c.doc->'grants' ? 'authorization_code', c.doc->'grants' ? 'client_credentials',
              case when (u.doc->>'active')::boolean and not (u.doc->>'removed')::boolean then u.doc->>'role' end, a.id is not null
            from identity.clients c
            left join identity.users u on u.id = @subject
            left join identity.authorizations a on a.id = @authorization and a.revoked_at is null
            where c.client_id = @clientId and c.active and not exists (select from identity.revoked_tokens r where r.jti = @jti)
            """, new { subject = userId ?? onBehalfOf, authorization, clientId, jti }, cancellationToken: http.RequestAborted));
        if (row is not { } known || (userId is null ? !known.OfItself : !known.OfUsers || known.UserRole is null || !known.Authorized)) return null;
        var scopes = jwt.TryGetPayloadValue<string>("scope", out var scope) ? Connect.Scopes(scope) : [];
        return new AccessToken(jti, clientId, userId, scopes, jwt.IssuedAt, jwt.ValidTo, known.ClientRole, known.UserRole, known.RateLimit, known.ActsForUsers);
    }

    private async Task<JsonWebToken?> ValidateAsync(HttpContext http, string token, string type, bool validateAudience, LifetimeValidator lifetime)
    {
        if (token.Length > 10_000 || !Handler.CanReadToken(token)) return null;
        try
        {
            // One key, chosen by its identity among our own: whatever the header says of others is not looked at.
            var read = Handler.ReadJsonWebToken(token);
            if (read.Kid is not { Length: > 0 and <= 64 } kid || await keys.FindAsync(kid, http.RequestAborted) is not { } key) return null;
            // Our key is the proof. Where the organisation has stated no address, the host may be known by several.
            var issuer = Connect.Configured(http) ?? read.Issuer;
            var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
            {
                ValidIssuer = issuer,
                ValidAudience = Audience(issuer),
                ValidateAudience = validateAudience,
                ValidTypes = [type],
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                IssuerSigningKey = key,
                LifetimeValidator = lifetime,
            });
            return result.IsValid ? (JsonWebToken)result.SecurityToken : null;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    private async Task<string> SignAsync(string issuer, string audience, string type, Dictionary<string, object> claims, CancellationToken ct) => Handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = audience,
        TokenType = type,
        IssuedAt = store.Now.UtcDateTime,
        NotBefore = store.Now.UtcDateTime,
        Expires = (store.Now + Lifetime).UtcDateTime,
        Claims = claims,
        SigningCredentials = new SigningCredentials(await keys.CurrentAsync(ct), SecurityAlgorithms.EcdsaSha256),
    });
}
