using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Removes a department to which nobody and no other department belongs any more (409 <c>department_in_use</c>).</summary>
internal sealed record RemoveDepartment;

/// <summary>What belongs to a department.</summary>
internal sealed record DepartmentUse(int Members, int Departments)
{
    public static DepartmentUse Of(AccessPicture picture, Guid department) => new(
        picture.Members.Values.Count(m => m.DepartmentId == department), picture.Departments.Values.Count(d => d.ParentId == department));
}

internal static class RemoveDepartmentFeature
{
    public static void Map(IEndpointRouteBuilder departments) => departments.MapCommand<RemoveDepartment, Department, DepartmentUse>("{id:guid}", Right.Delete("departments"),
        async (_, department, scope) => DepartmentUse.Of(await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted), department.Id), Decide, "DELETE");

    public static Decision Decide(RemoveDepartment command, Department department, DepartmentUse use, Now now) => (department.Deleted, use) switch
    {
        (true, _) => Decision.Nothing,
        (_, { Members: 0, Departments: 0 }) => [new DepartmentRemoved(department.Name)],
        _ => DepartmentErrors.InUse(use.Members, use.Departments),
    };
}
