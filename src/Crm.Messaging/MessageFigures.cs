using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Crm.Messaging;

/// <summary>The age of the outbox and the number of dead letters as figures, read every few seconds so that asking for them costs nothing.</summary>
public sealed class MessageFigures(MessageQueries queries) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly Meter meter = new("Crm.Messaging");
    private (long DeadLetters, double OldestSeconds) last;

    /// <inheritdoc />
    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        meter.CreateObservableGauge("crm.outbox.age", () => last.OldestSeconds, "s", "For how long the oldest message that is due has waited.");
        meter.CreateObservableGauge("crm.deadletters", () => last.DeadLetters, "{message}", "Messages that failed for good.");
        using var timer = new PeriodicTimer(Interval);
        do
        {
            try
            {
                last = await queries.BacklogAsync(stoppingToken);
            }
            catch (NpgsqlException)
            {
                // The last figures stand until the database answers again.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

/// <summary>Degraded while there are dead letters or a message has waited for longer than five minutes.</summary>
internal sealed class MessagingHealth(MessageQueries queries) : IHealthCheck
{
    private const double Patience = 300;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (dead, oldest) = await queries.BacklogAsync(cancellationToken);
        var data = new Dictionary<string, object> { ["deadLetters"] = dead, ["oldestSeconds"] = oldest };
        return dead > 0 ? HealthCheckResult.Degraded($"{dead} dead letters", data: data)
            : oldest > Patience ? HealthCheckResult.Degraded($"A message has waited for {oldest:0} s", data: data) : HealthCheckResult.Healthy(data: data);
    }
}
