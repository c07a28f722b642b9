using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary><c>GET /departments</c> and <c>POST /departments/search</c>, by name.</summary>
internal static class DepartmentListFeature
{
    private const string Members = "(select count(*) from identity.members m where m.department_id = d.id and m.active and not m.removed)";

    private static readonly ListSource Source = new(
        FieldMap.Of<Department>().Without("deleted").Add("parentName", FieldType.Text, "(p.doc->>'name')").Add("memberCount", FieldType.Number, Members, nullable: false), Departments.TableName)
    {
        Joins = "left join identity.departments p on p.id = (d.doc->>'parentId')::uuid",
        Select = $"d.doc - 'deleted' || jsonb_build_object('parentName', p.doc->>'name', 'memberCount', {Members})",
        Where = "not (d.doc->>'deleted')::boolean",
        Sort = "name",
    };

    public static void Map(IEndpointRouteBuilder departments) => departments.MapList<Department>(Source, Right.View("departments"));
}
