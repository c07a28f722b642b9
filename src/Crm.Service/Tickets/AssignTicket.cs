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
        tickets.MapCommand<AssignTicket, Ticket, Rejection?>("{id:guid}/assign", Right.Assign("tickets"), Load, Decide);

    private static Task<Rejection?> Load(AssignTicket command, Ticket ticket, CommandScope scope) => References.FaultAsync(null, null, command.AssigneeId, scope);

    public static Decision Decide(AssignTicket command, Ticket ticket, Rejection? fault, Now now) => ticket switch
    {
        _ when fault is not null => fault,
        { IsFinished: true } => TicketErrors.Finished,
        _ when ticket.AssigneeId == command.AssigneeId => Decision.Nothing,
        _ => [new TicketAssigned(ticket.Number, ticket.CustomerId, command.AssigneeId, ticket.AssigneeId)],
    };
}
