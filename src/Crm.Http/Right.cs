using System.Collections.Frozen;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>Something a caller may be allowed to do, for example <c>customers.change</c>. Every route demands one.</summary>
/// <param name="Code">Resource and action.</param>
public sealed record Right(string Code) : IAuthorizationRequirement
{
    /// <summary>See records and lists of a resource.</summary>
    public static Right View(string resource) => new(resource + ".view");

    /// <summary>Create records of a resource.</summary>
    public static Right Create(string resource) => new(resource + ".create");

    /// <summary>Change records of a resource.</summary>
    public static Right Change(string resource) => new(resource + ".change");

    /// <summary>Delete records of a resource.</summary>
    public static Right Delete(string resource) => new(resource + ".delete");

    /// <summary>Make somebody else responsible for records of a resource, in whatever command that is done.</summary>
    public static Right Assign(string resource) => new(resource + ".assign");

    /// <summary>Close what is open and open what is closed: win, lose and reopen opportunities, close tickets.</summary>
    public static Right Close(string resource) => new(resource + ".close");

    /// <summary>Take a list of records out of the house, as a file (S092). To see them is a right of its own.</summary>
    public static Right Export(string resource) => new(resource + ".export");

    /// <summary>Whether it is the right to export records of some resource.</summary>
    public bool IsExport => Code.EndsWith(".export", StringComparison.Ordinal);

    /// <summary>The resource the right is about.</summary>
    public string Resource => ResourceOf(Code);

    /// <summary>See how the engine runs: projections, messages, nodes, figures.</summary>
    public static Right OperationsView { get; } = View("operations");

    /// <summary>Intervene in it: rebuild, skip, replay, discard. Administrators only.</summary>
    public static Right OperationsChange { get; } = Change("operations");

    /// <summary>See which exports were made. Whoever may export anything sees his own without it.</summary>
    public static Right ExportsView { get; } = View("exports");

    /// <summary>See personal data in plain, without saying why. Administrators only.</summary>
    public static Right PersonalPlain { get; } = new("customers.plain");

    /// <summary>Have a masked value shown, stating why; it is recorded who saw what (S097).</summary>
    public static Right PersonalReveal { get; } = new("customers.reveal");

    /// <summary>Take customers out of the pool (公海), of which everybody with this right sees names and masks (X10).</summary>
    public static Right Claim { get; } = new("customers.claim");

    /// <summary>Take what is known of a person away for good. Administrators only.</summary>
    public static Right PersonalErase { get; } = new("customers.erase");

    /// <summary>Every right there is.</summary>
    public static IReadOnlyList<Right> All { get; } =
    [
        .. from resource in (string[])["customers", "opportunities", "pipelines", "products", "tickets", "users", "clients", "imports", "reports", "departments", "roles", "teams", "tasks", "tags", "segments"]
           from action in (string[])["view", "create", "change", "delete"]
           select new Right($"{resource}.{action}"),
        Assign("customers"), Assign("opportunities"), Assign("tickets"), Assign("tasks"), Close("opportunities"), Close("tickets"),
        Export("customers"), Export("opportunities"), Export("tickets"), ExportsView,
        View("custom-fields"), Change("custom-fields"), View("validation-rules"), Change("validation-rules"),
        new("audit.view"), OperationsView, OperationsChange, PersonalPlain, PersonalReveal, PersonalErase, Claim,
    ];

    /// <summary>The rights an own role can be made of: to see personal data in plain and to erase it stays with administrators.</summary>
    public static IReadOnlyList<Right> Grantable { get; } = [.. All.Except([PersonalPlain, PersonalErase])];

    /// <summary>The rights of a built-in role (S091); how far they reach says <see cref="BuiltInRoles"/>.</summary>
    public static IReadOnlySet<string> Of(string role) => Roles.GetValueOrDefault(role, FrozenSet<string>.Empty);

    private static readonly FrozenDictionary<string, FrozenSet<string>> Roles = new Dictionary<string, FrozenSet<string>>
    {
        ["admin"] = All.Select(r => r.Code).ToFrozenSet(),
        ["manager"] = Codes(r => r != OperationsChange.Code && r != "audit.view" && !IsRuleMaking(r) && (ResourceOf(r) != "clients" && (ResourceOf(r) is not ("users" or "departments" or "roles" or "teams") || r.EndsWith(".view", StringComparison.Ordinal)))),
        ["sales"] = Codes(r => ResourceOf(r) is "tasks" or "segments" || (ResourceOf(r) is "customers" or "opportunities" ? !EndsWithAny(r, ".delete", ".export")
            : r is "pipelines.view" or "products.view" or "users.view" or "reports.view" or "tickets.view" or "tickets.create" or "imports.view" or "imports.create" or "imports.change" or "departments.view" or "teams.view" or "tags.view" or "custom-fields.view")),
        ["service"] = Codes(r => ResourceOf(r) is "tasks" or "segments" || (ResourceOf(r) is "tickets" ? !EndsWithAny(r, ".delete", ".export")
            : r is "customers.view" or "customers.create" or "customers.change" or "customers.reveal" or "opportunities.view" or "pipelines.view" or "products.view" or "users.view" or "reports.view" or "departments.view" or "teams.view" or "tags.view" or "custom-fields.view")),
        ["auditor"] = Codes(r => r.EndsWith(".view", StringComparison.Ordinal)),
        ["integrator"] = Codes(r => ResourceOf(r) is not ("operations" or "roles" or "clients" or "exports") && !EndsWithAny(r, ".export") && !IsRuleMaking(r)),
    }.ToFrozenDictionary();

    private static FrozenSet<string> Codes(Func<string, bool> of) => Grantable.Select(r => r.Code).Where(of).ToFrozenSet();

    /// <summary>What decides for everybody which fields there are and what they must be: administrators only.</summary>
    private static bool IsRuleMaking(string code) => code is "custom-fields.change" or "validation-rules.change";

    private static bool EndsWithAny(string code, params ReadOnlySpan<string> endings)
    {
        foreach (var ending in endings)
            if (code.EndsWith(ending, StringComparison.Ordinal)) return true;
        return false;
    }

    private static string ResourceOf(string code) => code[..code.IndexOf('.', StringComparison.Ordinal)];
}

/// <summary>Allows a route to callers one of whose roles has the right it demands, however far it reaches: for which records is asked below the route.</summary>
public sealed class RightHandler(AccessPictures pictures) : AuthorizationHandler<Right>
{
    /// <inheritdoc />
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, Right requirement)
    {
        if (context.User.Identity?.IsAuthenticated == true && context.Resource is HttpContext http && (await pictures.OfAsync(http)).May(requirement)) context.Succeed(requirement);
    }
}

/// <summary>Demanding a right of a route.</summary>
public static class RightRoutes
{
    /// <summary>The route answers 401 without a caller and 403 to a caller without the right.</summary>
    public static TBuilder Requires<TBuilder>(this TBuilder route, Right right) where TBuilder : IEndpointConventionBuilder =>
        route.RequireAuthorization(policy => policy.RequireAuthenticatedUser().AddRequirements(right)).WithMetadata(right);
}
