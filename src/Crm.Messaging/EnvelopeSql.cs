using Crm.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Messaging;

/// <summary>A stored message that a worker has claimed.</summary>
internal sealed record Claimed(Guid Id, byte[] Body, string MessageType, int Attempts, DateTimeOffset SentAt, DateTimeOffset? DueAt);

/// <summary>The statements on the envelope tables.</summary>
internal static class EnvelopeSql
{
    /// <summary>How long a handled message is remembered, so that it is recognised when it comes again.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromHours(24);

    /// <summary>Stores messages; those that are there already stay as they are. Several are due in the order given.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyList<Envelope> envelopes)
    {
        // The server's clock gives the order of arrival, as nodes have clocks of their own.
        var command = new NpgsqlBatchCommand("""
            insert into messaging.wolverine_incoming_envelopes (id, status, execution_time, body, message_type, received_at, "timestamp")
            select e.id, case when e.at is null then 'Incoming' else 'Scheduled' end, e.at, e.body, e.type, e.queue, clock_timestamp() + e.n * interval '1 microsecond'
            from unnest($1, $2, $3, $4, $5) with ordinality as e(id, at, body, type, queue, n)
            on conflict (id, received_at) do nothing
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. envelopes.Select(e => e.Id)] });
        command.Parameters.Add(new NpgsqlParameter<DateTime?[]> { TypedValue = [.. envelopes.Select(e => e.At?.UtcDateTime)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. envelopes.Select(e => e.Body)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. envelopes.Select(e => e.MessageType)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. envelopes.Select(e => e.Queue)] });
        return command;
    }

    /// <summary>Locks the messages that are due, each for one worker, until the transaction ends.</summary>
    public static Statement Claim(string queue, DateTimeOffset now, int limit) => $"""
        select id, body, message_type, attempts, "timestamp", execution_time from messaging.wolverine_incoming_envelopes
        where received_at = {queue} and status <> 'Handled' and coalesce(execution_time, '-infinity'::timestamptz) <= {now}
        order by coalesce(execution_time, '-infinity'::timestamptz), "timestamp", id limit {limit} for update skip locked
        """;

    /// <summary>
    /// Locks the oldest messages, due or waiting to be tried again. It waits for a lock instead of stepping over it, so that a worker that
    /// was frozen in a transaction cannot be overtaken.
    /// </summary>
    public static Statement ClaimOrdered(string queue, DateTimeOffset now, int limit) => $"""
        select id, body, message_type, attempts, "timestamp", execution_time from messaging.wolverine_incoming_envelopes
        where received_at = {queue} and status <> 'Handled' and (status = 'Incoming' or execution_time <= {now})
        order by "timestamp", id limit {limit} for update
        """;

    /// <summary>Locks one message, if it is still due.</summary>
    public static Statement ClaimOne(string queue, Guid id, DateTimeOffset now) => $"""
        select id, body, message_type, attempts, "timestamp", execution_time from messaging.wolverine_incoming_envelopes where id = {id} and received_at = {queue} and status <> 'Handled'
          and coalesce(execution_time, '-infinity'::timestamptz) <= {now} for update
        """;

    /// <summary>Takes one message that is due until <paramref name="until"/>, and counts the attempt.</summary>
    public static Statement Lease(string queue, DateTimeOffset now, DateTimeOffset until) => $"""
        update messaging.wolverine_incoming_envelopes e set attempts = e.attempts + 1, execution_time = {until}
        from (select id, received_at from messaging.wolverine_incoming_envelopes
              where received_at = {queue} and status <> 'Handled' and coalesce(execution_time, '-infinity'::timestamptz) <= {now}
              order by coalesce(execution_time, '-infinity'::timestamptz), "timestamp", id limit 1 for update skip locked) due
        where e.id = due.id and e.received_at = due.received_at
        returning e.id, e.body, e.message_type, e.attempts - 1, e."timestamp", e.execution_time
        """;

    /// <summary>Marks messages handled. Only their identity is kept.</summary>
    public static NpgsqlBatchCommand Handled(string queue, Guid[] ids, DateTimeOffset now) => ((Statement)$"""
        update messaging.wolverine_incoming_envelopes set status = 'Handled', body = '', execution_time = null, keep_until = {now + Remembered}
        where received_at = {queue} and id = any({ids}) and status <> 'Handled'
        """).ToCommand();

    /// <summary>Puts a message back until <paramref name="at"/>. In an ordered queue it keeps its place.</summary>
    public static Statement Again(string queue, Guid id, int attempts, DateTimeOffset at, bool ordered) => $"""
        update messaging.wolverine_incoming_envelopes set attempts = {attempts}, execution_time = {at}, status = case when {ordered} then status else 'Scheduled' end
        where id = {id} and received_at = {queue} and status <> 'Handled'
        """;

    /// <summary>Moves a message to the dead letters. What is left keeps a repetition from being handled after all.</summary>
    public static Statement DeadLetter(string queue, Guid id, int attempts, Exception e, DateTimeOffset now) => $"""
        with dead as (
          insert into messaging.wolverine_dead_letters (id, execution_time, body, message_type, received_at, source, exception_type, exception_message, sent_at, attempts, failed_at)
          select id, execution_time, body, message_type, received_at, 'crm', {e.GetType().Name}, {FailureText.Of(e)}, "timestamp", {attempts}, {now}
          from messaging.wolverine_incoming_envelopes where id = {id} and received_at = {queue} and status <> 'Handled'
          on conflict (id, received_at) do nothing)
        update messaging.wolverine_incoming_envelopes set status = 'Handled', body = '', execution_time = null, attempts = {attempts}, keep_until = null
        where id = {id} and received_at = {queue} and status <> 'Handled'
        """;

    /// <summary>Runs a statement that returns messages.</summary>
    public static async Task<List<Claimed>> ReadAsync(Statement statement, NpgsqlBatch batch, CancellationToken ct)
    {
        batch.BatchCommands.Add(statement.ToCommand());
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var claimed = new List<Claimed>();
        while (await reader.ReadAsync(ct))
            claimed.Add(new Claimed(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1), reader.GetString(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4), reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5)));
        return claimed;
    }
}
