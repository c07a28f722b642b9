using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>How a queue runs its messages.</summary>
public enum QueueKind
{
    /// <summary>Several at a time, on every node.</summary>
    Parallel,

    /// <summary>One at a time in the order they were sent, on one node; one that waits to be tried again holds up those behind it.</summary>
    Ordered,

    /// <summary>Several at a time, each outside any transaction and under a lease.</summary>
    External,
}

/// <summary>A queue and the handlers of its messages.</summary>
public sealed class MessageQueue
{
    private readonly Dictionary<string, MessageHandler> handlers = [];
    private readonly MessagingOptions options;

    internal MessageQueue(string name, QueueKind kind, MessagingOptions options)
    {
        Name = name;
        Kind = kind;
        this.options = options;
        Parallelism = kind switch { QueueKind.Ordered => 1, QueueKind.External => 4, _ => 2 };
        Timeout = TimeSpan.FromSeconds(kind == QueueKind.External ? 30 : 5);
    }

    /// <summary>Unique and stable name.</summary>
    public string Name { get; }

    /// <summary>How it runs.</summary>
    public QueueKind Kind { get; }

    /// <summary>How many messages, or batches of them, run at a time on each node.</summary>
    public int Parallelism { get; private set; }

    /// <summary>How many messages are claimed and saved in one transaction; the effect is still once for each.</summary>
    public int BatchSize { get; private set; } = 50;

    /// <summary>How long a handler may take. A transaction of the database is held meanwhile, except by external queues.</summary>
    public TimeSpan Timeout { get; private set; }

    /// <summary>What happens after a failure.</summary>
    public RetryPolicy Retry { get; private set; } = RetryPolicy.Default;

    /// <summary>Sets how the queue runs; what is not named stays.</summary>
    /// <exception cref="ArgumentException">An ordered queue runs one at a time; a handler with a transaction has at most eight seconds.</exception>
    public MessageQueue With(int? parallelism = null, int? batchSize = null, TimeSpan? timeout = null, RetryPolicy? retry = null)
    {
        if (Kind == QueueKind.Ordered && parallelism is > 1) throw new ArgumentException("An ordered queue runs one message at a time.", nameof(parallelism));
        if (Kind != QueueKind.External && timeout > TimeSpan.FromSeconds(8)) throw new ArgumentException("Work that takes longer belongs into an external queue.", nameof(timeout));
        (Parallelism, BatchSize, Timeout, Retry) = (parallelism ?? Parallelism, batchSize ?? BatchSize, timeout ?? Timeout, retry ?? Retry);
        return this;
    }

    /// <summary>Registers a pure handler. Its messages are decided without state; <paramref name="retry"/> replaces the queue's policy.</summary>
    public MessageQueue Handle<TMessage>(Func<TMessage, MessageContext, Effects> handle, RetryPolicy? retry = null) where TMessage : class =>
        Add<TMessage>((message, unit, context, _) =>
        {
            unit.Apply(handle((TMessage)message, context), context);
            return Task.CompletedTask;
        }, retry);

    /// <summary>Registers a pure handler that decides on a stream's state, which is null if the stream does not exist. Its events go to that stream.</summary>
    public MessageQueue Handle<TMessage, TState>(Func<TMessage, Guid> stream, Func<TMessage, TState?, MessageContext, Effects> decide, RetryPolicy? retry = null)
        where TMessage : class where TState : Document, IAggregate<TState> =>
        Add<TMessage>(async (message, unit, context, ct) =>
        {
            var writing = await unit.FetchAsync<TState>(stream((TMessage)message), ct);
            unit.Apply(decide((TMessage)message, writing.Aggregate, context), context, events => writing.AppendMany(events, context.Events));
        }, retry);

    /// <summary>
    /// Registers a handler that reads before it decides or, in an external queue, reaches outside. In an external queue it may run twice
    /// for a message; the receiver recognises the second by the message's identity.
    /// </summary>
    public MessageQueue Handle<TMessage>(Func<TMessage, HandlerScope, CancellationToken, Task<Effects>> handle, RetryPolicy? retry = null) where TMessage : class =>
        Add<TMessage>(async (message, unit, context, ct) => unit.Apply(await handle((TMessage)message, new HandlerScope(context, unit.Store), ct), context), retry);

    /// <summary>The handler of a stored message type.</summary>
    /// <exception cref="UnknownMessageTypeException">There is none.</exception>
    internal MessageHandler HandlerOf(string alias) => handlers.GetValueOrDefault(alias) ?? throw new UnknownMessageTypeException();

    /// <summary>Whether the queue handles a stored message type.</summary>
    internal bool Handles(string alias) => handlers.ContainsKey(alias);

    private MessageQueue Add<TMessage>(HandlerBody run, RetryPolicy? retry)
    {
        if (!handlers.TryAdd(MessagingOptions.Alias(typeof(TMessage)), new MessageHandler(typeof(TMessage), run, retry)))
            throw new InvalidOperationException($"The queue '{Name}' handles {typeof(TMessage)} already.");
        options.Register(this, typeof(TMessage));
        return this;
    }
}

internal delegate Task HandlerBody(object message, UnitOfWork unit, MessageContext context, CancellationToken ct);

internal sealed record MessageHandler(Type Message, HandlerBody Run, RetryPolicy? Retry);
