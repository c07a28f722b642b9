using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Records that a person agreed to their data being used for a purpose (S099).</summary>
/// <param name="ContactId">The contact who agreed; null for the customer.</param>
/// <param name="Purpose">What for, one line of 1 to 200 characters.</param>
/// <param name="TextVersion">Which text they agreed to, 1 to 50 characters.</param>
/// <param name="Channel"><c>written web email phone verbal other</c>.</param>
/// <param name="GivenOn">The day, today unless stated; not in the future.</param>
internal sealed record GiveConsent(Guid? ContactId, string? Purpose, string? TextVersion, string? Channel, DateOnly? GivenOn)
{
    internal static readonly string[] Channels = ["written", "web", "email", "phone", "verbal", "other"];

    internal sealed class Validator : AbstractValidator<GiveConsent>
    {
        public Validator()
        {
            RuleFor(x => x.Purpose).NotEmpty().Line(200);
            RuleFor(x => x.TextVersion).NotEmpty().Line(50);
            RuleFor(x => x.Channel).NotEmpty().OneOf(Channels);
        }
    }
}

internal static class GiveConsentFeature
{
    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapCommand<GiveConsent, Customer>("{id:guid}/consents", Right.Change("customers"), Decide,
            part: new RecordPart<Customer>("consents", null, p => ValueTask.FromResult<object?>(p.State.Consents.Single(c => c.Id == p.Id))));
        customers.MapGet("{id:guid}/consents", async (HttpContext http, Guid id, DocumentStore store) =>
        {
            var (at, basis) = AsOf.Of(http);
            var customer = await PartLists.SeenAsync(http, store, id);
            if (at is not null && (customer = await store.Query.AggregateStreamAsync<Customer>(id, null, at, basis, http.RequestAborted)) is not { Deleted: false }) throw ProblemException.NotFound();
            return new ListAnswer<Consent>([.. customer.Consents.OrderBy(c => c.WithdrawnOn is not null).ThenByDescending(c => c.GivenOn)], new PageInfo(null, false), null);
        }).Requires(Right.View("customers")).WithName("ListConsents").ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    public static Decision Decide(GiveConsent command, Customer customer, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (customer.Consents.Length >= 200) return CustomerErrors.TooManyConsents;
        if (command.ContactId is { } contact && customer.Contacts.FirstOrDefault(c => c.Id == contact) is not { Erased: false }) return CustomerErrors.UnknownContact;
        if (command.GivenOn > now.Day) return CustomerErrors.ConsentInFuture;
        return [new ConsentGiven(now.NewId, command.ContactId, Rules.Clean(command.Purpose)!, Rules.Clean(command.TextVersion)!, command.Channel!, command.GivenOn ?? now.Day)];
    }
}
