using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Deletes the customer: it answers 404 and is in no list until restored; its external keys are free meanwhile (X7).</summary>
internal sealed record DeleteCustomer;

internal static class DeleteCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapCommand<DeleteCustomer, Customer>("{id:guid}", Right.Delete("customers"), Decide, "DELETE");

    public static Decision Decide(DeleteCustomer command, Customer customer, Now now) => customer.Deleted ? Decision.Nothing : [new CustomerDeleted()];
}
