using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>The span and the duration of one command, under the name <c>Crm.Http</c>. Nothing is made while nobody listens.</summary>
internal static class CommandTracing
{
    private static readonly ActivitySource Source = new("Crm.Http");
    private static readonly Meter Meter = new("Crm.Http");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("crm.command.duration", "s", "How long commands take, from the body read to the events saved.");

    /// <summary>Whether anybody wants to know.</summary>
    public static bool Enabled => Duration.Enabled || Source.HasListeners();

    /// <summary>Runs a command; the span and the duration carry its name and the code of a refusal, never a value of it.</summary>
    public static async Task<T> Trace<T>(HttpContext http, Func<Task<T>> run)
    {
        var name = http.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "command";
        var began = Stopwatch.GetTimestamp();
        var outcome = "done";
        using var span = Source.StartActivity(name);
        try
        {
            return await run();
        }
        catch (Exception e)
        {
            outcome = e is ProblemException problem ? problem.Code : e.GetType().Name;
            span?.SetStatus(ActivityStatusCode.Error, outcome);
            throw;
        }
        finally
        {
            span?.SetTag("crm.command", name).SetTag("crm.outcome", outcome);
            Duration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new("command", name), new("outcome", outcome));
        }
    }
}
