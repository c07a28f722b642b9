using System.Globalization;
using System.IO.Compression;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Crm.Exports;

/// <summary>
/// <c>GET exports/{id}/file</c>: the file, for who asked for it and while that person sees the same as then. 404 for everybody else; 403 <c>rights_changed</c>; 409
/// <c>export_not_ready</c>; 410 <c>export_gone</c> after its days, or after an erasure.
/// </summary>
internal static class DownloadExportFeature
{
    public static void Map(IEndpointRouteBuilder exports) => exports.MapGet("{id:guid}/file", DownloadAsync).Requires(Right.ExportsView).WithName("GetExportFile")
        .Produces(200, contentType: "text/csv").ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(410);

    private static async Task DownloadAsync(HttpContext http, DocumentStore store, ExportedLists lists, Guid id)
    {
        var caller = Caller.Of(http);
        if (await store.Query.AggregateStreamAsync<Export>(id, ct: http.RequestAborted) is not { } export || export.RequestedBy != caller.Id) throw ProblemException.NotFound();
        if (export.Status is ExportStatus.Waiting or ExportStatus.Running) throw new ProblemException(409, "export_not_ready", "导出还没有完成。", "The export is not finished.");
        if (export.Status != ExportStatus.Completed || export.ExpiresAt <= store.Now || await ExportFile.FindAsync(store, id, http.RequestAborted) is not { } file || lists.Find(export.Resource) is not { } list)
            throw new ProblemException(410, "export_gone", "文件已过期或已删除，请重新导出。", "The file has expired or was removed; export again.");
        if (Access.Of(http).Footprint(export.Resource) != file.Request.Footprint)
            throw new ProblemException(403, "rights_changed", "您的权限在导出之后有变化，请重新导出。", "What you may see has changed since; export again.");
        await using (var session = store.OpenSession(caller.Context(http, null, export.Reason)))
        {
            session.Append<ExportLedger>(ExportLedger.Of(id), null, [new RecordsExportFetched(id)]);
            await session.SaveChangesAsync(http.RequestAborted);
        }
        var columns = FileColumn.Of(list, export.Columns, file.Request.Chinese, Access.Of(http).Picture.Fields);
        var (type, extension) = export.Format == ExportFormat.Csv ? ("text/csv; charset=utf-8", "csv") : ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx");
        http.Response.ContentType = type;
        http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"{export.Resource}-{file.StartedAt:yyyyMMdd-HHmmss}.{extension}\"");
        http.Response.Headers.CacheControl = "private, no-store";
        if (export.Format == ExportFormat.Csv) await CsvFile.WriteAsync(http.Response.Body, columns, Parts(store, id, http.RequestAborted), http.RequestAborted);
        else
        {
            // The library writes the end of each entry of a ZIP file synchronously, which is some bytes.
            if (http.Features.Get<IHttpBodyControlFeature>() is { } body) body.AllowSynchronousIO = true;
            await Workbook.WriteAsync(http.Response.Body, columns, Parts(store, id, http.RequestAborted), http.RequestAborted);
        }
    }

    private static async IAsyncEnumerable<byte[]> Parts(DocumentStore store, Guid id, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        for (var number = 0; ; number++)
        {
            await using var command = store.DataSource.CreateCommand("select content from exports.parts where export_id = $1 and number = $2");
            command.Parameters.Add(Statement.Parameter(id));
            command.Parameters.Add(Statement.Parameter(number));
            if (await command.ExecuteScalarAsync(ct) is not byte[] content) yield break;
            using var packed = new DeflateStream(new MemoryStream(ExportFile.Opened(store, $"part {number}", id, content)), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            await packed.CopyToAsync(plain, ct);
            yield return plain.ToArray();
        }
    }
}
