using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Imports;

/// <summary>Stops an import. Rows that were imported stay, and can be reverted; the import can go on later by a commit.</summary>
internal sealed record CancelImport;

internal static class CancelImportFeature
{
    public static void Map(IEndpointRouteBuilder imports) => imports.MapCommand<CancelImport, Import>("{id:guid}/cancel", Right.Change("imports"), Decide);

    public static Decision Decide(CancelImport command, Import import, Now now) => import.Status switch
    {
        ImportStatus.Cancelled => Decision.Nothing,
        ImportStatus.Uploaded or ImportStatus.Checking or ImportStatus.Checked or ImportStatus.Running => [new ImportCancelled()],
        _ => ImportErrors.NotRunning,
    };
}
