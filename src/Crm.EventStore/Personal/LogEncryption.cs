using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace Crm.EventStore;

/// <summary>
/// Encrypts what events hold in plain because they were stored before their members were marked as personal. It is the only rewriting of the log there is: each
/// event says afterwards what it said before, and nothing but its personal members looks different.
/// </summary>
/// <remarks>
/// It goes through the log in pieces, each in a transaction of its own, up to where the log ended when it began; what is encrypted already is left alone. So it
/// can be broken off, done again, and run beside hosts that write encrypted events. What is about a person whose key was destroyed becomes unreadable at once.
/// </remarks>
public sealed class LogEncryption(DocumentStore store)
{
    private const int Piece = 1_000;
    private readonly PersonalData personal = store.Personal ?? throw new InvalidOperationException("Personal data is not protected in this store.");
    private readonly HashSet<string> aboutPersons = [.. store.Projections.All.SelectMany(p => DocumentsOf(p.GetType())).Where(t => store.Personal!.IsPerson(t)).Select(t => EventRegistry.AliasFor(t.Name))];

    /// <summary>Goes through the whole log.</summary>
    /// <param name="progress">Told of each piece: events looked at, events rewritten.</param>
    /// <param name="ct">Ends it between two pieces; what is done stays.</param>
    /// <returns>The number of events that were rewritten.</returns>
    public async Task<long> RunAsync(Action<long, long>? progress = null, CancellationToken ct = default)
    {
        long end;
        await using (var last = store.DataSource.CreateCommand("select coalesce(max(seq_id), 0) from events.mt_events")) end = (long)(await last.ExecuteScalarAsync(ct))!;
        var (after, looked, rewritten) = (0L, 0L, 0L);
        while (await ReadAsync(after, end, ct) is { Count: > 0 } rows)
        {
            rewritten += await RewriteAsync(rows, ct);
            (after, looked) = (rows[^1].Sequence, looked + rows.Count);
            progress?.Invoke(looked, rewritten);
        }
        // Snapshots are disposable, and those from before hold what the events held.
        if (rewritten > 0) await using (var snapshots = store.DataSource.CreateCommand("delete from snapshots.snapshots")) await snapshots.ExecuteNonQueryAsync(ct);
        return rewritten;
    }

    private static IEnumerable<Type> DocumentsOf(Type projection)
    {
        for (var type = projection; type is not null; type = type.BaseType)
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(DocumentProjection<>)) yield return type.GetGenericArguments()[0];
    }

    private async Task<List<Row>> ReadAsync(long after, long end, CancellationToken ct)
    {
        string[] types = [.. store.Events.Types.Where(t => personal.PlanOf(t.Value) is not null).Select(t => t.Key)];
        await using var command = store.DataSource.CreateCommand("""
            select e.seq_id, e.stream_id, coalesce(s.type, ''), e.type, e.data, e.headers from events.mt_events e join events.mt_streams s on s.id = e.stream_id
            where e.seq_id > $1 and e.seq_id <= $2 and (e.type = any($3) or e.headers ? 'reason') order by e.seq_id limit $4
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = end });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = types });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Piece });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<Row>(Piece);
        while (await reader.ReadAsync(ct))
            rows.Add(new Row(reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4), reader.IsDBNull(5) ? null : reader.GetFieldValue<byte[]>(5)));
        return rows;
    }

    private async Task<int> RewriteAsync(List<Row> rows, CancellationToken ct)
    {
        var ring = new KeyRing(personal);
        var persons = new HashSet<Guid>();
        foreach (var row in rows) SealedText.AddPersons(row.Data, persons);
        await personal.LoadAsync(persons, ring, null, ct);
        var about = new Guid?[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (!store.Events.Types.TryGetValue(row.Type, out var type)) continue;
            var plan = personal.PlanOf(type);
            var data = plan is null ? null : JsonSerializer.Deserialize(ring.Open(row.Data), type, EventSerializer.Options);
            if (data is not null) plan!.AddPersons(data, row.Stream, persons, personal.Placeholder);
            if (row.Reason is null) continue;
            about[i] = (data is null ? null : plan!.PersonOf(data)) ?? (aboutPersons.Contains(row.Kind) ? row.Stream : null);
            if (about[i] is { } person) persons.Add(person);
        }
        await personal.CompleteAsync(persons, ring, ct);
        var changed = new List<Row>();
        for (var i = 0; i < rows.Count; i++)
            if (Sealed(rows[i], about[i], ring) is { } row) changed.Add(row);
        if (changed.Count > 0) await StoreAsync(changed, ct);
        return changed.Count;
    }

    /// <summary>The row as it should be, or null if it is so already.</summary>
    private Row? Sealed(Row row, Guid? about, KeyRing ring)
    {
        var plan = store.Events.Types.TryGetValue(row.Type, out var type) ? personal.PlanOf(type) : null;
        var data = plan?.Seal(row.Data, row.Stream, ring, stored: true) ?? row.Data;
        var headers = row.Headers;
        if (about is { } person && ring.Key(person) is { } key)
        {
            var circumstances = JsonNode.Parse(row.Headers!)!.AsObject();
            circumstances["reason"] = key.Seal(person, 'T', JsonSerializer.SerializeToUtf8Bytes(row.Reason, EventSerializer.Options));
            headers = JsonSerializer.SerializeToUtf8Bytes(circumstances, EventSerializer.Options);
        }
        return SealedText.Count(data) == SealedText.Count(row.Data) && headers == row.Headers ? null : row with { Data = data, Headers = headers };
    }

    private async Task StoreAsync(List<Row> rows, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            update events.mt_events e set data = u.data, headers = u.headers from unnest($1, $2, $3) as u(sequence, data, headers) where e.seq_id = u.sequence
            """);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. rows.Select(r => r.Sequence)] });
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. rows.Select(r => r.Data)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        command.Parameters.Add(new NpgsqlParameter<byte[]?[]> { TypedValue = [.. rows.Select(r => r.Headers)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed record Row(long Sequence, Guid Stream, string Kind, string Type, byte[] Data, byte[]? Headers)
    {
        /// <summary>The reason in plain; null if there is none, if it is encrypted, or if it is a code, which tells nothing of a person.</summary>
        public string? Reason { get; } = Headers is not null && EventContext.Read(null, null, null, Headers).Reason is { Length: > 0 } reason && !SealedText.Is(reason) && !reason.All(char.IsAsciiLetterLower)
            ? reason : null;
    }
}
