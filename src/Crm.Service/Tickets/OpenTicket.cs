using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Opens a ticket for a customer who called, wrote or came by (S073). Both clocks start.</summary>
/// <param name="Subject">What it is about, one line of at most 200 characters.</param>
/// <param name="Description">The whole of it, at most 8,000 characters.</param>
/// <param name="CustomerId">The customer, if known.</param>
/// <param name="ContactId">The customer's contact; needs the customer.</param>
/// <param name="Channel">The way it came in; <c>phone</c> unless stated.</param>
/// <param name="Type">The kind of problem (S076) in the organisation's words.</param>
/// <param name="Priority"><c>normal</c> unless stated.</param>
/// <param name="AssigneeId">The agent who takes it at once.</param>
/// <param name="Custom">The organisation's own fields.</param>
internal sealed record OpenTicket(
    string Subject, string? Description, Guid? CustomerId, Guid? ContactId, TicketChannel? Channel, string? Type, TicketPriority? Priority, Guid? AssigneeId,
    IReadOnlyDictionary<string, JsonElement>? Custom)
{
    internal sealed class Validator : AbstractValidator<OpenTicket>
    {
        public Validator()
        {
            RuleFor(x => x.Subject).NotEmpty().Line(200);
            RuleFor(x => x.Description).MaximumLength(8000);
            RuleFor(x => x.Type).Line(100);
            RuleFor(x => x.Channel).IsInEnum();
            RuleFor(x => x.Priority).IsInEnum();
            RuleFor(x => x.Custom).OwnFields();
        }
    }
}

/// <summary>What opening a ticket must know.</summary>
/// <param name="Number">A number nobody has.</param>
/// <param name="Fault">Why customer, contact or assignee cannot be, or null.</param>
/// <param name="Settled">What was settled about fields; null for nothing.</param>
internal sealed record OpeningFacts(string Number, Rejection? Fault, TicketFacts? Settled = null);

internal static class OpenTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapCreate<OpenTicket, Ticket, OpeningFacts>("", Right.Create("tickets"), Load, Decide).Reads(CustomerProjection.ProjectionName);

    private static async Task<OpeningFacts> Load(OpenTicket command, CommandScope scope)
    {
        var facts = await TicketFacts.LoadAsync(await References.FaultAsync(command.CustomerId, command.ContactId, command.AssigneeId, scope), command.Custom, scope);
        return facts.Fault is { } fault ? new("", fault) : new(await TicketNumbers.NextAsync(scope.Database, scope.Aborted), null, facts);
    }

    public static Decision Decide(OpenTicket command, OpeningFacts facts, Now now)
    {
        if (facts.Fault is { } fault) return fault;
        var custom = (command.Custom ?? ImmutableDictionary<string, JsonElement>.Empty).Where(f => f.Value.ValueKind != JsonValueKind.Null).ToImmutableDictionary();
        var settled = facts.Settled ?? TicketFacts.None;
        var opened = new TicketOpened(
            facts.Number, Rules.Clean(command.Subject)!, Rules.Clean(command.Description), command.CustomerId, command.ContactId, command.Channel ?? TicketChannel.Phone,
            Rules.Clean(command.Type), command.Priority ?? TicketPriority.Normal, null, custom.IsEmpty ? null : custom,
            settled.Fields.UniqueOf("tickets", custom.Keys));
        return settled.Checked(null, command.AssigneeId is { } assignee ? [opened, new TicketAssigned(facts.Number, command.CustomerId, assignee, null)] : [opened], now);
    }
}
