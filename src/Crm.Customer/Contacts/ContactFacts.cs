using Crm.Contracts;
using Crm.Http;

namespace Crm.Customers;

/// <summary>What a command on a contact must know.</summary>
/// <param name="Id">The contact; null for a new one.</param>
/// <param name="Fields">What was settled about fields; nothing where a job puts back what was there before.</param>
/// <param name="Fault">Why what its own fields refer to cannot be, or null.</param>
internal sealed record ContactFacts(Guid? Id, FieldSettings Fields, Rejection? Fault = null)
{
    /// <summary>Reads them for a command.</summary>
    public static async Task<ContactFacts> LoadAsync(Guid? id, ContactFields command, CommandScope scope)
    {
        var settings = Access.Of(scope.Http).Picture.Fields;
        return new(id, settings, await CustomReferences.FaultAsync(settings, "contacts", command.Custom, scope));
    }

    /// <summary>The events with what custom fields and rules of contacts make of them, or why they are refused.</summary>
    /// <param name="customer">The customer before.</param>
    /// <param name="id">The contact.</param>
    /// <param name="events">The events.</param>
    public Decision Checked(Customer customer, Guid id, Decision events)
    {
        if (events.Rejection is not null || events.Events.Count == 0) return events;
        var after = events.Events.Aggregate((Customer?)customer, Customer.Next)!.Contacts.First(c => c.Id == id);
        return RecordFields.Checked(Fields, "contacts", customer.Contacts.FirstOrDefault(c => c.Id == id)?.Fields(), after.Fields(), events, hidden => new ContactChanged { ContactId = id, Custom = hidden });
    }
}
