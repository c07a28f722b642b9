using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Crm.Exports;

/// <summary>
/// A workbook (ECMA-376): text is text and never a formula, days, instants, numbers and amounts are values. Rows are written part by part as the pieces of XML they
/// become, so that a job that was broken off goes on and the file is put together while it is sent, never in memory. What does not fit on a sheet goes to the next one.
/// </summary>
internal static class Workbook
{
    /// <summary>Rows of a sheet below its heading: whole parts, within the 1,048,576 rows that a sheet can have.</summary>
    public const int SheetRows = 1_045_000;

    private const int LongestText = 32_767;
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Declaration = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>""";

    // Formats of cells by number: 1 day, 2 instant, 3 amount, 4 heading, 5 text that must stay text when it is edited.
    private const string Styles = $"""
        {Declaration}<styleSheet xmlns="{Main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs></styleSheet>
        """;

    /// <summary>Rows of a part.</summary>
    public static byte[] Rows(IEnumerable<IReadOnlyList<Cell>> rows)
    {
        var xml = new StringBuilder();
        foreach (var row in rows) Row(xml, row, null);
        return Encoding.UTF8.GetBytes(xml.ToString());
    }

    /// <summary>The file, of its parts, each of <paramref name="rowsOfPart"/> rows or, the last, fewer.</summary>
    public static async Task WriteAsync(Stream output, IReadOnlyList<FileColumn> columns, IAsyncEnumerable<byte[]> parts, CancellationToken ct, int rowsOfPart = ExportJob.Part, int sheetRows = SheetRows)
    {
        await using var zip = await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, null, ct);
        var sheets = 0;
        var room = 0;
        Stream? sheet = null;
        await foreach (var part in parts.WithCancellation(ct))
        {
            if (room < rowsOfPart) (sheet, room) = (await NextAsync(), sheetRows);
            await sheet!.WriteAsync(part, ct);
            room -= rowsOfPart;
        }
        sheet ??= await NextAsync();
        await EndAsync(sheet);
        await AddAsync("xl/styles.xml", Styles);
        await AddAsync("xl/workbook.xml", $"""
            {Declaration}<workbook xmlns="{Main}" xmlns:r="{Office}"><sheets>{Each(n => $"""<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>""")}</sheets></workbook>
            """);
        await AddAsync("xl/_rels/workbook.xml.rels", $"""
            {Declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{Each(n => $"""<Relationship Id="rId{n}" Type="{Office}/worksheet" Target="worksheets/sheet{n}.xml"/>""")}<Relationship Id="rId{sheets + 1}" Type="{Office}/styles" Target="styles.xml"/></Relationships>
            """);
        await AddAsync("_rels/.rels", $"""
            {Declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{Office}/officeDocument" Target="xl/workbook.xml"/></Relationships>
            """);
        await AddAsync("[Content_Types].xml", $"""
            {Declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>{Each(n => $"""<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>""")}</Types>
            """);

        async Task<Stream> NextAsync()
        {
            if (sheet is not null) await EndAsync(sheet);
            var next = await zip.CreateEntry($"xl/worksheets/sheet{++sheets}.xml", CompressionLevel.Fastest).OpenAsync(ct);
            var xml = new StringBuilder($"""
                {Declaration}<worksheet xmlns="{Main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" max="{columns.Count}" width="18" customWidth="1"/></cols><sheetData>
                """.TrimEnd());
            Row(xml, [.. columns.Select(c => new Cell(CellKind.Text, c.Title))], 4);
            await next.WriteAsync(Encoding.UTF8.GetBytes(xml.ToString()), ct);
            return next;
        }

        async Task EndAsync(Stream ended)
        {
            await ended.WriteAsync("</sheetData></worksheet>"u8.ToArray(), ct);
            await ended.DisposeAsync();
        }

        async Task AddAsync(string name, string xml)
        {
            await using var entry = await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(ct);
            await entry.WriteAsync(Encoding.UTF8.GetBytes(xml.Trim()), ct);
        }

        string Each(Func<int, string> sheetXml) => string.Concat(Enumerable.Range(1, sheets).Select(sheetXml));
    }

    private static void Row(StringBuilder xml, IReadOnlyList<Cell> cells, int? style)
    {
        xml.Append("<row>");
        foreach (var cell in cells) Write(xml, cell, style);
        xml.Append("</row>");
    }

    private static void Write(StringBuilder xml, Cell cell, int? style)
    {
        if (cell.Text.Length == 0) xml.Append("<c/>");
        else if (Number(cell) is var (format, number)) xml.Append(CultureInfo.InvariantCulture, $"<c s=\"{format}\"><v>{number}</v></c>");
        else
        {
            var format5 = style ?? (cell.Text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? 5 : 0);
            xml.Append(CultureInfo.InvariantCulture, $"<c s=\"{format5}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
            Escape(xml, cell.Text.Length > LongestText ? cell.Text[..(LongestText - 1)] + "…" : cell.Text);
            xml.Append("</t></is></c>");
        }
    }

    /// <summary>The value of what is no text; what a spreadsheet would not keep exactly stays text.</summary>
    private static (int Format, string Text)? Number(Cell cell)
    {
        switch (cell.Kind)
        {
            case CellKind.Number or CellKind.Money when cell.Text.Count(char.IsAsciiDigit) <= 15:
                return (cell.Kind == CellKind.Money ? 3 : 0, cell.Text);
            case CellKind.Day or CellKind.Moment when DateTime.TryParse(cell.Text, CultureInfo.InvariantCulture, out var at) && at.Year > 1900:
                return (cell.Kind == CellKind.Day ? 1 : 2, at.ToOADate().ToString("R", CultureInfo.InvariantCulture));
            default:
                return null;
        }
    }

    private static void Escape(StringBuilder xml, string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            switch (c)
            {
                case '&': xml.Append("&amp;"); break;
                case '<': xml.Append("&lt;"); break;
                case '>': xml.Append("&gt;"); break;
                case '\r': xml.Append("_x000D_"); break;
                // What looks like the escape of a character is escaped itself.
                case '_' when i + 6 < text.Length && text[i + 1] == 'x' && text[i + 6] == '_': xml.Append("_x005F_"); break;
                case '\t' or '\n' or (>= ' ' and < '\ud800') or (>= '\ue000' and < '\ufffe'): xml.Append(c); break;
                case var _ when char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]): xml.Append(c).Append(text[++i]); break;
                default: xml.Append(CultureInfo.InvariantCulture, $"_x{(int)c:X4}_"); break;
            }
        }
    }
}
