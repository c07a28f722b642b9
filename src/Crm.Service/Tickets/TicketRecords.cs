using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Service;

/// <summary>What tickets hold of customers: each has a key of its own, which is destroyed with the customer's.</summary>
internal sealed class TicketRecords(DocumentStore store) : IPersonalRecords
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => "tickets";

    public async Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        var tickets = await OfAsync(customer, contact, ct);
        foreach (var (id, number) in tickets) session.Append<Ticket>(id, null, [new TicketErased(number, customer, session.Personal?.Placeholder(id))]);
        PersonalData.Destroy(session.Sql, [.. tickets.Select(t => t.Id)]);
        TakenValues.Forget(TicketValues.Table, session.Sql, [.. tickets.Select(t => t.Id)]);
        foreach (var (id, _) in tickets) Idempotency.Forget(session, "tickets", id);
    }

    public async Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct)
    {
        var tickets = await OfAsync(customer, null, ct);
        var report = new JsonArray();
        foreach (var stream in (await store.Query.FetchStreamsAsync([.. tickets.Select(t => t.Id)], ct)).GroupBy(e => e.StreamId))
            report.Add(JsonSerializer.SerializeToNode(Fold.All<Ticket>(stream), EventSerializer.Documents));
        return report;
    }

    /// <summary>The tickets of a customer, those included that were opened a moment ago.</summary>
    private async Task<List<(Guid Id, string Number)>> OfAsync(Guid customer, Guid? contact, CancellationToken ct)
    {
        if (!await store.Daemon.CatchUpAsync(Patience, ct)) throw new TimeoutException("The tickets of the customer are not all known yet.");
        await using var command = store.DataSource.CreateCommand("""
            select id, doc->>'number' from service.tickets where (doc->>'customerId')::uuid = $1 and ($2::uuid is null or (doc->>'contactId')::uuid = $2) order by id
            """);
        command.Parameters.Add(Statement.Parameter(customer));
        command.Parameters.Add(Statement.Parameter(contact));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tickets = new List<(Guid, string)>();
        while (await reader.ReadAsync(ct)) tickets.Add((reader.GetGuid(0), reader.GetString(1)));
        return tickets;
    }
}
