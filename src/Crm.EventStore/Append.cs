using System.Data.Common;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Crm.EventStore;

/// <summary>The statements that append, and how their answers are read.</summary>
/// <remarks>
/// Whichever statement is used, the stream's row comes before the number: it takes the lock and the transaction id, and checks the
/// version, so that losers burn no number and the high-water mark is exact. The tests of racing writers and of the mark guard it.
/// </remarks>
internal static class Append
{
    // One event at a known version is by far the most frequent save, and a plain statement costs half of what a function does.
    // Without a stream's row the division fails, before the number is drawn and with everything else in the batch.
    private const string One = """

        insert into events.mt_events (seq_id, id, stream_id, version, type, mt_dotnet_type, data, causation_id, correlation_id, headers, user_name, timestamp)
        select case when 1 / coalesce(s.version, 0) >= 0 then nextval('events.mt_events_sequence') end, $3, $1, s.version, $4, $5, $6, $7, $8, $9, $10, $11
        from (select) one left join s on true
        returning seq_id
        """;

    // The snapshot that is due with the event, in the same statement.
    private const string Kept = """
        , p as (
          insert into snapshots.snapshots as p (stream_id, type, fold_version, version, doc) select $1, $12, $13, s.version, $14 from s
          on conflict (stream_id, type) do update set fold_version = excluded.fold_version, version = excluded.version, doc = excluded.doc)
        """;

    private const string First = "with s as (insert into events.mt_streams (id, type, version) values ($1, $2, 1) on conflict (id) do nothing returning version)";

    private const string Next = "with s as (update events.mt_streams set version = version + 1, timestamp = now() where id = $1 and version = $2 and not is_archived returning version)";

    // Any number of events of any number of streams, each at a known version. The rows of the streams are locked in the order of $1, and found
    // through the primary key whatever the planner thinks of the table: hence an insert that turns into an update; only then was the row locked
    // before, which xmax shows. Unless as many rows were begun and continued as should be, the division fails.
    private const string All = """
        with s as (
          insert into events.mt_streams as s (id, type, version) select * from unnest($1, $2, $3)
          on conflict (id) do update set version = excluded.version, timestamp = now()
            where s.version = ($4)[array_position($1, s.id)] and not s.is_archived
          returning s.xmax = '0'::xid as begun),
        checked as materialized (
          select 1 / (count(*) = cardinality($1) and count(*) filter (where begun) = $5)::int as passed from s)
        insert into events.mt_events (seq_id, id, stream_id, version, type, mt_dotnet_type, data, causation_id, correlation_id, headers, user_name, timestamp)
        select case when passed > 0 then nextval('events.mt_events_sequence') end, e.*
        from checked cross join unnest($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) as e
        returning seq_id
        """;

    // At whatever version the stream is: Marten's function finds out.
    private const string Anywhere = "select unnest(events.mt_quick_append_events($1, $2, null, $3, $4, $5, $6, null, $7, $8, $9, $10, $11))";

    /// <summary>
    /// Adds the statements of streams that are sorted by identity, so that two saves of the same streams cannot wait for each other, and of
    /// the snapshots that are due with them.
    /// </summary>
    public static void AddTo(NpgsqlBatch batch, List<PendingStream> streams)
    {
        if (streams.Exists(s => s.NewKeys is not null)) batch.BatchCommands.Add(PersonalData.Insert([.. streams.SelectMany(s => s.NewKeys ?? [])]));
        if (streams is [{ Events.Count: 1, ExpectedVersion: { } version }])
        {
            batch.BatchCommands.Add(OneEvent(streams[0], version));
            return;
        }
        if (streams.TrueForAll(s => s.ExpectedVersion is not null)) { if (streams.Count > 0) batch.BatchCommands.Add(AllEvents(streams)); }
        else foreach (var stream in streams) batch.BatchCommands.Add(stream.ExpectedVersion is null ? AnyVersion(stream) : AllEvents([stream]));
        List<Snapshot> snapshots = [.. streams.Select(s => s.InlineSnapshot).OfType<Snapshot>()];
        if (snapshots.Count > 0) batch.BatchCommands.Add(Snapshot.Store(snapshots));
    }

    /// <summary>Reads what <see cref="AddTo"/>'s statements answer, leaving the reader at the last of the events' answers.</summary>
    public static async Task ReadAsync(DbDataReader results, List<PendingStream> streams, CancellationToken ct)
    {
        var together = streams.TrueForAll(s => s.ExpectedVersion is not null);
        foreach (var stream in streams)
        {
            if (!together && stream != streams[0]) await results.NextResultAsync(ct);
            var saved = new Event[stream.Events.Count];
            var before = (stream.ExpectedVersion + saved.Length ?? await Number(results, ct)) - saved.Length;
            for (var i = 0; i < saved.Length; i++) saved[i] = stream.Events[i] with { Sequence = await Number(results, ct), Version = before + i + 1 };
            stream.Saved = saved;
        }
    }

    private static async ValueTask<long> Number(DbDataReader results, CancellationToken ct)
    {
        await results.ReadAsync(ct);
        return results.GetInt64(0);
    }

    /// <summary>Whether the statement failed because a stream was not as expected.</summary>
    public static bool IsConflict(PostgresException e) => e.SqlState is "MT001" or "MT003" or PostgresErrorCodes.DivisionByZero
        || e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pk_mt_events_stream_and_version" or "personal_key" };

    private static NpgsqlBatchCommand OneEvent(PendingStream stream, long version)
    {
        var e = stream.Events[0];
        var snapshot = stream.InlineSnapshot;
        var sql = (version, snapshot) switch { (0, null) => First + One, (0, _) => First + Kept + One, (_, null) => Next + One, _ => Next + Kept + One };
        var command = new NpgsqlBatchCommand(sql)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = stream.Id },
                version == 0 ? Varchar(stream.Type) : new NpgsqlParameter<long> { TypedValue = version },
                new NpgsqlParameter<Guid> { TypedValue = e.Id },
                Varchar(e.Type),
                Varchar(EventRegistry.DotnetName(e.Data.GetType())),
                new NpgsqlParameter<byte[]> { TypedValue = Json(e), NpgsqlDbType = NpgsqlDbType.Jsonb },
                Varchar(e.Context.CausationId),
                Varchar(e.Context.CorrelationId),
                new NpgsqlParameter<string> { TypedValue = HeadersJson(e), NpgsqlDbType = NpgsqlDbType.Jsonb },
                Varchar(e.Context.UserName),
                new NpgsqlParameter<DateTime> { TypedValue = e.Timestamp.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
        if (snapshot is null) return command;
        command.Parameters.Add(Varchar(snapshot.Policy.Type));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = snapshot.Policy.Version });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = snapshot.Document, NpgsqlDbType = NpgsqlDbType.Jsonb });
        return command;
    }

    private static NpgsqlBatchCommand AllEvents(List<PendingStream> streams)
    {
        var command = new NpgsqlBatchCommand(All);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<Guid[]> { TypedValue = Column(streams, s => s.Id) });
        p.Add(Varchars(Column(streams, s => s.Type)));
        p.Add(new NpgsqlParameter<long[]> { TypedValue = Column(streams, s => s.ExpectedVersion!.Value + s.Events.Count) });
        p.Add(new NpgsqlParameter<long[]> { TypedValue = Column(streams, s => s.ExpectedVersion!.Value) });
        p.Add(new NpgsqlParameter<long> { TypedValue = streams.Count(s => s.ExpectedVersion == 0) });
        AddEvents(p, streams.Count == 1 ? streams[0].Events : [.. streams.SelectMany(s => s.Events)], placed: true);
        return command;
    }

    private static NpgsqlBatchCommand AnyVersion(PendingStream stream)
    {
        var command = new NpgsqlBatchCommand(Anywhere) { Parameters = { new NpgsqlParameter<Guid> { TypedValue = stream.Id }, Varchar(stream.Type) } };
        AddEvents(command.Parameters, stream.Events, placed: false);
        return command;
    }

    private static void AddEvents(NpgsqlParameterCollection p, List<Event> events, bool placed)
    {
        p.Add(new NpgsqlParameter<Guid[]> { TypedValue = Column(events, e => e.Id) });
        if (placed)
        {
            p.Add(new NpgsqlParameter<Guid[]> { TypedValue = Column(events, e => e.StreamId) });
            p.Add(new NpgsqlParameter<long[]> { TypedValue = Column(events, e => e.Version) });
        }
        p.Add(Varchars(Column(events, e => e.Type)));
        p.Add(Varchars(Column(events, e => EventRegistry.DotnetName(e.Data.GetType()))));
        p.Add(new NpgsqlParameter<byte[][]> { TypedValue = Column(events, Json), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        p.Add(Varchars(Column(events, e => e.Context.CausationId)));
        p.Add(Varchars(Column(events, e => e.Context.CorrelationId)));
        p.Add(new NpgsqlParameter<string[]> { TypedValue = Headers(events), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        p.Add(Varchars(Column(events, e => e.Context.UserName)));
        p.Add(new NpgsqlParameter<DateTime[]> { TypedValue = Column(events, e => e.Timestamp.UtcDateTime), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
    }

    private static byte[] Json(Event e) => e.Ring is { } ring
        ? ring.Personal.Json(e.Data, e.Data.GetType(), e.StreamId, ring, EventSerializer.Options)
        : JsonSerializer.SerializeToUtf8Bytes(e.Data, e.Data.GetType(), EventSerializer.Options);

    /// <summary>Events of one session mostly share their circumstances: these are written once.</summary>
    private static string[] Headers(List<Event> events)
    {
        var headers = new string[events.Count];
        for (var i = 0; i < headers.Length; i++)
            headers[i] = i > 0 && ReferenceEquals(events[i].Context, events[i - 1].Context) && events[i].StoredReason == events[i - 1].StoredReason ? headers[i - 1] : HeadersJson(events[i]);
        return headers;
    }

    private static string HeadersJson(Event e) => (e.StoredReason is { } reason ? e.Context with { Reason = reason } : e.Context).HeadersJson();

    private static NpgsqlParameter<string?> Varchar(string? value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar };

    private static NpgsqlParameter<string?[]> Varchars(string?[] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar };

    private static TColumn[] Column<TRow, TColumn>(List<TRow> rows, Func<TRow, TColumn> value)
    {
        var column = new TColumn[rows.Count];
        for (var i = 0; i < column.Length; i++) column[i] = value(rows[i]);
        return column;
    }
}
