using System.Data.Common;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Crm.EventStore;

/// <summary>The events of one stream that a session will append, and the statement that does it.</summary>
/// <remarks>
/// Whichever statement is used, the stream's row comes before the number: it takes the lock and the transaction id, and checks the
/// version, so that losers burn no number and the high-water mark is exact. The tests of racing writers and of the mark guard it.
/// </remarks>
internal sealed record PendingStream(Guid Id, string Type, long? ExpectedVersion)
{
    private const string Many = "select events.mt_quick_append_events($1, $2, null, $3, $4, $5, $6, null, $7, $8, $9, $10, $11, $12)";

    private const string First = "with s as (insert into events.mt_streams (id, type, version) values ($1, $2, 1) on conflict (id) do nothing returning version)" + One;

    private const string Next = "with s as (update events.mt_streams set version = version + 1, timestamp = now() where id = $1 and version = $2 and not is_archived returning version)" + One;

    // One event at a known version is by far the most frequent save, and a plain statement costs half of what the function does.
    // Without a stream's row the division fails, before the number is drawn and with everything else in the batch.
    private const string One = """

        insert into events.mt_events (seq_id, id, stream_id, version, type, mt_dotnet_type, data, causation_id, correlation_id, headers, user_name, timestamp)
        select case when 1 / coalesce(s.version, 0) >= 0 then nextval('events.mt_events_sequence') end, $3, $1, s.version, $4, $5, $6, $7, $8, $9, $10, $11
        from (select) one left join s on true
        returning array[version, seq_id]
        """;

    /// <summary>The events, in their order.</summary>
    public List<Event> Events { get; } = [];

    /// <summary>Whether the statement failed because the stream was not as expected.</summary>
    public static bool IsConflict(PostgresException e) => e.SqlState is "MT001" or "MT003" or PostgresErrorCodes.DivisionByZero
        || e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pk_mt_events_stream_and_version" };

    /// <summary>Makes the statement. Its row is the stream's new version and the numbers drawn.</summary>
    public NpgsqlBatchCommand ToCommand() => Events.Count == 1 && ExpectedVersion is { } version ? AppendOne(Events[0], version) : AppendMany();

    /// <summary>Adds the events as they were saved, from the statement's row.</summary>
    public void AddSaved(DbDataReader row, List<Event> saved)
    {
        var heads = row.GetFieldValue<long[]>(0);
        for (var i = 0; i < Events.Count; i++) saved.Add(Events[i] with { Sequence = heads[i + 1], Version = heads[0] - Events.Count + i + 1 });
    }

    private NpgsqlBatchCommand AppendOne(Event e, long version)
    {
        var command = new NpgsqlBatchCommand(version == 0 ? First : Next);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<Guid> { TypedValue = Id });
        p.Add(version == 0 ? Varchar(Type) : new NpgsqlParameter<long> { TypedValue = version });
        p.Add(new NpgsqlParameter<Guid> { TypedValue = e.Id });
        p.Add(Varchar(e.Type));
        p.Add(Varchar(EventRegistry.DotnetName(e.Data.GetType())));
        p.Add(new NpgsqlParameter<byte[]> { TypedValue = Json(e), NpgsqlDbType = NpgsqlDbType.Jsonb });
        p.Add(Varchar(e.Context.CausationId));
        p.Add(Varchar(e.Context.CorrelationId));
        p.Add(new NpgsqlParameter<string> { TypedValue = e.Context.HeadersJson(), NpgsqlDbType = NpgsqlDbType.Jsonb });
        p.Add(Varchar(e.Context.UserName));
        p.Add(new NpgsqlParameter<DateTime> { TypedValue = e.Timestamp.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return command;
    }

    private NpgsqlBatchCommand AppendMany()
    {
        var command = new NpgsqlBatchCommand(Many);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<Guid> { TypedValue = Id });
        p.Add(Varchar(Type));
        p.Add(new NpgsqlParameter<Guid[]> { TypedValue = Column(e => e.Id) });
        p.Add(Varchars(e => e.Type));
        p.Add(Varchars(e => EventRegistry.DotnetName(e.Data.GetType())));
        p.Add(new NpgsqlParameter<byte[][]> { TypedValue = Column(Json), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        p.Add(Varchars(e => e.Context.CausationId));
        p.Add(Varchars(e => e.Context.CorrelationId));
        p.Add(new NpgsqlParameter<string[]> { TypedValue = Column(e => e.Context.HeadersJson()), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        p.Add(Varchars(e => e.Context.UserName));
        p.Add(new NpgsqlParameter<DateTime[]> { TypedValue = Column(e => e.Timestamp.UtcDateTime), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        p.Add(new NpgsqlParameter { Value = (object?)ExpectedVersion ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        return command;
    }

    private static byte[] Json(Event e) => JsonSerializer.SerializeToUtf8Bytes(e.Data, e.Data.GetType(), EventSerializer.Options);

    private static NpgsqlParameter<string?> Varchar(string? value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar };

    private NpgsqlParameter<string?[]> Varchars(Func<Event, string?> value) =>
        new() { TypedValue = Column(value), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar };

    private TColumn[] Column<TColumn>(Func<Event, TColumn> value)
    {
        var column = new TColumn[Events.Count];
        for (var i = 0; i < column.Length; i++) column[i] = value(Events[i]);
        return column;
    }
}
