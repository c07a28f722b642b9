using Crm.EventStore;
using Npgsql;

namespace Crm.Messaging;

/// <summary>An administrator put dead letters back into their queues.</summary>
/// <param name="MessageIds">The messages.</param>
public sealed record DeadLettersReplayed(Guid[] MessageIds);

/// <summary>An administrator gave dead letters up; the reason is in the event's circumstances.</summary>
/// <param name="MessageIds">The messages.</param>
public sealed record DeadLettersDiscarded(Guid[] MessageIds);

/// <summary>An administrator cancelled a scheduled message.</summary>
/// <param name="MessageId">The message.</param>
public sealed record ScheduledMessageCancelled(Guid MessageId);

/// <summary>An administrator sent a recurring message ahead of its time.</summary>
/// <param name="Name">The recurring message.</param>
public sealed record RecurringMessageRun(string Name);

/// <summary>What administrators did to messages: one stream for all of it.</summary>
public sealed record MessageIntervention : Document, IAggregate<MessageIntervention>
{
    /// <summary>The stream.</summary>
    public static Guid Stream { get; } = Guid.Parse("6d657373-6167-4e67-8000-000000000001");

    /// <inheritdoc />
    public static MessageIntervention? Evolve(MessageIntervention? state, Event e) => state ?? new MessageIntervention();
}

/// <summary>Which dead letters are meant: these, or all of a queue or type.</summary>
/// <param name="Ids">Their identities.</param>
/// <param name="Queue">All of a queue.</param>
/// <param name="MessageType">All of a type.</param>
public sealed record DeadLetterSelection(Guid[]? Ids = null, string? Queue = null, string? MessageType = null);

/// <summary>What an administrator does to messages. Every action is an event in the log, with who and why.</summary>
public sealed class MessageActions(DocumentStore store, MessageBus bus)
{
    private const int Page = 1_000;

    /// <summary>Puts dead letters back into their queues, with all their attempts before them.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> ReplayAsync(DeadLetterSelection selection, EventContext context, CancellationToken ct) => ForEachPageAsync(selection, context, ids => new DeadLettersReplayed(ids), (ids, queues, session) =>
    {
        session.Sql.Add($"""
            with moved as (
              delete from messaging.wolverine_dead_letters d using unnest({ids}, {queues}) as s(id, queue) where d.id = s.id and d.received_at = s.queue
              returning d.id, d.body, d.message_type, d.received_at)
            insert into messaging.wolverine_incoming_envelopes (id, status, body, message_type, received_at)
            select id, 'Incoming', body, message_type, received_at from moved
            on conflict (id, received_at) do update set status = 'Incoming', execution_time = null, attempts = 0, body = excluded.body, keep_until = null, "timestamp" = excluded."timestamp"
            """);
        foreach (var queue in queues.Distinct()) session.AfterCommit(() => bus.Wake(queue));
    }, ct);

    /// <summary>Gives dead letters up. They are remembered for a while, so that a repetition is not handled after all.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> DiscardAsync(DeadLetterSelection selection, EventContext context, CancellationToken ct) => ForEachPageAsync(selection, context, ids => new DeadLettersDiscarded(ids), (ids, queues, session) =>
        session.Sql.Add($"""
            with gone as (
              delete from messaging.wolverine_dead_letters d using unnest({ids}, {queues}) as s(id, queue) where d.id = s.id and d.received_at = s.queue returning d.id, d.received_at)
            update messaging.wolverine_incoming_envelopes e set keep_until = {session.Now + EnvelopeSql.Remembered} from gone g where e.id = g.id and e.received_at = g.received_at
            """), ct);

    /// <summary>Cancels a scheduled message.</summary>
    /// <returns>False if none waits.</returns>
    public async Task<bool> CancelAsync(Guid id, EventContext context, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var delete = new NpgsqlCommand("delete from messaging.wolverine_incoming_envelopes where id = $1 and status = 'Scheduled'", connection, transaction);
        delete.Parameters.Add(Statement.Parameter(id));
        if (await delete.ExecuteNonQueryAsync(ct) == 0) return false;
        await SaveAsync(transaction, context, new ScheduledMessageCancelled(id), _ => { }, ct);
        return true;
    }

    /// <summary>Sends a recurring message now; its times stay as they are.</summary>
    /// <returns>False if there is none of the name.</returns>
    public async Task<bool> RunAsync(string recurring, EventContext context, CancellationToken ct)
    {
        if (bus.Options.RecurringMessages.SingleOrDefault(r => r.Name == recurring) is not { } entry) return false;
        await using var session = store.OpenSession(context);
        bus.Send(session, entry.Message);
        session.Append<MessageIntervention>(MessageIntervention.Stream, null, [new RecurringMessageRun(recurring)]);
        await session.SaveChangesAsync(ct);
        return true;
    }

    private async Task<int> ForEachPageAsync(DeadLetterSelection selection, EventContext context, Func<Guid[], object> made, Action<Guid[], string[], DocumentSession> act, CancellationToken ct)
    {
        var began = store.Now;
        var count = 0;
        while (true)
        {
            await using var connection = await store.DataSource.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var (ids, queues) = await LockAsync(transaction, selection, began, ct);
            if (ids.Length == 0) return count;
            await SaveAsync(transaction, context, made([.. ids.Distinct()]), session => act(ids, queues, session), ct);
            count += ids.Length;
        }
    }

    private async Task SaveAsync(NpgsqlTransaction transaction, EventContext context, object made, Action<DocumentSession> act, CancellationToken ct)
    {
        await using var session = store.OpenSession(context, transaction);
        act(session);
        session.Append<MessageIntervention>(MessageIntervention.Stream, null, [made]);
        await session.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        session.Committed();
    }

    private static async Task<(Guid[] Ids, string[] Queues)> LockAsync(NpgsqlTransaction transaction, DeadLetterSelection selection, DateTimeOffset began, CancellationToken ct)
    {
        Statement statement = $"""
            select id, received_at from messaging.wolverine_dead_letters
            where ({selection.Ids}::uuid[] is null or id = any({selection.Ids})) and ({selection.Queue}::text is null or received_at = {selection.Queue})
              and ({selection.MessageType}::text is null or message_type = {selection.MessageType}) and failed_at <= {began}
            order by failed_at, id limit {Page} for update skip locked
            """;
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { statement.ToCommand() } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = new List<(Guid, string)>();
        while (await reader.ReadAsync(ct)) found.Add((reader.GetGuid(0), reader.GetString(1)));
        return ([.. found.Select(f => f.Item1)], [.. found.Select(f => f.Item2)]);
    }
}
