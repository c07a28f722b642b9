using System.Text;

namespace Crm.Imports;

/// <summary>The encoding of a whole text file, proved by decoding all of it strictly.</summary>
internal sealed record TextEncoding(string Name, Encoding Encoding, int BomLength)
{
    static TextEncoding() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Byte order mark, else strict UTF-8, else strict GB18030 (which contains GBK and GB2312), else a refusal: nothing is guessed.</summary>
    public static TextEncoding Detect(Stream stream)
    {
        Span<byte> head = stackalloc byte[4];
        stream.Position = 0;
        head = head[..stream.ReadAtLeast(head, 4, throwOnEndOfStream: false)];
        if (head is [0xEF, 0xBB, 0xBF, ..]) return Proved(stream, new("UTF-8", Utf8, 3)) ?? throw SourceFileErrors.UnknownEncoding();
        if (head is [0xFF, 0xFE, ..]) return Proved(stream, new("UTF-16LE", Utf16(bigEndian: false), 2)) ?? throw SourceFileErrors.UnknownEncoding();
        if (head is [0xFE, 0xFF, ..]) return Proved(stream, new("UTF-16BE", Utf16(bigEndian: true), 2)) ?? throw SourceFileErrors.UnknownEncoding();
        return Proved(stream, new("UTF-8", Utf8, 0))
            ?? Proved(stream, new("GB18030", Gb18030, 0))
            ?? throw SourceFileErrors.UnknownEncoding();
    }

    public StreamReader Read(Stream stream)
    {
        stream.Position = BomLength;
        return new StreamReader(stream, Encoding, detectEncodingFromByteOrderMarks: false, bufferSize: 65_536, leaveOpen: true);
    }

    private static UTF8Encoding Utf8 => new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static UnicodeEncoding Utf16(bool bigEndian) => new(bigEndian, byteOrderMark: false, throwOnInvalidBytes: true);

    private static Encoding Gb18030 => Encoding.GetEncoding("GB18030", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    private static TextEncoding? Proved(Stream stream, TextEncoding candidate)
    {
        try
        {
            using var text = candidate.Read(stream);
            var block = new char[65_536];
            long line = 1;
            for (int read; (read = text.Read(block, 0, block.Length)) > 0;)
            {
                var part = block.AsSpan(0, read);
                var nul = part.IndexOf('\0');
                if (nul >= 0) throw SourceFileErrors.Nul(line + part[..nul].Count('\n'));
                line += part.Count('\n');
            }
            return candidate;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
