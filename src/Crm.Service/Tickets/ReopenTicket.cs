using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Takes up a resolved or closed ticket again. The solution clock goes on where it stopped; the first response stays answered.</summary>
/// <param name="Reason">Why, at most 1,000 characters.</param>
internal sealed record ReopenTicket(string Reason)
{
    internal sealed class Validator : AbstractValidator<ReopenTicket>
    {
        public Validator() => RuleFor(x => x.Reason).NotEmpty().MaximumLength(1000);
    }
}

internal static class ReopenTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapCommand<ReopenTicket, Ticket, TicketFacts>("{id:guid}/reopen", Right.Change("tickets"), TicketFacts.SettledAsync, Decide);

    public static Decision Decide(ReopenTicket command, Ticket ticket, TicketFacts facts, Now now) => ticket.IsFinished
        ? facts.Checked(ticket, [new TicketReopened(ticket.Number, ticket.CustomerId, command.Reason.Trim())], now)
        : TicketErrors.NotFinished;
}
