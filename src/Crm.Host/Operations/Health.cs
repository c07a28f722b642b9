using System.Text.Json;
using Crm.EventStore;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Crm.Host;

/// <summary>What an operator or a load balancer asks: is the process alive, and can it serve.</summary>
internal static class Health
{
    // The probe opens a connection of its own: it says whether new ones can be had, and is no pool among the figures.
    public static void Add(IServiceCollection services, string connectionString) => services.AddHealthChecks()
        .AddNpgSql(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = CrmHost.NodeName }.ConnectionString, name: "database", timeout: TimeSpan.FromSeconds(3))
        .AddCheck<ProjectionHealth>("projections", timeout: TimeSpan.FromSeconds(3))
        .AddCheck<MigrationHealth>("migrations", timeout: TimeSpan.FromSeconds(3));

    public static void Map(IEndpointRouteBuilder root)
    {
        root.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        root.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = Write }).AllowAnonymous();
    }

    private static Task Write(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString().ToLowerInvariant(),
        checks = report.Entries.ToDictionary(e => e.Key, e => new { status = e.Value.Status.ToString().ToLowerInvariant(), e.Value.Description, e.Value.Data }),
    }, JsonSerializerOptions.Web, http.RequestAborted);
}

/// <summary>How far each projection is behind the log; a paused one makes the node degraded, with the event and the reason.</summary>
internal sealed class ProjectionHealth(DocumentStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var highest = await store.Daemon.HighestSequenceAsync(cancellationToken);
        var shards = store.Daemon.Status;
        var data = shards.ToDictionary(s => s.Name, object (s) => new { state = s.State.ToString().ToLowerInvariant(), position = s.Position, lag = Math.Max(0, highest - s.Position), s.Error });
        data["highWaterMark"] = store.Daemon.HighWaterMark;
        data["highestSequence"] = highest;
        var paused = shards.Where(s => s.State == ShardState.Paused).Select(s => s.Name).ToList();
        return paused.Count > 0 ? HealthCheckResult.Degraded($"Paused: {string.Join(", ", paused)}", data: data) : HealthCheckResult.Healthy(data: data);
    }
}

/// <summary>Whether the database has every step this version needs.</summary>
internal sealed class MigrationHealth(NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var command = database.CreateCommand("select count(*) from public.crm_migrations");
        var applied = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        var needed = CrmHost.Migrations.Count();
        return applied >= needed ? HealthCheckResult.Healthy($"{applied} applied") : HealthCheckResult.Unhealthy($"{applied} of {needed} applied");
    }
}
