using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Analytics;

/// <summary>What files of the operation log hold of customers, their names and why something was done: those from before an erasure are gone with it.</summary>
internal sealed class ExportRecords : IPersonalRecords
{
    public string Name => "exports";

    public Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        session.Sql.Add($"delete from analytics.operation_export_parts");
        // One that is being written begins anew; a finished one has to be asked for again.
        session.Sql.Add($"""
            update analytics.operation_exports set state = case when state in ('waiting', 'running') then 'waiting' else 'cancelled' end, written = 0, total = null, cursor = null
            where state in ('waiting', 'running', 'done')
            """);
        return Task.CompletedTask;
    }

    // Lines about a customer are those of the customer's own history, which the report has.
    public Task<JsonArray> ReportAsync(Guid customer, CancellationToken ct) => Task.FromResult(new JsonArray());
}
