using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Identity;

/// <summary>Asks what an application wants, for the page to show (OpenID Connect Core §3.1.2.4).</summary>
/// <param name="Request">The request as the authorization endpoint handed it to the page.</param>
internal sealed record ReadAuthorizationRequest(string Request);

/// <summary>What an application wants.</summary>
/// <param name="ClientName">Its name.</param>
/// <param name="RedirectHost">The host the answer goes to, or the scheme of an application on the person's own machine.</param>
/// <param name="Scopes">Out of <c>openid profile offline_access api</c>.</param>
/// <param name="Remembered">Whether the person has allowed as much and need not be asked.</param>
/// <param name="SignInAgain">Whether the application insists on a fresh sign-in first.</param>
internal sealed record AuthorizationRequestView(string ClientName, string RedirectHost, IReadOnlyList<string> Scopes, bool Remembered, bool SignInAgain);

/// <summary>Answers an application's request: a code for it, or <c>access_denied</c>.</summary>
/// <param name="Request">The request as the authorization endpoint handed it to the page.</param>
/// <param name="Approved">Whether the person allows it.</param>
/// <param name="Remember">Whether not to ask again for as much; absent: no.</param>
internal sealed record AnswerAuthorizationRequest(string Request, bool? Approved, bool? Remember = null);

/// <summary>Where the browser goes on.</summary>
/// <param name="RedirectTo">An address of the application.</param>
internal sealed record BrowserGoesOn(string RedirectTo);

/// <summary>An application that may act for the caller.</summary>
/// <param name="ClientId">The application.</param>
/// <param name="Name">Its name.</param>
/// <param name="Scopes">Everything it was allowed.</param>
/// <param name="Since">Since when.</param>
/// <param name="LastUsedAt">When it got its last token.</param>
/// <param name="Remembered">Whether it gets as much again without asking.</param>
internal sealed record ConnectedApplication(string ClientId, string Name, string[] Scopes, DateTimeOffset Since, DateTimeOffset LastUsedAt, bool Remembered);

/// <summary>The applications of a person.</summary>
internal sealed record ConnectedApplications(IReadOnlyList<ConnectedApplication> Data);

/// <summary>The person's side of authorization: being asked, and taking back.</summary>
internal static class ConsentFeature
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("authorizations/request", async (HttpContext http, CarriedRequests carried, ClientStore clients, Authorizations authorizations) =>
        {
            var request = carried.Read<AuthorizationRequest>((await JsonBody.ReadAsync(http)).To<ReadAuthorizationRequest>().Request);
            var session = await OwnAccount.SessionAsync(http);
            var client = await ClientOf(clients, request, http);
            var address = new Uri(request.RedirectUri);
            return new AuthorizationRequestView(
                client.Name, address.Scheme is "http" or "https" ? address.Authority : address.Scheme, request.Scopes, await authorizations.IsRememberedAsync(session.UserId, request, http.RequestAborted),
                !session.Suffices(request));
        }).RequiresOwnSession().WithName("ReadAuthorizationRequest").Accepts<ReadAuthorizationRequest>("application/json").Produces<AuthorizationRequestView>();

        api.MapPost("authorizations/answer", async (HttpContext http, CarriedRequests carried, ClientStore clients, Authorizations authorizations) =>
        {
            var command = (await JsonBody.ReadAsync(http)).To<AnswerAuthorizationRequest>();
            var request = carried.Read<AuthorizationRequest>(command.Request);
            var session = await OwnAccount.SessionAsync(http);
            await ClientOf(clients, request, http);
            if (command.Approved is not { } approved) throw ProblemException.Invalid("body.approved", "required", "不能为空。", "It must not be empty.");
            if (!approved) return new BrowserGoesOn(request.WithError("access_denied", "The person did not allow it."));
            if (!session.Suffices(request)) throw new ProblemException(409, "sign_in_again", "该应用要求您重新登录。", "The application asks you to sign in again.");
            var context = Caller.Of(http).Context(http, null, null);
            return new BrowserGoesOn(request.WithCode(await authorizations.AuthorizeAsync(request, session, command.Remember == true, context, http.RequestAborted)));
        }).RequiresOwnSession().WithName("AnswerAuthorizationRequest").Accepts<AnswerAuthorizationRequest>("application/json").Produces<BrowserGoesOn>();

        api.MapGet("authorizations", async (HttpContext http, NpgsqlDataSource database, DocumentStore store) =>
        {
            var session = await OwnAccount.SessionAsync(http);
            await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
            var rows = await connection.QueryAsync<(string ClientId, string Name, string[] Scopes, DateTime Since, DateTime LastUsedAt, bool Remembered)>(new CommandDefinition("""
                select a.client_id, c.name, array(select distinct s from unnest(string_to_array(string_agg(array_to_string(a.scopes, ' '), ' '), ' ')) s order by s),
                  min(a.created_at), max(a.used_at), bool_or(a.remembered)
                from identity.authorizations a join identity.clients c on c.client_id = a.client_id
                where a.user_id = @UserId and a.revoked_at is null and (a.remembered or a.expires_at > @now) and c.active
                group by a.client_id, c.name order by max(a.used_at) desc, a.client_id limit 500
                """, new { session.UserId, now = store.Now.UtcDateTime }, cancellationToken: http.RequestAborted));
            http.Response.Headers.CacheControl = "private, no-cache";
            return new ConnectedApplications([.. rows.Select(r => new ConnectedApplication(r.ClientId, r.Name, r.Scopes, r.Since, r.LastUsedAt, r.Remembered))]);
        }).RequiresOwnSession().WithName("ListAuthorizations").Produces<ConnectedApplications>();

        api.MapDelete("authorizations/{clientId}", async (HttpContext http, string clientId, NpgsqlDataSource database, Authorizations authorizations) =>
        {
            var session = await OwnAccount.SessionAsync(http);
            await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
            var ids = (await connection.QueryAsync<Guid>(new CommandDefinition("select id from identity.authorizations where user_id = @UserId and client_id = @clientId and revoked_at is null",
                new { session.UserId, clientId = CommandScope.Route(http, "clientId") }, cancellationToken: http.RequestAborted))).AsList();
            if (ids.Count == 0) throw ProblemException.NotFound();
            await authorizations.RevokeAsync(ids, "user", Caller.Of(http).Context(http, null, null), http.RequestAborted);
            return Results.NoContent();
        }).RequiresOwnSession().WithName("DisconnectApplication").Produces(204).ProducesProblem(404);
    }

    private static async Task<Client> ClientOf(ClientStore clients, AuthorizationRequest request, HttpContext http) =>
        (await clients.FindAsync(request.ClientId, http.RequestAborted))?.Client is { } client && client.RedirectUris.Contains(request.RedirectUri)
            ? client
            : throw new ProblemException(409, "client_revoked", "该应用已停用。", "The application is revoked.");
}
