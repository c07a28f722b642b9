using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>What opportunities hold of customers: each has a key of its own, which is destroyed with the customer's.</summary>
internal sealed class OpportunityRecords(DocumentStore store) : IPersonalRecords
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => "opportunities";

    public async Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        // An opportunity is the customer's, whoever decides there.
        if (contact is not null || session.Personal is not { } personal) return;
        var ids = await OfAsync(customer, ct);
        var placeholders = ids.ConvertAll(id => personal.Placeholder(id));
        foreach (var (id, placeholder) in ids.Zip(placeholders)) session.Append<Opportunity>(id, null, [new OpportunityErased(placeholder, customer)]);
        PersonalData.Destroy(session.Sql, ids);
        TakenValues.Forget(OpportunityValues.Table, session.Sql, [.. ids]);
        // Built anew of what can still be read, the names beside the keys are these.
        session.Sql.Add($"update pipeline.opportunity_keys k set name = u.name from unnest({ids.ToArray()}, {placeholders.ToArray()}) as u(id, name) where k.opportunity_id = u.id");
        foreach (var id in ids) Idempotency.Forget(session, "opportunities", id);
    }

    public async Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct)
    {
        var report = new JsonArray();
        foreach (var stream in (await store.Query.FetchStreamsAsync([.. await OfAsync(customer, ct)], ct)).GroupBy(e => e.StreamId))
            report.Add(JsonSerializer.SerializeToNode(Fold.All<Opportunity>(stream), EventSerializer.Documents));
        return report;
    }

    /// <summary>The customer's opportunities, those included that were opened a moment ago or deleted.</summary>
    private async Task<List<Guid>> OfAsync(Guid customer, CancellationToken ct)
    {
        if (!await store.Daemon.CatchUpAsync(Patience, ct)) throw new TimeoutException("The opportunities of the customer are not all known yet.");
        await using var command = store.DataSource.CreateCommand("select id from pipeline.opportunities where customer_id = $1 order by id");
        command.Parameters.Add(Statement.Parameter(customer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        return ids;
    }
}
