using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crm.EventStore;

/// <summary>
/// Spans and figures of the store under the name <c>Crm.EventStore</c>. An append and the projection of its events belong to one
/// trace, because the correlation id of an event is the trace id of the request that caused it.
/// </summary>
internal static class Tracing
{
    // As many appends as a projection may lag behind and still find its parent; a span without it is linked to the trace only.
    private const int Remembered = 4_096;
    private static readonly ActivitySource Source = new("Crm.EventStore");
    private static readonly Meter Meter = new("Crm.EventStore");
    private static readonly Counter<long> Appended = Meter.CreateCounter<long>("crm.events.appended", "{event}", "Events this node has appended.");
    private static readonly Counter<long> Conflicts = Meter.CreateCounter<long>("crm.append.conflicts", "{conflict}", "Appends this node lost because a stream had moved on.");
    private static readonly Counter<long> Projected = Meter.CreateCounter<long>("crm.events.projected", "{event}", "Events this node has projected.");
    private static readonly ConcurrentDictionary<ActivityTraceId, ActivityContext> Appends = new();
    private static readonly ConcurrentQueue<ActivityTraceId> Oldest = new();

    /// <summary>The span of one save; null while nobody listens.</summary>
    public static Activity? Append() => Source.StartActivity("append", ActivityKind.Internal);

    /// <summary>Counts what was appended, and lets projections find the span.</summary>
    public static void Saved(Activity? span, int events, long sequence)
    {
        Appended.Add(events);
        if (span is null || events == 0) return;
        span.SetTag("crm.events", events).SetTag("crm.sequence", sequence);
        if (Appends.TryAdd(span.TraceId, span.Context)) Oldest.Enqueue(span.TraceId);
        if (Oldest.Count > Remembered && Oldest.TryDequeue(out var forgotten)) Appends.TryRemove(forgotten, out _);
    }

    /// <summary>Counts an append that lost the race for its stream.</summary>
    public static void Conflict(Activity? span)
    {
        Conflicts.Add(1);
        span?.SetStatus(ActivityStatusCode.Error, "conflict");
    }

    /// <summary>
    /// The span of one page of a projection; null while nobody listens. A page of one trace continues that trace; a page of several
    /// begins one of its own that is linked to each.
    /// </summary>
    public static Activity? Project(string projection, IReadOnlyList<Event> page)
    {
        if (page.Count == 0) return null;
        if (Projected.Enabled) Projected.Add(page.Count, new KeyValuePair<string, object?>("projection", projection));
        if (!Source.HasListeners()) return null;
        var traces = page.Select(e => e.Context.CorrelationId).Distinct().Take(64).Select(Of).OfType<ActivityContext>().ToList();
        // The loop of the daemon must not hang below the request that happened to start it.
        Activity.Current = null;
        return Source.CreateActivity("project " + projection, ActivityKind.Consumer, traces.Count == 1 ? traces[0] : default,
                links: traces.Count > 1 ? traces.Select(t => new ActivityLink(t)) : null)?
            .SetTag("crm.projection", projection).SetTag("crm.events", page.Count).SetTag("crm.sequence", page[^1].Sequence).Start();
    }

    /// <summary>The append of a trace: its span if this node appended, else the trace alone.</summary>
    private static ActivityContext? Of(string? correlationId)
    {
        if (correlationId is not { Length: 32 } || !correlationId.All(char.IsAsciiHexDigitLower)) return null;
        var trace = ActivityTraceId.CreateFromString(correlationId);
        return Appends.TryGetValue(trace, out var append) ? append
            : new ActivityContext(trace, ActivitySpanId.CreateFromString(correlationId.AsSpan(16)), ActivityTraceFlags.Recorded, isRemote: true);
    }
}
