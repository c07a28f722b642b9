using System.Xml;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;

namespace Crm.Imports;

/// <summary>The first visible sheet of a workbook that has data, read as a stream of elements. Only the shared strings and formats are kept.</summary>
internal sealed class XlsxFile : SourceFile
{
    private readonly Stream stream;
    private readonly string sheetId;
    private readonly XlsxValues values;

    public XlsxFile(Stream stream, string fileName, SourceLimits limits)
        : base(fileName, limits)
    {
        this.stream = stream;
        XlsxGuard.Check(stream, limits);
        (sheetId, var name, values) = Guarded(() =>
        {
            using var document = Open();
            var workbook = document.WorkbookPart ?? throw SourceFileErrors.NotAWorkbook();
            var loaded = XlsxValues.Load(workbook, limits);
            foreach (var sheet in workbook.Workbook.Descendants<Sheet>())
            {
                if (sheet.Id?.Value is not { } id || sheet.State?.Value is { } state && state != SheetStateValues.Visible) continue;
                if (workbook.GetPartById(id) is not WorksheetPart part) continue;
                if (XlsxSheet.Read(part, loaded, limits).Any(r => !r.IsBlank)) return (id, sheet.Name?.Value, loaded);
            }
            throw SourceFileErrors.Empty();
        });
        Format = new SourceFormat(SourceKind.Xlsx, null, null, false, name, 0);
    }

    private protected override IEnumerable<RawRow> ReadRaw()
    {
        using var document = Guarded(Open);
        using var rows = XlsxSheet.Read((WorksheetPart)document.WorkbookPart!.GetPartById(sheetId), values, Limits).GetEnumerator();
        while (Guarded(rows.MoveNext)) yield return rows.Current;
    }

    private SpreadsheetDocument Open()
    {
        stream.Position = 0;
        return SpreadsheetDocument.Open(stream, isEditable: false, new OpenSettings { AutoSave = false, MaxCharactersInPart = Limits.MaxExpandedBytes });
    }

    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is XmlException or InvalidDataException or FileFormatException or OpenXmlPackageException or ArgumentException
            or FormatException or InvalidOperationException or OverflowException or IOException or KeyNotFoundException)
        {
            throw SourceFileErrors.Damaged(e);
        }
    }
}
