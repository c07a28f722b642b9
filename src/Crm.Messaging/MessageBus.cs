using System.Diagnostics;
using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>
/// Sends messages: now and in this process, or durably through a queue. What is sent in a session is stored in the transaction of its
/// events: either both happen or neither.
/// </summary>
public sealed class MessageBus(DocumentStore store, MessagingOptions options)
{
    private readonly Dictionary<string, QueueSignal> signals = options.Queues.ToDictionary(q => q.Name, _ => new QueueSignal());

    /// <summary>The event store.</summary>
    internal DocumentStore Store => store;

    /// <summary>The queues and handlers.</summary>
    public MessagingOptions Options => options;

    /// <summary>
    /// Handles a message now, in this process and in one transaction with its effects, deciding again when it loses a race. Nothing is
    /// stored of the message itself; a failure is the caller's.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no handler, or several.</exception>
    public async Task InvokeAsync(object message, EventContext context, CancellationToken ct = default)
    {
        var queues = options.HandledBy(message.GetType());
        if (queues is not [var queue]) throw new InvalidOperationException($"{message.GetType()} has {queues.Count} handlers; one can be invoked.");
        var handler = queue.HandlerOf(MessagingOptions.Alias(message.GetType()));
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.OpenSession(context);
            var id = Guid.CreateVersion7(session.Now);
            var unit = new UnitOfWork(store, this, session);
            try
            {
                await handler.Run(message, unit, new MessageContext(id, queue.Name, attempt, session.Now, context), ct);
                await unit.SaveAsync(queue.Name, [], ct);
                return;
            }
            catch (Exception e) when (RetryPolicy.IsConflict(e) && attempt <= RetryPolicy.InlineAttempts)
            {
                // Handlers are pure: decide again on the newest state.
            }
        }
    }

    /// <summary>Sends a message in the session's transaction.</summary>
    /// <param name="session">The session; nothing is sent unless it is saved.</param>
    /// <param name="message">The message.</param>
    /// <param name="id">Its identity, by which a repetition is recognised; made here if none is given.</param>
    /// <returns>The message's identity.</returns>
    /// <exception cref="InvalidOperationException">No queue handles it.</exception>
    public Guid Send(DocumentSession session, object message, Guid? id = null) => Enlist(session, message, null, id, mustBeHandled: true);

    /// <summary>Sends a message to every queue that handles it, which may be none, in the session's transaction.</summary>
    /// <returns>The message's identity.</returns>
    public Guid Publish(DocumentSession session, object message, Guid? id = null) => Enlist(session, message, null, id, mustBeHandled: false);

    /// <summary>Sends a message that becomes due later, in the session's transaction.</summary>
    /// <returns>The message's identity, to cancel it by.</returns>
    /// <exception cref="InvalidOperationException">No queue handles it.</exception>
    public Guid Schedule(DocumentSession session, object message, DateTimeOffset at, Guid? id = null) => Enlist(session, message, at, id, mustBeHandled: true);

    /// <summary>Cancels a scheduled message in the session's transaction, unless a worker has it already.</summary>
    public void Cancel(DocumentSession session, Guid id) => session.Sql.Add($"delete from messaging.wolverine_incoming_envelopes where id = {id} and status = 'Scheduled'");

    /// <summary>Sends a message durably: once this returns it will be handled.</summary>
    /// <exception cref="InvalidOperationException">No queue handles it.</exception>
    public Task<Guid> SendAsync(object message, EventContext context, Guid? id = null, CancellationToken ct = default) => SaveAsync(context, s => Send(s, message, id), ct);

    /// <summary>Sends a message durably to every queue that handles it, which may be none.</summary>
    public Task<Guid> PublishAsync(object message, EventContext context, Guid? id = null, CancellationToken ct = default) => SaveAsync(context, s => Publish(s, message, id), ct);

    /// <summary>Sends a message that becomes due at an instant.</summary>
    public Task<Guid> ScheduleAsync(object message, DateTimeOffset at, EventContext context, Guid? id = null, CancellationToken ct = default) => SaveAsync(context, s => Schedule(s, message, at, id), ct);

    /// <summary>Sends a message that becomes due after a while.</summary>
    public Task<Guid> ScheduleAsync(object message, TimeSpan after, EventContext context, Guid? id = null, CancellationToken ct = default) => ScheduleAsync(message, store.Now + after, context, id, ct);

    /// <summary>Cancels a scheduled message.</summary>
    /// <returns>False if there is none that waits: it was handled, cancelled, or a worker has it already.</returns>
    public async Task<bool> CancelAsync(Guid id, CancellationToken ct = default)
    {
        await using var command = store.DataSource.CreateCommand("delete from messaging.wolverine_incoming_envelopes where id = $1 and status = 'Scheduled'");
        command.Parameters.Add(Statement.Parameter(id));
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Tells the workers of a queue on this node that there may be something to do.</summary>
    internal void Wake(string queue) => signals.GetValueOrDefault(queue)?.Set();

    internal QueueSignal SignalOf(string queue) => signals[queue];

    /// <summary>The stored forms of a message, one for each queue that handles it.</summary>
    internal IEnumerable<Envelope> Envelopes(object message, EventContext context, DateTimeOffset? at, Guid? id, bool mustBeHandled)
    {
        var queues = options.HandledBy(message.GetType());
        if (queues.Count == 0 && mustBeHandled) throw new InvalidOperationException($"No queue handles {message.GetType()}.");
        var identity = id ?? Guid.CreateVersion7(store.Now);
        var headers = new MessageHeaders(context.UserName, context.Source, context.CorrelationId, context.CausationId, Activity.Current?.Id);
        var body = queues.Count == 0 ? [] : Envelope.Write(message, headers, store.Personal);
        foreach (var queue in queues) yield return new Envelope(identity, queue.Name, MessagingOptions.Alias(message.GetType()), body, at);
    }

    /// <summary>Stores messages in the session's transaction and wakes their workers once it is committed.</summary>
    internal void Enlist(DocumentSession session, IReadOnlyList<Envelope> envelopes)
    {
        if (envelopes.Count == 0) return;
        session.Sql.Add(EnvelopeSql.Insert(envelopes));
        foreach (var queue in envelopes.Where(e => e.At is null).Select(e => e.Queue).Distinct()) session.AfterCommit(() => Wake(queue));
    }

    private Guid Enlist(DocumentSession session, object message, DateTimeOffset? at, Guid? id, bool mustBeHandled)
    {
        var identity = id ?? Guid.CreateVersion7(session.Now);
        Enlist(session, [.. Envelopes(message, session.Context, at, identity, mustBeHandled)]);
        return identity;
    }

    private async Task<Guid> SaveAsync(EventContext context, Func<DocumentSession, Guid> add, CancellationToken ct)
    {
        await using var session = store.OpenSession(context);
        var id = add(session);
        await session.SaveChangesAsync(ct);
        return id;
    }
}

/// <summary>Wakes the one worker of a queue that looks for messages; looking becomes rarer while there are none.</summary>
internal sealed class QueueSignal
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim signal = new(0);
    private TimeSpan pause = Shortest;

    /// <summary>Held by the worker that looks; the others of the node wait for it without asking the database.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    public void Set()
    {
        if (signal.CurrentCount == 0) signal.Release();
    }

    /// <summary>There was something: the next look comes soon.</summary>
    public void Found() => pause = Shortest;

    public async Task WaitAsync(CancellationToken ct)
    {
        if (await signal.WaitAsync(pause, ct)) pause = Shortest;
        else pause = pause * 2 > Longest ? Longest : pause * 2;
    }
}
