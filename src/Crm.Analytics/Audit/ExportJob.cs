using System.Globalization;
using System.Text;
using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;

namespace Crm.Analytics;

/// <summary>
/// Writes an export part by part, in the log's order up to the sequence at which it was asked for: what is logged meanwhile is not in it. A part and how
/// far the export has come are one statement, so that a job that is broken off goes on where it stood and no operation is written twice.
/// </summary>
internal static class ExportJob
{
    private const int Part = 2_000;

    public static async Task<Effects> WriteAsync(WriteOperationExport message, HandlerScope scope, CancellationToken ct)
    {
        var store = scope.Store;
        while (await FindAsync(store, message.ExportId, ct) is { } export)
        {
            var query = new ListQuery { Filter = export.Filter, Sort = "sequence", Limit = Part, Cursor = export.Cursor, Count = export.Total is null ? CountMode.Exact : CountMode.None };
            var page = await Operations.ReadAsync(store, query, $"d.sequence <= {export.UpTo}", ct);
            var content = OperationExportFiles.Sealed(store, message.ExportId, export.Written, Csv(page.Data, export, store.TimeZone));
            var (written, total) = (export.Written + page.Data.Count, export.Total ?? page.Count);
            if (page.Next is null)
                return
                [
                    // At the version of the request: one that was cancelled meanwhile is not completed.
                    Effects.Append<OperationLogExport>(message.ExportId, 1, new OperationLogExportCompleted(written)),
                    Effects.Sql($"insert into analytics.operation_export_parts (export_id, first_row, content) values ({message.ExportId}, {export.Written}, {content})"),
                    Effects.Sql($"update analytics.operation_exports set state = 'done', written = {written}, total = {written}, cursor = null where id = {message.ExportId}"),
                ];
            Statement step = $"""
                with moved as (
                  update analytics.operation_exports set state = 'running', written = {written}, total = {total}, cursor = {page.Next}
                  where id = {message.ExportId} and written = {export.Written} and state in ('waiting', 'running') returning id)
                insert into analytics.operation_export_parts (export_id, first_row, content) select id, {export.Written}, {content} from moved
                """;
            await using var batch = store.DataSource.CreateBatch();
            batch.BatchCommands.Add(step.ToCommand());
            await batch.ExecuteNonQueryAsync(ct);
        }
        return Effects.Nothing;
    }

    private static async Task<Export?> FindAsync(DocumentStore store, Guid id, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select filter, chinese, up_to, written, total, cursor from analytics.operation_exports where id = $1 and state in ('waiting', 'running')");
        command.Parameters.Add(Statement.Parameter(id));
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? new Export(row.IsDBNull(0) ? null : row.GetString(0), row.GetBoolean(1), row.GetDecimal(2), row.GetInt64(3), row.IsDBNull(4) ? null : row.GetInt64(4), row.IsDBNull(5) ? null : row.GetString(5))
            : null;
    }

    private static byte[] Csv(IReadOnlyList<string> documents, Export export, TimeZoneInfo zone)
    {
        var text = new StringBuilder();
        if (export.Written == 0)
            text.Append(CsvText.Row(export.Chinese
                ? ["序号", "时间", "业务日期", "操作人", "操作人编号", "代表", "途径", "网络", "设备", "操作", "记录类型", "记录", "记录编号", "版本", "原因", "关联编号"]
                : ["Sequence", "Time", "Business date", "Actor", "Actor ID", "On behalf of", "Source", "Network", "Device", "Event", "Resource", "Record", "Record ID", "Version", "Reason", "Correlation ID"]));
        foreach (var o in documents.Select(Operations.Read))
            text.Append(CsvText.Row(
            [
                o.Sequence.ToString(CultureInfo.InvariantCulture), TimeZoneInfo.ConvertTime(o.At, zone).ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture),
                o.BusinessDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "", o.ActorName ?? "", o.ActorId, o.OnBehalfOfName ?? o.OnBehalfOf ?? "", o.Source, o.Address ?? "",
                o.Device ?? "", o.Type, o.Resource, o.RecordName ?? "", o.RecordId.ToString(), o.Version.ToString(CultureInfo.InvariantCulture), o.Reason ?? "", o.CorrelationId ?? "",
            ]));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private sealed record Export(string? Filter, bool Chinese, decimal UpTo, long Written, long? Total, string? Cursor);
}
