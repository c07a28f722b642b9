using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Identity;

/// <summary>An access token of a provider outside whose person may use the API.</summary>
internal sealed record ValidExternalToken(ExternalProvider Provider, Guid UserId, string Role);

/// <summary>
/// Access tokens (RFC 9068) that a provider with an <c>ApiAudience</c> has issued. Whoever is linked to its subject calls with his own roles of this moment, so that
/// unlinking and deactivating end it at once.
/// </summary>
internal sealed class ExternalTokens(ExternalProviders providers, ExternalLogins logins)
{
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    /// <summary>The provider whose token it says to be; null for any other text. Nothing is believed yet.</summary>
    public ExternalProvider? ProviderOf(string token)
    {
        if (providers.All.Count == 0 || token.Length > 10_000 || !Handler.CanReadToken(token)) return null;
        try
        {
            var issuer = Handler.ReadJsonWebToken(token).Issuer;
            return providers.All.FirstOrDefault(p => p.ApiAudience is not null && p.IsIssuer(issuer));
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    /// <summary>The token if it holds and its person is linked and active, else null.</summary>
    /// <exception cref="Http.ProblemException">503 <c>external_unavailable</c>: the keys of the provider cannot be had.</exception>
    public async Task<ValidExternalToken?> ReadAsync(ExternalProvider provider, string token, CancellationToken ct)
    {
        var metadata = providers.MetadataOf(provider);
        for (var again = false; ; again = true)
        {
            var configuration = await metadata.GetConfigurationAsync(ct);
            var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
            {
                ValidIssuer = configuration.Issuer,
                ValidAudience = provider.ApiAudience,
                ValidTypes = [provider.ApiTokenType, "application/" + provider.ApiTokenType],
                ValidAlgorithms = ExternalProvider.Algorithms,
                IssuerSigningKeys = configuration.SigningKeys,
                RequireSignedTokens = true,
                RequireExpirationTime = true,
                ClockSkew = ExternalProvider.Skew,
            });
            if (result.IsValid)
                return result.SecurityToken is JsonWebToken { Subject.Length: > 0 } valid && await logins.FindAsync(ExternalProvider.Login(valid.Issuer, valid.Subject), ct) is var (user, role)
                    ? new ValidExternalToken(provider, user, role)
                    : null;
            if (again || result.Exception is not SecurityTokenSignatureKeyNotFoundException || !metadata.Refresh()) return null;
        }
    }
}
