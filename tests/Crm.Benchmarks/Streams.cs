using System.Text.Json;
using Crm.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Benchmarks;

/// <summary>Appending to streams and folding them.</summary>
internal static class Streams
{
    public static IEnumerable<Workload> All =>
    [
        Append(1, 0.60), Append(8, 0.65), Append(16, 0.55),
        FetchAndAppend("B1", inline: false, 0.22, 0.50), FetchAndAppend("B2", inline: true, 0.34, 0.55, recent: true),
        FetchAndAppend("B2f", inline: true, 0.34, 0.55),
        AppendMany,
        Fold(20, 2_000, 0.33, 0.70), Fold(1_000, 100, 0.21, 0.60),
    ];

    private static Workload Append(int writers, double marten) => new(
        $"A{writers}", $"new stream with 1 event per transaction, {Writers(writers)}", Bench.Inserts(writers),
        async bench =>
        {
            var store = bench.Store();
            var measured = await Measuring.ClosedLoop(writers, bench.Options, writer => Task.FromResult<Func<Task>>(async () =>
            {
                await using var session = store.OpenSession(Sales.Somebody);
                session.StartStream<Profile>(Guid.CreateVersion7(), [Sales.Registered(writer)]);
                await session.SaveChangesAsync();
            }));
            Bench.Check(await bench.Scalar<long>("select count(*) from events.mt_events e join events.mt_streams s on s.id = e.stream_id and s.version = e.version"), measured.Count, "events in the log");
            return measured;
        })
    { Marten = marten, Target = 0.85 };

    // B2 does what a command of the product does: it decides on the state its node saved or fetched last and fetches only what it does not know. B2f fetches always.
    private static Workload FetchAndAppend(string name, bool inline, double marten, double target, bool recent = false) => new(
        name, $"fetch one of 10,000 streams of 20 events, fold, append 1 with its version{(inline ? ", inline snapshot" : "")}{(recent ? ", state of a moment ago" : "")}, 8 writers", Bench.Inserts(8),
        async bench =>
        {
            var store = bench.Store(snapshots: inline);
            var ids = await bench.Fill(10_000, 20, interleaved: true);
            if (inline) await Snapshot(bench, ids);
            var conflicts = 0L;
            var measured = await Measuring.ClosedLoop(8, bench.Options, writer =>
            {
                var random = new Random(writer);
                return Task.FromResult<Func<Task>>(async () =>
                {
                    for (var first = recent; ; first = false)
                    {
                        await using var session = store.OpenSession(Sales.Somebody);
                        var id = ids[random.Next(ids.Length)];
                        var stream = (first ? session.Recent<Profile>(id) : null) ?? await session.FetchForWriting<Profile>(id);
                        stream.AppendMany([Sales.Event(writer, 3)]);
                        try
                        {
                            await session.SaveChangesAsync();
                            return;
                        }
                        catch (ConcurrencyException)
                        {
                            Interlocked.Increment(ref conflicts);
                        }
                    }
                });
            });
            Bench.Check(await bench.Scalar<long>("select count(*) from events.mt_events"), 200_000 + measured.Count, "events in the log");
            Bench.Check(await bench.Scalar<decimal>("select sum(version) from events.mt_streams"), 200_000 + measured.Count, "versions of the streams");
            if (inline) Bench.Check(await bench.Scalar<decimal>("select sum(version) from snapshots.snapshots"), 200_000 + measured.Count, "versions of the snapshots");
            return measured;
        })
    { Marten = marten, Target = target };

    private static Workload AppendMany => new(
        "C", "100 events per transaction, 10 new streams of 10, 4 writers", new Yardstick("copy-1000000", "COPY of 1,000,000 equal rows", bench => bench.Copy(1_000_000)),
        async bench =>
        {
            var store = bench.Store();
            var measured = await Measuring.ClosedLoop(4, bench.Options, writer => Task.FromResult<Func<Task>>(async () =>
            {
                await using var session = store.OpenSession(Sales.Somebody);
                for (var stream = 0; stream < 10; stream++)
                    session.StartStream<Profile>(Guid.CreateVersion7(), Enumerable.Range(0, 10).Select(i => Sales.Event(writer, i)));
                await session.SaveChangesAsync();
            }));
            Bench.Check(await bench.Scalar<long>("select count(*) from events.mt_events"), measured.Count * 100, "events in the log");
            Bench.Check(await bench.Scalar<decimal>("select sum(version) from events.mt_streams"), measured.Count * 100, "versions of the streams");
            return measured with { Rate = measured.Rate * 100 };
        })
    { Unit = " events/s", Marten = 0.61, Target = 0.90 };

    private static Workload Fold(int length, int streams, double marten, double target) => new(
        $"D{length}", $"fold a stream of {length:N0} events, 8 readers", new Yardstick($"select-{length}", "prepared SELECT of its rows", async bench =>
        {
            var ids = await bench.Fill(streams, length, interleaved: true);
            return await Measuring.ClosedLoop(8, bench.Options, async reader =>
            {
                var random = new Random(reader);
                var connection = await bench.DataSource.OpenConnectionAsync();
                var command = new NpgsqlCommand("select seq_id, id, version, data, type, timestamp from events.mt_events where stream_id = $1 order by version", connection)
                {
                    Parameters = { new NpgsqlParameter<Guid>() },
                };
                await command.PrepareAsync();
                return async () =>
                {
                    ((NpgsqlParameter<Guid>)command.Parameters[0]).TypedValue = ids[random.Next(ids.Length)];
                    await using var rows = await command.ExecuteReaderAsync();
                    var count = 0;
                    for (; await rows.ReadAsync(); count++) rows.GetFieldValue<byte[]>(3);
                    Bench.Check(count, length, "rows of the stream");
                };
            });
        }),
        async bench =>
        {
            var store = bench.Store();
            var ids = await bench.Fill(streams, length, interleaved: true);
            return await Measuring.ClosedLoop(8, bench.Options, reader =>
            {
                var random = new Random(reader);
                return Task.FromResult<Func<Task>>(async () =>
                {
                    var profile = await store.Query.AggregateStreamAsync<Profile>(ids[random.Next(ids.Length)]);
                    Bench.Check(profile!.Version, length, "version of the fold");
                });
            });
        })
    { Marten = marten, Target = target };

    /// <summary>The snapshots of streams that were filled by COPY.</summary>
    public static async Task Snapshot(Bench bench, Guid[] ids)
    {
        var store = bench.Store();
        await using var connection = await bench.DataSource.OpenConnectionAsync();
        await using (var import = await connection.BeginBinaryImportAsync("copy snapshots.snapshots (stream_id, type, fold_version, version, doc) from stdin (format binary)"))
        {
            foreach (var id in ids)
            {
                var profile = (await store.Query.AggregateStreamAsync<Profile>(id))!;
                await import.StartRowAsync();
                await import.WriteAsync(id, NpgsqlDbType.Uuid);
                await import.WriteAsync("profile", NpgsqlDbType.Varchar);
                await import.WriteAsync(1, NpgsqlDbType.Integer);
                await import.WriteAsync(profile.Version, NpgsqlDbType.Bigint);
                await import.WriteAsync(JsonSerializer.Serialize(profile, EventSerializer.Documents), NpgsqlDbType.Jsonb);
            }
            await import.CompleteAsync();
        }
        await bench.Execute("analyze snapshots.snapshots; checkpoint");
    }

    private static string Writers(int count) => count == 1 ? "1 writer" : $"{count} writers";
}
