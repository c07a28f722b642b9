using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Analytics;

/// <summary>Files of the log name records and hold words about them: they are kept encrypted, and an erasure removes all of them, as it does those of lists.</summary>
internal sealed class OperationExportFiles : IPersonalRecords
{
    public string Name => "operationLogExports";

    public Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        session.Sql.Add($"lock table analytics.operation_exports in share row exclusive mode");
        session.Sql.Add($"delete from analytics.operation_exports");
        return Task.CompletedTask;
    }

    public Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct) => Task.FromResult<JsonArray?>(null);

    /// <summary>A part as it is kept.</summary>
    public static byte[] Sealed(DocumentStore store, Guid export, long row, byte[] plain) => store.Personal?.Protect($"operation log {export} {row}", plain) ?? plain;

    /// <summary>The part behind <see cref="Sealed"/>.</summary>
    public static byte[] Opened(DocumentStore store, Guid export, long row, byte[] kept) => store.Personal?.Unprotect($"operation log {export} {row}", kept) ?? kept;
}
