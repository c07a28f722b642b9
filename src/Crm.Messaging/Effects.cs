using System.Collections;
using System.Runtime.CompilerServices;
using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>The circumstances of a message; the shell supplies them so that handlers stay pure.</summary>
/// <param name="MessageId">The message's identity, for receivers that recognise repetitions.</param>
/// <param name="Queue">The queue it came through.</param>
/// <param name="Attempt">Which attempt this is, from 1.</param>
/// <param name="Now">The instant of the attempt, UTC.</param>
/// <param name="Events">The metadata of events the message causes; their causation is the message.</param>
public sealed record MessageContext(Guid MessageId, string Queue, int Attempt, DateTimeOffset Now, EventContext Events);

/// <summary>What a handler may read beside its message.</summary>
/// <param name="Context">The circumstances.</param>
/// <param name="Store">The event store, for reading; what is to be saved is returned.</param>
public sealed record HandlerScope(MessageContext Context, DocumentStore Store);

/// <summary>
/// What a message leads to: events, further messages and statements, saved in one transaction with the mark that the message was handled.
/// A plain object in the list is an event of the stream that the handler was given.
/// </summary>
[CollectionBuilder(typeof(Effects), nameof(Create))]
public sealed class Effects : IEnumerable<object>
{
    private readonly object[] items;

    private Effects(object[] items) => this.items = items;

    /// <summary>The message leads to nothing and is handled.</summary>
    public static Effects Nothing { get; } = new([]);

    /// <summary>The effects of a collection expression.</summary>
    public static Effects Create(ReadOnlySpan<object> items) => items.IsEmpty ? Nothing : new(items.ToArray());

    /// <summary>Sends a message, which must have a handler.</summary>
    public static object Send(object message) => new Outgoing(message, null, MustBeHandled: true);

    /// <summary>Sends a message to every queue that handles it, which may be none.</summary>
    public static object Publish(object message) => new Outgoing(message, null, MustBeHandled: false);

    /// <summary>Sends a message that becomes due later.</summary>
    public static object Schedule(object message, DateTimeOffset at) => new Outgoing(message, at, MustBeHandled: true);

    /// <summary>Appends to another stream, whatever its version or at the expected one.</summary>
    public static object Append<T>(Guid stream, long? expectedVersion, params object[] events) where T : Document, IAggregate<T> =>
        new Change((session, context) => session.Append<T>(stream, expectedVersion, events, context));

    /// <summary>The same under a source that people know, such as <c>pool</c>, in place of the message's own.</summary>
    public static object AppendAs<T>(string source, Guid stream, long? expectedVersion, IReadOnlyList<object> events) where T : Document, IAggregate<T> =>
        new Change((session, context) => session.Append<T>(stream, expectedVersion, events, context with { Source = source }));

    /// <summary>A statement of the module's own tables.</summary>
    public static object Sql(Statement statement)
    {
        var command = statement.ToCommand();
        return new Change((session, _) => session.Sql.Add(command));
    }

    /// <inheritdoc />
    public IEnumerator<object> GetEnumerator() => ((IEnumerable<object>)items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();

    internal sealed record Outgoing(object Message, DateTimeOffset? At, bool MustBeHandled);

    internal sealed record Change(Action<DocumentSession, EventContext> Apply);
}
