using Crm.EventStore;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>A record that others may be about, found in another module.</summary>
/// <param name="CustomerId">The customer it belongs to.</param>
public sealed record LinkedRecord(Guid? CustomerId);

/// <summary>A kind of record that others may be about, such as a task of an opportunity: each module offers its own.</summary>
/// <param name="Resource">The resource's name.</param>
/// <param name="FindAsync">The record if there is one that the caller may see.</param>
public sealed record LinkTarget(string Resource, Func<HttpContext, Guid, Task<LinkedRecord?>> FindAsync);

/// <summary>Offering records to be linked to.</summary>
public static class LinkTargets
{
    /// <summary>Offers the records of a resource.</summary>
    /// <param name="services">The services.</param>
    /// <param name="customer">The customer a record belongs to.</param>
    public static IServiceCollection AddLinkTarget<T>(this IServiceCollection services, Func<T, Guid?> customer) where T : Document, IAggregate<T> => services.AddSingleton(provider =>
    {
        var (resource, store) = (provider.GetRequiredService<Resource<T>>(), provider.GetRequiredService<DocumentStore>());
        return new LinkTarget(resource.Name, async (http, id) =>
            await store.Query.AggregateStreamAsync<T>(id, ct: http.RequestAborted) is { } state && !resource.IsGone(state)
                && await Access.Of(http).MayAsync(Right.View(resource.Name), resource, state, http.RequestAborted) ? new LinkedRecord(customer(state)) : null);
    });
}
