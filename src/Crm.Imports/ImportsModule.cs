using System.Reflection;
using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Imports;

/// <summary>The imports module: everything it adds to the application, listed in one place.</summary>
public static class ImportsModule
{
    private static readonly ListSource List = new(FieldMap.Of<Import>(), "imports.imports") { Select = "d.doc - 'columns' - 'values' - 'run' - 'hasStarted' - 'startedBy'" };

    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "imports");

    /// <summary>Registers event types and projections.</summary>
    public static void Configure(StoreOptions store)
    {
        store.Events.Add<ImportUploaded>().Add<ImportMapped>().Add<ImportChecked>().Add<ImportStarted>().Add<ImportCompleted>().Add<ImportFailed>()
            .Add<ImportCancelled>().Add<ImportRevertStarted>().Add<ImportReverted>().Add<ImportMappingSaved>().Add<ImportMappingRemoved>();
        store.Projections.Add(new ImportDocuments(), ProjectionLifecycle.Inline);
        store.Projections.Add(new ImportMappings(), ProjectionLifecycle.Inline);
    }

    /// <summary>Registers the removal of what broken-off uploads leave behind, and of rows that became nobody.</summary>
    public static void Configure(MessagingOptions messaging, IConfiguration configuration)
    {
        var days = configuration.GetValue("Crm:Imports:KeepRefusedRowsDays", 30);
        messaging.ExternalQueue("import-rows").With(parallelism: 1, timeout: TimeSpan.FromMinutes(10)).Handle<RemoveOldRows>((_, scope, ct) => RemoveOldRowsHandler.HandleAsync(scope, days, ct));
        messaging.Recurring("remove-old-import-rows", "0 50 2 * * ?", new RemoveOldRows());
        messaging.Queue("imports").Handle<RemoveBrokenOffUploads>(RemoveBrokenOffUploadsHandler.Handle);
        messaging.Recurring("remove-broken-off-uploads", "0 */15 * * * ?", new RemoveBrokenOffUploads());
    }

    /// <summary>Registers validators, resources and the worker. Limits are configured as <c>Crm:Imports:MaxBytes</c> and so on.</summary>
    public static IServiceCollection AddImports(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton(s => s.GetRequiredService<IConfiguration>().GetSection("Crm:Imports").Get<SourceLimits>() ?? new SourceLimits());
        services.AddSingleton<TargetCatalogue>();
        services.AddSingleton<Resource<Import>, ImportResource>().AddSingleton<IPersonalRecords, ImportRecords>();
        services.AddSingleton<Resource<ImportMapping>, ImportMappingResource>();
        services.AddSingleton<IValidator<SaveMapping>, SaveMapping.Validator>().AddSingleton<IValidator<ChangeMapping>, ChangeMapping.Validator>();
        services.AddSingleton<IValidator<ChangeImport>, ChangeImport.Validator>();
        services.AddHostedService<ImportJobs>();
        return services;
    }

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapImports(this IEndpointRouteBuilder api)
    {
        var imports = api.MapGroup("imports").WithTags("imports");
        ImportTargetsFeature.Map(imports);
        UploadImportFeature.Map(imports);
        imports.MapList<Import>(List, Right.View("imports"));
        imports.MapRecord<Import>(Right.View("imports"));
        imports.MapHistory<Import>(Right.View("imports"));
        ChangeImportFeature.Map(imports);
        CommitImportFeature.Map(imports);
        CancelImportFeature.Map(imports);
        RevertImportFeature.Map(imports);
        ImportRowsFeature.Map(imports);
        ErrorsCsvFeature.Map(imports);
        var mappings = imports.MapGroup("mappings");
        ImportMappingList.Map(mappings);
        mappings.MapRecord<ImportMapping>(Right.View("imports"));
        mappings.MapHistory<ImportMapping>(Right.View("imports"));
        SaveMappingFeature.Map(mappings);
        ChangeMappingFeature.Map(mappings);
        RemoveMappingFeature.Map(mappings);
    }
}
