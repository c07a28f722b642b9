using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports;

/// <summary>What rows of files hold of customers: those that became a customer, changed one or were left out because of one.</summary>
internal sealed class ImportRecords(DocumentStore store) : IPersonalRecords
{
    public string Name => "imports";

    public Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        // A row is about a customer; contacts are not imported.
        if (contact is not null) return Task.CompletedTask;
        session.Sql.Add($"""
            update imports.rows r set sealed = null, cells = array_fill(''::text, array[jsonb_array_length(i.doc->'columns')])
            from imports.results s join imports.imports i on i.id = s.import_id
            where s.record_id = {customer} and r.import_id = s.import_id and r.row = s.row
            """);
        session.Sql.Add($"update imports.results set messages = '[]' where record_id = {customer}");
        return Task.CompletedTask;
    }

    public async Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select i.id, i.doc->>'fileName', s.row, r.cells, r.sealed from imports.results s join imports.imports i on i.id = s.import_id
            join imports.rows r on r.import_id = s.import_id and r.row = s.row where s.record_id = $1 order by i.id, s.row
            """);
        command.Parameters.Add(Statement.Parameter(customer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new JsonArray();
        while (await reader.ReadAsync(ct))
            rows.Add(new JsonObject
            {
                ["importId"] = reader.GetGuid(0), ["fileName"] = reader.IsDBNull(1) ? null : reader.GetString(1), ["row"] = reader.GetInt32(2),
                ["cells"] = new JsonArray([.. ImportTables.Cells(reader, 3, 4, store.Personal).Select(c => (JsonNode)c)]),
            });
        return rows;
    }
}
