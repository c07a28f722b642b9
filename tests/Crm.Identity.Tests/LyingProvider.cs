using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Identity.Tests;

/// <summary>A provider that says whatever a test wants: tokens of other issuers, of nobody's key, expired ones.</summary>
internal sealed class LyingProvider : IAsyncDisposable
{
    public const string ClientId = "crm-there", Audience = "https://crm.example.com/api";
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly WebApplication server;
    private ECDsaSecurityKey key = Key("k1");

    private LyingProvider(WebApplication server) => this.server = server;

    public string Issuer { get; private set; } = "";

    /// <summary>What the token endpoint answers as id token.</summary>
    public string IdToken { get; set; } = "";

    /// <summary>Whether it answers at all.</summary>
    public bool Down { get; set; }

    /// <summary>How often its keys were asked for.</summary>
    public int KeysAsked { get; private set; }

    /// <summary>What an application is started with to know it as <c>liar</c>.</summary>
    public IReadOnlyList<string> Settings(params string[] more) =>
    [
        "--Crm:Oidc:0:Name=liar", $"--Crm:Oidc:0:Authority={Issuer}", $"--Crm:Oidc:0:ClientId={ClientId}", "--Crm:Oidc:0:ClientSecret=s", $"--Crm:Oidc:0:ApiAudience={Audience}",
        .. more.Select(m => "--Crm:Oidc:0:" + m),
    ];

    public static async Task<LyingProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var liar = new LyingProvider(builder.Build());
        liar.server.Use((http, next) =>
        {
            if (!liar.Down) return next(http);
            http.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        liar.server.MapGet("/.well-known/openid-configuration", () => Results.Json(new Dictionary<string, string>
        {
            ["issuer"] = liar.Issuer, ["authorization_endpoint"] = liar.Issuer + "/authorize", ["token_endpoint"] = liar.Issuer + "/token", ["jwks_uri"] = liar.Issuer + "/jwks",
        }));
        liar.server.MapGet("/jwks", () =>
        {
            liar.KeysAsked++;
            var point = liar.key.ECDsa.ExportParameters(false).Q;
            var jwk = new Dictionary<string, string> { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = liar.key.KeyId, ["use"] = "sig", ["x"] = Base64UrlEncoder.Encode(point.X!), ["y"] = Base64UrlEncoder.Encode(point.Y!) };
            return Results.Json(new { keys = (object[])[jwk] });
        });
        liar.server.MapPost("/token", () => Results.Json(new { access_token = "opaque", token_type = "Bearer", expires_in = 60, id_token = liar.IdToken }));
        await liar.server.StartAsync();
        liar.Issuer = liar.server.Urls.Single();
        return liar;
    }

    /// <summary>Another key from now on.</summary>
    public void RotateKey() => key = Key("k" + Guid.NewGuid().ToString("N"));

    /// <summary>A token of this provider, true but for the changes; null takes a claim out.</summary>
    public string Token(string subject, string audience, string? type = "JWT", DateTimeOffset? expires = null, SecurityKey? by = null, string? algorithm = SecurityAlgorithms.EcdsaSha256,
        params (string Name, object? Value)[] claims)
    {
        var now = DateTimeOffset.UtcNow;
        var all = new Dictionary<string, object>
        {
            ["iss"] = Issuer, ["sub"] = subject, ["aud"] = audience, ["iat"] = (now - TimeSpan.FromHours(1)).ToUnixTimeSeconds(), ["exp"] = (expires ?? now.AddMinutes(5)).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in claims)
            if (value is null) all.Remove(name);
            else all[name] = value;
        return Handler.CreateToken(new SecurityTokenDescriptor { Claims = all, TokenType = type, SigningCredentials = algorithm is null ? null : new SigningCredentials(by ?? key, algorithm) });
    }

    /// <summary>An access token for the API.</summary>
    public string ApiToken(string subject, string audience = Audience, string type = "at+jwt", DateTimeOffset? expires = null, params (string Name, object? Value)[] claims) =>
        Token(subject, audience, type, expires, claims: claims);

    public static ECDsaSecurityKey Key(string id) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = id };

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
