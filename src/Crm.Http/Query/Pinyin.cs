namespace Crm.Http;

/// <summary>Readings of Chinese characters (U+4E00 to U+9FFF), from the table <c>Pinyin.txt</c>; its first line names source and version.</summary>
public static class Pinyin
{
    // A name of several characters with two readings each is read in at most this many ways.
    private const int MaxReadings = 8;

    // Long texts are found by their characters; their pinyin would only bloat the index.
    private const int MaxIdeographs = 40;

    private static readonly Lazy<string[]?[]> Table = new(Load);

    /// <summary>
    /// The full pinyin and the initials of a lower-case value, letters and digits between the characters kept, everything else dropped:
    /// 张三 gives zhangsan and zs. Empty when the value has no Chinese character.
    /// </summary>
    public static IReadOnlyCollection<string> Readings(string value)
    {
        var count = value.Count(c => Of(c) is not null);
        if (count is 0 or > MaxIdeographs) return [];
        List<(string Full, string Initials)> readings = [("", "")];
        foreach (var c in value)
        {
            var options = Of(c) ?? (char.IsLetterOrDigit(c) ? [c.ToString()] : [""]);
            var taken = readings.Count * options.Length <= MaxReadings ? options : options[..1];
            readings = [.. readings.SelectMany(r => taken.Select(o => (r.Full + o, r.Initials + (o.Length == 0 ? "" : o[..1]))))];
        }
        return [.. readings.SelectMany(r => (string[])[r.Full, r.Initials]).Distinct()];
    }

    /// <summary>A key that orders Chinese names by pinyin among Latin ones: each character by its usual reading.</summary>
    public static string SortKey(string value) =>
        string.Concat(value.ToLowerInvariant().Select(c => Of(c) is { } options ? options[0] : c.ToString()));

    /// <summary>The readings of a character, the usual one first, ü written v; null if it is not in the table.</summary>
    private static string[]? Of(char c) => c is >= '\u4e00' and <= '\u9fff' ? Table.Value[c - '\u4e00'] : null;

    private static string[]?[] Load()
    {
        var table = new string[]?[0x9fff - 0x4e00 + 1];
        using var stream = typeof(Pinyin).Assembly.GetManifestResourceStream("Crm.Http.Query.Pinyin.txt")!;
        using var lines = new StreamReader(stream);
        while (lines.ReadLine() is { } line)
        {
            // syllable, characters of which it is the usual reading, characters of which it is another.
            if (line.StartsWith('#') || line.Split('\t') is not [var syllable, var usual, var other]) continue;
            foreach (var c in usual) table[c - '\u4e00'] = [syllable, .. table[c - '\u4e00'] ?? []];
            foreach (var c in other) table[c - '\u4e00'] = [.. table[c - '\u4e00'] ?? [], syllable];
        }
        return table;
    }
}
