using System.Globalization;
using System.Net;
using System.Text;
using Crm.EventStore;
using Crm.Messaging;
using Crm.Testing;
using CsvHelper;
using CsvHelper.Configuration;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;
using DocumentFormat.OpenXml.Validation;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;
using SheetCell = DocumentFormat.OpenXml.Spreadsheet.Cell;

namespace Crm.Exports.Tests;

/// <summary>What others make of the files: a CSV reader and the reader of workbooks that Microsoft publishes.</summary>
internal static class Files
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    /// <summary>A cell as a spreadsheet program holds it.</summary>
    public sealed record Read(string Value, bool IsText, bool HasFormula);

    /// <summary>The export once it has ended.</summary>
    public static Task<Reply> DoneAsync(Api api, Reply export) => UntilAsync(api, export.Id, e => e["status"]!.ToString() is not ("waiting" or "running"));

    /// <summary>The export once something holds of it.</summary>
    public static async Task<Reply> UntilAsync(Api api, Guid id, Func<Reply, bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience.Limit);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await tick.WaitForNextTickAsync(patience.Token))
        {
            var now = await api.Get($"exports/{id}");
            // While connections are being killed an answer may be 503.
            if (now.Status == HttpStatusCode.ServiceUnavailable) continue;
            if (condition(now.Is(HttpStatusCode.OK))) return now;
        }
        throw new TimeoutException();
    }

    public static async Task<byte[]> BytesAsync(Api api, Reply export)
    {
        export["status"]!.ToString().ShouldBe("completed", export.Text);
        using var answer = await api.Http.GetAsync(new Uri($"/api/v1/exports/{export.Id}/file", UriKind.Relative), Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Ct));
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        return await answer.Content.ReadAsByteArrayAsync(Ct);
    }

    public static List<string[]> Csv(byte[] bytes)
    {
        bytes[..3].ShouldBe(Encoding.UTF8.Preamble.ToArray());
        using var reader = new CsvParser(new StreamReader(new MemoryStream(bytes), Encoding.UTF8), new CsvConfiguration(CultureInfo.InvariantCulture));
        var rows = new List<string[]>();
        while (reader.Read()) rows.Add(reader.Record!);
        return rows;
    }

    public static IReadOnlyList<string> Faults(byte[] bytes)
    {
        using var document = SpreadsheetDocument.Open(new MemoryStream(bytes), false);
        return [.. new OpenXmlValidator(FileFormatVersions.Office2019).Validate(document, Ct).Select(e => $"{e.Part?.Uri} {e.Path?.XPath}: {e.Description}")];
    }

    /// <summary>The rows of every sheet.</summary>
    public static IReadOnlyList<List<Read[]>> Xlsx(byte[] bytes)
    {
        using var document = SpreadsheetDocument.Open(new MemoryStream(bytes), false);
        var book = document.WorkbookPart!;
        return
        [
            .. book.Workbook.Descendants<Sheet>().Select(sheet => ((WorksheetPart)book.GetPartById(sheet.Id!)).Worksheet.Descendants<Row>()
                .Select(row => row.Elements<SheetCell>().Select(Of).ToArray()).ToList()),
        ];
    }

    /// <summary>Has the hourly removal of expired files done now.</summary>
    public static async Task ExpireAsync(CrmApp app)
    {
        await using var session = app.Store.OpenSession(new EventContext("system", "test"));
        app.Services.GetRequiredService<MessageBus>().Send(session, new RemoveExpiredExports());
        await session.SaveChangesAsync(Ct);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await tick.WaitForNextTickAsync(Ct))
        {
            await using var command = app.Store.DataSource.CreateCommand("select count(*) from exports.files where expires_at <= now()");
            if ((long)(await command.ExecuteScalarAsync(Ct))! == 0) return;
        }
    }

    private static Read Of(SheetCell cell)
    {
        var text = cell.DataType?.Value == CellValues.InlineString;
        var value = text ? cell.InlineString!.Text!.Text : cell.CellValue?.Text ?? "";
        // ECMA-376, ST_Xstring: a character that XML cannot have.
        value = System.Text.RegularExpressions.Regex.Replace(value, "_x([0-9A-F]{4})_", m => ((char)int.Parse(m.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());
        return new Read(value, text, cell.CellFormula is not null);
    }
}
