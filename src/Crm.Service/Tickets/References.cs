using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Service;

/// <summary>Whether what a ticket refers to exists, read from the log itself so that what was just written counts.</summary>
internal static class References
{
    /// <summary>Why a ticket cannot refer to these, or null; absent references are not looked up.</summary>
    public static async Task<Rejection?> FaultAsync(Guid? customer, Guid? contact, Guid? assignee, CommandScope scope)
    {
        if (customer is null && contact is not null) return TicketErrors.ContactWithoutCustomer;
        if (customer is { } id)
        {
            var events = await scope.Store.Query.FetchStreamAsync(id, 0, scope.Aborted);
            if (!Exists(events) || !Access.Of(scope.Http).Rows(Right.View("customers")).Holds(OwnerOf(events))) return TicketErrors.UnknownCustomer;
            if (contact is { } person && !HasContact(events, person)) return TicketErrors.UnknownContact;
        }
        return assignee is { } user && !IsActive(await scope.Store.Query.FetchStreamAsync(user, 0, scope.Aborted)) ? TicketErrors.UnknownAssignee : null;
    }

    private static bool Exists(IReadOnlyList<Event> events) =>
        events is [{ Data: CustomerRegistered }, ..] && !events.Any(e => e.Data is CustomerErased) && events.LastOrDefault(e => e.Data is CustomerDeleted or CustomerUndeleted)?.Data is not CustomerDeleted;

    private static Guid? OwnerOf(IReadOnlyList<Event> events) =>
        events.Select(e => e.Data).LastOrDefault(e => e is CustomerRegistered or CustomerOwnerChanged) switch { CustomerOwnerChanged x => x.To, CustomerRegistered x => x.OwnerId, _ => null };

    private static bool HasContact(IReadOnlyList<Event> events, Guid contact) =>
        events.Any(e => e.Data is ContactAdded x && x.ContactId == contact) && !events.Any(e => (e.Data is ContactRemoved x && x.ContactId == contact) || (e.Data is ContactErased gone && gone.ContactId == contact) || (e.Data is CustomerUnmerged { Contacts: { } left } && left.Contains(contact)));

    private static bool IsActive(IReadOnlyList<Event> events) =>
        events is [{ Data: UserRegistered }, ..] && !events.Any(e => e.Data is UserRemoved)
        && events.Select(e => e.Data).OfType<UserChanged>().LastOrDefault(x => x.Active is not null) is not { Active: false };
}
