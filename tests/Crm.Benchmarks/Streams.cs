using Crm.EventStore;
using Npgsql;

namespace Crm.Benchmarks;

/// <summary>Appending to streams and folding them.</summary>
internal static class Streams
{
    public static IEnumerable<Workload> All =>
    [
        Append(1, 0.60), Append(8, 0.65), Append(16, 0.55),
        FetchAndAppend(inline: false, 0.22), FetchAndAppend(inline: true, 0.34),
        Fold(20, 2_000, 0.33), Fold(1_000, 100, 0.21),
    ];

    private static Workload Append(int writers, double marten) => new(
        $"append-{writers}", $"new stream with 1 event per transaction, {Writers(writers)}", "prepared INSERT of an equal row", $"insert-{writers}",
        bench => bench.Inserts(writers),
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
    { Marten = marten };

    private static Workload FetchAndAppend(bool inline, double marten) => new(
        inline ? "fetch-append-inline" : "fetch-append", $"fetch one of 10,000 streams of 20 events, fold, append 1 with its version{(inline ? ", document inline" : "")}, 8 writers",
        "prepared INSERT of an equal row", "insert-8",
        bench => bench.Inserts(8),
        async bench =>
        {
            var store = inline ? bench.Store(new Profiles(), ProjectionLifecycle.Inline) : bench.Store();
            var ids = await bench.Fill(10_000, 20, interleaved: true);
            if (inline) await CatchingUp.Run(bench, new Profiles());
            var conflicts = 0L;
            var measured = await Measuring.ClosedLoop(8, bench.Options, writer =>
            {
                var random = new Random(writer);
                return Task.FromResult<Func<Task>>(async () =>
                {
                    while (true)
                    {
                        await using var session = store.OpenSession(Sales.Somebody);
                        var stream = await session.FetchForWriting<Profile>(ids[random.Next(ids.Length)]);
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
            if (inline) Bench.Check(await bench.Scalar<decimal>("select sum(version) from bench.profiles"), 200_000 + measured.Count, "versions of the documents");
            return measured;
        })
    { Marten = marten };

    private static Workload Fold(int length, int streams, double marten) => new(
        $"fold-{length}", $"fold a stream of {length:N0} events, 8 readers", "prepared SELECT of its rows", $"select-{length}",
        async bench =>
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
        },
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
    { Marten = marten };

    private static string Writers(int count) => count == 1 ? "1 writer" : $"{count} writers";
}
