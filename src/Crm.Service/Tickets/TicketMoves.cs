using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Npgsql;

namespace Crm.Service;

/// <summary>Tickets go along when their customers are merged, and back when a merge is taken back; then also those opened since that name a contact of the customer that leaves.</summary>
internal sealed class TicketMoves(DocumentStore store) : IMergedRecords
{
    private const string Moving = "(doc->>'customerId')::uuid = $1 and (not $2 or doc->'origins' @> $3::jsonb or (doc->>'contactId')::uuid = any($4))";

    public string Name => "tickets";

    public async Task<int> CountAsync(Guid customer, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select count(*)::int from service.tickets where (doc->>'customerId')::uuid = $1");
        command.Parameters.Add(Statement.Parameter(customer));
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<int> LeftAsync(CustomerMove move, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select count(*)::int from service.tickets where " + Moving);
        Add(command, move);
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<int> MoveAsync(CustomerMove move, int most, DocumentSession session, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand($"select id from service.tickets where {Moving} order by id limit $5");
        Add(command, move);
        command.Parameters.Add(Statement.Parameter(most));
        var ids = new List<Guid>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        var moved = 0;
        foreach (var stream in (await store.Query.FetchStreamsAsync([.. ids], ct)).GroupBy(e => e.StreamId))
        {
            var ticket = Fold.All<Ticket>(stream)!;
            var came = ticket.Origins.Any(o => o.MergeId == move.MergeId);
            // The list may lag behind what was moved already.
            if (ticket.CustomerId != move.From || (move.Back && !came && !(ticket.ContactId is { } contact && move.Contacts.Contains(contact)))) continue;
            session.Append<Ticket>(stream.Key, ticket.Version, [new TicketDetailsChanged(ticket.Number, null, null, move.To, move.From, null, null, null, null, null, move.Back && !came ? null : move.MergeId)]);
            moved++;
        }
        return moved;
    }

    private static void Add(NpgsqlCommand command, CustomerMove move)
    {
        command.Parameters.Add(Statement.Parameter(move.From));
        command.Parameters.Add(Statement.Parameter(move.Back));
        command.Parameters.Add(Statement.Parameter($$"""[{"mergeId": "{{move.MergeId}}"}]"""));
        command.Parameters.Add(Statement.Parameter(move.Contacts));
    }
}
