using System.Data.Common;
using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Crm.EventStore;

/// <summary>The head of a stream.</summary>
/// <param name="Id">The stream.</param>
/// <param name="Version">Its number of events.</param>
/// <param name="IsArchived">Whether it takes no more events.</param>
public sealed record StreamState(Guid Id, long Version, bool IsArchived);

/// <summary>
/// A stream as it was fetched; <paramref name="Events"/> are those after the snapshot, whose version is 0 where there is none, or null where
/// they were not read.
/// </summary>
internal sealed record Fetched<T>(T? State, long Version, long SnapshotVersion, IReadOnlyList<Event>? Events, bool Archived, KeyRing? Ring);

/// <summary>Reads streams and folds them, now or at a past version or instant.</summary>
public sealed class EventReader
{
    private const string Facts = "e.seq_id, e.id, e.stream_id, e.version, e.data, e.type, e.timestamp, e.user_name, e.correlation_id, e.causation_id, e.headers";

    internal const string Columns = Facts + ", e.is_archived";

    // The events after the snapshot of this fold, if there is one: its document comes with the first row, alone if nothing came after it.
    private const string SinceSnapshot = $"""
        select {Facts}, s.is_archived, p.version, case when coalesce(e.version, p.version + 1) = p.version + 1 then p.doc end
        from events.mt_streams s
        left join snapshots.snapshots p on p.stream_id = $1 and p.type = $2 and p.fold_version = $3
        left join events.mt_events e on e.stream_id = $1 and e.version > coalesce(p.version, 0)
        where s.id = $1 order by e.version
        """;

    private const string Stream = $"select {Columns} from events.mt_events e where e.stream_id = $1 and e.version > $2 and e.version <= $3 order by e.version";

    private readonly StoreOptions options;

    internal EventReader(StoreOptions options) => this.options = options;

    /// <summary>The events of a stream above <paramref name="fromVersion"/>, oldest first.</summary>
    public Task<IReadOnlyList<Event>> FetchStreamAsync(Guid id, long fromVersion = 0, CancellationToken ct = default) => ReadStream(id, fromVersion, long.MaxValue, ct);

    /// <summary>The events of several streams in one round trip, each stream's oldest first.</summary>
    public async Task<IReadOnlyList<Event>> FetchStreamsAsync(Guid[] ids, CancellationToken ct = default)
    {
        await using var command = options.DataSource.CreateCommand($"select {Columns} from events.mt_events e where e.stream_id = any($1) order by e.stream_id, e.version");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = ids });
        return await ReadAll(command, ct);
    }

    /// <summary>The state of a stream: now, at a version, or at an instant on the given axis. Null if it did not exist.</summary>
    public async Task<T?> AggregateStreamAsync<T>(Guid id, long? version = null, DateTimeOffset? at = null, Basis basis = Basis.Effective, CancellationToken ct = default)
        where T : Document, IAggregate<T>
    {
        // A snapshot is the newest state's: a past one is folded from the beginning.
        if (version is null && at is null) return (await FetchForWritingAsync<T>(id, ct)).State;
        return Fold.All<T>(At(await ReadStream(id, 0, version ?? long.MaxValue, ct), version, at, basis));
    }

    /// <summary>The events that count at a version or an instant.</summary>
    /// <remarks>
    /// A stream's instants never run backwards: an event dated before its predecessor counts from the predecessor's instant, so
    /// that every past state is a prefix of the stream.
    /// </remarks>
    public static IEnumerable<Event> At(IEnumerable<Event> stream, long? version = null, DateTimeOffset? at = null, Basis basis = Basis.Effective) => stream
        .TakeWhile(e => version is null || e.Version <= version)
        .TakeWhile(e => at is null || (basis == Basis.Effective ? e.EffectiveAt : e.Timestamp) <= at);

    /// <summary>The head of a stream, or null if it does not exist.</summary>
    public async Task<StreamState?> FetchStreamStateAsync(Guid id, CancellationToken ct = default)
    {
        await using var command = options.DataSource.CreateCommand("select version, is_archived from events.mt_streams where id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new StreamState(id, reader.GetInt64(0), reader.GetBoolean(1)) : null;
    }

    /// <summary>What kinds of record streams are: the stored names of their aggregates, which never change. A stream that does not exist is left out.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> StreamTypesAsync(Guid[] ids, CancellationToken ct = default)
    {
        await using var command = options.DataSource.CreateCommand("select id, coalesce(type, '') from events.mt_streams where id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = ids });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var types = new Dictionary<Guid, string>(ids.Length);
        while (await reader.ReadAsync(ct)) types.Add(reader.GetGuid(0), reader.GetString(1));
        return types;
    }

    /// <summary>Events of the log above <paramref name="after"/> up to <paramref name="upTo"/>, in the log's order.</summary>
    /// <param name="after">Last sequence already read.</param>
    /// <param name="upTo">Highest sequence to read; never above the high-water mark.</param>
    /// <param name="types">Stored names to read, or null for all.</param>
    /// <param name="limit">Most events to read.</param>
    /// <param name="ct">Cancels the read.</param>
    public Task<IReadOnlyList<Event>> FetchLogAsync(long after, long upTo, string[]? types, int limit, CancellationToken ct = default) =>
        FetchLogAsync(after, upTo, types, limit, [], ct);

    /// <summary>The same without the events in <paramref name="skipped"/>, which are not even read: they may be unreadable.</summary>
    internal async Task<IReadOnlyList<Event>> FetchLogAsync(long after, long upTo, string[]? types, int limit, long[] skipped, CancellationToken ct)
    {
        var filter = (types is null ? "" : "and e.type = any($4)") + (skipped.Length == 0 ? "" : types is null ? "and e.seq_id <> all($4)" : " and e.seq_id <> all($5)");
        await using var command = options.DataSource.CreateCommand(
            $"select {Columns} from events.mt_events e where e.seq_id > $1 and e.seq_id <= $2 {filter} order by e.seq_id limit $3");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        if (types is not null) command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = types });
        if (skipped.Length > 0) command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = skipped });
        return await ReadAll(command, ct);
    }

    /// <summary>The newest state of a stream: folded from its snapshot and what came after it, or from its first event.</summary>
    internal async Task<Fetched<T>> FetchForWritingAsync<T>(Guid id, CancellationToken ct) where T : Document, IAggregate<T>
    {
        // Archiving flags every event together with the stream: without a snapshot the stream's row need not be read.
        await using var batch = options.DataSource.CreateBatch();
        batch.BatchCommands.Add(options.Snapshots.Of(typeof(T)) is { } policy ? SnapshotCommand(id, policy) : StreamCommand(id, 0, long.MaxValue));
        // The key of whom the stream is about comes along: it takes no round trip of its own.
        var ring = options.Personal is { } personal && personal.IsPerson(typeof(T)) && !personal.Knows(id) ? new KeyRing(personal) : null;
        if (ring is not null) batch.BatchCommands.Add(PersonalData.Select([id]));
        var events = new List<Event>();
        var circumstances = new Circumstances();
        byte[]? snapshot = null;
        var (archived, snapshotVersion) = (false, 0L);
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                archived = reader.GetBoolean(11);
                if (reader.FieldCount > 12 && !reader.IsDBNull(13)) (snapshot, snapshotVersion) = (reader.GetFieldValue<byte[]>(13), reader.GetInt64(12));
                // A snapshot without later events is a row without an event.
                if (!reader.IsDBNull(0)) events.Add(Read(reader, circumstances));
            }
            if (ring is not null && await reader.NextResultAsync(ct)) await options.Personal!.AddAsync(reader, ring, remember: true, ct);
        }
        ring = await OpenAsync(events, snapshot, ct, ring);
        var state = snapshot is null ? null : JsonSerializer.Deserialize<T>(ring is not null ? ring.Open(snapshot) : snapshot, EventSerializer.Documents);
        return new Fetched<T>(Fold.All(events, state), events.Count > 0 ? events[^1].Version : snapshotVersion, snapshotVersion, events, archived, ring);
    }

    private static NpgsqlBatchCommand SnapshotCommand(Guid id, SnapshotPolicy policy) => new(SinceSnapshot)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid> { TypedValue = id },
            new NpgsqlParameter<string> { TypedValue = policy.Type, NpgsqlDbType = NpgsqlDbType.Varchar },
            new NpgsqlParameter<int> { TypedValue = policy.Version },
        },
    };

    private static NpgsqlBatchCommand StreamCommand(Guid id, long above, long upTo) => new(Stream)
    {
        Parameters = { new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<long> { TypedValue = above }, new NpgsqlParameter<long> { TypedValue = upTo } },
    };

    private async Task<IReadOnlyList<Event>> ReadStream(Guid id, long above, long upTo, CancellationToken ct)
    {
        await using var batch = options.DataSource.CreateBatch();
        batch.BatchCommands.Add(StreamCommand(id, above, upTo));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await ReadAll(reader, ct);
    }

    private async Task<IReadOnlyList<Event>> ReadAll(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ReadAll(reader, ct);
    }

    private async Task<IReadOnlyList<Event>> ReadAll(DbDataReader reader, CancellationToken ct)
    {
        var events = new List<Event>();
        var circumstances = new Circumstances();
        while (await reader.ReadAsync(ct)) events.Add(Read(reader, circumstances));
        // The connection is given back before the keys are asked for.
        await reader.CloseAsync();
        await OpenAsync(events, null, ct);
        return events;
    }

    /// <summary>Opens what was left encrypted while the rows were read, with at most one look-up of keys; null if there was nothing.</summary>
    private async ValueTask<KeyRing?> OpenAsync(List<Event> events, byte[]? snapshot, CancellationToken ct, KeyRing? ring = null)
    {
        if (options.Personal is not { } personal) return null;
        HashSet<Guid>? persons = null;
        foreach (var e in events)
        {
            if (e.Data is Unopened { Json: var json }) SealedText.AddPersons(json, persons ??= []);
            if (e.StoredReason is { } reason) SealedText.AddPersons(Encoding.UTF8.GetBytes('"' + reason + '"'), persons ??= []);
        }
        if (snapshot is not null && SealedText.In(snapshot)) SealedText.AddPersons(snapshot, persons ??= []);
        if (persons is null) return ring;
        ring ??= new KeyRing(personal);
        await personal.LoadAsync(persons, ring, null, ct);
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Data is Unopened { Json: var json }) events[i] = events[i] with { Data = Deserialize(events[i].Type, ring.Open(json)), Ring = ring };
            if (events[i].StoredReason is not null) events[i] = events[i] with { Context = ring.Open(events[i].Context), Ring = ring };
        }
        return ring;
    }

    /// <summary>The JSON of an event for as long as its keys are not there.</summary>
    private sealed record Unopened(byte[] Json);

    private Event Read(DbDataReader reader, Circumstances circumstances)
    {
        var alias = reader.GetString(5);
        var context = circumstances.Read(reader);
        var timestamp = new DateTimeOffset(reader.GetDateTime(6));
        return new Event
        {
            Sequence = reader.GetInt64(0),
            Id = reader.GetGuid(1),
            StreamId = reader.GetGuid(2),
            Version = reader.GetInt64(3),
            Data = reader.GetFieldValue<byte[]>(4) is var json && options.Personal is not null && SealedText.In(json) ? new Unopened(json) : Deserialize(alias, json),
            Type = alias,
            Timestamp = timestamp,
            Context = context,
            StoredReason = options.Personal is not null && SealedText.Is(context.Reason) ? context.Reason : null,
            EffectiveAt = EffectiveAt(context, timestamp, options.TimeZone),
        };
    }

    /// <summary>The fact behind a stored name and its JSON.</summary>
    internal object Deserialize(string alias, ReadOnlySpan<byte> json) => options.Events.Read(alias, json);

    internal static DateTimeOffset EffectiveAt(EventContext context, DateTimeOffset timestamp, TimeZoneInfo zone) =>
        context.BusinessDate is { } day ? DocumentStore.StartOf(day, zone) : timestamp;

    /// <summary>Events that are read together mostly share their headers: these are parsed once.</summary>
    private sealed class Circumstances
    {
        private byte[]? headers;
        private EventContext? last;

        public EventContext Read(DbDataReader reader)
        {
            var (user, correlation, causation) = (Text(reader, 7), Text(reader, 8), Text(reader, 9));
            var stored = reader.IsDBNull(10) ? null : reader.GetFieldValue<byte[]>(10);
            if (last is null || !stored.AsSpan().SequenceEqual(headers)) last = EventContext.Read(user, correlation, causation, headers = stored);
            else if (last.UserName != (user ?? "") || last.CorrelationId != correlation || last.CausationId != causation)
                last = last with { UserName = user ?? "", CorrelationId = correlation, CausationId = causation };
            return last;
        }

        private static string? Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}
