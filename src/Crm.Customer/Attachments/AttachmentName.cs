using System.Globalization;

namespace Crm.Customers;

/// <summary>Names of files as they are kept: what could lead elsewhere or be read as another name is taken out.</summary>
internal static class AttachmentName
{
    private const int Longest = 200;

    // What a double click runs or opens as a page, whatever is in it: text has no signature.
    private static readonly string[] Active =
    [
        ".exe", ".dll", ".com", ".scr", ".pif", ".msi", ".msp", ".cpl", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".js", ".mjs", ".jse", ".wsf", ".wsh", ".hta", ".lnk", ".url", ".reg", ".jar", ".sh",
        ".app", ".scf", ".inf", ".htm", ".html", ".xhtml", ".shtml", ".svg", ".mht", ".mhtml", ".chm", ".swf", ".apk", ".appx", ".desktop", ".iso", ".img", ".vhd", ".vhdx",
    ];

    /// <summary>The last part of a path without control characters, direction marks and other invisible ones, in Unicode's composed form; empty if nothing is left.</summary>
    public static string Clean(string? name)
    {
        var text = name ?? "";
        text = text[(text.LastIndexOfAny(['/', '\\']) + 1)..];
        // A lone half of a surrogate pair cannot be stored.
        text = string.Concat(text.EnumerateRunes().Where(r => r != System.Text.Rune.ReplacementChar && System.Text.Rune.GetUnicodeCategory(r)
            is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)));
        text = new string([.. text.Normalize().Select(c => "<>:\"|?*".Contains(c, StringComparison.Ordinal) ? '_' : c)]).Trim().Trim('.').Trim();
        if (text.Length <= Longest) return text;
        // The end says what it is.
        var extension = Extension(text) is { Length: <= 20 } end ? end : "";
        var kept = Longest - extension.Length;
        return text[..(char.IsHighSurrogate(text[kept - 1]) ? kept - 1 : kept)] + extension;
    }

    /// <summary>Whether the name is that of a program, a script or a page.</summary>
    public static bool IsActive(string name) => Active.Contains(Extension(name), StringComparer.OrdinalIgnoreCase);

    /// <summary>The extension with its point, in lower case.</summary>
    public static string Extension(string name) => Path.GetExtension(name).ToLowerInvariant();
}
