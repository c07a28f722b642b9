using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Writes down how satisfied the customer is with a resolved ticket (S076, S114). A later rating replaces the earlier.</summary>
/// <param name="Score">1 (bad) to 5 (good).</param>
/// <param name="Comment">What the customer added, at most 2,000 characters.</param>
internal sealed record RateTicket(int Score, string? Comment)
{
    internal sealed class Validator : AbstractValidator<RateTicket>
    {
        public Validator()
        {
            RuleFor(x => x.Score).InclusiveBetween(1, 5).WithErrorCode("out_of_range");
            RuleFor(x => x.Comment).MaximumLength(2000);
        }
    }
}

internal static class RateTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapCommand<RateTicket, Ticket>("{id:guid}/rate", Right.Change("tickets"), (command, ticket, now) => Decide(command, ticket, byCustomer: false));

    public static Decision Decide(RateTicket command, Ticket ticket, bool byCustomer) => ticket switch
    {
        { IsFinished: false } => TicketErrors.NotResolved,
        _ when ticket.Score == command.Score && ticket.Comment == Rules.Clean(command.Comment) => Decision.Nothing,
        _ => [new TicketRated(ticket.Number, ticket.CustomerId, command.Score, Rules.Clean(command.Comment), byCustomer)],
    };
}
