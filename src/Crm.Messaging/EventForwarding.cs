using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>
/// Turns events into messages. The position in the log and the messages are saved in one transaction, and a message's identity is a function
/// of its event and queue: nothing is lost, and nothing is sent twice. It is never rebuilt.
/// </summary>
/// <param name="name">Unique and stable name.</param>
/// <param name="options">The queues.</param>
/// <param name="startAfter">The sequence number after which it begins when it is seen for the first time; null begins with what is appended from then on.</param>
public sealed class EventForwarding(string name, MessagingOptions options, long? startAfter = null) : Subscription
{
    private static readonly Guid Namespace = Guid.Parse("6f9b1c1e-5d0a-5c43-9d6f-0c8a6f0e7b21");
    private readonly Dictionary<Type, Func<Event, IEnumerable<object>>> rules = [];
    private MessageBus? bus;

    /// <inheritdoc />
    public override string Name => name;

    /// <inheritdoc />
    public override long? StartAfter => startAfter;

    /// <inheritdoc />
    public override IReadOnlyCollection<Type> Events => rules.Keys;

    /// <summary>States the messages an event leads to. Pure: the same event always gives the same messages in the same order.</summary>
    public EventForwarding On<TEvent>(Func<TEvent, Event, IEnumerable<object>> messages) where TEvent : class
    {
        rules.Add(typeof(TEvent), e => messages((TEvent)e.Data, e));
        return this;
    }

    /// <summary>Lets the workers of this process know when there is something to do; without it they find it by looking.</summary>
    public void Wakes(MessageBus workers) => bus = workers;

    /// <inheritdoc />
    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var envelopes = new List<Envelope>();
        foreach (var e in page)
        {
            var headers = new MessageHeaders(e.Context.UserName, "subscription:" + name, e.Context.CorrelationId, e.Id.ToString(), TraceOf(e));
            var number = 0;
            foreach (var message in rules[e.Data.GetType()](e))
            {
                foreach (var queue in options.HandledBy(message.GetType()))
                    envelopes.Add(new Envelope(MessageId(e.Id, $"{queue.Name}:{number}"), queue.Name, MessagingOptions.Alias(message.GetType()), Envelope.Write(message, headers, store.Personal), null));
                number++;
            }
        }
        if (envelopes.Count == 0) return ValueTask.CompletedTask;
        sql.Add(EnvelopeSql.Insert(envelopes));
        foreach (var queue in envelopes.Select(e => e.Queue).Distinct()) bus?.Wake(queue);
        return ValueTask.CompletedTask;
    }

    /// <summary>A name-based identity (RFC 9562, version 5) of an event and what is made of it.</summary>
    internal static Guid MessageId(Guid source, string purpose)
    {
        Span<byte> name = stackalloc byte[32 + Encoding.UTF8.GetMaxByteCount(purpose.Length)];
        Namespace.TryWriteBytes(name, bigEndian: true, out _);
        source.TryWriteBytes(name[16..], bigEndian: true, out _);
        var length = 32 + Encoding.UTF8.GetBytes(purpose, name[32..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        // SHA-1 is what the RFC demands of version 5; nothing is protected by it.
#pragma warning disable CA5350
        SHA1.HashData(name[..length], hash);
#pragma warning restore CA5350
        BinaryPrimitives.WriteUInt16BigEndian(hash[6..], (ushort)((BinaryPrimitives.ReadUInt16BigEndian(hash[6..]) & 0x0FFF) | 0x5000));
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    private static string? TraceOf(Event e) => e.Context.CorrelationId is { Length: 32 } trace && trace.All(char.IsAsciiHexDigitLower) ? $"00-{trace}-{trace[16..]}-01" : null;
}
