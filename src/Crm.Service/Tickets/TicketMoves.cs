using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Service;

/// <summary>Tickets go along when their customers are merged, and back when a merge is taken back; then also those opened since that name a contact of the customer that leaves.</summary>
internal sealed class TicketMoves(DocumentStore store) : MergedRecords<Ticket>(store)
{
    public override string Name => "tickets";

    protected override string Held => "service.tickets where (doc->>'customerId')::uuid = $1";

    protected override string Moving => "service.tickets where (doc->>'customerId')::uuid = $1 and (not $2 or doc->'origins' @> $3::jsonb or (doc->>'contactId')::uuid = any($4))";

    protected override object? Move(Ticket record, CustomerMove move)
    {
        var came = record.Origins.Any(o => o.MergeId == move.MergeId);
        if (record.CustomerId != move.From || (move.Back && !came && !(record.ContactId is { } contact && move.Contacts.Contains(contact)))) return null;
        return new TicketDetailsChanged(record.Number, null, null, move.To, move.From, null, null, null, null, null, move.Back && !came ? null : move.MergeId);
    }
}
