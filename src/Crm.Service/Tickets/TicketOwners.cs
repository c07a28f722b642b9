using Crm.EventStore;
using Crm.Http;

namespace Crm.Service;

/// <summary>The open tickets of a person, for handing over; what is closed stays with who worked on it.</summary>
internal sealed class TicketOwners(DocumentStore store, Resource<Ticket> resource) : OwnedRecords<Ticket>(store, resource)
{
    protected override string OfPerson => "select id from service.tickets where (doc->>'assigneeId')::uuid = $1 and doc->>'status' not in ('resolved', 'closed') order by id";

    protected override string NamesOf => "select id, doc->>'subject' from service.tickets where id = any($1)";

    protected override Guid? OwnerOf(Ticket record) => record.AssigneeId;

    protected override Decision Assign(Ticket record, Guid owner, Now now) => AssignTicketFeature.Decide(new AssignTicket(owner), record, TicketFacts.None, now);
}
