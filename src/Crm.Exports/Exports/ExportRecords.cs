using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Exports;

/// <summary>
/// What files hold of customers. A name can stand in any column of any file, so an erasure removes all files there are: they live for days, can be asked for
/// again, and then hold nobody who was erased. What was in them the ledger tells.
/// </summary>
internal sealed class ExportRecords : IPersonalRecords
{
    public string Name => "exports";

    public Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        // A request that is being saved waits, and begins to read when the person is gone; of two erasures one waits.
        session.Sql.Add($"lock table exports.files in share row exclusive mode");
        session.Sql.Add($"delete from exports.files");
        return Task.CompletedTask;
    }

    public Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct) => Task.FromResult<JsonArray?>(null);
}
