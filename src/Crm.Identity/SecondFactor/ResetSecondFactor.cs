using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Switches off somebody's second factor, because app and recovery codes were lost, and ends every session. Not one's own: 409 <c>own_account</c>.</summary>
internal static class ResetSecondFactorFeature
{
    public static void Map(IEndpointRouteBuilder users) => users.MapPost("{id:guid}/second-factor/reset", async (HttpContext http, Guid id, AccountManager accounts, DocumentStore store) =>
    {
        var account = await AccountRoutes.FindAsync(http, accounts, id);
        var decision = Decide(AccountRoutes.UserIdOrNull(http), account);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        account.Events.AddRange(decision.Events);
        account.Statements.Add(sql => SignInLog.Add(sql, store.Now, SignInEvent.FactorReset, http, id, actor: AccountRoutes.UserIdOrNull(http)));
        await accounts.SetTwoFactorEnabledAsync(account, false);
        return Results.NoContent();
    }).Requires(Right.Change("users")).WithName("ResetSecondFactor").Produces(204).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    public static Decision Decide(Guid? actor, Account account) =>
        account.Id == actor ? new Rejection("own_account", "请在自己的账号页面关闭两步验证。", "Switch your own second factor off in your account.")
        : account.SecondFactorSince is null ? new Rejection("second_factor_off", "两步验证没有开启。", "The second factor is off.")
        : [new UserSecondFactorReset()];
}
