using System.Text;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Identity;

/// <summary>A provider of identities outside (OpenID Connect), as <c>Crm:Oidc:0</c>, <c>1</c> … name them.</summary>
/// <param name="Name">What addresses, links and logs call it: small letters, digits and hyphens.</param>
/// <param name="DisplayName">What people call it.</param>
/// <param name="Authority">Its issuer, under which its metadata are found.</param>
/// <param name="ClientId">What this CRM is called there.</param>
/// <param name="ClientSecret">The secret of it; null for a public client, which PKCE alone protects.</param>
/// <param name="Scopes">What is asked for.</param>
/// <param name="LinkByVerifiedEmail">Whether somebody unknown is linked to the one active user with the verified e-mail address.</param>
/// <param name="TrustSecondFactor">Whether <c>mfa</c> in its <c>amr</c> (RFC 8176) counts as the second factor.</param>
/// <param name="ApiAudience">Audience of its access tokens that are good for the API; null: none are.</param>
/// <param name="ApiTokenType">Their <c>typ</c>; RFC 9068 says <c>at+jwt</c>.</param>
/// <param name="ApiRole">A role beyond which nobody goes with such a token; null: the person's own roles count alone.</param>
/// <param name="AllowsHttp">Whether it may be reached without TLS: on this machine, and in a demo.</param>
internal sealed partial record ExternalProvider(
    string Name, string DisplayName, Uri Authority, string ClientId, string? ClientSecret, IReadOnlyList<string> Scopes, bool LinkByVerifiedEmail, bool TrustSecondFactor,
    string? ApiAudience, string ApiTokenType, string? ApiRole, bool AllowsHttp)
{
    /// <summary>Algorithms of signatures that only the holder of a private key can make.</summary>
    public static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>How far clocks may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>Its name as an authentication scheme.</summary>
    public string Scheme => "oidc-" + Name;

    /// <summary>Where the browser goes to sign in by it.</summary>
    public string Path => "/connect/external/" + Name;

    /// <summary>Where it sends the browser back; its own, so that no provider can answer for another (RFC 9700 §4.4).</summary>
    public string CallbackPath => Path + "/callback";

    /// <summary>Whether this is its issuer; a slash at the end makes no difference.</summary>
    public bool IsIssuer(string? issuer) => string.Equals(issuer?.TrimEnd('/'), Authority.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);

    /// <summary>
    /// By what somebody is known again: a hash of issuer and subject (OpenID Connect Core §2), so that the log holds no name from elsewhere and another
    /// provider under the same name finds nobody.
    /// </summary>
    public static string Login(string issuer, string subject) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer}\n{subject}")));

    /// <summary>Reads one.</summary>
    /// <exception cref="InvalidOperationException">The setting that is missing or wrong.</exception>
    public static ExternalProvider Of(IConfigurationSection section, bool demo)
    {
        string Text(string key) => section[key] is { Length: > 0 } text ? text : throw new InvalidOperationException($"{section.Path}:{key} is missing.");
        var name = Text("Name");
        if (!Names().IsMatch(name)) throw new InvalidOperationException($"{section.Path}:Name has small letters, digits and hyphens, at most 30.");
        if (!Uri.TryCreate(Text("Authority"), UriKind.Absolute, out var authority) || authority.Scheme is not ("http" or "https") || authority.Query.Length > 0 || authority.Fragment.Length > 0)
            throw new InvalidOperationException($"{section.Path}:Authority is not the address of an issuer.");
        var plain = authority.Scheme == "http";
        if (plain && !authority.IsLoopback && !demo) throw new InvalidOperationException($"{section.Path}:Authority must be https.");
        var secret = section["ClientSecretFile"] is { Length: > 0 } file ? File.ReadAllText(file).Trim() : section["ClientSecret"];
        var (clientId, audience) = (Text("ClientId"), section["ApiAudience"]);
        // An id token is for the page and must not be good for the API.
        if (audience == clientId) throw new InvalidOperationException($"{section.Path}:ApiAudience must not be the ClientId.");
        return new ExternalProvider(
            name, section["DisplayName"] is { Length: > 0 } shown ? shown : name, authority, clientId, string.IsNullOrEmpty(secret) ? null : secret,
            [.. Connect.Scopes(section["Scopes"] ?? "openid email").Prepend("openid").Distinct()], section.GetValue<bool>("LinkByVerifiedEmail"), section.GetValue<bool>("TrustSecondFactor"),
            string.IsNullOrEmpty(audience) ? null : audience, section["ApiTokenType"] is { Length: > 0 } type ? type : "at+jwt", section["ApiRole"] is { Length: > 0 } role ? role : null, plain);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,29}$")]
    private static partial Regex Names();
}

/// <summary>A provider as the sign-in page offers it.</summary>
/// <param name="Name">What addresses call it.</param>
/// <param name="DisplayName">What people call it.</param>
internal sealed record ProviderChoice(string Name, string DisplayName);
