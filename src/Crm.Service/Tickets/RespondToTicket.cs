using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Answers the customer, or leaves a note for colleagues. The first public answer stops the first-response clock (S074).</summary>
/// <param name="Text">The answer, at most 8,000 characters.</param>
/// <param name="Internal">A note the customer never sees; also allowed on a resolved ticket.</param>
internal sealed record RespondToTicket(string Text, bool Internal = false)
{
    internal sealed class Validator : AbstractValidator<RespondToTicket>
    {
        public Validator() => RuleFor(x => x.Text).NotEmpty().MaximumLength(8000);
    }
}

internal static class RespondToTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapCommand<RespondToTicket, Ticket, TicketFacts>("{id:guid}/respond", Right.Change("tickets"), TicketFacts.SettledAsync, Decide);

    public static Decision Decide(RespondToTicket command, Ticket ticket, TicketFacts facts, Now now) => ticket switch
    {
        { Status: TicketStatus.Closed } => TicketErrors.Closed,
        { Status: TicketStatus.Resolved } when !command.Internal => TicketErrors.Finished,
        { Answers.Length: >= 500 } => TicketErrors.TooManyAnswers,
        _ => facts.Checked(ticket, [new TicketAnswered(ticket.Number, ticket.CustomerId, now.NewId, now.Actor, command.Text.Trim(), command.Internal)], now),
    };
}
