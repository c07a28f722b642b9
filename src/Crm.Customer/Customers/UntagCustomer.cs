using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Takes a tag off; the tag stands in the path. 404 if the customer does not have it.</summary>
internal sealed record UntagCustomer;

internal static class UntagCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<UntagCustomer, Customer, string>("{id:guid}/tags/{tag}", Right.Change("customers"),
        (_, _, scope) => Task.FromResult(scope.Route("tag")), Decide, "DELETE");

    public static Decision Decide(UntagCustomer command, Customer customer, string tag, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ when !customer.Tags.Contains(tag) => CustomerErrors.UnknownTag,
        _ => [new CustomerUntagged(tag)],
    };
}
