using System.Globalization;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Imports;

/// <summary>A row with its verdict. <c>Values</c> are the cells by column name; <c>Undone</c> and <c>Kept</c> tell what a revert did.</summary>
internal sealed record ImportRowView(int Row, string? Verdict, JsonObject Values, IReadOnlyList<MessageView> Messages, Guid? RecordId, string? Undone, string[]? Kept);

/// <summary>A message about a row in the caller's language.</summary>
internal sealed record MessageView(string Code, string? Field, RowSeverity Severity, string Message);

/// <summary><c>GET {id}/rows</c>: the rows with their verdicts, filtered by verdict or, with <c>warning</c>, those that a person should look at.</summary>
internal static class ImportRowsFeature
{
    private static readonly string[] Verdicts = ["create", "update", "unchanged", "skip", "error", "warning", "kept"];

    public static void Map(IEndpointRouteBuilder imports) =>
        imports.MapGet("{id:guid}/rows", async (HttpContext http, Guid id, DocumentStore store, string? verdict, string? cursor, int? limit) =>
        {
            if (verdict is not (null or "") && !Verdicts.Contains(verdict))
                throw ProblemException.Invalid("query.verdict", "unknown_value", $"verdict 只能是 {string.Join("、", Verdicts)}。", $"verdict must be one of {string.Join(", ", Verdicts)}.");
            if (limit is < 1 or > ListQuery.MaxLimit)
                throw ProblemException.Invalid("query.limit", "limit_out_of_range", $"limit 须为 1 到 {ListQuery.MaxLimit}。", $"limit must be from 1 to {ListQuery.MaxLimit}.");
            var after = 0;
            if (cursor is { Length: > 0 } && !int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after))
                throw ProblemException.Invalid("query.cursor", "invalid_cursor", "游标无效。", "The cursor is not valid.");
            if (await store.Query.AggregateStreamAsync<Import>(id, ct: http.RequestAborted) is not { } import) throw ProblemException.NotFound();
            await Access.Of(http).SeesAsync(http.RequestServices.GetRequiredService<Resource<Import>>(), import, http.RequestAborted);
            var size = limit ?? ListQuery.DefaultLimit;
            var rows = await ReadAsync(store, import, CellMask.Of(http, import), verdict ?? "", after, size + 1, Language.IsChinese(http), http.RequestAborted);
            var more = rows.Count > size;
            if (more) rows.RemoveAt(size);
            http.Response.Headers.CacheControl = "private, no-cache";
            return Results.Json(new ListAnswer<ImportRowView>(rows, new PageInfo(more ? rows[^1].Row.ToString(CultureInfo.InvariantCulture) : null, more), null), EventSerializer.Documents);
        }).Requires(Right.View("imports")).WithName("GetImportRows").Produces<ListAnswer<ImportRowView>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static async Task<List<ImportRowView>> ReadAsync(DocumentStore store, Import import, CellMask? mask, string verdict, int after, int limit, bool chinese, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select r.row, s.verdict, r.cells, coalesce(s.messages, '[]')::text, s.record_id, s.undone, s.kept, r.sealed
            from imports.rows r left join imports.results s on s.import_id = r.import_id and s.row = r.row
            where r.import_id = $1 and r.row > $2
              and case $3 when '' then true when 'warning' then s.severity = 1 and s.verdict <> 'error' when 'kept' then s.kept is not null else s.verdict = $3 end
            order by r.row limit $4
            """);
        command.Parameters.Add(Statement.Parameter(import.Id));
        command.Parameters.Add(Statement.Parameter(after));
        command.Parameters.Add(Statement.Parameter(verdict));
        command.Parameters.Add(Statement.Parameter(limit));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<ImportRowView>(limit);
        while (await reader.ReadAsync(ct))
        {
            var cells = ImportTables.Cells(reader, 2, 7, store.Personal);
            if (mask is not null) cells = [.. cells.Select((cell, column) => mask.Cell(column, cell))];
            rows.Add(new ImportRowView(
                reader.GetInt32(0), reader.IsDBNull(1) ? null : reader.GetString(1),
                new JsonObject(import.Columns.Select(c => KeyValuePair.Create(c.Name, (JsonNode?)JsonValue.Create(cells[c.Index])))),
                [.. ImportTables.MessagesOf(reader.GetString(3), store.Personal).Select(m => new MessageView(m.Code, m.Field, m.Severity, mask is null ? chinese ? m.Zh : m.En : CellMask.Text(chinese ? m.Zh : m.En)))],
                reader.IsDBNull(4) ? null : reader.GetGuid(4), reader.IsDBNull(5) ? null : reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetFieldValue<string[]>(6)));
        }
        return rows;
    }
}
