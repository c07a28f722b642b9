using System.Net.Http.Headers;
using System.Text;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// Proves who a client is: <c>client_secret_basic</c>, <c>client_secret_post</c> (RFC 6749 §2.3.1), <c>private_key_jwt</c> (RFC 7523, OpenID Connect
/// Core §9), or for a public client its id alone.
/// </summary>
internal sealed class ClientAuthentication(ClientStore clients, ClientLimits limits, DocumentStore store, NpgsqlDataSource database)
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static readonly TimeSpan LongestAssertion = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private static readonly string[] Algorithms =
        [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256];

    /// <summary>The client that sends the request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="confidential">Whether a public client, which proves nothing, is refused.</param>
    /// <exception cref="ConnectException">401 <c>invalid_client</c>, 400 <c>invalid_request</c>.</exception>
    /// <exception cref="ProblemException">429 <c>too_many_requests</c>: the client's own limit, or too many failures in its name.</exception>
    public async Task<Client> AuthenticateAsync(HttpContext http, ConnectParameters parameters, bool confidential = false)
    {
        var client = await ProvedAsync(http, parameters, confidential);
        limits.CountAtConnect(http, client);
        return client;
    }

    private async Task<Client> ProvedAsync(HttpContext http, ConnectParameters parameters, bool confidential)
    {
        var basic = Basic(http);
        if ((basic is null ? 0 : 1) + (parameters["client_secret"] is null ? 0 : 1) + (parameters["client_assertion"] is null && parameters["client_assertion_type"] is null ? 0 : 1) > 1)
            throw ConnectException.InvalidRequest("A client proves in one way who it is.");
        if (parameters["client_assertion_type"] is { } type)
            return type == AssertionType ? await ByAssertion(http, parameters) : throw ConnectException.InvalidRequest("This type of client assertion is not supported.");
        var (id, secret) = basic ?? (parameters["client_id"] ?? throw ConnectException.InvalidClient(), parameters["client_secret"]);
        if (parameters["client_id"] is { } stated && stated != id) throw ConnectException.InvalidRequest("The request names two clients.");
        var known = await clients.FindAsync(id, http.RequestAborted);
        if (known is null) throw ConnectException.InvalidClient();
        limits.RefuseGuesses(id);
        return (secret is not null ? known.Accepts(secret, store.Now) : !known.Client.Confidential && !confidential) ? known.Client : throw Failed(id);
    }

    /// <summary>Client and secret of the Basic header, each encoded as a form value.</summary>
    private static (string Id, string? Secret)? Basic(HttpContext http)
    {
        if (!AuthenticationHeaderValue.TryParse(http.Request.Headers.Authorization, out var header) || !string.Equals(header.Scheme, "Basic", StringComparison.OrdinalIgnoreCase)) return null;
        var buffer = new byte[header.Parameter?.Length ?? 0];
        if (!Convert.TryFromBase64String(header.Parameter ?? "", buffer, out var length) || Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2) is not [var id, var secret]) throw ConnectException.InvalidClient();
        var (plainId, plainSecret) = (Uri.UnescapeDataString(id.Replace('+', ' ')), Uri.UnescapeDataString(secret.Replace('+', ' ')));
        return plainId.Contains('\0', StringComparison.Ordinal) ? throw ConnectException.InvalidClient() : (plainId, plainSecret);
    }

    private async Task<Client> ByAssertion(HttpContext http, ConnectParameters parameters)
    {
        var assertion = parameters.Required("client_assertion");
        var handler = new JsonWebTokenHandler { MapInboundClaims = false };
        if (!handler.CanReadToken(assertion)) throw ConnectException.InvalidClient();
        // Read without being believed: only to find the keys by which it is to be believed.
        string id;
        try
        {
            id = handler.ReadJsonWebToken(assertion).Subject ?? "";
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            throw ConnectException.InvalidClient();
        }
        if (id.Contains('\0', StringComparison.Ordinal) || (parameters["client_id"] is { } stated && stated != id) || await clients.FindAsync(id, http.RequestAborted) is not { Client: { Jwks: { } jwks } client })
            throw ConnectException.InvalidClient();
        limits.RefuseGuesses(id);
        var issuer = Connect.Issuer(http);
        var now = store.Now;
        var result = await handler.ValidateTokenAsync(assertion, new TokenValidationParameters
        {
            ValidIssuer = client.ClientId,
            ValidAudiences = [issuer, issuer + "/connect/token", issuer + http.Request.Path],
            ValidAlgorithms = Algorithms,
            // The keys that were registered, never ones that the assertion names itself.
            IssuerSigningKeys = [.. jwks.Keys.Select(Key)],
            TryAllIssuerSigningKeys = true,
            LifetimeValidator = (before, expires, _, _) => expires is { } end && end > now.UtcDateTime - Skew && end <= now.UtcDateTime + LongestAssertion && (before is null || before <= now.UtcDateTime + Skew),
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken { Id: { Length: > 0 and <= 200 } jti } token || jti.Contains('\0', StringComparison.Ordinal) || token.Audiences.Count() != 1)
            throw Failed(id);
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        var first = await connection.ExecuteScalarAsync<int>("""
            with old as (delete from identity.client_assertions where expires_at < @now - interval '1 hour'),
              used as (insert into identity.client_assertions (client_id, jti, expires_at) values (@id, @jti, @expires) on conflict do nothing returning 1)
            select count(*)::int from used
            """, new { now = now.UtcDateTime, id, jti, expires = token.ValidTo });
        return first == 1 ? client : throw Failed(id);
    }

    private ConnectException Failed(string client)
    {
        limits.CountFailure(client);
        return ConnectException.InvalidClient();
    }

    private static JsonWebKey Key(Jwk key) => new() { Kty = key.Kty, Kid = key.Kid, Crv = key.Crv, X = key.X, Y = key.Y, N = key.N, E = key.E, Alg = key.Alg, Use = key.Use };
}
