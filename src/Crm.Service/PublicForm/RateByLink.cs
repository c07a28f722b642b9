using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Service;

/// <summary>Tells how satisfied the person who filled in the form is (S076, S114), by the secret link. A later rating replaces the earlier.</summary>
/// <param name="Score">1 (bad) to 5 (good).</param>
/// <param name="Comment">What the person wants to add, at most 2,000 characters.</param>
internal sealed record RateByLink(int Score, string? Comment)
{
    internal sealed class Validator : AbstractValidator<RateByLink>
    {
        public Validator()
        {
            RuleFor(x => x.Score).InclusiveBetween(1, 5).WithErrorCode("out_of_range");
            RuleFor(x => x.Comment).MaximumLength(2000);
        }
    }
}

internal static class RateByLinkFeature
{
    public static void Map(IEndpointRouteBuilder tickets) =>
        tickets.MapAnonymous<RateByLink>("{token}/rate", 200, RateAsync).Produces<PublicTicket>().ProducesProblem(404).ProducesProblem(409).RequireRateLimiting(PublicFormLimits.Submit);

    private static async Task<object?> RateAsync(RateByLink command, DocumentSession session, CommandScope scope)
    {
        var stream = await session.FetchForWriting<Ticket>(await TicketLink.FindAsync(scope.Store, (string)scope.Http.GetRouteValue("token")!, scope.Aborted), scope.Aborted);
        var ticket = stream.Aggregate ?? throw ProblemException.NotFound();
        var decision = RateTicketFeature.Decide(new RateTicket(command.Score, command.Comment), ticket, byCustomer: true);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        stream.AppendMany(decision.Events);
        return PublicTicket.Of(Fold.All(session.Pending(stream.Id), ticket)!);
    }
}
