using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crm.Messaging;

/// <summary>Spans and figures of messages under the name <c>Crm.Messaging</c>. A message continues the trace of whoever sent it.</summary>
internal static class Tracing
{
    private static readonly ActivitySource Source = new("Crm.Messaging");
    private static readonly Meter Meter = new("Crm.Messaging");
    private static readonly Counter<long> HandledMessages = Meter.CreateCounter<long>("crm.messages.handled", "{message}", "Messages this node has handled.");
    private static readonly Counter<long> FailedMessages = Meter.CreateCounter<long>("crm.messages.failed", "{message}", "Attempts on this node that failed and are made again.");
    private static readonly Counter<long> DeadMessages = Meter.CreateCounter<long>("crm.messages.dead", "{message}", "Messages this node has made dead letters.");

    /// <summary>The span of one message; null while nobody listens.</summary>
    public static Activity? Handle(string queue, string messageType, Guid id, string? traceParent)
    {
        if (!Source.HasListeners()) return null;
        Activity.Current = null;
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent);
        return Source.StartActivity("handle " + messageType, ActivityKind.Consumer, parent)?.SetTag("messaging.destination.name", queue).SetTag("messaging.message.id", id.ToString());
    }

    public static void Handled(string queue, int count) => HandledMessages.Add(count, new KeyValuePair<string, object?>("queue", queue));

    public static void Failed(string queue) => FailedMessages.Add(1, new KeyValuePair<string, object?>("queue", queue));

    public static void Died(string queue) => DeadMessages.Add(1, new KeyValuePair<string, object?>("queue", queue));
}
