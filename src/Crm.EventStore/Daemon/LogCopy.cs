using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Npgsql;

namespace Crm.EventStore;

/// <summary>
/// Reads a part of the log by binary COPY: one statement for any number of events, no row objects, and the JSON of an event is read where
/// it lies in the buffer. The connection's own flow control keeps what is under way small.
/// </summary>
internal sealed class LogCopy : IAsyncDisposable
{
    private const int MostKeys = 20_000;
    private const long PostgresEpochTicks = 630_822_816_000_000_000; // 2000-01-01
    private const string Columns = "e.seq_id, e.id, e.stream_id, e.version, e.timestamp, e.type, e.user_name, e.correlation_id, e.causation_id, e.headers, e.data";
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlRawCopyStream source;
    private readonly DocumentStore store;
    private readonly Shared type = new();
    private readonly Shared user = new();
    private readonly Shared correlation = new();
    private readonly Shared causation = new();
    private byte[] headers = [];
    private EventContext? context;
    private byte[] bytes = new byte[256 * 1024];
    private int from;
    private int to;
    private bool begun;
    private KeyRing? ring;
    private Guid opened;

    private LogCopy(NpgsqlConnection connection, NpgsqlRawCopyStream source, DocumentStore store) => (this.connection, this.source, this.store) = (connection, source, store);

    /// <summary>In the order of streams and versions, so that each stream is folded once and no state need be loaded.</summary>
    public static Task<LogCopy> ByStreamAsync(DocumentStore store, Guid? after, long upTo, string[] types, long[] skipped, CancellationToken ct) =>
        OpenAsync(store, (after is { } id ? $"e.stream_id > '{id}' and " : "") + Filter(upTo, types, skipped) + " order by e.stream_id, e.version", ct);

    /// <summary>In the log's order.</summary>
    public static Task<LogCopy> BySequenceAsync(DocumentStore store, long after, long upTo, string[] types, long[] skipped, CancellationToken ct) =>
        OpenAsync(store, string.Create(CultureInfo.InvariantCulture, $"e.seq_id > {after} and ") + Filter(upTo, types, skipped) + " order by e.seq_id", ct);

    /// <summary>The next event, or null after the last.</summary>
    /// <exception cref="EventFailedException">The event cannot be read.</exception>
    public ValueTask<Event?> NextAsync(CancellationToken ct) => TryRow(out var row, out var ended) ? Open(row, ct) : ended ? new((Event?)null) : Fill(ct);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await source.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or OperationCanceledException)
        {
            // Broken off, by us or by the server.
        }
        await connection.DisposeAsync();
    }

    private static async Task<LogCopy> OpenAsync(DocumentStore store, string where, CancellationToken ct)
    {
        // A connection of its own: a copy that is broken off in the middle is quickest ended by closing it.
        await using var template = store.DataSource.CreateConnection();
        var connection = template.CloneWith(new NpgsqlConnectionStringBuilder(store.DataSource.ConnectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            await using (var command = new NpgsqlCommand("set work_mem = '64MB'; set jit = off; set max_parallel_workers_per_gather = 0", connection)) await command.ExecuteNonQueryAsync(ct);
            var source = await connection.BeginRawBinaryCopyAsync($"copy (select {Columns} from events.mt_events e where {where}) to stdout (format binary)", ct);
            return new LogCopy(connection, source, store);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static string Filter(long upTo, string[] types, long[] skipped) => string.Create(CultureInfo.InvariantCulture,
        $"e.seq_id <= {upTo} and e.type = any('{{{string.Join(',', types.Select(t => '"' + t.Replace("'", "''", StringComparison.Ordinal) + '"'))}}}')")
        + (skipped.Length == 0 ? "" : $" and e.seq_id <> all('{{{string.Join(',', skipped)}}}')");

    private async ValueTask<Event?> Fill(CancellationToken ct)
    {
        while (true)
        {
            if (from > 0)
            {
                bytes.AsSpan(from, to - from).CopyTo(bytes);
                (from, to) = (0, to - from);
            }
            if (to == bytes.Length) Array.Resize(ref bytes, bytes.Length * 2);
            // Messages come one a row: several are gathered before they are looked at.
            var read = 0;
            do to += read = await source.ReadAsync(bytes.AsMemory(to), ct);
            while (read > 0 && to < bytes.Length / 2);
            if (TryRow(out var row, out var ended)) return await Open(row, ct);
            if (ended) return null;
            if (read == 0) throw new EndOfStreamException("The copy ended early.");
        }
    }

    private bool TryRow(out Range row, out bool ended)
    {
        row = default;
        ended = false;
        if (!begun)
        {
            if (to - from < 19) return false;
            from += 19;
            begun = true;
        }
        var at = from;
        if (to - at < 2) return false;
        var columns = BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(at));
        if (columns < 0)
        {
            ended = true;
            return false;
        }
        at += 2;
        var first = at;
        for (var i = 0; i < columns; i++)
        {
            if (to - at < 4) return false;
            at += 4 + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at)));
            if (at > to) return false;
        }
        row = first..at;
        from = at;
        return true;
    }

    /// <summary>Parses a row as soon as its keys are there; those of the rows behind it in the buffer are asked for with them.</summary>
    private ValueTask<Event?> Open(Range row, CancellationToken ct)
    {
        if (store.Personal is not { } personal || !SealedText.In(bytes.AsSpan(row))) return new(Parse(row));
        var stream = new Guid(bytes.AsSpan(row.Start.Value + 36, 16), bigEndian: true);
        // Not in the middle of a stream, whose keys are used together.
        if (ring is null || (ring.Count > MostKeys && stream != opened)) ring = new KeyRing(personal);
        opened = stream;
        if (ring.Opens(bytes.AsSpan(row))) return new(Parse(row));
        var persons = new HashSet<Guid>();
        SealedText.AddPersons(bytes.AsSpan(row.Start.Value, to - row.Start.Value), persons);
        return Load(personal, row, persons, ct);
    }

    private async ValueTask<Event?> Load(PersonalData personal, Range row, HashSet<Guid> persons, CancellationToken ct)
    {
        await personal.LoadAsync(persons, ring!, null, ct);
        return Parse(row);
    }

    private Event Parse(Range row)
    {
        var rest = (ReadOnlySpan<byte>)bytes.AsSpan(row);
        var sequence = BinaryPrimitives.ReadInt64BigEndian(Next(ref rest, out _));
        var id = new Guid(Next(ref rest, out _), bigEndian: true);
        var stream = new Guid(Next(ref rest, out _), bigEndian: true);
        var version = BinaryPrimitives.ReadInt64BigEndian(Next(ref rest, out _));
        var timestamp = new DateTimeOffset(PostgresEpochTicks + BinaryPrimitives.ReadInt64BigEndian(Next(ref rest, out _)) * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        var alias = type.Read(Next(ref rest, out _), isNull: false)!;
        try
        {
            var circumstances = Circumstances(ref rest);
            var json = Next(ref rest, out _)[1..];
            // Of an event that speaks of nobody there is nothing to encrypt again, whoever stands beside it in the buffer.
            var reason = ring is not null && SealedText.Is(circumstances.Reason) ? circumstances.Reason : null;
            var keys = ring is not null && (reason is not null || SealedText.In(json)) ? ring : null;
            return new Event
            {
                Sequence = sequence,
                Id = id,
                StreamId = stream,
                Version = version,
                Timestamp = timestamp,
                Type = alias,
                Context = reason is null ? circumstances : ring!.Open(circumstances),
                StoredReason = reason,
                EffectiveAt = EventReader.EffectiveAt(circumstances, timestamp, store.TimeZone),
                Data = store.Query.Deserialize(alias, keys is not null ? keys.Open(json) : json),
                Ring = keys,
            };
        }
        catch (Exception e)
        {
            throw new EventFailedException(sequence, alias, e);
        }
    }

    /// <summary>Events that are read together mostly share their circumstances: these are made once.</summary>
    private EventContext Circumstances(ref ReadOnlySpan<byte> rest)
    {
        var (by, correlated, caused) = (Text(ref rest, user), Text(ref rest, correlation), Text(ref rest, causation));
        var stored = Next(ref rest, out var none);
        if (context is null || !stored.SequenceEqual(headers))
        {
            headers = stored.ToArray();
            context = EventContext.Read(by, correlated, caused, none ? null : headers[1..]);
        }
        else if (context.UserName != (by ?? "") || context.CorrelationId != correlated || context.CausationId != caused)
            context = context with { UserName = by ?? "", CorrelationId = correlated, CausationId = caused };
        return context;
    }

    private static string? Text(ref ReadOnlySpan<byte> rest, Shared shared)
    {
        var value = Next(ref rest, out var isNull);
        return shared.Read(value, isNull);
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest, out bool isNull)
    {
        var size = BinaryPrimitives.ReadInt32BigEndian(rest);
        isNull = size < 0;
        var value = rest.Slice(4, Math.Max(0, size));
        rest = rest[(4 + value.Length)..];
        return value;
    }

    /// <summary>A text that mostly is one of the last few: made once.</summary>
    private sealed class Shared
    {
        private readonly List<(byte[] Utf8, string Text)> recent = [];

        public string? Read(ReadOnlySpan<byte> utf8, bool isNull)
        {
            if (isNull) return null;
            foreach (var (known, text) in recent)
                if (utf8.SequenceEqual(known)) return text;
            if (recent.Count == 32) recent.RemoveAt(0);
            recent.Add((utf8.ToArray(), Encoding.UTF8.GetString(utf8)));
            return recent[^1].Text;
        }
    }
}

/// <summary>One event cannot be read or folded.</summary>
internal sealed class EventFailedException(long sequence, string type, Exception inner) : Exception($"event {sequence} ({type}): {FailureReason.Of(inner)}", inner)
{
    /// <summary>The event.</summary>
    public long Sequence { get; } = sequence;
}
