using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>A link to hand to the person.</summary>
/// <param name="Link">The address below the page's own, with the token behind the hash.</param>
/// <param name="ExpiresAt">Until when it works.</param>
internal sealed record Invitation(string Link, DateTimeOffset ExpiresAt);

/// <summary>Makes a one-time link with which a user sets the password; the link before it is worth nothing. It is shown once and kept nowhere.</summary>
internal static class InviteUserFeature
{
    public static void Map(IEndpointRouteBuilder users) => users.MapPost("{id:guid}/invitation", async (HttpContext http, Guid id, AccountManager accounts, DocumentStore store) =>
    {
        http.Response.Headers.CacheControl = "no-store";
        var account = await AccountRoutes.FindAsync(http, accounts, id);
        var expires = store.Now + PasswordLinks.Invitation;
        var decision = Decide(expires, account);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        account.Events.AddRange(decision.Events);
        var token = "";
        account.Statements.Add(sql => token = PasswordLinks.Add(sql, id, expires));
        account.Statements.Add(sql => SignInLog.Add(sql, store.Now, SignInEvent.Invited, http, id, actor: AccountRoutes.UserIdOrNull(http)));
        await accounts.UpdateAsync(account);
        return Results.Json(new Invitation(PasswordLinks.Address(token), expires), statusCode: 201);
    }).Requires(Right.Change("users")).WithName("InviteUser").Produces<Invitation>(201).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    public static Decision Decide(DateTimeOffset expires, Account account) => account.Active
        ? [new UserInvited(expires)]
        : new Rejection("user_inactive", "该用户已停用。", "The user is not active.");
}
