using System.Globalization;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Service;

/// <summary>What a command on a ticket must know: what the organisation has settled about fields (S009–S013), and why what the command refers to cannot be.</summary>
/// <param name="Fields">Custom fields and validation rules.</param>
/// <param name="Fault">Why customer, contact, agent or a value of a custom field cannot be, or null.</param>
internal sealed record TicketFacts(FieldSettings Fields, Rejection? Fault = null)
{
    /// <summary>Nothing was settled and nothing is wrong.</summary>
    public static TicketFacts None { get; } = new(FieldSettings.Empty);

    /// <summary>What was settled, for commands that refer to nothing.</summary>
    public static Task<TicketFacts> SettledAsync<TCommand>(TCommand command, Ticket ticket, CommandScope scope) => Task.FromResult(new TicketFacts(Access.Of(scope.Http).Picture.Fields));

    /// <summary>What was settled, and whether values of custom fields can be.</summary>
    public static async Task<TicketFacts> LoadAsync(Rejection? fault, IReadOnlyDictionary<string, JsonElement>? custom, CommandScope scope)
    {
        var settings = Access.Of(scope.Http).Picture.Fields;
        return new(settings, fault ?? await CustomReferences.FaultAsync(settings, "tickets", custom, scope) ?? await TakenValues.FaultAsync(settings, "tickets", TicketValues.Table, custom, scope));
    }

    /// <summary>The events with what custom fields and rules make of them, or why they are refused.</summary>
    /// <param name="ticket">The ticket before; null for a new one.</param>
    /// <param name="events">The events.</param>
    /// <param name="now">The circumstances.</param>
    public Decision Checked(Ticket? ticket, Decision events, Now now)
    {
        if (events.Rejection is not null || events.Events.Count == 0) return events;
        var after = events.Events.Aggregate(ticket, (state, data) => Ticket.Evolve(state, new()
        {
            Id = now.NewId, StreamId = state?.Id ?? now.NewId, Version = (state?.Version ?? 0) + 1, Timestamp = now.At, Data = data, Type = "", Context = new EventContext(now.UserId, ""), EffectiveAt = now.At,
        }))!;
        return RecordFields.Checked(Fields, "tickets", ticket is null ? null : Of(ticket), Of(after), events,
            hidden => new TicketDetailsChanged(after.Number, null, null, null, null, null, null, null, hidden, null), events.Events.Any(e => e is TicketOpened or TicketDetailsChanged));
    }

    private static RecordFields Of(Ticket x) => new(x.Custom, field => field switch
    {
        "subject" => x.Subject,
        "description" => x.Description,
        "customerId" => x.CustomerId?.ToString(),
        "contactId" => x.ContactId?.ToString(),
        "channel" => Code(x.Channel),
        "type" => x.Type,
        "priority" => Code(x.Priority),
        "status" => Code(x.Status),
        "assigneeId" => x.AssigneeId?.ToString(),
        "score" => x.Score?.ToString(CultureInfo.InvariantCulture),
        _ => null,
    });

    private static string Code<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
