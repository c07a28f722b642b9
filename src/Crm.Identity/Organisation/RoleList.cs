using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using System.Text.Json;

namespace Crm.Identity;

/// <summary>A role as listed.</summary>
/// <param name="Id">Of the organisation's own roles; null for a built-in one, which cannot be changed.</param>
/// <param name="Version">Its version; 0 for a built-in one.</param>
/// <param name="Code">Its code.</param>
/// <param name="Name">Its name; the page has words of its own for built-in ones.</param>
/// <param name="BuiltIn">Whether it comes with the program.</param>
/// <param name="MemberCount">Active users who have it.</param>
/// <param name="Grants">Its rights.</param>
/// <param name="Fields">Its limits.</param>
internal sealed record RoleView(Guid? Id, long Version, string Code, string Name, bool BuiltIn, int MemberCount, IReadOnlyList<RoleGrant> Grants, IReadOnlyList<RoleField> Fields);

/// <summary>The roles, built-in ones first.</summary>
/// <param name="Data">The roles.</param>
/// <param name="Page">Always complete.</param>
internal sealed record RoleList(IReadOnlyList<RoleView> Data, PageInfo Page);

/// <summary>A right for the role editor.</summary>
/// <param name="Right">Resource and action.</param>
/// <param name="Scoped">Whether its scope means anything: whether somebody is responsible for records of the resource.</param>
internal sealed record RightView(string Right, bool Scoped);

/// <summary>A field for the role editor.</summary>
internal sealed record LimitableField(string Resource, string Field);

/// <summary>What a role can be made of.</summary>
internal sealed record RoleCatalogue(IReadOnlyList<RightView> Rights, IReadOnlyList<LimitableField> Fields);

/// <summary><c>GET /roles</c> and <c>GET /roles/catalogue</c>.</summary>
internal static class RoleListFeature
{
    public static void Map(IEndpointRouteBuilder roles)
    {
        roles.MapGet("", async (HttpContext http, AccessPictures pictures, NpgsqlDataSource database) =>
        {
            var picture = await pictures.CurrentAsync(http.RequestAborted);
            await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
            var own = await connection.QueryAsync<string>(new CommandDefinition("select doc::text from identity.roles where not (doc->>'deleted')::boolean order by doc->>'code'", cancellationToken: http.RequestAborted));
            http.Response.Headers.CacheControl = "private, no-cache";
            int Members(string code) => picture.Members.Values.Count(m => m.Active && m.Roles.Contains(code));
            return Results.Json(new RoleList(
            [
                .. BuiltInRoles.All.Values.OrderBy(r => Order.IndexOf(r.Code)).Select(r => new RoleView(null, 0, r.Code, r.Name, true, Members(r.Code), r.Grants, r.Fields)),
                .. own.Select(doc => JsonSerializer.Deserialize<Role>(doc, EventSerializer.Documents)!).Select(r => new RoleView(r.Id, r.Version, r.Code, r.Name, false, Members(r.Code), r.Grants, r.Fields)),
            ], new PageInfo(null, false)), EventSerializer.Documents);
        }).Requires(Right.View("roles")).WithName("ListRole").Produces<RoleList>().ProducesProblem(401).ProducesProblem(403);

        roles.MapGet("catalogue", () => Results.Json(new RoleCatalogue(
            [.. Right.Grantable.Select(r => new RightView(r.Code, BuiltInRoles.Scoped.Contains(r.Resource)))], LimitableFields.All), EventSerializer.Documents))
            .Requires(Right.View("roles")).WithName("GetRoleCatalogue").Produces<RoleCatalogue>().ProducesProblem(401).ProducesProblem(403);
    }

    private static readonly List<string> Order = ["admin", "manager", "sales", "service", "auditor", "integrator"];
}

/// <summary>
/// The fields that can be limited: what no command demands and no rule decides by. The organisation's own fields can be as well, as <c>custom.{name}</c>.
/// </summary>
internal static class LimitableFields
{
    public static IReadOnlyList<LimitableField> All { get; } =
    [
        .. Of("customers", "phone", "email", "address", "website", "needs", "source", "tier", "size", "industry", "idNumber", "bankCard",
            "contacts.phone", "contacts.email", "contacts.birthday", "contacts.idNumber", "contacts.position"),
        .. Of("opportunities", "amount", "probability", "expectedCloseDate", "competitors", "decisionMakers", "lines", "lostReason", "nextStep"),
        .. Of("tickets", "description", "comment", "requester.name", "requester.phone", "requester.email"),
    ];

    public static bool Contains(string? resource, string? field) => resource is not null && field is not null
        && (All.Contains(new LimitableField(resource, field))
            || (resource is "customers" or "opportunities" or "tickets" && field.StartsWith("custom.", StringComparison.Ordinal) && field.Length is > 7 and <= 67));

    private static IEnumerable<LimitableField> Of(string resource, params string[] fields) => fields.Select(f => new LimitableField(resource, f));
}
