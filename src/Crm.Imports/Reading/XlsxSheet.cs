using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;

namespace Crm.Imports;

/// <summary>Rows of one sheet, element by element.</summary>
internal static class XlsxSheet
{
    public static IEnumerable<RawRow> Read(WorksheetPart part, XlsxValues values, SourceLimits limits)
    {
        using var reader = OpenXmlReader.Create(part);
        var number = 0;
        var cells = new List<string>();
        while (reader.Read())
        {
            if (reader.ElementType == typeof(Row) && reader.IsStartElement)
            {
                number = Attribute(reader, "r") is { } r && int.TryParse(r, out var given) && given > number ? given : number + 1;
                cells.Clear();
            }
            else if (reader.ElementType == typeof(Row) && reader.IsEndElement)
            {
                if (cells.Count > 0) yield return new RawRow(number, cells.ToArray());
            }
            else if (reader.ElementType == typeof(Cell) && reader.IsStartElement)
            {
                Add(cells, (Cell)reader.LoadCurrentElement()!, number, values, limits);
            }
        }
    }

    private static void Add(List<string> cells, Cell cell, int row, XlsxValues values, SourceLimits limits)
    {
        var text = values.Text(cell);
        if (text.Length == 0) return;
        var column = Column(cell.CellReference?.Value) ?? cells.Count;
        if (column >= limits.MaxColumns) throw SourceFileErrors.TooManyColumns(row, limits.MaxColumns);
        if (text.Length > limits.MaxCellLength) throw SourceFileErrors.CellTooLong(row, limits.MaxCellLength);
        while (cells.Count < column) cells.Add("");
        if (cells.Count == column) cells.Add(text);
        else cells[column] = text;
    }

    private static string? Attribute(OpenXmlReader reader, string name)
    {
        foreach (var attribute in reader.Attributes)
        {
            if (attribute.LocalName == name) return attribute.Value;
        }
        return null;
    }

    /// <summary>Zero-based column of a reference such as <c>AB12</c>.</summary>
    private static int? Column(string? reference)
    {
        if (string.IsNullOrEmpty(reference)) return null;
        var column = 0;
        foreach (var c in reference)
        {
            if (!char.IsAsciiLetter(c)) break;
            column = (column * 26) + (char.ToUpperInvariant(c) - 'A' + 1);
            if (column > 20_000) break;
        }
        return column - 1;
    }
}
