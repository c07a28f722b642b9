using Crm.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Crm.Messaging;

/// <summary>When a recurring message was and will be sent.</summary>
/// <param name="Name">The recurring message.</param>
/// <param name="Cron">Its times.</param>
/// <param name="Message">The stored name of the message's type.</param>
/// <param name="LastFiredAt">When it was sent last, by any node.</param>
/// <param name="NextFireAt">When it is sent next.</param>
public sealed record RecurringState(string Name, string Cron, string Message, DateTimeOffset? LastFiredAt, DateTimeOffset? NextFireAt);

/// <summary>
/// Sends recurring messages. Times are kept by Quartz in the database, clustered: of several nodes one fires, and a time that passed while
/// no node ran is made up for once. A trigger does nothing but send a message.
/// </summary>
public sealed partial class RecurringScheduler(ISchedulerFactory factory, DocumentStore store, MessagingOptions options, ILogger<RecurringScheduler> logger) : BackgroundService
{
    private const string Group = "recurring";

    /// <summary>Every recurring message with its times.</summary>
    public async Task<IReadOnlyList<RecurringState>> StateAsync(CancellationToken ct)
    {
        var scheduler = await factory.GetScheduler(ct);
        var states = new List<RecurringState>();
        foreach (var entry in options.RecurringMessages)
        {
            var trigger = await scheduler.GetTrigger(new TriggerKey(entry.Name, Group), ct);
            states.Add(new RecurringState(entry.Name, entry.Cron, MessagingOptions.Alias(entry.Message.GetType()), trigger?.PreviousFireTimeUtc, trigger?.NextFireTimeUtc));
        }
        return states;
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var scheduler in await factory.GetAllSchedulers(cancellationToken)) await scheduler.Shutdown(waitForJobsToComplete: false, cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var scheduler = await factory.GetScheduler(stoppingToken);
                foreach (var entry in options.RecurringMessages) await ScheduleAsync(scheduler, entry, stoppingToken);
                foreach (var key in await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.GroupEquals(Group), stoppingToken))
                    if (options.RecurringMessages.All(r => r.Name != key.Name)) await scheduler.UnscheduleJob(key, stoppingToken);
                await scheduler.Start(stoppingToken);
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFault(logger, e.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(2), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Adds the trigger, or changes its times. One with the same times goes on: its next time must not be forgotten by a restart.</summary>
    private async Task ScheduleAsync(IScheduler scheduler, RecurringMessage entry, CancellationToken ct)
    {
        var key = new TriggerKey(entry.Name, Group);
        if (await scheduler.GetTrigger(key, ct) is ICronTrigger known && known.CronExpressionString == entry.Cron && known.TimeZone.Id == store.TimeZone.Id) return;
        var job = JobBuilder.Create<SendRecurring>().WithIdentity(entry.Name, Group).StoreDurably(false).Build();
        var trigger = TriggerBuilder.Create().WithIdentity(key).ForJob(job)
            .WithCronSchedule(entry.Cron, times => times.InTimeZone(store.TimeZone).WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed)).Build();
        await scheduler.ScheduleJob(job, (ITrigger[])[trigger], new ScheduleJobOptions { Replace = true }, ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The times of recurring messages cannot be read ({Error}); trying again")]
    private static partial void LogFault(ILogger logger, string error);
}

/// <summary>The one job of all triggers.</summary>
internal sealed class SendRecurring(MessageBus bus) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var name = context.Trigger.Key.Name;
        // A version that no longer knows the name may share the database for a while.
        if (bus.Options.RecurringMessages.SingleOrDefault(r => r.Name == name) is not { } entry) return;
        // The same time gives the same identity: sent twice it is still one message.
        var at = (context.ScheduledFireTimeUtc ?? context.FireTimeUtc).UtcTicks;
        await bus.SendAsync(entry.Message, new EventContext("", "recurring"), EventForwarding.MessageId(Guid.Empty, $"{name}:{at}"), cancellationToken);
    }
}
