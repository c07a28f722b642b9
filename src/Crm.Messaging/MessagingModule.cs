using System.Reflection;
using Crm.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace Crm.Messaging;

/// <summary>What messaging adds to an application.</summary>
public static class MessagingModule
{
    /// <summary>The envelope tables and those of Quartz.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "messaging");

    /// <summary>Registers the events of what administrators do.</summary>
    public static void Configure(StoreOptions store) =>
        store.Events.Add<DeadLettersReplayed>().Add<DeadLettersDiscarded>().Add<ScheduledMessageCancelled>().Add<RecurringMessageRun>();

    /// <summary>Registers bus, workers and the scheduler of recurring messages.</summary>
    public static IServiceCollection AddMessaging(this IServiceCollection services, MessagingOptions messaging, NpgsqlDataSource database)
    {
        services.AddSingleton(messaging);
        services.AddSingleton(s =>
        {
            var bus = new MessageBus(s.GetRequiredService<DocumentStore>(), messaging);
            foreach (var subscription in bus.Store.Projections.Async.OfType<EventForwarding>()) subscription.Wakes(bus);
            return bus;
        });
        services.AddSingleton<MessageWorkers>().AddHostedService(s => s.GetRequiredService<MessageWorkers>());
        services.AddSingleton<MessageQueries>().AddSingleton<MessageActions>();
        services.AddSingleton<MessageFigures>().AddHostedService(s => s.GetRequiredService<MessageFigures>());
        services.AddQuartz(quartz => quartz
            .ConfigureScheduler(scheduler => (scheduler.InstanceName, scheduler.GenerateInstanceId) = ("crm", true))
            .UseDefaultThreadPool(2)
            .UsePersistentStore(persistent => persistent
                .UsePostgres(source => source.DataSourceFactory = _ => database)
                .ConfigureStore(tables => tables.TablePrefix = "quartz.qrtz_")
                // A node that is gone is noticed within five seconds. One that only seemed to be sends the same message again, which is recognised.
                .UseClustering(cluster => (cluster.CheckinInterval, cluster.CheckinMisfireThreshold) = (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)))));
        services.AddSingleton<RecurringScheduler>().AddHostedService(s => s.GetRequiredService<RecurringScheduler>());
        services.AddHealthChecks().AddCheck<MessagingHealth>("messaging", timeout: TimeSpan.FromSeconds(3));
        return services;
    }
}
