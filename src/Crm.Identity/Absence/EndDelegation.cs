using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Ends a delegation at once, or takes it back before it begins. By whoever may arrange one; 404 if there is none, 409 <c>delegation_over</c>.</summary>
internal sealed record EndDelegation;

internal static class EndDelegationFeature
{
    public static void Map(IEndpointRouteBuilder users) => users.MapCommand<EndDelegation, User, Guid>("{id:guid}/delegations/{delegationId:guid}", Right.View("users"), (_, user, scope) =>
    {
        Delegating.Demand(Access.Of(scope.Http), user.Id);
        return Task.FromResult(Guid.Parse(scope.Route("delegationId")));
    }, Decide, "DELETE");

    public static Decision Decide(EndDelegation command, User user, Guid delegation, Now now) => user.Delegations.FirstOrDefault(d => d.Id == delegation) switch
    {
        null => DelegationErrors.NotFound,
        { } over when over.Until < now.Day => DelegationErrors.Over,
        _ => [new DelegationEnded(delegation)],
    };
}
