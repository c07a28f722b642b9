using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Puts a customer into the pool (X10); it is nobody's from then on. One that nobody is responsible for can be put there too.</summary>
/// <param name="Reason">Why, 1 to 1,000 characters.</param>
internal sealed record ReleaseCustomer(string? Reason)
{
    internal sealed class Validator : AbstractValidator<ReleaseCustomer>
    {
        public Validator() => RuleFor(x => x.Reason).NotEmpty().MaximumLength(1000);
    }
}

internal static class ReleaseCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapCommand<ReleaseCustomer, Customer>("{id:guid}/release", Right.Assign("customers"), Decide);

    public static Decision Decide(ReleaseCustomer command, Customer customer, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        return customer.InPool ? Decision.Nothing : Pooled(customer, "released");
    }

    /// <summary>The events that put a customer into the pool.</summary>
    internal static Decision Pooled(Customer customer, string cause, int? days = null) => customer.OwnerId is { } owner
        ? [new CustomerOwnerChanged(owner, null), new CustomerPooled(owner, cause, days)]
        : [new CustomerPooled(null, cause, days)];
}
