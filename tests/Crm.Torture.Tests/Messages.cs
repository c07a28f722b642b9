using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Messaging;

namespace Crm.Torture.Tests;

/// <summary>Keeps an event's number in a table: a message with an effect in the database.</summary>
/// <param name="EventId">The event.</param>
public sealed record NoteEvent(Guid EventId);

/// <summary>Two messages for each of many events: one that is handled in the database, one for a receiver outside.</summary>
internal static class Messages
{
    /// <summary>Names what a host of the tests has besides the product's.</summary>
    public const string Extra = "messages";

    /// <summary>Environment variable with the receiver's address.</summary>
    public const string Receiver = "CRM_TORTURE_RECEIVER";

    /// <summary>The queue of the messages with an effect in the database.</summary>
    public const string Queue = "torture";

    /// <summary>How long the receiver may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>The table of the effects: it would hold a second one.</summary>
    public const string Schema = "create schema if not exists torture; create table torture.noted (event_id uuid not null, message_id uuid not null)";

    /// <summary>The events that lead to messages, by their stored names.</summary>
    public const string Types = "'customer_registered', 'follow_up_logged'";

    public static void Add(DocumentStore store, MessagingOptions messaging)
    {
        var receiver = new Uri(Environment.GetEnvironmentVariable(Receiver)!);
        messaging.Queue(Queue).Handle<NoteEvent>((note, context) =>
            [Effects.Sql($"insert into torture.noted (event_id, message_id) values ({note.EventId}, {context.MessageId})")]);
        messaging.ExternalQueue("http").With(timeout: Timeout);
        store.Projections.Add(new EventForwarding("torture.forwarding", messaging, startAfter: 0)
            .On<CustomerRegistered>((_, e) => Of(e))
            .On<FollowUpLogged>((_, e) => Of(e)));

        IEnumerable<object> Of(Event e) => [new NoteEvent(e.Id), new PostJson(receiver, JsonSerializer.SerializeToElement(new { eventId = e.Id }))];
    }
}
