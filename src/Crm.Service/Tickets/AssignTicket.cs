using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Gives a ticket to an agent, or from one agent to another.</summary>
/// <param name="AssigneeId">The agent: a user who is active.</param>
internal sealed record AssignTicket(Guid AssigneeId)
{
    internal sealed class Validator : AbstractValidator<AssignTicket>
    {
        public Validator() => RuleFor(x => x.AssigneeId).NotEmpty();
    }
}

internal static class AssignTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapCommand<AssignTicket, Ticket, TicketFacts>("{id:guid}/assign", Right.Assign("tickets"), Load, Decide);

    private static async Task<TicketFacts> Load(AssignTicket command, Ticket ticket, CommandScope scope) =>
        await TicketFacts.LoadAsync(await References.FaultAsync(null, null, command.AssigneeId, scope), null, scope);

    public static Decision Decide(AssignTicket command, Ticket ticket, TicketFacts facts, Now now) => ticket switch
    {
        _ when facts.Fault is { } fault => fault,
        { IsFinished: true } => TicketErrors.Finished,
        _ when ticket.AssigneeId == command.AssigneeId => Decision.Nothing,
        _ => facts.Checked(ticket, [new TicketAssigned(ticket.Number, ticket.CustomerId, command.AssigneeId, ticket.AssigneeId)], now),
    };
}
