using Crm.Http;
using Crm.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Crm.Identity;

/// <summary>The configured providers and what they say of themselves; read once, at the start, which fails if a setting is wrong.</summary>
internal sealed class ExternalProviders
{
    private readonly Dictionary<string, ProviderMetadata> metadata;

    public ExternalProviders(IConfiguration configuration, TimeProvider clock)
    {
        All = [.. configuration.GetSection("Crm:Oidc").GetChildren().Select(s => ExternalProvider.Of(s, configuration.GetValue<bool>("Crm:Demo")))];
        if (All.Select(p => p.Name).Distinct().Count() < All.Count) throw new InvalidOperationException("Two providers of Crm:Oidc have one name.");
        var allowed = configuration.GetSection("Crm:Http:AllowedHosts").Get<string[]>() ?? [];
        metadata = All.ToDictionary(p => p.Name, p => new ProviderMetadata(p, allowed, clock));
    }

    /// <summary>The providers in the order of the configuration.</summary>
    public IReadOnlyList<ExternalProvider> All { get; }

    /// <summary>What the sign-in page offers.</summary>
    public IReadOnlyList<ProviderChoice> Choices => [.. All.Select(p => new ProviderChoice(p.Name, p.DisplayName))];

    /// <summary>The provider of this name, or null.</summary>
    public ExternalProvider? Find(string? name) => All.FirstOrDefault(p => p.Name == name);

    /// <summary>What a provider says of itself.</summary>
    public ProviderMetadata MetadataOf(ExternalProvider provider) => metadata[provider.Name];
}

/// <summary>
/// A provider's metadata and keys (OpenID Connect Discovery), kept for twelve hours. Keys that are not known are asked for at most once a minute, and a
/// provider that is down is not asked again for five seconds; what was known before holds for a day. Everything goes through the guard of outgoing calls.
/// </summary>
internal sealed class ProviderMetadata(ExternalProvider provider, IReadOnlyCollection<string> allowedHosts, TimeProvider clock) : IConfigurationManager<OpenIdConnectConfiguration>
{
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(12), Stale = TimeSpan.FromHours(24), Pause = TimeSpan.FromMinutes(1), Patience = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim one = new(1, 1);
    private OpenIdConnectConfiguration? known;
    private DateTimeOffset loadedAt = DateTimeOffset.MinValue, triedAt = DateTimeOffset.MinValue, dueAt = DateTimeOffset.MinValue;

    /// <summary>Calls the provider; the operator named it, so its own host may be a private one.</summary>
    public HttpClient Http { get; } = new(OutgoingAddresses.Handler([.. allowedHosts, provider.Authority.Host])) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 1 << 20 };

    /// <exception cref="ProblemException">503 <c>external_unavailable</c>.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        if (known is { } now && clock.GetUtcNow() < dueAt) return now;
        await one.WaitAsync(cancel);
        try
        {
            var at = clock.GetUtcNow();
            if (known is { } meanwhile && at < dueAt) return meanwhile;
            if (at - triedAt < Patience) return Before(at, null);
            triedAt = at;
            try
            {
                known = await LoadAsync(cancel);
                (loadedAt, dueAt) = (at, at + Fresh);
                return known;
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                return Before(at, e);
            }
        }
        finally
        {
            one.Release();
        }
    }

    /// <inheritdoc />
    public void RequestRefresh() => Refresh();

    /// <summary>Has them asked for anew, because a key is not known.</summary>
    /// <returns>False if that was done a moment ago.</returns>
    public bool Refresh()
    {
        var now = clock.GetUtcNow();
        if (now - triedAt < Pause) return false;
        dueAt = now;
        return true;
    }

    private OpenIdConnectConfiguration Before(DateTimeOffset at, Exception? cause)
    {
        if (known is not { } before || at - loadedAt >= Stale)
            throw new ProblemException(503, "external_unavailable", $"{provider.DisplayName} 暂时无法使用，请稍后再试，或者用密码登录。", $"{provider.DisplayName} cannot be reached; try again later, or sign in with your password.")
            {
                RetryAfter = (int)Patience.TotalSeconds, Source = cause?.GetType().Name,
            };
        dueAt = at + Pause;
        return before;
    }

    private async Task<OpenIdConnectConfiguration> LoadAsync(CancellationToken ct)
    {
        var documents = new HttpDocumentRetriever(Http) { RequireHttps = !provider.AllowsHttp };
        var found = await OpenIdConnectConfigurationRetriever.GetAsync($"{provider.Authority.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration", documents, ct);
        if (!provider.IsIssuer(found.Issuer)) throw new InvalidOperationException("The metadata are another issuer's (OpenID Connect Discovery §4.3).");
        foreach (var endpoint in (string[])[found.AuthorizationEndpoint, found.TokenEndpoint])
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || !(address.Scheme == "https" || (provider.AllowsHttp && address.Scheme == "http")))
                throw new InvalidOperationException("The metadata name an address without TLS.");
        return found;
    }
}
