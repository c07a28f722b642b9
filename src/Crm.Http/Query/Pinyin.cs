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
    /// The full pinyin and the initials of a lower-case value, once for each way to read it, letters and digits between the characters kept, everything else dropped:
    /// 张三 gives zhangsan and zs. Empty when the value has no Chinese character.
    /// </summary>
    internal static IReadOnlyList<(string Full, string Initials)> Ways(string value)
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
        return readings;
    }

    /// <summary>
    /// The full pinyin of every two and every three characters that stand side by side among the first eight of a value: what a person, a brand or a trade is called by.
    /// 深圳腾讯 gives shenzhen, zhenteng, tengxun, shenzhenteng and zhentengxun. Of characters that are read in several ways at most four readings together.
    /// </summary>
    public static IEnumerable<string> Windows(string value)
    {
        var places = Enumerable.Range(0, value.Length).Where(i => Of(value[i]) is not null).Take(8).ToList();
        foreach (var length in (int[])[2, 3])
            foreach (var start in places.Where(i => places.Contains(i + length - 1) && Enumerable.Range(i, length).All(places.Contains)))
            {
                List<string> readings = [""];
                foreach (var c in value.AsSpan(start, length))
                {
                    var options = Of(c)!;
                    readings = [.. readings.SelectMany(r => (readings.Count * options.Length <= 4 ? options : options[..1]).Select(o => r + o))];
                }
                foreach (var reading in readings) yield return reading;
            }
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
