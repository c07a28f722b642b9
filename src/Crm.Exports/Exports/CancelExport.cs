using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Exports;

/// <summary>Breaks an export off, by who asked for it; what was written of the file is thrown away. 409 <c>export_finished</c>.</summary>
internal sealed record CancelExport;

internal static class CancelExportFeature
{
    public static void Map(IEndpointRouteBuilder exports) =>
        exports.MapOperation<CancelExport>("{id:guid}/cancel", Right.ExportsView, 200, CancelAsync).Produces<Export>();

    public static Decision Decide(CancelExport command, Export export) => export.Status switch
    {
        ExportStatus.Waiting or ExportStatus.Running => [new RecordsExportEnded(null)],
        ExportStatus.Cancelled => Decision.Nothing,
        _ => new Rejection("export_finished", "导出已结束，不能取消。", "The export has ended and cannot be cancelled."),
    };

    private static async Task<object?> CancelAsync(CancelExport command, DocumentSession session, CommandScope scope)
    {
        var id = Guid.Parse(scope.Route("id"));
        var stream = await session.FetchForWriting<Export>(id, scope.Aborted);
        if (stream.Aggregate is not { } export || export.RequestedBy != Caller.Of(scope.Http).Id) throw ProblemException.NotFound();
        var decision = Decide(command, export);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        stream.AppendMany(decision.Events);
        ExportFile.Remove(session, id);
        return await scope.Service<Resource<Export>>().ShowAsync(scope.Http, Fold.All(session.Pending(id), export)!, scope.Now.At);
    }
}
