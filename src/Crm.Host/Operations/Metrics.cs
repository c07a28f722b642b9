using System.Diagnostics.Metrics;
using Crm.EventStore;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Crm.Host;

/// <summary>
/// The figures of this node: the program's own, those of ASP.NET Core, Npgsql and the runtime. They are counted once, and read from
/// here by <c>/metrics</c>, by the operations page and, where it is switched on, by the OTLP exporter.
/// </summary>
internal sealed class Metrics : IDisposable
{
    // Fine where a person notices, coarse where only the order of magnitude matters. Seconds.
    private static readonly double[] Durations = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10];
    private static int hosts;

    // Several hosts in one process report each their own.
    private readonly Meter own = new(Interlocked.Increment(ref hosts) is > 1 and var number ? $"Crm.Host.{number}" : "Crm.Host");
    private readonly Collector collector = new();
    private readonly BaseExportingMetricReader reader;
    private readonly MeterProvider provider;

    public Metrics(DocumentStore store, ProjectionLag lag, IConfiguration configuration)
    {
        own.CreateObservableGauge("crm.projection.lag", () => store.Daemon.Status.Select(s =>
            new Measurement<long>(Math.Max(0, store.Daemon.HighWaterMark - s.Position), new KeyValuePair<string, object?>("projection", s.Name))), "{event}", "Events a projection is behind the high-water mark.");
        own.CreateObservableGauge("crm.projection.lag.time", () => store.Daemon.Status.Select(s =>
            new Measurement<double>(lag.Of(s.Name).TotalSeconds, new KeyValuePair<string, object?>("projection", s.Name))), "s", "How long the oldest event that a projection has not folded has waited.");
        own.CreateObservableGauge("crm.projection.paused", () => store.Daemon.Status.Select(s =>
            new Measurement<int>(s.State == ShardState.Paused ? 1 : 0, new KeyValuePair<string, object?>("projection", s.Name))), null, "1 while an event that cannot be projected holds the projection.");
        own.CreateObservableGauge("crm.highwater.mark", () => store.Daemon.HighWaterMark, null, "Highest sequence number that is safe to read.");
        own.CreateObservableGauge("crm.highwater.held", () => store.Daemon.HighWaterHeldFor.TotalSeconds, "s", "How long a transaction that is still running has held the mark back.");
        reader = new BaseExportingMetricReader(collector);
        var builder = Sdk.CreateMeterProviderBuilder()
            .AddMeter(own.Name, "Crm.EventStore", "Crm.Http", "Crm.Messaging", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime")
            .AddView(instrument => instrument is Histogram<double> { Unit: "s" } ? new ExplicitBucketHistogramConfiguration { Boundaries = Durations } : null)
            .AddReader(reader);
        provider = Telemetry.Export(builder, configuration).Build();
    }

    /// <summary>Every figure as it is now.</summary>
    public IReadOnlyList<Figure> Collect() => collector.Read(reader);

    public static void Map(IEndpointRouteBuilder root) => root.MapGet("/metrics", (Metrics metrics) => Results.Text(PrometheusText.Write(metrics.Collect()), "text/plain; version=0.0.4; charset=utf-8")).AllowAnonymous().ExcludeFromDescription();

    public void Dispose()
    {
        provider.Dispose();
        reader.Dispose();
        own.Dispose();
    }

    /// <summary>Copies what the reader collects: the points themselves are used again for the next collection.</summary>
    private sealed class Collector : BaseExporter<Metric>
    {
        private readonly Lock gate = new();
        private List<Figure> figures = [];

        public IReadOnlyList<Figure> Read(MetricReader from)
        {
            lock (gate)
            {
                from.Collect();
                return figures;
            }
        }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            var read = new List<Figure>();
            foreach (var metric in batch)
                foreach (ref readonly var point in metric.GetMetricPoints())
                    read.Add(Copy(metric, point));
            figures = read;
            return ExportResult.Success;
        }

        private static Figure Copy(Metric metric, in MetricPoint point)
        {
            var tags = new List<KeyValuePair<string, object?>>();
            foreach (var tag in point.Tags) tags.Add(tag);
            var (kind, value, count) = metric.MetricType switch
            {
                MetricType.Histogram => (FigureKind.Histogram, point.GetHistogramSum(), point.GetHistogramCount()),
                MetricType.LongSum => (FigureKind.Counter, point.GetSumLong(), 0L),
                MetricType.DoubleSum => (FigureKind.Counter, point.GetSumDouble(), 0L),
                MetricType.LongSumNonMonotonic => (FigureKind.Gauge, point.GetSumLong(), 0L),
                MetricType.DoubleSumNonMonotonic => (FigureKind.Gauge, point.GetSumDouble(), 0L),
                MetricType.DoubleGauge => (FigureKind.Gauge, point.GetGaugeLastValueDouble(), 0L),
                _ => (FigureKind.Gauge, point.GetGaugeLastValueLong(), 0L),
            };
            var buckets = new List<(double Bound, long Count)>();
            if (kind == FigureKind.Histogram)
                foreach (var bucket in point.GetHistogramBuckets()) buckets.Add((bucket.ExplicitBound, bucket.BucketCount));
            return new Figure(metric.Name, metric.Unit, metric.Description, kind, tags, value, count, buckets);
        }
    }
}

/// <summary>How a figure is to be read.</summary>
internal enum FigureKind
{
    /// <summary>A value of the moment.</summary>
    Gauge,

    /// <summary>A sum since the node started.</summary>
    Counter,

    /// <summary>How often a value fell between two bounds since the node started.</summary>
    Histogram,
}

/// <summary>One figure with one set of tags.</summary>
/// <param name="Name">The instrument.</param>
/// <param name="Unit">Its unit in UCUM: <c>s</c>, <c>By</c>, <c>{event}</c>.</param>
/// <param name="Help">What it says.</param>
/// <param name="Kind">How it is to be read.</param>
/// <param name="Tags">What it is about.</param>
/// <param name="Value">The value; of a histogram the sum of all.</param>
/// <param name="Count">Of a histogram: how many there were.</param>
/// <param name="Buckets">Of a histogram: upper bound and number of each range, the last without bound.</param>
internal sealed record Figure(
    string Name, string Unit, string Help, FigureKind Kind, IReadOnlyList<KeyValuePair<string, object?>> Tags, double Value, long Count,
    IReadOnlyList<(double Bound, long Count)> Buckets)
{
    /// <summary>The text of a tag, or null.</summary>
    public string? Tag(string key) => Tags.FirstOrDefault(t => t.Key == key).Value?.ToString();
}
