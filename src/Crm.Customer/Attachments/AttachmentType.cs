using System.Text;

namespace Crm.Customers;

/// <summary>What a file is, by how its content begins (the signatures of the WHATWG MIME sniffing standard, and of programs).</summary>
internal static class AttachmentType
{
    /// <summary>The types that a browser shows and that run nothing.</summary>
    public static readonly string[] Pictures = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    private static readonly (byte[] Signature, string Type)[] Known =
    [
        ([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A], "image/png"), ([0xFF, 0xD8, 0xFF], "image/jpeg"), ([.. "GIF87a"u8], "image/gif"), ([.. "GIF89a"u8], "image/gif"),
        ([.. "%PDF-"u8], "application/pdf"), ([.. "II*\0"u8], "image/tiff"), ([.. "MM\0*"u8], "image/tiff"), ([.. "Rar!\u001A"u8], "application/vnd.rar"), ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "application/x-7z-compressed"),
        ([0x1F, 0x8B], "application/gzip"), ([.. "OggS"u8], "audio/ogg"), ([.. "ID3"u8], "audio/mpeg"), ([.. "{\\rtf"u8], "application/rtf"),
    ];

    private static readonly byte[][] Programs =
    [
        [.. "MZ"u8], [0x7F, .. "ELF"u8], [.. "#!"u8], [0xCA, 0xFE, 0xBA, 0xBE], [0xFE, 0xED, 0xFA, 0xCE], [0xFE, 0xED, 0xFA, 0xCF], [0xCE, 0xFA, 0xED, 0xFE], [0xCF, 0xFA, 0xED, 0xFE], [.. "dex\n"u8],
        [0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0],
    ];

    private static readonly string[] Pages = ["<!doctype", "<html", "<head", "<body", "<script", "<svg", "<iframe", "<math", "<style", "<!--"];

    private static readonly Dictionary<string, string> Office = new()
    {
        [".docx"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", [".xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        [".pptx"] = "application/vnd.openxmlformats-officedocument.presentationml.presentation", [".doc"] = "application/msword", [".xls"] = "application/vnd.ms-excel", [".ppt"] = "application/vnd.ms-powerpoint",
    };

    /// <summary>The media type of a content by its first bytes; null for a program, a script or a page. The name decides only between formats that begin alike.</summary>
    /// <param name="head">How it begins: 4,096 bytes, or all of it.</param>
    /// <param name="name">The file's name.</param>
    public static string? Of(ReadOnlySpan<byte> head, string name)
    {
        foreach (var program in Programs)
            if (head.StartsWith(program)) return null;
        foreach (var (signature, type) in Known)
            if (head.StartsWith(signature)) return type;
        var extension = AttachmentName.Extension(name);
        if (head.StartsWith("RIFF"u8) && head.Length >= 12) return head[8..12].SequenceEqual("WEBP"u8) ? "image/webp" : head[8..12].SequenceEqual("WAVE"u8) ? "audio/wav" : "application/octet-stream";
        if (head.Length >= 12 && head[4..8].SequenceEqual("ftyp"u8)) return head[8..11].SequenceEqual("hei"u8) || head[8..11].SequenceEqual("mif"u8) ? "image/heic" : "video/mp4";
        if (head.StartsWith("PK\u0003\u0004"u8)) return extension is ".docx" or ".xlsx" or ".pptx" ? Office[extension] : "application/zip";
        if (head.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])) return extension is ".doc" or ".xls" or ".ppt" ? Office[extension] : "application/x-ole-storage";
        if (Text(head) is not { } text) return "application/octet-stream";
        var begin = text.TrimStart();
        if (begin.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase))
            return begin.Contains("<svg", StringComparison.OrdinalIgnoreCase) || begin.Contains("<html", StringComparison.OrdinalIgnoreCase) || begin.Contains("<script", StringComparison.OrdinalIgnoreCase) ? null : "application/xml";
        if (Pages.Any(p => begin.StartsWith(p, StringComparison.OrdinalIgnoreCase))) return null;
        return extension == ".csv" ? "text/csv" : "text/plain";
    }

    /// <summary>The beginning as text, or null if it is none: UTF-16 with its mark, else anything without a zero byte.</summary>
    private static string? Text(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? Encoding.Unicode.GetString(head[2..])
        : head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? Encoding.BigEndianUnicode.GetString(head[2..])
        : head.Contains((byte)0) ? null
        : Encoding.UTF8.GetString(head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? head[3..] : head);
}
