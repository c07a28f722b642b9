using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace Crm.Identity;

/// <summary>
/// The authorization endpoint (RFC 6749 §4.1, RFC 7636, RFC 9207, OpenID Connect Core §3.1.2): codes only, with PKCE S256 only. What it finds in
/// order goes on to the page, which signs the person in and asks; a cross-site navigation brings no SameSite=Strict cookie, but the page's own requests do.
/// </summary>
internal static class AuthorizeFeature
{
    private const string Page = "/authorize";

    public static void Map(IEndpointRouteBuilder root) => root.MapMethods("/connect/authorize", ["GET", "POST"], (Delegate)Handle)
        .AllowAnonymous().DisableAntiforgery().WithName("Authorize").WithTags("connect").Produces(303).Produces<ConnectError>(400);

    /// <summary>An address with further parameters; those without a value are left out.</summary>
    public static string Append(string uri, IEnumerable<(string Name, string? Value)> parameters) =>
        QueryHelpers.AddQueryString(uri, parameters.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Name, p.Value)));

    private static async Task<IResult> Handle(HttpContext http, ClientStore clients, CarriedRequests carried, Authorizations authorizations, DocumentStore store)
    {
        http.Response.Headers.CacheControl = "no-store";
        ConnectParameters parameters;
        Client client;
        string redirectUri;
        try
        {
            parameters = HttpMethods.IsPost(http.Request.Method) ? await ConnectParameters.OfFormAsync(http) : ConnectParameters.OfQuery(http);
            client = (await clients.FindAsync(parameters.Required("client_id"), http.RequestAborted))?.Client ?? throw new ConnectException(400, "invalid_client", "The client is unknown.");
            redirectUri = parameters.Required("redirect_uri");
            if (!client.RedirectUris.Contains(redirectUri)) throw new ConnectException(400, "invalid_redirect_uri", "The redirect URI is not registered for the client.");
        }
        catch (ConnectException refused)
        {
            // Where nobody vouches for the address, the browser is sent nowhere (RFC 6749 §4.1.2.1): a person reads the reason on our own page.
            return http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
                ? Go(http, Append(Page, [("error", refused.Error)]))
                : Results.Json(new ConnectError(refused.Error, refused.Message), statusCode: 400);
        }
        var (request, fault) = Check(parameters, client, redirectUri, Connect.Issuer(http), store.Now.ToUnixTimeSeconds());
        if (fault is var (error, description)) return Go(http, request.WithError(error, description));

        var silent = parameters["prompt"] == "none";
        var session = await PageSession.OfAsync(http);
        if (session is not null && session.Suffices(request) && await authorizations.IsRememberedAsync(session.UserId, request, http.RequestAborted))
            return Go(http, request.WithCode(await authorizations.AuthorizeAsync(request, session, remember: false, new EventContext(session.UserId.ToString(), "page", Caller.CorrelationId(http)), http.RequestAborted)));
        if (silent)
            return Go(http, session is null || !session.Suffices(request)
                ? request.WithError("login_required", "The person has to sign in.")
                : request.WithError("consent_required", "The person has to be asked."));
        return Go(http, Append(Page, [("request", carried.Protect(request))]));
    }

    /// <summary>The request, and what is wrong with it. Whatever is wrong, the answer needs state and issuer.</summary>
    private static (AuthorizationRequest Request, (string Error, string Description)? Fault) Check(ConnectParameters parameters, Client client, string redirectUri, string issuer, long now)
    {
        var scopes = Connect.Scopes(parameters["scope"]);
        var prompt = Connect.Scopes(parameters["prompt"]);
        var hasAge = long.TryParse(parameters["max_age"], out var age);
        var request = new AuthorizationRequest(
            issuer, client.ClientId, redirectUri, scopes, parameters["state"], parameters["nonce"], parameters["code_challenge"] ?? "", prompt.Contains("consent"),
            prompt.Contains("login") ? now : hasAge && age >= 0 ? now - Math.Min(age, now) : 0);
        return (request, Fault());

        (string, string)? Fault() =>
            parameters["request"] is not null ? ("request_not_supported", "Request objects are not supported.")
            : parameters["request_uri"] is not null ? ("request_uri_not_supported", "Request objects are not supported.")
            : parameters["registration"] is not null ? ("registration_not_supported", "Clients are registered by the administrator.")
            : parameters["response_type"] is null ? ("invalid_request", "The parameter response_type is missing.")
            : parameters["response_type"] != "code" ? ("unsupported_response_type", "Only the response type code is supported.")
            : parameters["response_mode"] is not (null or "query") ? ("invalid_request", "Only the response mode query is supported.")
            : !client.Grants.Contains(ClientRules.AuthorizationCode) ? ("unauthorized_client", "The client may not use the authorization code.")
            : parameters["code_challenge"] is null ? ("invalid_request", "The parameter code_challenge is missing (RFC 7636).")
            : parameters["code_challenge_method"] != "S256" ? ("invalid_request", "Only the code challenge method S256 is supported.")
            : !IsChallenge(request.Challenge) ? ("invalid_request", "The code challenge is not the SHA-256 of a verifier.")
            : scopes.Length == 0 || scopes.Except(client.Scopes).Any() ? ("invalid_scope", "A scope is missing, or the client may not ask for it.")
            : parameters["max_age"] is not null && (!hasAge || age < 0) ? ("invalid_request", "The parameter max_age is not a number of seconds.")
            : prompt.Contains("none") && prompt.Length > 1 ? ("invalid_request", "The prompt none comes alone.")
            : prompt.Except(["none", "login", "consent", "select_account"]).Any() ? ("invalid_request", "The prompt is not known.")
            : request.State?.Length > 2000 || request.Nonce?.Length > 500 ? ("invalid_request", "The state has at most 2000 characters, the nonce 500.")
            : null;
    }

    private static bool IsChallenge(string challenge) => challenge.Length == 43 && challenge.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>303: a browser that posted goes on with GET and takes nothing along (RFC 9700 §4.12).</summary>
    private static IResult Go(HttpContext http, string address)
    {
        http.Response.Headers.Location = address;
        return Results.StatusCode(303);
    }
}
