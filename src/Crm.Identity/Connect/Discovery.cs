using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Identity;

/// <summary>What clients find out by themselves: OpenID Connect Discovery 1.0, RFC 8414, and the public keys (RFC 7517).</summary>
internal static class DiscoveryFeature
{
    public static void Map(IEndpointRouteBuilder root)
    {
        root.MapGet("/.well-known/openid-configuration", Metadata).AllowAnonymous().AllowAnyOrigin().WithName("OpenIdConfiguration").WithTags("connect");
        root.MapGet("/.well-known/oauth-authorization-server", Metadata).AllowAnonymous().AllowAnyOrigin().WithName("AuthorizationServerMetadata").WithTags("connect");
        root.MapGet("/connect/jwks", async (HttpContext http, SigningKeys keys) =>
        {
            http.Response.Headers.CacheControl = "public, max-age=3600";
            return Results.Json(new Dictionary<string, object> { ["keys"] = (await keys.PublishedAsync(http.RequestAborted)).Select(Public) });
        }).AllowAnonymous().AllowAnyOrigin().WithName("Jwks").WithTags("connect");
    }

    private static Dictionary<string, string> Public(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(false).Q;
        return new Dictionary<string, string>
        {
            ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64UrlEncoder.Encode(point.X!), ["y"] = Base64UrlEncoder.Encode(point.Y!), ["use"] = "sig", ["alg"] = "ES256", ["kid"] = key.KeyId,
        };
    }

    private static IResult Metadata(HttpContext http)
    {
        var issuer = Connect.Issuer(http);
        string[] proofs = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
        string[] algorithms = ["ES256", "ES384", "RS256", "PS256"];
        http.Response.Headers.CacheControl = "public, max-age=3600";
        return Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = issuer,
            ["authorization_endpoint"] = issuer + "/connect/authorize",
            ["token_endpoint"] = issuer + "/connect/token",
            ["jwks_uri"] = issuer + "/connect/jwks",
            ["userinfo_endpoint"] = issuer + "/connect/userinfo",
            ["revocation_endpoint"] = issuer + "/connect/revocation",
            ["introspection_endpoint"] = issuer + "/connect/introspection",
            ["end_session_endpoint"] = issuer + "/connect/endsession",
            ["scopes_supported"] = ClientRules.Scopes,
            ["response_types_supported"] = (string[])["code"],
            ["response_modes_supported"] = (string[])["query"],
            ["grant_types_supported"] = (string[])["authorization_code", "client_credentials", "refresh_token"],
            ["code_challenge_methods_supported"] = (string[])["S256"],
            ["token_endpoint_auth_methods_supported"] = (string[])[.. proofs, "none"],
            ["token_endpoint_auth_signing_alg_values_supported"] = algorithms,
            ["revocation_endpoint_auth_methods_supported"] = (string[])[.. proofs, "none"],
            ["revocation_endpoint_auth_signing_alg_values_supported"] = algorithms,
            ["introspection_endpoint_auth_methods_supported"] = proofs,
            ["introspection_endpoint_auth_signing_alg_values_supported"] = algorithms,
            ["subject_types_supported"] = (string[])["public"],
            ["id_token_signing_alg_values_supported"] = (string[])["ES256"],
            ["claims_supported"] = (string[])["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "preferred_username"],
            ["prompt_values_supported"] = (string[])["none", "login", "consent", "select_account"],
            ["authorization_response_iss_parameter_supported"] = true,
            ["request_parameter_supported"] = false,
            ["request_uri_parameter_supported"] = false,
            ["claims_parameter_supported"] = false,
        });
    }
}
