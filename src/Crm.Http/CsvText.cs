namespace Crm.Http;

/// <summary>Text of a CSV file that is safe to open in a spreadsheet.</summary>
public static class CsvText
{
    private static readonly char[] Special = [',', '"', '\r', '\n'];

    /// <summary>One line with its end.</summary>
    public static string Row(IReadOnlyList<string> cells) => string.Join(',', cells.Select(Cell)) + "\r\n";

    /// <summary>
    /// A cell that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection); numbers and telephone numbers may begin with a sign.
    /// <see cref="Unguarded"/> takes the apostrophe away again.
    /// </summary>
    private static string Cell(string value)
    {
        if (value.Length > 0 && IsFormula(value)) value = "'" + value;
        return value.AsSpan().IndexOfAny(Special) >= 0 ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
    }

    private static bool IsFormula(string value) => value[0] switch
    {
        '=' or '@' or '\t' or '\r' => true,
        '+' or '-' => value.Any(c => !(char.IsAsciiDigit(c) || c is '+' or '-' or '.' or ',' or ' ' or '(' or ')')),
        _ => false,
    };

    /// <summary>The cell without the apostrophe that <see cref="Row"/> added.</summary>
    public static string Unguarded(string cell) => cell.Length > 1 && cell[0] == '\'' && cell[1] is '=' or '@' or '+' or '-' ? cell[1..] : cell;
}
