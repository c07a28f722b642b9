using System.Reflection;
using Crm.EventStore;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Analytics;

/// <summary>The analytics module: everything it adds to the application, listed in one place.</summary>
public static class AnalyticsModule
{
    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "analytics");

    /// <summary>Registers event types and projections.</summary>
    public static void Configure(StoreOptions store)
    {
        ArgumentNullException.ThrowIfNull(store);
    }

    /// <summary>Registers validators, resources and services.</summary>
    public static IServiceCollection AddAnalytics(this IServiceCollection services) => services;

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapAnalytics(this IEndpointRouteBuilder api)
    {
        ArgumentNullException.ThrowIfNull(api);
    }
}
