using System.Collections.Concurrent;
using System.Diagnostics;
using Crm.EventStore;
using Crm.Host;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>How soon after its commit an event is in the documents that an outside reader sees, at a steady 500 events a second.</summary>
internal static class Following
{
    private const int Writers = 8;
    private const int EventsPerSecond = 500;
    private const int Streams = 2_000;

    public static IEnumerable<Workload> All =>
    [
        new("F", "500 events/s, 8 writers: commit to visible in the documents, on the node that wrote", null, bench => Measure(bench, otherNode: false)) { Limit = (5, 15) },
        new("F2", "the same, led by another node", null, bench => Measure(bench, otherNode: true)) { Limit = (250, 250) },
    ];

    private static async Task<Measurement> Measure(Bench bench, bool otherNode)
    {
        var ids = await bench.Fill(Streams, 1, interleaved: false);
        var leader = bench.Store(new Profiles());
        await leader.Daemon.StartAsync(CancellationToken.None);
        await using var second = CrmHost.OpenDatabase(bench.ConnectionString);
        var writer = otherNode ? bench.Store(new Profiles(), source: second) : leader;
        try
        {
            if (!await leader.Daemon.CatchUpAsync(TimeSpan.FromMinutes(1))) throw new InvalidOperationException("The daemon does not fold.");
            if (otherNode) await writer.Daemon.StartAsync(CancellationToken.None);
            return await Load(bench, writer, ids);
        }
        finally
        {
            if (otherNode) await writer.Daemon.StopAsync(CancellationToken.None);
            await leader.Daemon.StopAsync(CancellationToken.None);
        }
    }

    private static async Task<Measurement> Load(Bench bench, DocumentStore store, Guid[] ids)
    {
        var (warmUp, measured) = (bench.Options.WarmUp, bench.Options.Measured);
        var begin = Stopwatch.GetTimestamp();
        using var stop = new CancellationTokenSource();
        var committed = new ConcurrentQueue<(long Sequence, long At)>();
        var seen = Task.Run(() => Look(bench.ConnectionString, stop.Token));
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(async () =>
        {
            var versions = new long[ids.Length];
            for (var n = 0; Stopwatch.GetElapsedTime(begin) < warmUp + measured; n++)
            {
                // An open loop: what takes longer does not slow the pace.
                var due = TimeSpan.FromSeconds((double)(n * Writers + w) / EventsPerSecond) - Stopwatch.GetElapsedTime(begin);
                if (due > TimeSpan.Zero) await Task.Delay(due);
                var stream = (n * Writers + w) % ids.Length;
                await using var session = store.OpenSession(Sales.Somebody);
                session.Append<Profile>(ids[stream], ++versions[stream], [Sales.Event(stream, 1 + n % 9)]);
                var saved = await session.SaveChangesAsync();
                committed.Enqueue((saved.Sequence, Stopwatch.GetTimestamp()));
            }
        })));
        if (!await store.Daemon.CatchUpAsync(TimeSpan.FromSeconds(10))) throw new InvalidOperationException("The daemon fell behind.");
        await Task.Delay(50);
        await stop.CancelAsync();
        var looks = await seen;
        var latencies = new List<long>();
        foreach (var (sequence, at) in committed.OrderBy(c => c.Sequence))
        {
            if (Stopwatch.GetElapsedTime(begin, at) < warmUp) continue;
            var look = looks.FindIndex(l => l.Sequence >= sequence);
            if (look < 0) throw new InvalidOperationException($"Event {sequence} was never seen.");
            latencies.Add(Math.Max(0, looks[look].At - at));
            looks.RemoveRange(0, look);
        }
        return Measuring.Of(latencies, measured);
    }

    /// <summary>The position is saved in the transaction of the documents: who sees the one sees the other.</summary>
    private static async Task<List<(long Sequence, long At)>> Look(string connectionString, CancellationToken ct)
    {
        var looks = new List<(long, long)>();
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand($"select last_seq_id from events.mt_event_progression where name = '{new Profiles().ShardName}'", connection);
        await command.PrepareAsync(CancellationToken.None);
        var last = 0L;
        while (!ct.IsCancellationRequested)
        {
            var now = await command.ExecuteScalarAsync(CancellationToken.None) as long? ?? 0;
            if (now > last) looks.Add((last = now, Stopwatch.GetTimestamp()));
            await Task.Delay(1, CancellationToken.None);
        }
        return looks;
    }
}
