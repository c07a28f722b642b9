using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Removes a contact that should never have been there; somebody who left gets a <c>leftAt</c> instead.</summary>
internal sealed record RemoveContact;

internal static class RemoveContactFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<RemoveContact, Customer, Guid>("{id:guid}/contacts/{contactId:guid}", Right.Change("customers"),
        (_, _, scope) => Task.FromResult(Guid.Parse(scope.Route("contactId"))), Decide, "DELETE",
        new RecordPart<Customer>("contacts", "contactId", _ => ValueTask.FromResult<object?>(null)));

    public static Decision Decide(RemoveContact command, Customer customer, Guid contactId, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ when customer.Contacts.FirstOrDefault(c => c.Id == contactId) is { } contact => [new ContactRemoved(contactId, contact.Name)],
        _ => CustomerErrors.UnknownContact,
    };
}
