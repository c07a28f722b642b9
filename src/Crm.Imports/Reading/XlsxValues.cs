using System.Globalization;
using System.Text;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;

namespace Crm.Imports;

/// <summary>Turns stored cell values into text: shared strings resolved, dates as ISO, numbers exact without exponent.</summary>
internal sealed class XlsxValues
{
    private readonly List<string> strings = [];
    private readonly List<bool> dateStyles = [];
    private bool from1904;

    public static XlsxValues Load(WorkbookPart workbook, SourceLimits limits)
    {
        var values = new XlsxValues { from1904 = workbook.Workbook.WorkbookProperties?.Date1904?.Value ?? false };
        values.LoadStrings(workbook.SharedStringTablePart, limits);
        values.LoadStyles(workbook.WorkbookStylesPart?.Stylesheet);
        return values;
    }

    public string Text(Cell cell)
    {
        if (cell.DataType?.Value is { } type)
        {
            if (type == CellValues.InlineString) return Plain(cell.InlineString);
            if (type == CellValues.SharedString) return int.TryParse(cell.CellValue?.Text, out var i) && i >= 0 && i < strings.Count ? strings[i] : "";
            if (type == CellValues.Boolean) return cell.CellValue?.Text is "1" or "true" ? "TRUE" : "FALSE";
            if (type != CellValues.Number) return cell.CellValue?.Text ?? "";
        }
        var raw = cell.CellValue?.Text;
        if (string.IsNullOrEmpty(raw)) return "";
        var isDate = cell.StyleIndex?.Value is { } style && style < dateStyles.Count && dateStyles[(int)style];
        return isDate && double.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var serial)
            ? ExcelSerial.ToText(serial, from1904)
            : Number(raw);
    }

    private void LoadStrings(SharedStringTablePart? part, SourceLimits limits)
    {
        if (part is null) return;
        using var reader = OpenXmlReader.Create(part);
        while (reader.Read())
        {
            if (reader.ElementType != typeof(SharedStringItem) || !reader.IsStartElement) continue;
            var text = Plain((SharedStringItem)reader.LoadCurrentElement()!);
            if (text.Length > limits.MaxCellLength) throw SourceFileErrors.CellTooLong(0, limits.MaxCellLength);
            strings.Add(text);
        }
    }

    private void LoadStyles(Stylesheet? stylesheet)
    {
        if (stylesheet?.CellFormats is null) return;
        var custom = stylesheet.NumberingFormats?.Elements<NumberingFormat>()
            .Where(f => f.NumberFormatId is not null)
            .GroupBy(f => f.NumberFormatId!.Value)
            .ToDictionary(g => g.Key, g => g.Last().FormatCode?.Value ?? "") ?? [];
        foreach (var format in stylesheet.CellFormats.Elements<CellFormat>())
        {
            var id = format.NumberFormatId?.Value ?? 0;
            dateStyles.Add(custom.TryGetValue(id, out var code) ? IsDateFormat(code) : IsBuiltInDate(id));
        }
    }

    /// <summary>Runs of rich text joined, phonetic guides left out.</summary>
    private static string Plain(OpenXmlElement? item)
    {
        if (item is null) return "";
        var text = new StringBuilder();
        foreach (var part in item.Elements())
        {
            if (part is Text t) text.Append(t.Text);
            else if (part is Run run) text.Append(run.Text?.Text);
        }
        return text.ToString();
    }

    /// <summary>ECMA-376 part 1, 18.8.30: 14–22 and 45–47 everywhere, 27–36 and 50–58 in the Chinese, Japanese and Korean locales.</summary>
    private static bool IsBuiltInDate(uint id) => id is (>= 14 and <= 22) or (>= 27 and <= 36) or (>= 45 and <= 47) or (>= 50 and <= 58);

    /// <summary>A format is a date if a date letter stands outside quotation marks, brackets and escapes.</summary>
    private static bool IsDateFormat(string code)
    {
        for (var i = 0; i < code.Length; i++)
        {
            switch (code[i])
            {
                case '"': i = Skip(code, i, '"'); break;
                case '[': i = Skip(code, i, ']'); break;
                case '\\' or '_' or '*': i++; break;
                case 'y' or 'Y' or 'm' or 'M' or 'd' or 'D' or 'h' or 'H': return true;
                case ';': return false;
                default: break;
            }
        }
        return false;
    }

    private static int Skip(string code, int from, char end)
    {
        var to = code.IndexOf(end, from + 1);
        return to < 0 ? code.Length : to;
    }

    /// <summary>
    /// A workbook stores binary floating point as text, often with 17 digits (1.1000000000000001). The shortest text of the same number is what the
    /// person typed; it is written without an exponent, so that a telephone number kept as a number stays one.
    /// </summary>
    private static string Number(string raw)
    {
        if (!double.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return raw;
        if (raw.Length <= 15 && raw.All(c => char.IsAsciiDigit(c) || c is '-' or '.')) return raw;
        return decimal.TryParse(number.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
            ? exact.ToString("0.############################", CultureInfo.InvariantCulture)
            : raw;
    }
}
