using System.IO.Compression;
using System.Text;

namespace Crm.Imports.Tests;

/// <summary>Files for tests: the sales data, and workbooks written part by part so that the reader is not tested against its own library.</summary>
internal static class Files
{
    static Files() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public static Encoding Gb18030 => Encoding.GetEncoding("GB18030");

    public static string SalesPath(string name) => Path.Combine(AppContext.BaseDirectory, "data", name);

    public static FileStream Sales(string name) => File.OpenRead(SalesPath(name));

    public static SourceFile OpenText(string text, SourceLimits? limits = null) => OpenBytes(Encoding.UTF8.GetBytes(text), limits);

    public static SourceFile OpenBytes(byte[] bytes, SourceLimits? limits = null) => SourceFile.Open(new MemoryStream(bytes), "test", limits);

    public static IReadOnlyList<ColumnProfile> Profile(SourceFile file)
    {
        var profilers = file.Columns.Select((name, i) => new ColumnProfiler(name, i)).ToList();
        foreach (var row in file.Rows())
        {
            for (var i = 0; i < profilers.Count; i++) profilers[i].Add(row.Cells[i]);
        }
        return profilers.Select(p => p.Profile()).ToList();
    }

    /// <param name="sheetData">Content of <c>sheetData</c>.</param>
    /// <param name="strings">Shared strings.</param>
    /// <param name="styles">Content of <c>cellXfs</c> and before.</param>
    /// <param name="extra">Further parts by name.</param>
    public static byte[] Workbook(string sheetData, string[]? strings = null, string? styles = null, string workbookPr = "", params (string Name, byte[] Content)[] extra)
    {
        var parts = new List<(string, byte[])>
        {
            ("[Content_Types].xml", Xml("""
                <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
                <Default Extension="xml" ContentType="application/xml"/><Default Extension="bin" ContentType="application/octet-stream"/>
                <Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
                <Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
                <Override PartName="/xl/worksheets/sheet2.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
                <Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
                <Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>
                """)),
            ("_rels/.rels", Xml("""
                <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
                Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>
                """)),
            ("xl/_rels/workbook.xml.rels", Xml("""
                <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
                <Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
                <Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/>
                <Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>
                <Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>
                """)),
            ("xl/workbook.xml", Xml($"""
                <workbook xmlns="{Main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">{workbookPr}<sheets>
                <sheet name="空表" sheetId="1" r:id="rId1"/><sheet name="客户" sheetId="2" r:id="rId2"/></sheets></workbook>
                """)),
            ("xl/worksheets/sheet1.xml", Xml($"""<worksheet xmlns="{Main}"><sheetData/></worksheet>""")),
            ("xl/worksheets/sheet2.xml", Xml($"""<worksheet xmlns="{Main}"><sheetData>{sheetData}</sheetData></worksheet>""")),
            ("xl/styles.xml", Xml($"""<styleSheet xmlns="{Main}">{styles}</styleSheet>""")),
            ("xl/sharedStrings.xml", Xml($"""<sst xmlns="{Main}">{string.Concat((strings ?? []).Select(s => $"<si>{s}</si>"))}</sst>""")),
        };
        return Zip([.. parts, .. extra]);
    }

    public static byte[] Zip(params IReadOnlyList<(string Name, byte[] Content)> parts)
    {
        var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in parts)
            {
                using var part = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
                part.Write(content);
            }
        }
        return bytes.ToArray();
    }

    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    private static byte[] Xml(string text) => Encoding.UTF8.GetBytes(text);
}
