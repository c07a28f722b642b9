using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>
/// Brings the customer back, whether archived or deleted. Bringing back a deleted one needs the right to delete, else it is 404; if one
/// of its external keys went to another customer meanwhile, it is 409 <c>external_key_taken</c>.
/// </summary>
internal sealed record RestoreCustomer;

internal static class RestoreCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<RestoreCustomer, Customer, object?>("{id:guid}/restore", Right.Change("customers"),
        async (_, customer, scope) => customer.Deleted && !await Access.Of(scope.Http).MayAsync(Right.Delete("customers"), scope.Service<Resource<Customer>>(), customer, scope.Aborted)
            ? throw ProblemException.NotFound() : (object?)null,
        (command, customer, _, now) => Decide(command, customer, now), onDeleted: true);

    public static Decision Decide(RestoreCustomer command, Customer customer, Now now) => customer.MergedInto is { } into ? MergeErrors.Merged(customer.Id, into) :
    [
        .. customer.Deleted ? (object[])[new CustomerUndeleted()] : [],
        .. customer.Archived ? (object[])[new CustomerRestored()] : [],
    ];
}
