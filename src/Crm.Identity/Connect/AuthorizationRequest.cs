using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Crm.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace Crm.Identity;

/// <summary>A request for authorization that was found in order, on its way through the page. The browser carries it, protected: it can be neither read nor changed there.</summary>
/// <param name="Issuer">Who answers it (RFC 9207).</param>
/// <param name="ClientId">Who asks.</param>
/// <param name="RedirectUri">Where the answer goes.</param>
/// <param name="Scopes">What is asked for.</param>
/// <param name="State">The client's own; comes back as it was.</param>
/// <param name="Nonce">The client's own; becomes part of the id token.</param>
/// <param name="Challenge">SHA-256 of the code verifier (RFC 7636).</param>
/// <param name="AsksAnew">Whether the person is asked even if the consent was remembered (<c>prompt=consent</c>).</param>
/// <param name="SignedInAfter">The person must have signed in after this instant, in seconds (<c>prompt=login</c>, <c>max_age</c>); 0 for any time.</param>
internal sealed record AuthorizationRequest(
    string Issuer, string ClientId, string RedirectUri, string[] Scopes, string? State, string? Nonce, string Challenge, bool AsksAnew, long SignedInAfter)
{
    /// <summary>Where the browser goes with the code.</summary>
    public string WithCode(string code) => Redirect(("code", code));

    /// <summary>Where the browser goes with an error (RFC 6749 §4.1.2.1).</summary>
    public string WithError(string error, string description) => Redirect(("error", error), ("error_description", description));

    private string Redirect(params (string Name, string? Value)[] answer) => AuthorizeFeature.Append(RedirectUri, [.. answer, ("state", State), ("iss", Issuer)]);
}

/// <summary>Requests that the browser carries through the page.</summary>
internal sealed class CarriedRequests(IDataProtectionProvider protection)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Protects a request for the browser.</summary>
    public string Protect<T>(T request) => Of<T>().Protect(JsonSerializer.Serialize(request), Patience);

    /// <summary>The request that was protected.</summary>
    /// <exception cref="ProblemException">400 <c>invalid_request</c>: it was changed, or has expired.</exception>
    public T Read<T>(string? text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Of<T>().Unprotect(text ?? ""))!;
        }
        catch (CryptographicException)
        {
            throw ProblemException.Invalid("body.request", "invalid_request", "请求无效或已过期，请回到应用重新开始。", "The request is not valid or has expired; begin again in the application.");
        }
    }

    private ITimeLimitedDataProtector Of<T>() => protection.CreateProtector("Crm.Identity." + typeof(T).Name).ToTimeLimitedDataProtector();
}

/// <summary>The page's cookie session of a person.</summary>
/// <param name="UserId">The person.</param>
/// <param name="Id">What names the session, or those that end together with it.</param>
/// <param name="AuthTime">When the person signed in.</param>
internal sealed record PageSession(Guid UserId, Guid Id, DateTimeOffset AuthTime)
{
    /// <summary>Whether the session of a code, <c>held</c>, of an authorization, <c>a</c>, is still there.</summary>
    public const string Holds = "exists (select from identity.sessions s where s.user_id = a.user_id and s.id = held.session)";

    private const string SessionClaim = SessionTable.SessionId;

    /// <summary>The claim with the instant of the sign-in, in seconds.</summary>
    public const string AuthTimeClaim = "auth_time";

    /// <summary>The session of a request, or null. Outside the API the cookie is looked at for this alone.</summary>
    public static async Task<PageSession?> OfAsync(HttpContext http)
    {
        var result = await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        if (!result.Succeeded || !Guid.TryParse(result.Principal.FindFirstValue("sub"), out var user) || !Guid.TryParse(result.Principal.FindFirstValue(SessionClaim), out var id)) return null;
        var at = long.TryParse(result.Principal.FindFirstValue(AuthTimeClaim), out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : result.Properties?.IssuedUtc ?? DateTimeOffset.UnixEpoch;
        return new PageSession(user, id, at);
    }

    /// <summary>Whether the sign-in is recent enough for a request.</summary>
    public bool Suffices(AuthorizationRequest request) => AuthTime.ToUnixTimeSeconds() >= request.SignedInAfter;
}
