using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Crm.EventStore;

namespace Crm.Host;

/// <summary>Figures in the Prometheus text format at <c>/metrics</c>: the program's own, those of ASP.NET Core, Npgsql and the runtime.</summary>
internal sealed class Metrics : IDisposable
{
    private static readonly string[] Meters = ["Crm", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime"];
    private readonly ConcurrentDictionary<(string Name, string Labels), Sample> samples = new();
    private readonly MeterListener listener = new();
    private readonly Meter own = new("Crm");

    public Metrics(DocumentStore store)
    {
        own.CreateObservableGauge("crm.projection.lag", () => store.Daemon.Status.Select(s =>
            new Measurement<long>(Math.Max(0, store.Daemon.HighWaterMark - s.Position), new KeyValuePair<string, object?>("projection", s.Name))), "events", "Events a projection is behind the high-water mark.");
        own.CreateObservableGauge("crm.highwater.mark", () => store.Daemon.HighWaterMark, "sequence", "Highest sequence number that is safe to read.");
        own.CreateObservableGauge("crm.highwater.held", () => store.Daemon.HighWaterHeldFor.TotalSeconds, "s", "How long a transaction that is still running has held the mark back.");
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (Meters.Contains(instrument.Meter.Name)) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((i, v, tags, _) => Record(i, v, tags));
        listener.SetMeasurementEventCallback<int>((i, v, tags, _) => Record(i, v, tags));
        listener.SetMeasurementEventCallback<double>((i, v, tags, _) => Record(i, v, tags));
        listener.Start();
    }

    public static void Map(IEndpointRouteBuilder root) => root.MapGet("/metrics", (Metrics metrics) => Results.Text(metrics.Write(), "text/plain; version=0.0.4; charset=utf-8")).AllowAnonymous().ExcludeFromDescription();

    public void Dispose()
    {
        listener.Dispose();
        own.Dispose();
    }

    private string Write()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in samples.GroupBy(s => s.Key.Name).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var kind = family.First().Value.Kind;
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Key} {kind}\n");
            foreach (var ((name, labels), sample) in family.OrderBy(s => s.Key.Labels, StringComparer.Ordinal))
            {
                if (kind == "summary")
                    text.Append(CultureInfo.InvariantCulture, $"{name}_sum{labels} {sample.Value}\n{name}_count{labels} {sample.Count}\n");
                else text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {sample.Value}\n");
            }
        }
        return text.ToString();
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        var kind = type == typeof(Histogram<>) ? "summary" : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? "counter" : "gauge";
        var labels = new StringBuilder();
        foreach (var (key, tag) in tags)
            labels.Append(labels.Length == 0 ? '{' : ',').Append(key.Replace('.', '_')).Append("=\"").Append(Convert.ToString(tag, CultureInfo.InvariantCulture)?.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", " ")).Append('"');
        if (labels.Length > 0) labels.Append('}');
        var sample = samples.GetOrAdd((instrument.Name.Replace('.', '_').Replace('-', '_') + (kind == "counter" ? "_total" : ""), labels.ToString()), _ => new Sample(kind));
        lock (sample)
        {
            // Counters and up-down counters report changes, the observable ones and gauges report values.
            sample.Value = instrument.IsObservable || type == typeof(Gauge<>) ? value : sample.Value + value;
            sample.Count++;
        }
    }

    private sealed class Sample(string kind)
    {
        public string Kind { get; } = kind;

        public double Value { get; set; }

        public long Count { get; set; }
    }
}
