using System.Reflection;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Exports;

/// <summary>Removes files whose days are over.</summary>
internal sealed record RemoveExpiredExports;

/// <summary>The exports module: lists as files, in the background (S092).</summary>
public static class ExportsModule
{
    private static readonly ListSource List = new(FieldMap.Of<Export>(), "exports.exports")
    {
        Joins = "left join exports.files f on f.export_id = d.id",
        Select = "d.doc || jsonb_build_object('written', f.written, 'startedAt', to_char(f.started_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))",
    };

    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "exports");

    /// <summary>Registers event types and projections.</summary>
    public static void Configure(StoreOptions store)
    {
        ArgumentNullException.ThrowIfNull(store);
        store.Events.Add<RecordsExportRequested>().Add<RecordsExportStarted>().Add<RecordsExported>().Add<RecordsExportCompleted>().Add<RecordsExportFetched>().Add<RecordsExportEnded>();
        store.Projections.Add(new ExportDocuments(), ProjectionLifecycle.Inline);
    }

    /// <summary>Registers the removal of files whose days are over.</summary>
    public static void Configure(MessagingOptions messaging)
    {
        ArgumentNullException.ThrowIfNull(messaging);
        messaging.Queue("exports").Handle<RemoveExpiredExports>((_, context) => [Effects.Sql($"delete from exports.files where expires_at <= {context.Now}")]);
        messaging.Recurring("remove-expired-exports", "0 40 * * * ?", new RemoveExpiredExports());
    }

    /// <summary>Registers validators, resources and the workers. For how many days files are kept is configured as <c>Crm:Exports:Days</c>.</summary>
    public static IServiceCollection AddExports(this IServiceCollection services) => services
        .AddSingleton<ExportedLists>()
        .AddSingleton<Resource<Export>, ExportResource>().AddSingleton<IPersonalRecords, ExportRecords>()
        .AddSingleton<IValidator<RequestExport>, RequestExport.Validator>()
        .AddHostedService<ExportJobs>();

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapExports(this IEndpointRouteBuilder api)
    {
        var exports = api.MapGroup("exports").WithTags("exports");
        RequestExportFeature.Map(exports);
        exports.MapList<Export>(List, Right.ExportsView, show: ExportResource.Show);
        ExportedListsFeature.Map(exports);
        exports.MapRecord<Export>(Right.ExportsView);
        exports.MapHistory<Export>(Right.ExportsView);
        CancelExportFeature.Map(exports);
        DownloadExportFeature.Map(exports);
    }
}
