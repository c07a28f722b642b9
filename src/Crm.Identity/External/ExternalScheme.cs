using System.Security.Claims;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Crm.Identity;

/// <summary>What a provider proved, between its answer and the page's own request: in a protected cookie, five minutes long.</summary>
/// <param name="Provider">Name of the provider.</param>
/// <param name="Login">By what the account there is known again.</param>
/// <param name="Email">Its e-mail address, if the provider has verified it.</param>
/// <param name="SecondFactor">Whether the provider saw more than one factor.</param>
/// <param name="LinkTo">The session whose person asked to be linked; null for a sign-in.</param>
internal sealed record ExternalProof(string Provider, string Login, string? Email, bool SecondFactor, Guid? LinkTo)
{
    /// <summary>Scheme of the cookie.</summary>
    public const string SchemeName = "external";

    /// <summary>Property of the session to link to.</summary>
    public const string LinkProperty = "link";

    private const string Provided = "provider", Known = "login", Verified = "email", Factor = "mfa";

    /// <summary>The proof that came back with a request, or null.</summary>
    public static async Task<ExternalProof?> OfAsync(HttpContext http)
    {
        var result = await http.AuthenticateAsync(SchemeName);
        if (!result.Succeeded || result.Principal.FindFirstValue(Provided) is not { } provider || result.Principal.FindFirstValue(Known) is not { } login) return null;
        var link = result.Properties.Items.TryGetValue(LinkProperty, out var text) && Guid.TryParse(text, out var session) ? session : (Guid?)null;
        return new ExternalProof(provider, login, result.Principal.FindFirstValue(Verified), result.Principal.HasClaim(Factor, "true"), link);
    }

    /// <summary>What is kept of an id token.</summary>
    public static ClaimsPrincipal Keep(ExternalProvider provider, JsonWebToken token)
    {
        var identity = new ClaimsIdentity([new(Provided, provider.Name), new(Known, ExternalProvider.Login(token.Issuer, token.Subject))], SchemeName);
        // Some providers write the flag as text.
        if (token.TryGetPayloadValue<object>("email_verified", out var verified) && string.Equals(verified?.ToString(), "true", StringComparison.OrdinalIgnoreCase)
            && token.TryGetPayloadValue<string>("email", out var email) && email is { Length: > 0 and <= 254 }) identity.AddClaim(new(Verified, email));
        if (token.Claims.Any(c => c is { Type: "amr", Value: "mfa" })) identity.AddClaim(new(Factor, "true"));
        return new ClaimsPrincipal(identity);
    }
}

/// <summary>
/// The providers as authentication schemes of the framework's handler: authorization code with PKCE S256, state and nonce; the id token must be signed
/// by a key of the provider with an asymmetric algorithm, for this client, by this issuer and now (OpenID Connect Core §3.1.3.7).
/// </summary>
internal sealed class ExternalScheme(ExternalProviders providers, IConfiguration configuration) : IConfigureNamedOptions<OpenIdConnectOptions>
{
    /// <summary>Registers a scheme for each provider.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ExternalProviders>().AddSingleton<ExternalLogins>().AddSingleton<ExternalTokens>().AddTransient<OpenIdConnectHandler>();
        services.AddSingleton<IConfigureOptions<OpenIdConnectOptions>, ExternalScheme>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<OpenIdConnectOptions>, OpenIdConnectPostConfigureOptions>());
        services.AddOptions<AuthenticationOptions>().Configure<ExternalProviders>((o, providers) =>
        {
            foreach (var provider in providers.All) o.AddScheme<OpenIdConnectHandler>(provider.Scheme, provider.DisplayName);
        });
    }

    public void Configure(OpenIdConnectOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, OpenIdConnectOptions options)
    {
        if (providers.All.FirstOrDefault(p => p.Scheme == name) is not { } provider) return;
        var metadata = providers.MetadataOf(provider);
        (options.ConfigurationManager, options.Backchannel, options.RequireHttpsMetadata) = (metadata, metadata.Http, !provider.AllowsHttp);
        (options.ClientId, options.ClientSecret, options.ResponseType, options.ResponseMode) = (provider.ClientId, provider.ClientSecret, OpenIdConnectResponseType.Code, OpenIdConnectResponseMode.Query);
        options.Scope.Clear();
        foreach (var scope in provider.Scopes) options.Scope.Add(scope);
        (options.CallbackPath, options.SignedOutCallbackPath, options.RemoteSignOutPath) = (provider.CallbackPath, provider.Path + "/signed-out", PathString.Empty);
        (options.SignInScheme, options.SaveTokens, options.MapInboundClaims, options.DisableTelemetry) = (ExternalProof.SchemeName, false, false, true);
        var checks = options.TokenValidationParameters;
        (checks.ValidAlgorithms, checks.ClockSkew, checks.RequireExpirationTime) = (ExternalProvider.Algorithms, ExternalProvider.Skew, true);
        // The provider sends the browser back by GET, which brings Lax cookies along; the form_post mode would need SameSite=None.
        foreach (var cookie in (CookieBuilder[])[options.CorrelationCookie, options.NonceCookie])
            (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, configuration.GetValue<bool>("Crm:Https") ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest);
        options.Events = new OpenIdConnectEvents
        {
            OnRedirectToIdentityProvider = context =>
            {
                context.ProtocolMessage.RedirectUri = Connect.Issuer(context.HttpContext) + provider.CallbackPath;
                return Task.CompletedTask;
            },
            OnTokenValidated = context =>
            {
                var token = new JsonWebToken(context.TokenEndpointResponse?.IdToken ?? context.ProtocolMessage.IdToken);
                // The handler lets an unsigned token of the token endpoint pass, as the standard does; here the provider signs.
                if (token.EncodedSignature.Length == 0 || !ExternalProvider.Algorithms.Contains(token.Alg)) context.Fail("The id token is not signed.");
                else context.Principal = ExternalProof.Keep(provider, token);
                return Task.CompletedTask;
            },
            OnRemoteFailure = context => Refuse(context, context.Properties, context.Failure is ProblemException or HttpRequestException or TaskCanceledException ? "external_unavailable" : "external_failed"),
            OnAccessDenied = context => Refuse(context, context.Properties, "external_denied"),
        };

        async Task Refuse(HandleRequestContext<RemoteAuthenticationOptions> context, AuthenticationProperties? properties, string code)
        {
            context.HandleResponse();
            var store = context.HttpContext.RequestServices.GetRequiredService<DocumentStore>();
            var sql = new SqlBatch();
            SignInLog.Add(sql, store.Now, SignInEvent.Failed, context.HttpContext, null, code, way: provider.Name);
            await sql.RunAsync(store, context.HttpContext.RequestAborted);
            context.Response.Redirect(AuthorizeFeature.Append(properties?.Items.ContainsKey(ExternalProof.LinkProperty) == true ? "/account" : "/sign-in", [("problem", code), ("provider", provider.Name)]));
        }
    }
}
