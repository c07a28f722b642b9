using System.Diagnostics;
using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Crm.Host;

/// <summary>
/// Traces and metrics to an OpenTelemetry collector. Off, and without cost, unless the standard setting
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> (or the one of a signal) names one; the other <c>OTEL_…</c> settings hold as specified.
/// </summary>
internal static class Telemetry
{
    /// <summary>Registers the traces, where a collector is named.</summary>
    public static void AddTraces(WebApplicationBuilder builder)
    {
        if (!IsOn(builder.Configuration, "TRACES")) return;
        // The server's spans carry method, route and status only with this.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        builder.Services.AddSingleton(services => Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(s => s.AddSingleton(services.GetRequiredService<IConfiguration>()))
            .ConfigureResource(Resource)
            .AddSource("Microsoft.AspNetCore", "Crm.*", "Npgsql")
            .SetSampler(new ParentBasedSampler(new Caused()))
            .AddProcessor(new Discreet())
            .AddOtlpExporter()
            .Build());
    }

    /// <summary>Begins to trace, before the first request; a request's span is named by its route, which holds no value of anybody's.</summary>
    public static void Use(WebApplication app)
    {
        if (app.Services.GetService<TracerProvider>() is null) return;
        app.Use(async (http, next) =>
        {
            if (Activity.Current is not { } span || http.GetEndpoint() is not RouteEndpoint { RoutePattern.RawText: { } route })
            {
                await next(http);
                return;
            }
            span.DisplayName = $"{http.Request.Method} {route}";
            span.SetTag("http.route", route);
            await next(http);
            span.SetTag("http.response.status_code", http.Response.StatusCode);
            if (http.Response.StatusCode >= 500) span.SetStatus(ActivityStatusCode.Error);
        });
    }

    /// <summary>Sends the metrics as well, where a collector is named.</summary>
    public static MeterProviderBuilder Export(MeterProviderBuilder builder, IConfiguration configuration) => IsOn(configuration, "METRICS")
        ? builder.ConfigureServices(s => s.AddSingleton(configuration)).ConfigureResource(Resource).AddOtlpExporter()
        : builder;

    private static bool IsOn(IConfiguration configuration, string signal) =>
        !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) || !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]);

    private static void Resource(ResourceBuilder resource) => resource.Clear()
        .AddService("crm", serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString(), serviceInstanceId: CrmHost.NodeName)
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    /// <summary>What nobody asked for is no trace: the daemon looks for news several times a second, each look a statement without a parent.</summary>
    private sealed class Caused : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }

    /// <summary>Takes out of spans what may name a person: addresses with links of the public form, queries, callers' machines.</summary>
    private sealed class Discreet : BaseProcessor<Activity>
    {
        private static readonly string[] Personal = ["url.path", "url.query", "url.full", "client.address", "network.peer.address", "user_agent.original"];

        public override void OnEnd(Activity data)
        {
            foreach (var tag in Personal)
                if (data.GetTagItem(tag) is not null) data.SetTag(tag, null);
        }
    }
}
