using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>The sessions of a person.</summary>
internal sealed record SessionList(IReadOnlyList<SessionInfo> Data);

/// <summary>A person's own sessions: seen, ended one by one, or all but the one that asks.</summary>
internal static class OwnSessionsFeature
{
    public static void Map(IEndpointRouteBuilder account)
    {
        account.MapGet("sessions", async (HttpContext http, SessionTable sessions) =>
            new SessionList(await sessions.ListAsync(AccountRoutes.UserId(http), SessionTable.IdOf(http.User), http.RequestAborted)))
            .WithName("GetOwnSessions").Produces<SessionList>();

        account.MapDelete("sessions/{id:guid}", async (HttpContext http, Guid id, SessionTable sessions) =>
            await sessions.EndAsync(http, AccountRoutes.UserId(http), id) ? Results.NoContent() : throw ProblemException.NotFound()).WithName("EndOwnSession").Produces(204).ProducesProblem(404);

        account.MapDelete("sessions", async (HttpContext http, AccountManager accounts, DocumentStore store) =>
        {
            var own = await AccountRoutes.OwnAsync(http, accounts);
            own.Events.Add(new UserSessionsRevoked());
            AccountRoutes.KeepSession(http, own);
            own.Statements.Add(sql => SignInLog.Add(sql, store.Now, SignInEvent.SessionsEnded, http, own.Id, actor: own.Id));
            await accounts.UpdateAsync(own);
            return Results.NoContent();
        }).WithName("EndOtherOwnSessions").Produces(204);
    }
}
