using Crm.Http;
using FluentValidation;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Identity;

/// <summary>What a client may be.</summary>
internal static class ClientRules
{
    public const string ClientCredentials = "client_credentials";
    public const string AuthorizationCode = "authorization_code";

    public const string Api = "api";
    public const string OpenId = "openid";
    public const string Profile = "profile";
    public const string OfflineAccess = "offline_access";

    public static readonly string[] Grants = [ClientCredentials, AuthorizationCode];
    public static readonly string[] Scopes = [OpenId, Profile, OfflineAccess, Api];

    /// <summary>Why the members do not go together, or null.</summary>
    public static Rejection? Fault(Client client) =>
        !client.Confidential && client.Grants.Contains(ClientCredentials)
            ? new("grant_not_allowed", "公开客户端不能使用 client_credentials。", "A public client cannot use client_credentials.", 400, "grants")
        : !client.Confidential && client.Jwks is not null
            ? new("confidential_required", "公开客户端没有密钥。", "A public client has no keys.", 400, "jwks")
        : client.Grants.Contains(AuthorizationCode) && client.RedirectUris.Count == 0
            ? new("redirect_uri_required", "使用授权码需要至少一个回调地址。", "The authorization code needs a redirect URI.", 400, "redirectUris")
        : client.ActsForUsers && !client.Grants.Contains(ClientCredentials)
            ? new("grant_not_allowed", "代表用户操作需要 client_credentials。", "To act for users a client needs client_credentials.", 400, "actsForUsers")
        : null;

    /// <summary>
    /// An address codes may be sent to (RFC 9700 §2.1, RFC 8252 §7): https, http to the caller's own machine, or a private scheme with a dot;
    /// no fragment and no user information. It is compared character by character.
    /// </summary>
    public static bool IsRedirectUri(string? text) =>
        text is { Length: > 0 and <= 500 } && text.All(c => c is > ' ' and <= '~' and not ('#' or '\\')) && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0
        && (uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback) || uri.Scheme.Contains('.', StringComparison.Ordinal));

    public static void RedirectUris<T>(this IRuleBuilder<T, IReadOnlyList<string>?> rule) =>
        rule.Must(uris => uris is null || (uris.Count <= 20 && uris.All(IsRedirectUri))).WithErrorCode("invalid_redirect_uri");

    public static void OneOf<T>(this IRuleBuilder<T, IReadOnlyList<string>?> rule, string[] known) =>
        rule.Must(values => values is null || (values.Count > 0 && values.All(known.Contains) && values.Distinct().Count() == values.Count)).WithErrorCode("unknown_value");

    public static void Keys<T>(this IRuleBuilder<T, JwkSet?> rule) =>
        rule.Must(set => set is null || (set.Keys is { Count: > 0 and <= 10 } && set.Keys.All(IsKey))).WithErrorCode("invalid_jwks");

    private static bool IsKey(Jwk? key) => key switch
    {
        { Kty: "EC", Crv: "P-256", X: { } x, Y: { } y } => Bytes(x) == 32 && Bytes(y) == 32,
        { Kty: "EC", Crv: "P-384", X: { } x, Y: { } y } => Bytes(x) == 48 && Bytes(y) == 48,
        { Kty: "RSA", N: { } n, E: { } e } => Bytes(n) is >= 256 and <= 1024 && Bytes(e) is > 0 and <= 8,
        _ => false,
    };

    private static int Bytes(string text)
    {
        try
        {
            return Base64UrlEncoder.DecodeBytes(text).Length;
        }
        catch (FormatException)
        {
            return -1;
        }
    }
}
