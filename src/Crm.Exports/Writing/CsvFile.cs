using System.Text;
using Crm.Http;

namespace Crm.Exports;

/// <summary>A file of comma-separated values: UTF-8 with a byte order mark, by which spreadsheets know it, and no cell that they would take for a formula.</summary>
internal static class CsvFile
{
    /// <summary>Rows of a part.</summary>
    public static byte[] Rows(IEnumerable<IReadOnlyList<Cell>> rows)
    {
        var text = new StringBuilder();
        // A number is no formula, whatever its sign.
        foreach (var row in rows) text.Append(CsvText.Row([.. row.Select(c => c.Text)]));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The file, of its parts.</summary>
    public static async Task WriteAsync(Stream output, IReadOnlyList<FileColumn> columns, IAsyncEnumerable<byte[]> parts, CancellationToken ct)
    {
        await output.WriteAsync(Encoding.UTF8.Preamble.ToArray(), ct);
        await output.WriteAsync(Encoding.UTF8.GetBytes(CsvText.Row([.. columns.Select(c => c.Title)])), ct);
        await foreach (var part in parts.WithCancellation(ct)) await output.WriteAsync(part, ct);
    }
}
