using System.Text;

namespace Crm.Imports;

/// <summary>Tells a workbook from text by the first bytes and refuses what is neither.</summary>
internal static class FileSignature
{
    private static readonly byte[] Zip = [0x50, 0x4B];
    private static readonly byte[] CompoundFile = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    private static readonly byte[][] Foreign =
    [
        "%PDF"u8.ToArray(), [0x89, 0x50, 0x4E, 0x47], [0xFF, 0xD8, 0xFF], "GIF8"u8.ToArray(), [0x1F, 0x8B], "Rar!"u8.ToArray(),
        [0x37, 0x7A, 0xBC, 0xAF], [0x7F, 0x45, 0x4C, 0x46], "{\\rtf"u8.ToArray(), "SQLite format 3"u8.ToArray(),
    ];
    private static readonly string[] Markup = ["<!doctype", "<html", "<?xml", "<table"];

    public static SourceKind Recognise(Stream stream)
    {
        var head = new byte[4096];
        stream.Position = 0;
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.AsSpan().StartsWith(CompoundFile)) throw IsEncrypted(stream) ? SourceFileErrors.Encrypted() : SourceFileErrors.OldExcel();
        if (head.AsSpan().StartsWith(Zip) && head is [_, _, 3 or 5 or 7, 4 or 6 or 8, ..]) return SourceKind.Xlsx;
        if (Foreign.Any(f => head.AsSpan().StartsWith(f))) throw SourceFileErrors.NotATable();
        var text = Encoding.Latin1.GetString(head).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        if (Markup.Any(m => text.StartsWith(m, StringComparison.OrdinalIgnoreCase))) throw SourceFileErrors.NotATable();
        return SourceKind.Csv;
    }

    /// <summary>An encrypted workbook is a compound file with a stream of this name ([MS-OFFCRYPTO] 2.3.4.4) in its directory.</summary>
    private static bool IsEncrypted(Stream stream)
    {
        var name = Encoding.Unicode.GetBytes("EncryptedPackage");
        var block = new byte[65_536 + name.Length];
        var kept = 0;
        stream.Position = 0;
        for (int read; (read = stream.Read(block, kept, block.Length - kept)) > 0;)
        {
            var filled = kept + read;
            if (block.AsSpan(0, filled).IndexOf(name) >= 0) return true;
            kept = Math.Min(name.Length, filled);
            block.AsSpan(filled - kept, kept).CopyTo(block);
        }
        return false;
    }
}
