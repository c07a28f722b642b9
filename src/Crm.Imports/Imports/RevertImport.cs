using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Imports;

/// <summary>
/// Undoes an import, in the background: created records are deleted, changed fields get their former values. What somebody changed since is kept and
/// listed. A second revert changes nothing.
/// </summary>
internal sealed record RevertImport;

internal static class RevertImportFeature
{
    public static void Map(IEndpointRouteBuilder imports) => imports.MapCommand<RevertImport, Import>("{id:guid}/revert", Right.Change("imports"), Decide);

    public static Decision Decide(RevertImport command, Import import, Now now) => import switch
    {
        { Status: ImportStatus.Reverted or ImportStatus.Reverting } => Decision.Nothing,
        { Status: ImportStatus.Running } => ImportErrors.Busy,
        { HasStarted: false } => ImportErrors.NotStarted,
        _ => [new ImportRevertStarted()],
    };
}
