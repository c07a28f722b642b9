using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using Crm.EventStore;
using Dapper;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Crm.Identity;

/// <summary>An access token as RFC 6749 answers it.</summary>
/// <param name="AccessToken">The token, a JWT.</param>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until it expires.</param>
internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn);

/// <summary>A refused token request as RFC 6749 §5.2 answers it.</summary>
internal sealed record TokenError([property: JsonPropertyName("error")] string Error, [property: JsonPropertyName("error_description")] string Description);

/// <summary>Access tokens for integrators: <c>POST /connect/token</c> with <c>grant_type=client_credentials</c> (RFC 6749 §4.4).</summary>
internal static class TokenFeature
{
    public const string Issuer = "urn:crm";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public static void Map(IEndpointRouteBuilder root) => root.MapPost("/connect/token", async (HttpContext http, NpgsqlDataSource database, SigningKeys keys, DocumentStore store) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!http.Request.HasFormContentType) return Refuse(400, "invalid_request", "Send the parameters as application/x-www-form-urlencoded.");
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (form["grant_type"] != "client_credentials") return Refuse(400, "unsupported_grant_type", "Only client_credentials is supported.");
        var (clientId, secret) = Credentials(http, form);
        if (clientId.Contains('\0', StringComparison.Ordinal)) return Unknown(http);
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        var client = await connection.QueryFirstOrDefaultAsync<(byte[] Hash, string Role)?>("select secret_hash, role from identity.clients where client_id = @clientId and active", new { clientId });
        if (!CryptographicOperations.FixedTimeEquals(HashOf(secret), client?.Hash ?? new byte[32])) return Unknown(http);
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Issuer,
            TokenType = "at+jwt",
            IssuedAt = store.Now.UtcDateTime,
            NotBefore = store.Now.UtcDateTime,
            Expires = (store.Now + Lifetime).UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = clientId, ["client_id"] = clientId, ["role"] = client!.Value.Role, ["jti"] = Guid.CreateVersion7(store.Now).ToString() },
            SigningCredentials = new SigningCredentials(await keys.CurrentAsync(http.RequestAborted), SecurityAlgorithms.EcdsaSha256),
        });
        return Results.Json(new TokenAnswer(token, "Bearer", (int)Lifetime.TotalSeconds));
    }).AllowAnonymous().DisableAntiforgery().WithName("Token").WithTags("connect").Produces<TokenAnswer>().Produces<TokenError>(400).Produces<TokenError>(401);

    public static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Client and secret of the Basic header, else of the form (RFC 6749 §2.3.1).</summary>
    private static (string ClientId, string Secret) Credentials(HttpContext http, IFormCollection form)
    {
        if (AuthenticationHeaderValue.TryParse(http.Request.Headers.Authorization, out var header) && header is { Scheme: "Basic", Parameter: { } encoded })
        {
            var buffer = new byte[encoded.Length];
            if (Convert.TryFromBase64String(encoded, buffer, out var length) && Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2) is [var id, var secret])
                return (Uri.UnescapeDataString(id.Replace('+', ' ')), Uri.UnescapeDataString(secret.Replace('+', ' ')));
        }
        return (form["client_id"].ToString(), form["client_secret"].ToString());
    }

    private static IResult Unknown(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Basic realm=\"crm\"";
        return Refuse(401, "invalid_client", "The client is unknown or its secret is wrong.");
    }

    private static IResult Refuse(int status, string error, string description) => Results.Json(new TokenError(error, description), statusCode: status);
}

/// <summary>Accepts the access tokens of <see cref="TokenFeature"/> in <c>Authorization: Bearer</c>.</summary>
internal sealed class BearerHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, SigningKeys keys, DocumentStore store)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header) || !string.Equals(header.Scheme, SchemeName, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(header.Parameter, new TokenValidationParameters
        {
            ValidIssuer = TokenFeature.Issuer,
            ValidAudience = TokenFeature.Issuer,
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKey = await keys.CurrentAsync(Context.RequestAborted),
            LifetimeValidator = (before, expires, _, _) => before <= store.Now.UtcDateTime.AddMinutes(1) && expires > store.Now.UtcDateTime,
        });
        return result.IsValid
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(result.ClaimsIdentity.Claims, SchemeName, "sub", "role")), SchemeName))
            : AuthenticateResult.Fail("The access token is not valid.");
    }
}
