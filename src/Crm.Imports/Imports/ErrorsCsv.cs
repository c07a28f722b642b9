using System.Globalization;
using System.Net.Mime;
using System.Text;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Imports;

/// <summary>
/// <c>GET {id}/errors.csv</c>: every row that was refused or left out, as it stood in the file, with its number and the reason in the caller's language.
/// Corrected, the file can be imported again: the two added columns are not proposed as fields. Masked like the rows, see <see cref="CellMask"/>.
/// </summary>
internal static class ErrorsCsvFeature
{
    public const string RowColumn = "crm_row";
    public const string ReasonColumn = "crm_reason";

    public static void Map(IEndpointRouteBuilder imports) =>
        imports.MapGet("{id:guid}/errors.csv", async (HttpContext http, Guid id, DocumentStore store) =>
        {
            if (await store.Query.AggregateStreamAsync<Import>(id, ct: http.RequestAborted) is not { } import) throw ProblemException.NotFound();
            await Access.Of(http).SeesAsync(http.RequestServices.GetRequiredService<Resource<Import>>(), import, http.RequestAborted);
            http.Response.ContentType = "text/csv; charset=utf-8";
            http.Response.Headers.ContentDisposition = $"attachment; filename=\"errors.csv\"; filename*=UTF-8''{Uri.EscapeDataString(Path.GetFileNameWithoutExtension(import.FileName) + "-errors.csv")}";
            http.Response.Headers.CacheControl = "private, no-store";
            // With a byte order mark spreadsheets read the text as UTF-8.
            await using var text = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), bufferSize: 32_768, leaveOpen: true);
            await WriteAsync(text, import, store, CellMask.Of(http, import), Language.IsChinese(http), http.RequestAborted);
        }).Requires(Right.View("imports")).WithName("GetImportErrors").Produces(200, contentType: MediaTypeNames.Text.Csv).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static async Task WriteAsync(StreamWriter text, Import import, DocumentStore store, CellMask? mask, bool chinese, CancellationToken ct)
    {
        await text.WriteAsync(CsvText.Row([.. import.Columns.Select(c => c.Name), RowColumn, ReasonColumn]));
        for (var after = 0; ;)
        {
            await using var command = store.DataSource.CreateCommand("""
                select r.row, r.cells, s.messages::text, r.sealed from imports.results s join imports.rows r on r.import_id = s.import_id and r.row = s.row
                where s.import_id = $1 and s.row > $2 and s.verdict in ('skip', 'error') order by s.row limit 1000
                """);
            command.Parameters.Add(Statement.Parameter(import.Id));
            command.Parameters.Add(Statement.Parameter(after));
            await using var reader = await command.ExecuteReaderAsync(ct);
            var count = 0;
            for (; await reader.ReadAsync(ct); count++)
            {
                after = reader.GetInt32(0);
                var reasons = ImportTables.OpenedList<RowMessage>(reader.GetString(2), store.Personal).Select(m => chinese ? m.Zh : m.En).Select(m => mask is null ? m : CellMask.Text(m));
                var cells = ImportTables.Cells(reader, 1, 3, store.Personal);
                if (mask is not null) cells = [.. cells.Select((cell, column) => mask.Cell(column, cell))];
                var width = import.Columns.Length;
                await text.WriteAsync(CsvText.Row(
                    [.. cells[..width], after.ToString(CultureInfo.InvariantCulture), string.Join(chinese ? "" : " ", reasons), .. cells[width..]]));
            }
            if (count < 1000) return;
        }
    }
}
