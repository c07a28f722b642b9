using System.Reflection;
using Crm.EventStore;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>The shell around the modules: problems, rights, idempotency, consistency.</summary>
public static class HttpModule
{
    /// <summary>The tables of the shell.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "http");

    /// <summary>Registers the shell's services.</summary>
    public static IServiceCollection AddCrmHttp(this IServiceCollection services)
    {
        services.AddSingleton<Problems>();
        services.AddExceptionHandler<Problems>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler>(s => s.GetRequiredService<Problems>());
        services.AddSingleton<IAuthorizationHandler, RightHandler>();
        services.AddSingleton<Idempotency>();
        services.AddSingleton<Consistency>();
        services.Configure<JsonOptions>(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = EventSerializer.Documents.PropertyNamingPolicy;
            json.SerializerOptions.Encoder = EventSerializer.Documents.Encoder;
            json.SerializerOptions.NumberHandling = EventSerializer.Documents.NumberHandling;
            foreach (var converter in EventSerializer.Documents.Converters) json.SerializerOptions.Converters.Add(converter);
        });
        return services;
    }
}
