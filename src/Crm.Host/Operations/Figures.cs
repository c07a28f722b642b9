using Crm.EventStore;
using Crm.Http;
using Npgsql;

namespace Crm.Host;

/// <summary>How the engine runs at this moment, in a few figures.</summary>
/// <param name="AppendPerSecond">Events appended a second by all nodes, over the last ten seconds.</param>
/// <param name="ConflictsPerMinute">Appends this node lost to a race in the last minute.</param>
/// <param name="HighWaterMark">Highest sequence number that is safe to read.</param>
/// <param name="HighWaterHeldSeconds">How long a transaction that is still running has held the mark back.</param>
/// <param name="HighestSequence">Highest sequence number in the log.</param>
/// <param name="OutboxOldestSeconds">How long the oldest message that is due has waited.</param>
/// <param name="DeadLetters">Messages that were given up.</param>
/// <param name="Pool">The node's connections to the database.</param>
/// <param name="DatabaseBytes">Size of the database.</param>
/// <param name="EventsTotal">Events in the log.</param>
/// <param name="RequestsPerSecond">Requests of the API this node answers a second, over the last ten seconds.</param>
/// <param name="P95Milliseconds">The time within which this node answered 95 of 100 of them in the last minute; null without any.</param>
internal sealed record OperationsFigures(
    double AppendPerSecond, double ConflictsPerMinute, long HighWaterMark, double HighWaterHeldSeconds, long HighestSequence, double OutboxOldestSeconds,
    long DeadLetters, PoolUse Pool, long DatabaseBytes, long EventsTotal, double RequestsPerSecond, double? P95Milliseconds);

/// <summary>Connections of this node.</summary>
/// <param name="Used">In use.</param>
/// <param name="Idle">Open and waiting.</param>
/// <param name="Max">As many as there may be.</param>
internal sealed record PoolUse(long Used, long Idle, long Max);

/// <summary>Remembers the last minute, so that sums can be shown as rates; and serves the figures.</summary>
internal sealed class Figures(DocumentStore store, Metrics metrics, ProjectionLag lag, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly Queue<Sample> samples = [];
    private readonly Lock gate = new();

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("operations/figures", (Figures figures, CancellationToken ct) => figures.NowAsync(ct))
        .Requires(Right.OperationsView).WithName("GetOperationsFigures").Produces<OperationsFigures>().ProducesProblem(401).ProducesProblem(403);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Step, clock);
        do
        {
            try
            {
                Take(metrics.Collect());
                await lag.LookAsync(stoppingToken);
            }
            catch (NpgsqlException)
            {
                // Without the database the lag stays as it was last known; health says why.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<OperationsFigures> NowAsync(CancellationToken ct)
    {
        var figures = metrics.Collect();
        var now = Take(figures);
        // The log's size without counting it: the numbers drawn, less those known to have been drawn in vain.
        await using var command = store.DataSource.CreateCommand("""
            select coalesce(max(seq_id), 0), pg_database_size(current_database()),
                   (select coalesce(sum(ending_sequence - starting_sequence), 0)::bigint from events.mt_high_water_skips) from events.mt_events
            """);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var (highest, bytes, gaps) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        var (recent, minute) = (Before(now, Short), Before(now, Long));
        return new OperationsFigures(
            Rate(now.Mark - recent.Mark, recent, now), Rate(now.Conflicts - minute.Conflicts, minute, now) * 60, store.Daemon.HighWaterMark,
            Math.Round(store.Daemon.HighWaterHeldFor.TotalSeconds, 3), highest, Sum(figures, "crm.outbox.age"), (long)Sum(figures, "crm.deadletters"),
            new PoolUse((long)Pool("used"), (long)Pool("idle"), (long)Sum(figures, "db.client.connection.max")), bytes, Math.Max(0, highest - gaps),
            Rate(now.Requests - recent.Requests, recent, now), Percentile(minute, now));

        double Pool(string state) => figures.Where(f => f.Name == "db.client.connection.count" && f.Tag("db.client.connection.state") == state).Sum(f => f.Value);
    }

    private Sample Take(IReadOnlyList<Figure> figures)
    {
        var requests = figures.Where(f => f.Name == "http.server.request.duration" && f.Tag("http.route")?.TrimStart('/').StartsWith("api/", StringComparison.Ordinal) == true).ToList();
        var taken = new Sample(clock.GetTimestamp(), store.Daemon.HighWaterMark, (long)Sum(figures, "crm.append.conflicts"), requests.Sum(r => r.Count),
            [.. requests.SelectMany(r => r.Buckets).GroupBy(b => b.Bound).OrderBy(g => g.Key).Select(g => (g.Key, g.Sum(b => b.Count)))]);
        lock (gate)
        {
            // What is asked for in between is compared with the past but does not become it, however often it is asked for.
            if (samples.Count == 0 || clock.GetElapsedTime(samples.Last().At, taken.At) >= Step / 2) samples.Enqueue(taken);
            while (samples.Count > 1 && clock.GetElapsedTime(samples.Peek().At, taken.At) > Long + Step) samples.Dequeue();
        }
        return taken;
    }

    /// <summary>The oldest sample that is not older than a span.</summary>
    private Sample Before(Sample now, TimeSpan span)
    {
        lock (gate) return samples.FirstOrDefault(s => clock.GetElapsedTime(s.At, now.At) <= span + Step / 2) ?? now;
    }

    private double Rate(long count, Sample from, Sample to) => clock.GetElapsedTime(from.At, to.At).TotalSeconds is > 0.5 and var seconds ? Math.Round(Math.Max(0, count) / seconds, 2) : 0;

    private static double? Percentile(Sample from, Sample to)
    {
        var before = from.Answers.ToDictionary(b => b.Bound, b => b.Count);
        var between = to.Answers.Select(b => (b.Bound, Count: b.Count - before.GetValueOrDefault(b.Bound))).ToList();
        var wanted = between.Sum(b => b.Count) * 0.95;
        if (wanted <= 0) return null;
        var (lower, seen) = (0d, 0d);
        foreach (var (bound, count) in between)
        {
            if (seen + count >= wanted) return Math.Round(1_000 * (double.IsPositiveInfinity(bound) ? lower : lower + (bound - lower) * (wanted - seen) / count), 1);
            (lower, seen) = (bound, seen + count);
        }
        return Math.Round(lower * 1_000, 1);
    }

    private static double Sum(IReadOnlyList<Figure> figures, string name) => figures.Where(f => f.Name == name).Sum(f => f.Value);

    private sealed record Sample(long At, long Mark, long Conflicts, long Requests, IReadOnlyList<(double Bound, long Count)> Answers);
}

/// <summary>How long the oldest event a projection has not folded has waited, as last looked at.</summary>
internal sealed class ProjectionLag(DocumentStore store)
{
    private volatile Dictionary<string, TimeSpan> seen = [];

    /// <summary>The wait; zero for a projection that has folded everything.</summary>
    public TimeSpan Of(string projection) => seen.GetValueOrDefault(projection);

    /// <summary>Looks again; the database is asked only while something lags.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var behind = store.Daemon.Status.Where(s => s.Position < store.Daemon.HighWaterMark).ToList();
        var found = new Dictionary<string, TimeSpan>();
        if (behind.Count > 0)
        {
            await using var command = store.DataSource.CreateCommand("""
                select p.name, clock_timestamp() - e.timestamp from unnest($1, $2) as p(name, position),
                  lateral (select timestamp from events.mt_events where seq_id > p.position order by seq_id limit 1) e
                """);
            command.Parameters.Add(Statement.Parameter(behind.Select(s => s.Name).ToArray()));
            command.Parameters.Add(Statement.Parameter(behind.Select(s => s.Position).ToArray()));
            await using var row = await command.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) found[row.GetString(0)] = row.GetFieldValue<TimeSpan>(1);
        }
        seen = found;
    }
}
