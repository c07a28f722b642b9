using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>A request to sign out, on its way through the page.</summary>
internal sealed record SignOutRequest(string? ClientName, string? Subject, string? RedirectTo);

/// <summary>Asks what an application's request to sign out is about, for the page to show.</summary>
/// <param name="Request">The request as the end-session endpoint handed it to the page.</param>
internal sealed record ReadSignOutRequest(string Request);

/// <summary>Who wants the person signed out.</summary>
/// <param name="ClientName">The application, if it said who it is.</param>
/// <param name="UserId">The person it means; another one is asked first.</param>
/// <param name="RedirectTo">Where the browser goes afterwards; null stays here.</param>
internal sealed record SignOutRequestView(string? ClientName, string? UserId, string? RedirectTo);

/// <summary>
/// The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0). It hands over to the page, which signs out at once whom the hint names and asks anybody else;
/// the browser goes on only to an address that is registered for the client.
/// </summary>
internal static class EndSessionFeature
{
    public static void Map(IEndpointRouteBuilder root) => root.MapMethods("/connect/endsession", ["GET", "POST"], async (HttpContext http, AccessTokens tokens, ClientStore clients, CarriedRequests carried) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            var parameters = HttpMethods.IsPost(http.Request.Method) ? await ConnectParameters.OfFormAsync(http) : ConnectParameters.OfQuery(http);
            var hint = parameters["id_token_hint"] is { } token ? await tokens.ReadHintAsync(http, token) ?? throw ConnectException.InvalidRequest("The id token is not one of ours.") : default((string Subject, string ClientId)?);
            if (hint is var (_, audience) && parameters["client_id"] is { } stated && stated != audience) throw ConnectException.InvalidRequest("The id token is another client's.");
            var client = (hint?.ClientId ?? parameters["client_id"]) is { } clientId ? (await clients.FindAsync(clientId, http.RequestAborted))?.Client : null;
            var target = parameters["post_logout_redirect_uri"];
            if (target is not null && client?.PostLogoutRedirectUris.Contains(target) != true) throw ConnectException.InvalidRequest("The address to go on to is not registered for the client.");
            var request = new SignOutRequest(client?.Name, hint?.Subject, target is null ? null : AuthorizeFeature.Append(target, [("state", parameters["state"])]));
            http.Response.Headers.Location = AuthorizeFeature.Append("/end-session", [("request", carried.Protect(request))]);
            return Results.StatusCode(303);
        }
        catch (ConnectException refused)
        {
            return Results.Json(new ConnectError(refused.Error, refused.Message), statusCode: refused.Status);
        }
    }).AllowAnonymous().DisableAntiforgery().WithName("EndSession").WithTags("connect").Produces(303).Produces<ConnectError>(400);

    /// <summary>Maps what the page asks. Anybody may: the request is protected, and somebody who is signed out already only goes on.</summary>
    public static void MapPage(IEndpointRouteBuilder api) => api.MapPost("session/end-request", async (HttpContext http, CarriedRequests carried) =>
    {
        var request = carried.Read<SignOutRequest>((await JsonBody.ReadAsync(http)).To<ReadSignOutRequest>().Request);
        return new SignOutRequestView(request.ClientName, request.Subject, request.RedirectTo);
    }).AllowAnonymous().WithName("ReadSignOutRequest").Accepts<ReadSignOutRequest>("application/json").Produces<SignOutRequestView>().ProducesProblem(400);
}
