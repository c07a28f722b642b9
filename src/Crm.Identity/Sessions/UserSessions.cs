using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Somebody's sign-in as administrators see it.</summary>
internal sealed record UserAccountView(
    bool HasPassword, DateTimeOffset? PasswordChangedAt, DateTimeOffset? SecondFactorSince, DateTimeOffset? LockedUntil, IReadOnlyList<SessionInfo> Sessions, IReadOnlyList<ExternalLoginView> ExternalLogins);

/// <summary>What administrators see of and do to somebody's sign-in: look at the sessions, end one or all.</summary>
internal static class UserSessionsFeature
{
    public static void Map(IEndpointRouteBuilder users)
    {
        users.MapGet("{id:guid}/account", async (HttpContext http, Guid id, AccountManager accounts, SessionTable sessions, ExternalLogins logins) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            var account = await AccountRoutes.FindAsync(http, accounts, id);
            return new UserAccountView(account.PasswordHash is not null, account.PasswordChangedAt, account.SecondFactorSince, accounts.LockedFor(account) is null ? null : account.LockedUntil,
                await sessions.ListAsync(id, SessionTable.IdOf(http.User), http.RequestAborted), await logins.ListAsync(id, http.RequestAborted));
        }).Requires(Right.Change("users")).WithName("GetUserAccount").Produces<UserAccountView>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

        users.MapDelete("{id:guid}/sessions/{session:guid}", async (HttpContext http, Guid id, Guid session, SessionTable sessions) =>
            await sessions.EndAsync(http, id, session) ? Results.NoContent() : throw ProblemException.NotFound())
            .Requires(Right.Change("users")).WithName("EndUserSession").Produces(204).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

        users.MapDelete("{id:guid}/sessions", async (HttpContext http, Guid id, AccountManager accounts, DocumentStore store) =>
        {
            var account = await AccountRoutes.FindAsync(http, accounts, id);
            account.Events.Add(new UserSessionsRevoked());
            account.Statements.Add(sql => SignInLog.Add(sql, store.Now, SignInEvent.SessionsEnded, http, id, actor: AccountRoutes.UserIdOrNull(http)));
            await accounts.UpdateAsync(account);
            return Results.NoContent();
        }).Requires(Right.Change("users")).WithName("EndUserSessions").Produces(204).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }
}
