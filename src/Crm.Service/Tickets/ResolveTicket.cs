using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Solves a ticket and tells the customer how; the solution clock stops (S075). The text is a public answer like any other.</summary>
/// <param name="Text">The solution, at most 8,000 characters.</param>
internal sealed record ResolveTicket(string Text)
{
    internal sealed class Validator : AbstractValidator<ResolveTicket>
    {
        public Validator() => RuleFor(x => x.Text).NotEmpty().MaximumLength(8000);
    }
}

internal static class ResolveTicketFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapCommand<ResolveTicket, Ticket, TicketFacts>("{id:guid}/resolve", Right.Change("tickets"), TicketFacts.SettledAsync, Decide);

    public static Decision Decide(ResolveTicket command, Ticket ticket, TicketFacts facts, Now now) => ticket.IsFinished
        ? TicketErrors.Finished
        : facts.Checked(ticket, [new TicketResolved(ticket.Number, ticket.CustomerId, now.NewId, now.Actor, command.Text.Trim())], now);
}
