using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Closes a resolved ticket: no more answers and changes unless it is reopened.</summary>
internal sealed record CloseTicket
{
    internal sealed class Validator : AbstractValidator<CloseTicket>;
}

internal static class CloseTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapCommand<CloseTicket, Ticket, TicketFacts>("{id:guid}/close", Right.Close("tickets"), TicketFacts.SettledAsync, Decide);

    public static Decision Decide(CloseTicket command, Ticket ticket, TicketFacts facts, Now now) => ticket.Status switch
    {
        TicketStatus.Closed => Decision.Nothing,
        TicketStatus.Resolved => facts.Checked(ticket, [new TicketClosed(ticket.Number, ticket.CustomerId)], now),
        _ => TicketErrors.NotResolved,
    };
}
