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

namespace Crm.Analytics;

/// <summary>
/// The analytics module: it reads published events into intervals of its own and answers reports, and reads every event there is into the operation log.
/// </summary>
public static class AnalyticsModule
{
    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "analytics");

    /// <summary>Registers the events it reads and its projections.</summary>
    public static void Configure(StoreOptions store)
    {
        ArgumentNullException.ThrowIfNull(store);
        store.Events
            .Add<PipelineDefined>().Add<PipelineRenamed>().Add<PipelineStagesChanged>()
            .Add<OpportunityOpened>().Add<OpportunityDetailsChanged>().Add<OpportunityOwnerChanged>().Add<OpportunityMoved>().Add<OpportunityWon>()
            .Add<OpportunityLost>().Add<OpportunityReopened>().Add<OpportunityDeleted>().Add<OpportunityUndeleted>()
            .Add<UserRegistered>().Add<UserChanged>().Add<DepartmentRenamed>().Add<CustomerRegistered>().Add<CustomerDetailsChanged>().Add<CustomerOwnerChanged>().Add<CustomerErased>()
            .Add<TicketOpened>().Add<TicketDetailsChanged>().Add<TicketAssigned>().Add<TicketAnswered>().Add<TicketResolved>().Add<TicketReopened>()
            .Add<TicketRated>().Add<TicketClosed>();
        store.Projections.Add(new OpportunityIntervals(), ProjectionLifecycle.Async);
        store.Projections.Add(new PeopleStates(), ProjectionLifecycle.Async);
        store.Projections.Add(new CustomerNames(), ProjectionLifecycle.Async);
        store.Projections.Add(new Ratings(), ProjectionLifecycle.Async);
        store.Events.Add<OperationLogRetentionSet>().Add<OperationLogExportRequested>().Add<OperationLogExportCompleted>().Add<OperationLogExportCancelled>();
        store.Projections.Add(new OperationLog(store.Events), ProjectionLifecycle.Async);
    }

    /// <summary>Registers the writing of exports and the removal of those that have expired.</summary>
    public static void Configure(MessagingOptions messaging) => ExportFeature.Configure(messaging);

    /// <summary>Registers validators; every report is a question to the database.</summary>
    public static IServiceCollection AddAnalytics(this IServiceCollection services) => services
        .AddSingleton<IPersonalRecords, OperationExportFiles>()
        .AddSingleton<IValidator<SetOperationLogRetention>, SetOperationLogRetention.Validator>()
        .AddSingleton<IValidator<ExportOperations>, ExportOperations.Validator>();

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapAnalytics(this IEndpointRouteBuilder api)
    {
        var reports = api.MapGroup("reports").WithTags("reports");
        FunnelFeature.Map(reports);
        ConversionFeature.Map(reports);
        KeyFigureFeature.Map(reports);

        var log = api.MapGroup("operation-log").WithTags("operation-log");
        Operations.Map(log);
        RetentionFeature.Map(log);
        ExportFeature.Map(log);
    }
}
