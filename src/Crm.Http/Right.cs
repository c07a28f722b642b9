using System.Collections.Frozen;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;

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

    /// <summary>See how the engine runs: projections, messages, nodes, figures.</summary>
    public static Right OperationsView { get; } = View("operations");

    /// <summary>Intervene in it: rebuild, skip, replay, discard. Administrators only.</summary>
    public static Right OperationsChange { get; } = Change("operations");

    /// <summary>See personal data in plain, without saying why. Administrators only.</summary>
    public static Right PersonalPlain { get; } = new("customers.plain");

    /// <summary>Have a masked value shown, stating why; it is recorded who saw what (S097).</summary>
    public static Right PersonalReveal { get; } = new("customers.reveal");

    /// <summary>Take what is known of a person away for good. Administrators only.</summary>
    public static Right PersonalErase { get; } = new("customers.erase");

    /// <summary>Every right there is.</summary>
    public static IReadOnlyList<Right> All { get; } =
    [
        .. from resource in (string[])["customers", "opportunities", "pipelines", "products", "tickets", "users", "imports", "reports"]
           from action in (string[])["view", "create", "change", "delete"]
           select new Right($"{resource}.{action}"),
        new("audit.view"), OperationsView, OperationsChange, PersonalPlain, PersonalReveal, PersonalErase,
    ];

    /// <summary>The rights of a role (S091).</summary>
    public static IReadOnlySet<string> Of(string role) => Roles.GetValueOrDefault(role, FrozenSet<string>.Empty);

    private static readonly FrozenDictionary<string, FrozenSet<string>> Roles = new Dictionary<string, FrozenSet<string>>
    {
        ["admin"] = All.Select(r => r.Code).ToFrozenSet(),
        ["manager"] = Codes(r => r != OperationsChange.Code && (!r.StartsWith("users.", StringComparison.Ordinal) || r == "users.view")),
        ["sales"] = Codes(r => Resource(r) is "customers" or "opportunities" ? !r.EndsWith(".delete", StringComparison.Ordinal)
            : r is "pipelines.view" or "products.view" or "users.view" or "reports.view" or "tickets.view" or "tickets.create" or "imports.view" or "imports.create" or "imports.change"),
        ["service"] = Codes(r => Resource(r) is "tickets" ? !r.EndsWith(".delete", StringComparison.Ordinal)
            : r is "customers.view" or "customers.create" or "customers.change" or "customers.reveal" or "opportunities.view" or "pipelines.view" or "products.view" or "users.view" or "reports.view"),
        ["auditor"] = Codes(r => r.EndsWith(".view", StringComparison.Ordinal)),
        ["integrator"] = Codes(r => Resource(r) != "operations"),
    }.ToFrozenDictionary();

    private static FrozenSet<string> Codes(Func<string, bool> of) => All.Except([PersonalPlain, PersonalErase]).Select(r => r.Code).Where(of).ToFrozenSet();

    private static string Resource(string code) => code[..code.IndexOf('.', StringComparison.Ordinal)];
}

/// <summary>Allows a route to callers whose role has the right it demands.</summary>
public sealed class RightHandler : AuthorizationHandler<Right>
{
    /// <inheritdoc />
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Right requirement)
    {
        if (context.User.FindFirst("role") is { Value: var role } && Right.Of(role).Contains(requirement.Code)) context.Succeed(requirement);
        return Task.CompletedTask;
    }
}

/// <summary>Demanding a right of a route.</summary>
public static class RightRoutes
{
    /// <summary>The route answers 401 without a caller and 403 to a caller without the right.</summary>
    public static TBuilder Requires<TBuilder>(this TBuilder route, Right right) where TBuilder : IEndpointConventionBuilder =>
        route.RequireAuthorization(policy => policy.RequireAuthenticatedUser().AddRequirements(right)).WithMetadata(right);
}
