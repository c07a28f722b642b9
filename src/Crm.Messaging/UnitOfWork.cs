using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>The effects of one message or of a batch of them, saved together.</summary>
internal sealed class UnitOfWork(DocumentStore store, MessageBus bus, DocumentSession session)
{
    private readonly HashSet<Guid> fetched = [];
    private readonly List<Envelope> outgoing = [];

    public DocumentStore Store => store;

    /// <summary>Loads a stream to append to it.</summary>
    /// <exception cref="AlreadyFetchedException">An earlier message of the batch decides on the same stream.</exception>
    public async Task<EventStream<T>> FetchAsync<T>(Guid id, CancellationToken ct) where T : Document, IAggregate<T> =>
        fetched.Add(id) ? await session.FetchForWriting<T>(id, ct) : throw new AlreadyFetchedException();

    /// <summary>Takes over what a handler returned.</summary>
    /// <exception cref="InvalidOperationException">An event without a stream.</exception>
    public void Apply(Effects effects, MessageContext context, Action<IEnumerable<object>>? append = null)
    {
        var events = new List<object>();
        foreach (var effect in effects)
            switch (effect)
            {
                case Effects.Outgoing o: outgoing.AddRange(bus.Envelopes(o.Message, context.Events, o.At, null, o.MustBeHandled)); break;
                case Effects.Change change: change.Apply(session, context.Events); break;
                default: events.Add(effect); break;
            }
        if (events.Count == 0) return;
        (append ?? throw new InvalidOperationException($"{events[0].GetType()} is no event of a stream the handler was given."))(events);
    }

    /// <summary>Saves the effects and marks the messages handled.</summary>
    public async Task SaveAsync(string queue, Guid[] handled, CancellationToken ct)
    {
        if (outgoing.Count > 0) bus.Enlist(session, outgoing);
        if (handled.Length > 0) session.Sql.Add(EnvelopeSql.Handled(queue, handled, session.Now));
        await session.SaveChangesAsync(ct);
    }
}

/// <summary>Two messages of a batch decide on the same stream: the second belongs into the next transaction.</summary>
internal sealed class AlreadyFetchedException : Exception;
