using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Records that a person withdrew a consent; the same few words as giving it (S099). Works on archived customers too.</summary>
/// <param name="Channel"><c>written web email phone verbal other</c>.</param>
/// <param name="WithdrawnOn">The day, today unless stated; not before the day it was given.</param>
internal sealed record WithdrawConsent(string? Channel, DateOnly? WithdrawnOn)
{
    internal sealed class Validator : AbstractValidator<WithdrawConsent>
    {
        public Validator() => RuleFor(x => x.Channel).NotEmpty().OneOf(GiveConsent.Channels);
    }
}

internal static class WithdrawConsentFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<WithdrawConsent, Customer, Guid>("{id:guid}/consents/{consentId:guid}/withdraw", Right.Change("customers"),
        (_, _, scope) => Task.FromResult(Guid.Parse(scope.Route("consentId"))), Decide,
        part: new RecordPart<Customer>("consents", "consentId", p => ValueTask.FromResult<object?>(p.State.Consents.Single(c => c.Id == p.Id))));

    public static Decision Decide(WithdrawConsent command, Customer customer, Guid consentId, Now now)
    {
        if (customer.Consents.FirstOrDefault(c => c.Id == consentId) is not { } consent) return CustomerErrors.UnknownConsent;
        if (consent.WithdrawnOn is not null) return Decision.Nothing;
        var day = command.WithdrawnOn ?? now.Day;
        if (day > now.Day || day < consent.GivenOn) return CustomerErrors.WithdrawnOutOfTime;
        return [new ConsentWithdrawn(consentId, consent.ContactId, consent.Purpose, command.Channel!, day)];
    }
}
