using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Takes a tag off; the tag stands in the path. 404 if the customer does not have it.</summary>
internal sealed record UntagCustomer;

internal static class UntagCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<UntagCustomer, Customer, (string, KnownTags)>("{id:guid}/tags/{tag}", Right.Change("customers"),
        async (_, _, scope) => (scope.Route("tag"), await KnownTags.LoadAsync(scope.Store, scope.Aborted)),
        (command, customer, facts, now) => Decide(command, customer, facts.Item1, facts.Item2, now), "DELETE");

    public static Decision Decide(UntagCustomer command, Customer customer, string tag, KnownTags known, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ when known.Names(tag).FirstOrDefault(customer.Tags.Contains) is { } name => [new CustomerUntagged(name)],
        _ => known.IsComputed(tag) ? TagErrors.Computed(tag) : CustomerErrors.UnknownTag,
    };
}
