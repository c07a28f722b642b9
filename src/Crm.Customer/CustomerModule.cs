using System.Reflection;
using Crm.EventStore;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>The customer module: everything it adds to the application, listed in one place.</summary>
public static class CustomerModule
{
    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "customer");

    /// <summary>Registers event types and projections.</summary>
    public static void Configure(StoreOptions store)
    {
        ArgumentNullException.ThrowIfNull(store);
    }

    /// <summary>Registers validators, resources and services.</summary>
    public static IServiceCollection AddCustomer(this IServiceCollection services) => services;

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapCustomer(this IEndpointRouteBuilder api)
    {
        ArgumentNullException.ThrowIfNull(api);
    }
}
