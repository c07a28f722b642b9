using System.Collections.Frozen;
using Crm.Contracts;

namespace Crm.Http;

/// <summary>What a role allows.</summary>
/// <param name="Code">The role's code.</param>
/// <param name="Name">Its name.</param>
/// <param name="Grants">Its rights and how far each reaches.</param>
/// <param name="Fields">Its limits to fields; a field that is not named has none.</param>
public sealed record RoleGrants(string Code, string Name, IReadOnlyList<RoleGrant> Grants, IReadOnlyList<RoleField> Fields);

/// <summary>
/// The roles every organisation has (S088–S091): 管理员, 销售经理, 销售专员, 客服专员, 审计员, and one for API clients. They are part of the program, so that
/// a new right of a new version has its place in them; an organisation that wants others makes its own.
/// </summary>
public static class BuiltInRoles
{
    /// <summary>The resources whose records somebody is responsible for; for all others a right is good for every record.</summary>
    public static IReadOnlyList<string> Scoped { get; } = ["customers", "opportunities", "tickets", "tasks", "imports", "exports"];

    /// <summary>The roles by code.</summary>
    public static IReadOnlyDictionary<string, RoleGrants> All { get; } = new[]
    {
        Role("admin", "管理员", RightScope.All), Role("manager", "销售经理", RightScope.DepartmentAndBelow), Role("sales", "销售专员", RightScope.Own),
        Role("service", "客服专员", RightScope.All), Role("auditor", "审计员", RightScope.All), Role("integrator", "集成", RightScope.All),
    }.ToFrozenDictionary(r => r.Code);

    private static RoleGrants Role(string code, string name, RightScope scope) => new(
        code, name, [.. Right.All.Where(r => Right.Of(code).Contains(r.Code)).Select(r => new RoleGrant(r.Code, Scoped.Contains(r.Resource) ? scope : RightScope.All))], []);
}
