using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Makes somebody responsible for the customer.</summary>
internal sealed record AssignOwner : IPatch
{
    /// <summary>The user; null for nobody.</summary>
    public Guid? OwnerId { get; init; }

    /// <inheritdoc />
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<AssignOwner>
    {
        public Validator() => RuleFor(x => x.OwnerId).NotNull().When(x => !x.Cleared.Contains("ownerId"));
    }
}

internal static class AssignOwnerFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<AssignOwner, Customer, bool>("{id:guid}/owner", Right.Assign("customers"),
        async (command, _, scope) => command.OwnerId is not { } owner || await ReferenceFacts.IsUserAsync(owner, scope), Decide);

    public static Decision Decide(AssignOwner command, Customer customer, bool known, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ when !known => CustomerErrors.UnknownOwner,
        _ when customer.OwnerId == command.OwnerId => Decision.Nothing,
        _ => [new CustomerOwnerChanged(customer.OwnerId, command.OwnerId)],
    };
}
