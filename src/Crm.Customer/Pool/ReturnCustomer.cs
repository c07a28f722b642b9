using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Takes a customer out of the pool and gives it back to who had it (X10), such as one that was recycled although somebody works on it.</summary>
internal sealed record ReturnCustomer;

internal static class ReturnCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<ReturnCustomer, Customer, bool>("{id:guid}/return", Right.Assign("customers"),
        async (_, customer, scope) => customer.FormerOwnerId is not { } owner || await ReferenceFacts.IsUserAsync(owner, scope), Decide);

    public static Decision Decide(ReturnCustomer command, Customer customer, bool known, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        { InPool: false } => PoolErrors.NotInPool,
        _ when !known => PoolErrors.FormerOwnerGone,
        { FormerOwnerId: { } owner } => [new CustomerOwnerChanged(null, owner), new CustomerReturned(owner)],
        _ => [new CustomerReturned(null)],
    };
}
