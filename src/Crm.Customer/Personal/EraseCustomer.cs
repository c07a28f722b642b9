using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>
/// Takes away for good what is known of a customer and of everybody there, or of one contact: the keys are destroyed, and with them every value in the log, in
/// read models and in copies; what was in plain is removed. Opportunities, counts and figures stay. There is no way back (X7, S098, E7).
/// </summary>
/// <param name="ContactId">Only this contact; null for the whole customer.</param>
/// <param name="Reason"><c>request</c> of the person, <c>withdrawn</c> consent, <c>retention</c> over, or <c>unlawful</c>: a code, so that the certificate holds nothing personal.</param>
internal sealed record EraseCustomer(Guid? ContactId, string? Reason)
{
    internal static readonly string[] Reasons = ["request", "withdrawn", "retention", "unlawful"];

    internal sealed class Validator : AbstractValidator<EraseCustomer>
    {
        public Validator() => RuleFor(x => x.Reason).NotEmpty().OneOf(Reasons);
    }
}

/// <summary>What the certificate of an erasure says.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="ContactId">The contact, if only one was erased.</param>
/// <param name="Placeholder">What stands for the name now.</param>
/// <param name="Contacts">How many contacts were erased with the customer.</param>
/// <param name="Reason">Why, see <see cref="EraseCustomer"/>.</param>
/// <param name="At">When.</param>
/// <param name="ActorId">Who did it.</param>
/// <param name="ActorName">The name of who did it.</param>
/// <param name="Sequence">The event in the log that proves it; 0 in the answer of the command itself, whose <c>Crm-Sequence</c> tells.</param>
internal sealed record ErasureCertificate(
    Guid CustomerId, Guid? ContactId, string Placeholder, int Contacts, string Reason, DateTimeOffset At, string ActorId, string? ActorName, long Sequence);

internal static class EraseCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapOperation<EraseCustomer>("{id:guid}/erase", Right.PersonalErase, 200, EraseAsync).Produces<ErasureCertificate>().ProducesProblem(410);
        customers.MapGet("{id:guid}/erasures", async (HttpContext http, Guid id, DocumentStore store, IUserDirectory users) =>
        {
            var events = await store.Query.FetchStreamAsync(id, 0, http.RequestAborted);
            if (Fold.All<Customer>(events) is not { } customer) throw ProblemException.NotFound();
            await Access.Of(http).DemandAsync(Right.PersonalErase, http.RequestServices.GetRequiredService<Resource<Customer>>(), customer, http.RequestAborted);
            var erased = events.Where(e => e.Data is CustomerErased or ContactErased).ToList();
            var names = await users.NamesAsync(erased.Select(e => e.Context.UserName), http.RequestAborted);
            return new ListAnswer<ErasureCertificate>([.. erased.Select(e => Certificate(e, names.GetValueOrDefault(e.Context.UserName))).Reverse()], new PageInfo(null, false), null);
        }).Requires(Right.PersonalErase).WithName("ListErasures").ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    /// <param name="command">The command.</param>
    /// <param name="customer">The customer.</param>
    /// <param name="contacts">Everybody who ever was a contact, those included that were removed.</param>
    /// <param name="placeholder">What stands for the name of who is erased.</param>
    public static Decision Decide(EraseCustomer command, Customer customer, IReadOnlyCollection<Guid> contacts, string placeholder)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (command.ContactId is not { } contact) return [new CustomerErased(placeholder, [.. contacts], command.Reason!)];
        if (!contacts.Contains(contact)) return CustomerErrors.UnknownContact;
        return customer.Contacts.Any(c => c.Id == contact && c.Erased) ? CustomerErrors.ContactErased : [new ContactErased(contact, placeholder, command.Reason!)];
    }

    private static async Task<object?> EraseAsync(EraseCustomer command, DocumentSession session, CommandScope scope)
    {
        var id = Guid.Parse(scope.Route("id"));
        var personal = session.Personal ?? throw new InvalidOperationException("Personal data is not protected in this store.");
        var stream = await session.FetchForWriting<Customer>(id, scope.Aborted);
        if (stream.Aggregate is not { } customer) throw ProblemException.NotFound();
        await Access.Of(scope.Http).DemandAsync(Right.PersonalErase, scope.Service<Resource<Customer>>(), customer, scope.Aborted);
        Guid[] contacts = [.. (await stream.EventsAsync(scope.Aborted)).Select(e => e.Data).OfType<ContactAdded>().Select(x => x.ContactId)];
        var decision = Decide(command, customer, contacts, personal.Placeholder(command.ContactId ?? id));
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        // The reason is one of a few codes, which the certificate shows for ever.
        stream.AppendMany(decision.Events, session.Context with { ReasonIsCode = true });
        PersonalData.Destroy(session.Sql, command.ContactId is { } contact ? [contact] : [id, .. contacts]);
        session.RemoveSnapshots(id);
        Idempotency.Forget(session, "customers", id);
        foreach (var within in customer.Merges.Select(m => m.SourceId)) await EraseWithinAsync(within, command, personal, session, scope);
        foreach (var records in scope.Service<IEnumerable<IPersonalRecords>>()) await records.EraseAsync(id, command.ContactId, session, scope.Aborted);
        session.AfterCommit(personal.Forget);
        var names = await scope.Service<IUserDirectory>().NamesAsync([session.Context.UserName], scope.Aborted);
        return Certificate(session.Pending(id)[0], names.GetValueOrDefault(session.Context.UserName));
    }

    /// <summary>What is known of a customer goes with what is known of those that were merged into it: their own streams, keys and records.</summary>
    private static async Task EraseWithinAsync(Guid id, EraseCustomer command, PersonalData personal, DocumentSession session, CommandScope scope)
    {
        var stream = await session.FetchForWriting<Customer>(id, scope.Aborted);
        Guid[] contacts = [.. (await stream.EventsAsync(scope.Aborted)).Select(e => e.Data).OfType<ContactAdded>().Select(x => x.ContactId)];
        var decision = Decide(command, stream.Aggregate!, contacts, personal.Placeholder(command.ContactId ?? id));
        // The contact may never have been there, or be gone already.
        if (decision.Rejection is not null) return;
        stream.AppendMany(decision.Events, session.Context with { ReasonIsCode = true });
        PersonalData.Destroy(session.Sql, command.ContactId is { } contact ? [contact] : [id, .. contacts]);
        session.RemoveSnapshots(id);
        Idempotency.Forget(session, "customers", id);
        foreach (var records in scope.Service<IEnumerable<IPersonalRecords>>()) await records.EraseAsync(id, command.ContactId, session, scope.Aborted);
    }

    private static ErasureCertificate Certificate(Event e, string? actor) => e.Data switch
    {
        CustomerErased x => new(e.StreamId, null, x.Placeholder, x.Contacts.Length, x.Reason, e.Timestamp, e.Context.UserName, actor, e.Sequence),
        ContactErased x => new(e.StreamId, x.ContactId, x.Placeholder, 1, x.Reason, e.Timestamp, e.Context.UserName, actor, e.Sequence),
        _ => throw new InvalidOperationException(e.Type),
    };
}
