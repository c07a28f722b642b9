using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Imports;

/// <summary>
/// A row with its verdict. <c>Values</c> are the cells by column name; <c>Changes</c> are the fields of an existing record before and after the row;
/// <c>Undone</c>, <c>Kept</c> and <c>Conflicts</c> tell what a revert did, and what it left alone because somebody changed it since.
/// </summary>
internal sealed record ImportRowView(
    int Row, string? Verdict, JsonObject Values, IReadOnlyList<MessageView> Messages, Guid? RecordId, string? Undone, string[]? Kept,
    IReadOnlyList<FieldChange> Changes, IReadOnlyList<ConflictView> Conflicts);

/// <summary>A field that a revert left as it is, with the value that was imported, the value it has, and who gave it that value.</summary>
internal sealed record ConflictView(string Field, JsonNode? Imported, JsonNode? Current, string? ChangedBy, string? ChangedByName, DateTimeOffset? ChangedAt);

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
            var rows = await ReadAsync(store, import, http, verdict ?? "", after, size + 1);
            var more = rows.Count > size;
            if (more) rows.RemoveAt(size);
            http.Response.Headers.CacheControl = "private, no-cache";
            return Results.Json(new ListAnswer<ImportRowView>(rows, new PageInfo(more ? rows[^1].Row.ToString(CultureInfo.InvariantCulture) : null, more), null), EventSerializer.Documents);
        }).Requires(Right.View("imports")).WithName("GetImportRows").Produces<ListAnswer<ImportRowView>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static async Task<List<ImportRowView>> ReadAsync(DocumentStore store, Import import, HttpContext http, string verdict, int after, int limit)
    {
        var (mask, chinese) = (CellMask.Of(http, import), Language.IsChinese(http));
        var target = http.RequestServices.GetRequiredService<TargetCatalogue>().Find(import.Target);
        await using var command = store.DataSource.CreateCommand("""
            select r.row, s.verdict, r.cells, coalesce(s.messages, '[]')::text, s.record_id, s.undone, s.kept, r.sealed, coalesce(s.changes, '[]')::text, coalesce(s.conflicts, '[]')::text
            from imports.rows r left join imports.results s on s.import_id = r.import_id and s.row = r.row
            where r.import_id = $1 and r.row > $2
              and case $3 when '' then true when 'warning' then s.severity = 1 and s.verdict <> 'error' when 'kept' then s.kept is not null else s.verdict = $3 end
            order by r.row limit $4
            """);
        command.Parameters.Add(Statement.Parameter(import.Id));
        command.Parameters.Add(Statement.Parameter(after));
        command.Parameters.Add(Statement.Parameter(verdict));
        command.Parameters.Add(Statement.Parameter(limit));
        await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
        var rows = new List<ImportRowView>(limit);
        while (await reader.ReadAsync(http.RequestAborted))
        {
            var cells = ImportTables.Cells(reader, 2, 7, store.Personal);
            if (mask is not null) cells = [.. cells.Select((cell, column) => mask.Cell(column, cell))];
            rows.Add(new ImportRowView(
                reader.GetInt32(0), reader.IsDBNull(1) ? null : reader.GetString(1),
                new JsonObject(import.Columns.Select(c => KeyValuePair.Create(c.Name, (JsonNode?)JsonValue.Create(cells[c.Index])))),
                [.. ImportTables.OpenedList<RowMessage>(reader.GetString(3), store.Personal).Select(m => new MessageView(m.Code, m.Field, m.Severity, mask is null ? chinese ? m.Zh : m.En : CellMask.Text(chinese ? m.Zh : m.En)))],
                reader.IsDBNull(4) ? null : reader.GetGuid(4), reader.IsDBNull(5) ? null : reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetFieldValue<string[]>(6),
                [.. ImportTables.OpenedList<FieldChange>(reader.GetString(8), store.Personal).Select(c => target?.Seen(c, http, store.Personal)).OfType<FieldChange>()],
                [.. ImportTables.OpenedList<KeptField>(reader.GetString(9), store.Personal).Select(k => target?.Seen(new FieldChange(k.Field, k.Imported, k.Current), http, store.Personal) is { } c
                    ? new ConflictView(c.Field, c.Before, c.After, k.By, null, k.At) : null).OfType<ConflictView>()]));
        }
        return await NamedAsync(rows, http);
    }

    /// <summary>With the names of people in place of their numbers.</summary>
    private static async Task<List<ImportRowView>> NamedAsync(List<ImportRowView> rows, HttpContext http)
    {
        var changes = rows.SelectMany(r => r.Changes).Where(c => IsUser(c.Field)).SelectMany(c => new[] { c.Before, c.After });
        var conflicts = rows.SelectMany(r => r.Conflicts).SelectMany(c => IsUser(c.Field) ? [c.Imported, c.Current, c.ChangedBy] : new JsonNode?[] { c.ChangedBy });
        string[] ids = [.. changes.Concat(conflicts).OfType<JsonValue>().Select(v => v.ToString()).Distinct()];
        if (ids.Length == 0) return rows;
        var names = await http.RequestServices.GetRequiredService<IUserDirectory>().NamesAsync(ids, http.RequestAborted);
        return rows.ConvertAll(r => r with
        {
            Changes = [.. r.Changes.Select(c => IsUser(c.Field) ? c with { Before = Name(c.Before), After = Name(c.After) } : c)],
            Conflicts =
            [
                .. r.Conflicts.Select(c => (IsUser(c.Field) ? c with { Imported = Name(c.Imported), Current = Name(c.Current) } : c) with
                {
                    ChangedByName = c.ChangedBy is null ? null : names.GetValueOrDefault(c.ChangedBy),
                }),
            ],
        });

        static bool IsUser(string field) => field.EndsWith("wnerId", StringComparison.Ordinal);
        JsonNode? Name(JsonNode? id) => id is null ? null : names.GetValueOrDefault(id.ToString()) is { } name ? JsonValue.Create(name) : id;
    }
}
