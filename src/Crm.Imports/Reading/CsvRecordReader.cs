using System.Text;

namespace Crm.Imports;

/// <summary>
/// Reads RFC 4180 records from text. Own code because limits must hold before a cell or row is built, and because a record number is needed that
/// agrees with what a spreadsheet shows. Deviations that spreadsheets tolerate are tolerated: a quotation mark inside an unquoted cell, text after
/// a closing quotation mark, lone CR as a line end.
/// </summary>
internal sealed class CsvRecordReader(TextReader text, char delimiter, SourceLimits limits)
{
    private readonly char[] buffer = new char[32_768];
    private readonly StringBuilder cell = new();
    private int length;
    private int at;
    private int recordLength;

    /// <summary>Number of the record that was read last, from 1, blank lines counted.</summary>
    public int RecordNumber { get; private set; }

    /// <summary>Reads the next record into <paramref name="cells"/>; false at the end.</summary>
    public bool Read(List<string> cells)
    {
        cells.Clear();
        if (!HasMore()) return false;
        RecordNumber++;
        recordLength = 0;
        while (ReadCell(cells))
        {
        }
        return true;
    }

    /// <returns>Whether another cell of the same record follows.</returns>
    private bool ReadCell(List<string> cells)
    {
        if (cells.Count == limits.MaxColumns) throw SourceFileErrors.TooManyColumns(RecordNumber, limits.MaxColumns);
        cell.Clear();
        if (HasMore() && buffer[at] == '"')
        {
            at++;
            ReadQuoted();
        }
        while (HasMore())
        {
            var rest = buffer.AsSpan(at, length - at);
            var stop = rest.IndexOfAny(delimiter, '\r', '\n');
            Take(stop < 0 ? rest : rest[..stop]);
            if (stop < 0) continue;
            var end = buffer[at++];
            cells.Add(cell.ToString());
            if (end == delimiter) return true;
            if (end == '\r' && HasMore() && buffer[at] == '\n') at++;
            return false;
        }
        cells.Add(cell.ToString());
        return false;
    }

    private void ReadQuoted()
    {
        while (HasMore())
        {
            var rest = buffer.AsSpan(at, length - at);
            var quote = rest.IndexOf('"');
            Take(quote < 0 ? rest : rest[..quote]);
            if (quote < 0) continue;
            at++;
            if (!HasMore() || buffer[at] != '"') return;
            Take(buffer.AsSpan(at, 1));
        }
        throw SourceFileErrors.UnclosedQuote(RecordNumber);
    }

    private void Take(ReadOnlySpan<char> part)
    {
        at += part.Length;
        recordLength += part.Length + 1;
        if (cell.Length + part.Length > limits.MaxCellLength) throw SourceFileErrors.CellTooLong(RecordNumber, limits.MaxCellLength);
        if (recordLength > limits.MaxRowLength) throw SourceFileErrors.RowTooLong(RecordNumber, limits.MaxRowLength);
        cell.Append(part);
    }

    private bool HasMore()
    {
        if (at < length) return true;
        at = 0;
        length = text.Read(buffer, 0, buffer.Length);
        return length > 0;
    }
}
