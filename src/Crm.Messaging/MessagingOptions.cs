using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>A message that is sent again and again at stated times.</summary>
/// <param name="Name">Unique and stable name.</param>
/// <param name="Cron">When, as a Quartz cron expression with seconds, in the organisation's zone.</param>
/// <param name="Message">What is sent.</param>
public sealed record RecurringMessage(string Name, string Cron, object Message);

/// <summary>The queues of an application, the handlers of each, and what is sent at stated times. Everything is listed; nothing is found by itself.</summary>
public sealed class MessagingOptions
{
    private readonly Dictionary<string, MessageQueue> queues = [];
    private readonly Dictionary<string, Type> types = [];
    private readonly Dictionary<Type, List<MessageQueue>> handledBy = [];
    private readonly List<RecurringMessage> recurring = [];

    /// <summary>All queues.</summary>
    public IReadOnlyCollection<MessageQueue> Queues => queues.Values;

    /// <summary>What is sent at stated times.</summary>
    public IReadOnlyList<RecurringMessage> RecurringMessages => recurring;

    /// <summary>A queue whose messages are decided and saved in one transaction with their effects.</summary>
    /// <exception cref="InvalidOperationException">The name is taken by a queue of another kind.</exception>
    public MessageQueue Queue(string name, bool ordered = false) => Find(name, ordered ? QueueKind.Ordered : QueueKind.Parallel);

    /// <summary>A queue whose messages reach outside: handlers run outside any transaction, under a lease that ends by itself.</summary>
    /// <exception cref="InvalidOperationException">The name is taken by a queue of another kind.</exception>
    public MessageQueue ExternalQueue(string name) => Find(name, QueueKind.External);

    /// <summary>Sends a message at stated times, once however many nodes there are.</summary>
    /// <exception cref="InvalidOperationException">The name is taken.</exception>
    public MessagingOptions Recurring(string name, string cron, object message)
    {
        if (recurring.Exists(r => r.Name == name)) throw new InvalidOperationException($"The recurring message '{name}' exists already.");
        recurring.Add(new RecurringMessage(name, cron, message));
        return this;
    }

    /// <summary>The stored name of a message type: its class name in snake case.</summary>
    public static string Alias(Type message) => EventRegistry.AliasFor(message.Name);

    /// <summary>The queue of a name, or null.</summary>
    internal MessageQueue? FindQueue(string name) => queues.GetValueOrDefault(name);

    /// <summary>The queues that handle a type.</summary>
    internal IReadOnlyList<MessageQueue> HandledBy(Type message) => handledBy.GetValueOrDefault(message) ?? [];

    internal void Register(MessageQueue queue, Type message)
    {
        var alias = Alias(message);
        if (types.TryGetValue(alias, out var other) && other != message) throw new InvalidOperationException($"The message alias '{alias}' is taken by {other}.");
        types[alias] = message;
        if (!handledBy.TryGetValue(message, out var list)) handledBy.Add(message, list = []);
        list.Add(queue);
    }

    private MessageQueue Find(string name, QueueKind kind)
    {
        if (!queues.TryGetValue(name, out var queue)) queues.Add(name, queue = new MessageQueue(name, kind, this));
        return queue.Kind == kind ? queue : throw new InvalidOperationException($"The queue '{name}' is of the kind {queue.Kind} already.");
    }
}
