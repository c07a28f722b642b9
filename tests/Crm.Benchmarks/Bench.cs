using System.Globalization;
using System.Text.Json;
using Crm.EventStore;
using Crm.Host;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Benchmarks;

/// <summary>A fresh database for one run, and the same run's yardsticks.</summary>
internal sealed class Bench : IAsyncDisposable
{
    /// <summary>The yardsticks' table: an event store without a store.</summary>
    private const string Yardstick = """
        create table yardstick (
          seq bigint generated always as identity primary key, id uuid not null, stream_id uuid not null, version bigint not null,
          type varchar(500) not null, data jsonb not null, timestamp timestamptz not null, unique (stream_id, version));
        """;

    private static int number;
    private readonly string server;

    private Bench(string server, NpgsqlDataSource dataSource, BenchOptions options) => (this.server, DataSource, Options) = (server, dataSource, options);

    public NpgsqlDataSource DataSource { get; }

    public BenchOptions Options { get; }

    public string ConnectionString { get; private init; } = "";

    public static async Task<Bench> OpenAsync(string server, BenchOptions options)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"bench_{Environment.ProcessId}_{Interlocked.Increment(ref number)}");
        await Execute(server, $"create database {name}");
        // The application's own settings, with a connection for every worker.
        var connectionString = new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 60 }.ConnectionString;
        var dataSource = CrmHost.OpenDatabase(connectionString);
        await Migrator.ApplyAsync(dataSource, [.. Migrator.EventStore, new Migration("bench", "1", Sales.Schema + Yardstick)]);
        await Execute(server, "checkpoint");
        return new Bench(server, dataSource, options) { ConnectionString = connectionString };
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await Execute(server, $"drop database {new NpgsqlConnectionStringBuilder(ConnectionString).Database} with (force)");
    }

    /// <summary>A store on the run's database.</summary>
    public DocumentStore Store(Projection? projection = null, bool snapshots = false, NpgsqlDataSource? source = null)
    {
        var options = new StoreOptions { DataSource = source ?? DataSource };
        options.Events.Add<CustomerRegistered>().Add<FollowUpLogged>().Add<TagAdded>().Add<StageChanged>();
        if (projection is not null) options.Projections.Add(projection, ProjectionLifecycle.Async);
        if (snapshots) options.Snapshots.Add<Profile>(1, SnapshotLifecycle.Inline, every: 1);
        return new DocumentStore(options);
    }

    /// <summary>Each worker inserts one row at a time with a prepared statement on a connection of its own, every row its own transaction.</summary>
    public static Yardstick Inserts(int writers) => new($"insert-{writers}", "prepared INSERT of an equal row", bench => Measuring.ClosedLoop(writers, bench.Options, async writer =>
    {
        var connection = await bench.DataSource.OpenConnectionAsync();
        var body = JsonSerializer.Serialize(Sales.Registered(writer), EventSerializer.Options);
        var command = new NpgsqlCommand("insert into yardstick (id, stream_id, version, type, data, timestamp) values ($1, $2, 1, 'customer_registered', $3, now())", connection)
        {
            Parameters = { new NpgsqlParameter<Guid>(), new NpgsqlParameter<Guid>(), new NpgsqlParameter<string> { TypedValue = body, NpgsqlDbType = NpgsqlDbType.Jsonb } },
        };
        await command.PrepareAsync();
        return async () =>
        {
            ((NpgsqlParameter<Guid>)command.Parameters[0]).TypedValue = Guid.CreateVersion7();
            ((NpgsqlParameter<Guid>)command.Parameters[1]).TypedValue = Guid.CreateVersion7();
            await command.ExecuteNonQueryAsync();
        };
    }));

    /// <summary>Copies as many rows, in binary, as there are events.</summary>
    public async Task<Measurement> Copy(long rows)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        var bodies = Enumerable.Range(0, 10).Select(i => JsonSerializer.Serialize(Sales.Event(i, i), EventSerializer.Options)).ToArray();
        return await Measuring.Pass(rows, async () =>
        {
            await using var import = await connection.BeginBinaryImportAsync("copy yardstick (id, stream_id, version, type, data, timestamp) from stdin (format binary)");
            var stream = Guid.Empty;
            for (var row = 0L; row < rows; row++)
            {
                if (row % 10 == 0) stream = Guid.CreateVersion7();
                await import.StartRowAsync();
                await import.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid);
                await import.WriteAsync(stream, NpgsqlDbType.Uuid);
                await import.WriteAsync(row % 10 + 1, NpgsqlDbType.Bigint);
                await import.WriteAsync("customer_registered", NpgsqlDbType.Varchar);
                await import.WriteAsync(bodies[row % 10], NpgsqlDbType.Jsonb);
                await import.WriteAsync(DateTime.UnixEpoch, NpgsqlDbType.TimestampTz);
            }
            await import.CompleteAsync();
        });
    }

    /// <summary>Fills the log by COPY, as an offline import would: number of streams × events of each.</summary>
    /// <param name="streams">How many streams.</param>
    /// <param name="length">Events of each.</param>
    /// <param name="interleaved">Whether the events come in rounds over all streams in random order, or stream by stream.</param>
    public async Task<Guid[]> Fill(int streams, int length, bool interleaved)
    {
        var ids = Enumerable.Range(0, streams).Select(_ => Guid.CreateVersion7()).ToArray();
        var random = new Random(1);
        var order = interleaved
            ? Enumerable.Range(0, length).SelectMany(i => Enumerable.Range(0, streams).OrderBy(_ => random.Next()).Select(s => (Stream: s, Index: i)))
            : Enumerable.Range(0, streams).SelectMany(s => Enumerable.Range(0, length).Select(i => (Stream: s, Index: i)));
        await using var connection = await DataSource.OpenConnectionAsync();
        await using (var import = await connection.BeginBinaryImportAsync("copy events.mt_streams (id, type, version) from stdin (format binary)"))
        {
            foreach (var id in ids) await import.WriteRowAsync(default, id, "profile", (long)length);
            await import.CompleteAsync();
        }
        await using (var import = await connection.BeginBinaryImportAsync(
            "copy events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, user_name, headers) from stdin (format binary)"))
        {
            var sequence = 0L;
            var begin = new DateTime(2026, 1, 5, 8, 30, 0, DateTimeKind.Utc);
            foreach (var (stream, index) in order)
            {
                var data = Sales.Event(stream, index);
                await import.StartRowAsync();
                await import.WriteAsync(++sequence, NpgsqlDbType.Bigint);
                await import.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid);
                await import.WriteAsync(ids[stream], NpgsqlDbType.Uuid);
                await import.WriteAsync(index + 1L, NpgsqlDbType.Bigint);
                await import.WriteAsync(JsonSerializer.Serialize(data, data.GetType(), EventSerializer.Options), NpgsqlDbType.Jsonb);
                await import.WriteAsync(EventRegistry.AliasFor(data.GetType().Name), NpgsqlDbType.Varchar);
                await import.WriteAsync(begin.AddMilliseconds(sequence), NpgsqlDbType.TimestampTz);
                await import.WriteAsync(Sales.Somebody.UserName, NpgsqlDbType.Varchar);
                await import.WriteAsync("""{"source": "bench"}""", NpgsqlDbType.Jsonb);
            }
            await import.CompleteAsync();
        }
        await Execute("select setval('events.mt_events_sequence', (select max(seq_id) from events.mt_events)); analyze events.mt_streams; analyze events.mt_events");
        await Execute(server, "checkpoint");
        return ids;
    }

    public async Task<T> Scalar<T>(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A result that is not what was done makes the rate worthless.</summary>
    public static void Check<T>(T actual, T expected, string what) where T : IEquatable<T>
    {
        if (!actual.Equals(expected)) throw new InvalidOperationException($"{what}: {actual} instead of {expected}.");
    }

    public async Task Execute(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task Execute(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}
