using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Puts the customer aside: out of the daily lists, unchangeable until restored (X7).</summary>
internal sealed record ArchiveCustomer;

internal static class ArchiveCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapCommand<ArchiveCustomer, Customer>("{id:guid}/archive", Right.Change("customers"), Decide);

    public static Decision Decide(ArchiveCustomer command, Customer customer, Now now) =>
        customer.Archived ? Decision.Nothing : [new CustomerArchived()];
}
