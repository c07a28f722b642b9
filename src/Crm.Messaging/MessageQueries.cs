using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Npgsql;

namespace Crm.Messaging;

/// <summary>How a queue stands.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Ordered">Whether it runs one message at a time in order.</param>
/// <param name="External">Whether its messages reach outside.</param>
/// <param name="Waiting">Messages to be handled now, those being handled included.</param>
/// <param name="Scheduled">Messages that become due later, those that wait to be tried again included.</param>
/// <param name="Running">Messages this node is working on.</param>
/// <param name="OldestSeconds">For how long the oldest message that is due has waited; null without one.</param>
/// <param name="DeadLetters">Messages that failed for good.</param>
/// <param name="HandledPerMinute">Messages handled in the last minute, on all nodes.</param>
public sealed record QueueState(string Name, bool Ordered, bool External, long Waiting, long Scheduled, int Running, double? OldestSeconds, long DeadLetters, long? HandledPerMinute);

/// <summary>A message that has not been handled yet.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Queue">The queue.</param>
/// <param name="MessageType">The stored name of its type.</param>
/// <param name="Status"><c>waiting</c> or <c>scheduled</c>.</param>
/// <param name="Attempts">Attempts made so far.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="DueAt">When it becomes due, if later.</param>
public sealed record WaitingMessage(Guid Id, string Queue, string MessageType, string Status, int Attempts, DateTimeOffset SentAt, DateTimeOffset? DueAt);

/// <summary>A message that failed for good.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Queue">The queue.</param>
/// <param name="MessageType">The stored name of its type.</param>
/// <param name="ExceptionType">The class of the exception.</param>
/// <param name="ExceptionMessage">What failed, in words without personal data; may be empty.</param>
/// <param name="Attempts">Attempts made.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="FailedAt">When it failed for good.</param>
/// <param name="Replayable">Whether this version of the program has a handler for it.</param>
/// <param name="Body">What it says, where it was asked for; personal, so that whoever shows it masks it.</param>
public sealed record DeadLetter(Guid Id, string Queue, string MessageType, string? ExceptionType, string? ExceptionMessage, int Attempts, DateTimeOffset? SentAt, DateTimeOffset FailedAt, bool Replayable, JsonNode? Body = null);

/// <summary>What an operator asks about messages.</summary>
public sealed class MessageQueries(DocumentStore store, MessagingOptions options, MessageWorkers workers)
{
    /// <summary>Every queue, and those that only messages of another version know.</summary>
    public async Task<IReadOnlyList<QueueState>> QueuesAsync(CancellationToken ct)
    {
        var now = store.Now;
        var rows = await ReadAsync($"""
            select coalesce(w.queue, d.queue, h.queue), coalesce(w.waiting, 0), coalesce(w.scheduled, 0), extract(epoch from clock_timestamp() - w.oldest)::float8, coalesce(d.dead, 0), coalesce(h.handled, 0)
            from (select received_at as queue, count(*) filter (where status = 'Incoming' or execution_time <= {now}) as waiting,
                         count(*) filter (where status = 'Scheduled' and execution_time > {now}) as scheduled,
                         min(greatest("timestamp", execution_time)) filter (where coalesce(execution_time, '-infinity'::timestamptz) <= {now}) as oldest
                  from messaging.wolverine_incoming_envelopes where status <> 'Handled' group by 1) w
            full join (select received_at as queue, count(*) as dead from messaging.wolverine_dead_letters group by 1) d on d.queue = w.queue
            full join (select received_at as queue, count(*) as handled from messaging.wolverine_incoming_envelopes
                       where status = 'Handled' and keep_until > {now + EnvelopeSql.Remembered - TimeSpan.FromMinutes(1)} group by 1) h on h.queue = coalesce(w.queue, d.queue)
            """, r => (Name: r.GetString(0), Waiting: r.GetInt64(1), Scheduled: r.GetInt64(2), Oldest: r.IsDBNull(3) ? (double?)null : Math.Max(0, r.GetDouble(3)), Dead: r.GetInt64(4), Handled: r.GetInt64(5)), ct);
        var stored = rows.ToDictionary(r => r.Name);
        return [.. options.Queues.Select(q => q.Name).Union(stored.Keys).Order(StringComparer.Ordinal).Select(name =>
        {
            var kind = options.FindQueue(name)?.Kind;
            var row = stored.GetValueOrDefault(name);
            return new QueueState(name, kind == QueueKind.Ordered, kind == QueueKind.External, row.Waiting, row.Scheduled, workers.Running(name), row.Oldest, row.Dead, row.Handled);
        })];
    }

    /// <summary>Messages that wait or are scheduled, oldest first.</summary>
    /// <param name="scheduled">Those that become due later, instead of those to be handled now.</param>
    /// <param name="queue">Of one queue only.</param>
    /// <param name="after">The last message of the page before.</param>
    /// <param name="limit">Most messages to read.</param>
    /// <param name="ct">Cancels the query.</param>
    public Task<List<WaitingMessage>> MessagesAsync(bool scheduled, string? queue, (DateTimeOffset At, Guid Id)? after, int limit, CancellationToken ct) => ReadAsync($"""
        select id, received_at, message_type, attempts, "timestamp", execution_time from messaging.wolverine_incoming_envelopes
        where status <> 'Handled' and (status = 'Scheduled' and execution_time > {store.Now}) = {scheduled} and ({queue}::text is null or received_at = {queue})
          and ("timestamp", id) > ({after?.At ?? DateTimeOffset.UnixEpoch}, {after?.Id ?? Guid.Empty})
        order by "timestamp", id limit {limit}
        """, r => new WaitingMessage(r.GetGuid(0), r.GetString(1), r.GetString(2), scheduled ? "scheduled" : "waiting", r.GetInt32(3), r.GetFieldValue<DateTimeOffset>(4), r.IsDBNull(5) ? null : r.GetFieldValue<DateTimeOffset>(5)), ct);

    /// <summary>Dead letters, newest first, without their bodies.</summary>
    public Task<List<DeadLetter>> DeadLettersAsync(string? queue, string? messageType, (DateTimeOffset At, Guid Id)? before, int limit, CancellationToken ct) => ReadAsync($"""
        select id, received_at, message_type, exception_type, exception_message, attempts, sent_at, failed_at from messaging.wolverine_dead_letters
        where ({queue}::text is null or received_at = {queue}) and ({messageType}::text is null or message_type = {messageType})
          and (failed_at, id) < ({before?.At ?? DateTimeOffset.MaxValue.AddYears(-1)}, {before?.Id ?? Guid.AllBitsSet})
        order by failed_at desc, id desc limit {limit}
        """, r => Read(r, null), ct);

    /// <summary>One dead letter with its body, or null.</summary>
    public async Task<DeadLetter?> DeadLetterAsync(Guid id, CancellationToken ct) => (await ReadAsync($"""
        select id, received_at, message_type, exception_type, exception_message, attempts, sent_at, failed_at, body from messaging.wolverine_dead_letters where id = {id} order by received_at limit 1
        """, r => Read(r, Body(r.GetFieldValue<byte[]>(8))), ct)).SingleOrDefault();

    /// <summary>How many messages are dead, and for how many seconds the oldest that is due has waited.</summary>
    public async Task<(long DeadLetters, double OldestSeconds)> BacklogAsync(CancellationToken ct) => (await ReadAsync($"""
        select (select count(*) from messaging.wolverine_dead_letters), coalesce(extract(epoch from clock_timestamp() - min(greatest("timestamp", execution_time))), 0)::float8
        from messaging.wolverine_incoming_envelopes where status <> 'Handled' and coalesce(execution_time, '-infinity'::timestamptz) <= {store.Now}
        """, r => (r.GetInt64(0), Math.Max(0, r.GetDouble(1))), ct)).Single();

    private DeadLetter Read(NpgsqlDataReader r, JsonNode? body) => new(r.GetGuid(0), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4), r.GetInt32(5),
        r.IsDBNull(6) ? null : r.GetFieldValue<DateTimeOffset>(6), r.GetFieldValue<DateTimeOffset>(7), options.FindQueue(r.GetString(1))?.Handles(r.GetString(2)) == true, body);

    private JsonNode? Body(byte[] body)
    {
        try
        {
            return JsonNode.Parse(Envelope.Open(body, store.Personal));
        }
        catch (Exception e) when (e is JsonException or System.Security.Cryptography.CryptographicException)
        {
            // Such a body is one of the reasons why a message is here.
            return JsonValue.Create(Convert.ToBase64String(body));
        }
    }

    private async Task<List<T>> ReadAsync<T>(Statement statement, Func<NpgsqlDataReader, T> row, CancellationToken ct)
    {
        await using var batch = store.DataSource.CreateBatch();
        batch.BatchCommands.Add(statement.ToCommand());
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(row(reader));
        return rows;
    }
}
