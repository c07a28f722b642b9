using System.Reflection;
using Crm.Contracts;
using Crm.EventStore;
using FluentValidation;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>The shell around the modules: problems, rights, idempotency, consistency.</summary>
public static class HttpModule
{
    /// <summary>The tables of the shell.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "http");

    /// <summary>Registers the events of jobs on many records and of fields, and their projections.</summary>
    public static void Configure(StoreOptions store)
    {
        store.Events.Add<BulkJobStarted>().Add<BulkJobCompleted>().Add<BulkJobCancelled>().Add<BulkJobFailed>().Add<BulkUndoStarted>().Add<BulkUndoCompleted>()
            .Add<CustomFieldDefined>().Add<CustomFieldChanged>().Add<CustomFieldRetired>().Add<CustomFieldRestored>()
            .Add<ValidationRuleDefined>().Add<ValidationRuleChanged>().Add<ValidationRuleRemoved>().Add<CompletenessDefined>();
        store.Projections.Add(new CustomFields(), ProjectionLifecycle.Inline);
        store.Projections.Add(new CustomFieldKeys(), ProjectionLifecycle.Inline);
        store.Projections.Add(new ValidationRules(), ProjectionLifecycle.Inline);
        store.Projections.Add(new CompletenessDocuments(), ProjectionLifecycle.Inline);
    }

    /// <summary>Registers the shell's services.</summary>
    public static IServiceCollection AddCrmHttp(this IServiceCollection services)
    {
        services.AddSingleton<Problems>();
        services.AddExceptionHandler<Problems>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler>(s => s.GetRequiredService<Problems>());
        services.AddSingleton<AccessPictures>();
        services.AddSingleton<IValidator<ShareRecord>, ShareRecord.Validator>();
        services.AddSingleton<IValidator<GiveBulkCommand>, GiveBulkCommand.Validator>();
        services.AddSingleton<IAuthorizationHandler, RightHandler>();
        services.AddSingleton<Idempotency>();
        services.AddSingleton<Consistency>();
        services.AddHostedService<BulkJobs>();
        services.AddFields();
        services.Configure<JsonOptions>(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = EventSerializer.Documents.PropertyNamingPolicy;
            json.SerializerOptions.Encoder = EventSerializer.Documents.Encoder;
            json.SerializerOptions.NumberHandling = EventSerializer.Documents.NumberHandling;
            foreach (var converter in EventSerializer.Documents.Converters) json.SerializerOptions.Converters.Add(converter);
        });
        return services;
    }

    /// <summary>
    /// Refuses NUL characters in the query before a route reads them. PostgreSQL refuses them too, but only while a statement is being prepared,
    /// which leaves the pooled connection with a half-prepared statement that fails for whoever runs it next.
    /// </summary>
    public static void UseCrmHttp(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.Request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) != true) return next(http);
        foreach (var (name, values) in http.Request.Query)
            foreach (var value in values)
                if (value?.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var position)
                    throw new ProblemException(400, "invalid_character", $"含有不允许的字符（位置 {position}）。", $"It contains a character that is not allowed (position {position}).")
                    {
                        Errors = [("query." + name, "invalid_character", $"含有不允许的字符（位置 {position}）。", $"It contains a character that is not allowed (position {position}).")],
                        Context = new Dictionary<string, object?> { ["position"] = position, ["field"] = name },
                    };
        return next(http);
    });
}
