using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Removes a role that nobody has (409 <c>role_in_use</c>). Its code is not free again.</summary>
internal sealed record RemoveRole;

internal static class RemoveRoleFeature
{
    public static void Map(IEndpointRouteBuilder roles) => roles.MapCommand<RemoveRole, Role, int>("{id:guid}", Right.Delete("roles"),
        async (_, role, scope) => (await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted)).Members.Values.Count(m => m.Roles.Contains(role.Code)), Decide, "DELETE");

    public static Decision Decide(RemoveRole command, Role role, int members, Now now) =>
        role.Deleted ? Decision.Nothing : members > 0 ? RoleErrors.InUse(members) : [new RoleRemoved()];
}
