using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Changes the fields of a ticket that are sent and no others; null empties one. A changed customer empties the contact unless one is sent too.</summary>
/// <param name="Subject">What it is about; cannot be emptied.</param>
/// <param name="Description">The whole of it.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="ContactId">The customer's contact.</param>
/// <param name="Type">The kind of problem.</param>
/// <param name="Priority">How urgent it is; cannot be emptied.</param>
/// <param name="Custom">The organisation's own fields; null removes one.</param>
internal sealed record ChangeTicket(
    string? Subject, string? Description, Guid? CustomerId, Guid? ContactId, string? Type, TicketPriority? Priority, IReadOnlyDictionary<string, JsonElement>? Custom) : IPatch
{
    /// <inheritdoc />
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeTicket>
    {
        public Validator()
        {
            RuleFor(x => x.Subject).Line(200).Must((x, subject) => subject is null ? !x.Cleared.Contains("subject") : !string.IsNullOrWhiteSpace(subject)).Required();
            RuleFor(x => x.Priority).IsInEnum().Must((x, _) => !x.Cleared.Contains("priority")).Required();
            RuleFor(x => x.Description).MaximumLength(8000);
            RuleFor(x => x.Type).Line(100);
            RuleFor(x => x.Custom).OwnFields();
        }
    }
}

internal static class ChangeTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapCommand<ChangeTicket, Ticket, TicketFacts>("{id:guid}", Right.Change("tickets"), Load, Decide, "PATCH").Reads(CustomerProjection.ProjectionName);

    private static async Task<TicketFacts> Load(ChangeTicket command, Ticket ticket, CommandScope scope) => await TicketFacts.LoadAsync(
        command.CustomerId is null && command.ContactId is null ? null
            : await References.FaultAsync(command.CustomerId ?? (command.Cleared.Contains("customerId") ? null : ticket.CustomerId), command.ContactId, null, scope), command.Custom, scope);

    public static Decision Decide(ChangeTicket command, Ticket ticket, TicketFacts facts, Now now)
    {
        if (facts.Fault is { } fault) return fault;
        if (ticket.Status == TicketStatus.Closed) return TicketErrors.Closed;
        var customer = command.CustomerId ?? (command.Cleared.Contains("customerId") ? null : ticket.CustomerId);
        var moved = customer != ticket.CustomerId;
        var cleared = new List<string>();
        var changed = new TicketDetailsChanged(
            ticket.Number,
            Changed(Rules.Clean(command.Subject), ticket.Subject, ""),
            Changed(Rules.Clean(command.Description), ticket.Description, "description"),
            moved ? customer : null,
            moved ? ticket.CustomerId : null,
            command.ContactId is { } contact && contact != ticket.ContactId ? contact : null,
            Changed(Rules.Clean(command.Type), ticket.Type, "type"),
            command.Priority is { } priority && priority != ticket.Priority ? priority : null,
            Own(command, ticket),
            null);
        if (moved && customer is null) cleared.Add("customerId");
        if (ticket.ContactId is not null && command.ContactId is null && (moved || command.Cleared.Contains("contactId"))) cleared.Add("contactId");
        if (cleared.Count > 0) changed = changed with { Cleared = [.. cleared] };
        if (changed == new TicketDetailsChanged(ticket.Number, null, null, null, null, null, null, null, null, null)) return Decision.Nothing;
        if (ticket.Custom.Keys.Union(changed.Custom?.Keys ?? []).Count() > 100) return TicketErrors.TooManyOwnFields;
        return facts.Checked(ticket, [changed with { Unique = facts.Fields.UniqueOf("tickets", changed.Custom?.Keys ?? []) }], now);

        // Null: as it was. An emptied text is named in cleared.
        string? Changed(string? now, string? before, string field)
        {
            if (now is null && before is not null && field.Length > 0 && (command.Cleared.Contains(field) || Sent(field))) cleared.Add(field);
            return now == before ? null : now;
        }
        bool Sent(string field) => field == "description" ? command.Description is not null : command.Type is not null;
    }

    private static ImmutableDictionary<string, JsonElement>? Own(ChangeTicket command, Ticket ticket)
    {
        var own = (command.Custom ?? ImmutableDictionary<string, JsonElement>.Empty)
            .Where(f => ticket.Custom.TryGetValue(f.Key, out var before) ? !JsonElement.DeepEquals(before, f.Value) : f.Value.ValueKind != JsonValueKind.Null)
            .ToImmutableDictionary();
        if (command.Cleared.Contains("custom")) own = own.AddRange(ticket.Custom.Keys.Where(k => !own.ContainsKey(k)).Select(k => KeyValuePair.Create(k, JsonElement.Parse("null"))));
        return own.IsEmpty ? null : own;
    }
}
