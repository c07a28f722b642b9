using Crm.Http;

namespace Crm.Identity;

/// <summary>What registering or changing a user must know of roles and departments.</summary>
/// <param name="Fault">Why they cannot be, or null.</param>
/// <param name="DepartmentId">The department named, by id or by name; null if none was.</param>
/// <param name="Department">Its name.</param>
internal sealed record UserFacts(Rejection? Fault, Guid? DepartmentId = null, string? Department = null)
{
    /// <summary>Looks them up in the picture of the organisation.</summary>
    /// <param name="picture">The organisation.</param>
    /// <param name="giver">Who gives the roles: nobody gives more than he has. Null for the program itself.</param>
    /// <param name="roles">Codes of the roles that are given; null if none are.</param>
    /// <param name="before">Codes of the roles the user has already, which nobody needs to be able to give.</param>
    /// <param name="departmentId">The department by id.</param>
    /// <param name="department">The department by name.</param>
    public static UserFacts Of(AccessPicture picture, Access? giver, IReadOnlyList<string>? roles, IReadOnlyList<string> before, Guid? departmentId, string? department)
    {
        foreach (var code in (roles ?? []).Except(before))
        {
            if (!picture.Roles.TryGetValue(code, out var role)) return new(UserErrors.UnknownRole(code));
            if (giver?.Covers(role) == false) return new(UserErrors.RoleBeyondOwn(code));
        }
        if (departmentId is null && department is null) return new(Fault: null);
        var found = departmentId is { } id ? picture.Departments.GetValueOrDefault(id) : picture.Departments.Values.FirstOrDefault(d => d.Name == department!.Trim());
        return found is null ? new(UserErrors.UnknownDepartment(departmentId is null ? "department" : "departmentId")) : new(null, found.Id, found.Name);
    }
}
