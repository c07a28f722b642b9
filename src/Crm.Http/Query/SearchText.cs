using System.Globalization;
using System.Text;
using NpgsqlTypes;

namespace Crm.Http;

/// <summary>
/// What quick search needs of a record: <paramref name="Text"/> for the column <c>search text</c>, <paramref name="Grams"/> for <c>grams text[]</c>
/// with an index <c>using gin (grams)</c>. The grams find candidates by index, <c>like</c> over the text proves them, so there are no false hits.
/// Found by: any two characters that stand side by side, one ideograph, full pinyin and its initials (zhangsan, zs → 张三), digits of a phone number
/// however it was written (its tail too). One letter or digit alone finds values that begin with it, two letters alone do not find the middle of full pinyin,
/// which nearly every name would have.
/// </summary>
/// <remarks>
/// Two ideographs are a rare pair, two letters or digits are not: half of all company names have "an" and "ng" in their pinyin. Of letters and digits three are a gram.
/// </remarks>
public sealed record SearchText(string Text, string[] Grams)
{
    /// <summary>Longest query, in UTF-16 units.</summary>
    public const int MaxQuery = 200;

    // Separates values, so that no word of a query (words hold no line break) matches across two of them; also marks where a value begins.
    private const char Separator = '\n';

    // Below, too many words are one letter away; above, nobody types one.
    private const int ShortestWord = 4;
    private const int LongestWord = 24;

    private const int MostSimilar = 2000;

    // Of each way to have mistyped characters.
    private const int MostLookedAt = 1000;

    /// <summary>Makes the text and grams of a record from the values it shall be found by; null and empty values are skipped.</summary>
    public static SearchText Of(params IEnumerable<string?> values)
    {
        // Each with whether it is full pinyin only.
        var lines = new Dictionary<string, bool>();
        foreach (var value in values)
        {
            if (string.IsNullOrWhiteSpace(value)) continue;
            var line = Normalize(value);
            lines[line] = false;
            if (Digits(line) is { } digits) lines[digits] = false;
            foreach (var (full, initials) in Pinyin.Ways(line))
            {
                lines.TryAdd(full, true);
                lines[initials] = false;
            }
        }
        var grams = new HashSet<string>();
        foreach (var (line, pinyin) in lines)
        {
            var runes = line.EnumerateRunes().ToArray();
            if (runes.Length > 0) grams.Add("^" + runes[0]);
            for (var i = 0; i < runes.Length; i++)
            {
                if (IsIdeograph(runes[i])) grams.Add(runes[i].ToString());
                if (IsPair(runes, i) && (!pinyin || i == 1 || !IsPlain(runes[i]) || !IsPlain(runes[i - 1]))) grams.Add(Pair(runes, i));
                if (IsTriple(runes, i)) grams.Add(Triple(runes, i));
            }
        }
        return new(Separator + string.Join(Separator, lines.Keys) + Separator, [.. grams.Order(StringComparer.Ordinal)]);
    }

    /// <summary>
    /// Further grams of a record that shall be found in spite of a typing error: its Latin words of four letters and more, and the pinyin of a few characters
    /// (<see cref="Pinyin.Windows"/>), each as a whole. A query tries all the words that differ from what was typed by one letter: so a word costs a record one gram.
    /// </summary>
    public static IEnumerable<string> Words(params IEnumerable<string?> values)
    {
        var words = new HashSet<string>();
        foreach (var value in values)
        {
            if (string.IsNullOrWhiteSpace(value)) continue;
            var line = Normalize(value);
            for (var i = 0; i < line.Length; i++)
            {
                var begin = i;
                while (i < line.Length && char.IsAsciiLetterLower(line[i])) i++;
                if (i - begin is >= ShortestWord and <= LongestWord) words.Add("=" + line[begin..i]);
            }
            words.UnionWith(Pinyin.Windows(line).Where(w => w.Length is >= ShortestWord and <= LongestWord).Select(w => "=" + w));
        }
        return words.Order(StringComparer.Ordinal);
    }

    /// <summary>The condition that finds every word of a query; true when there are none.</summary>
    /// <param name="query">What the user typed.</param>
    /// <param name="alias">The table with the columns <c>search</c> and <c>grams</c>.</param>
    /// <param name="parameters">Receives the grams and the patterns.</param>
    /// <param name="blind">Further grams of which any one finds a word: hashes of values that are not in the text.</param>
    public static string Predicate(string query, string alias, SqlParameters parameters, Func<string, string[]>? blind = null)
    {
        var conditions = new List<string>();
        foreach (var word in Normalize(query).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var condition = Contains(word, alias, parameters);
            // 138-0013 is found as written and, like every way to write a number, by its digits.
            if (Digits(word) is { } digits) condition = $"({condition} or {Contains(digits, alias, parameters)})";
            if (blind?.Invoke(word) is { Length: > 0 } hashes) condition = $"({condition} or {alias}.grams && {parameters.Add(hashes, NpgsqlDbType.Array | NpgsqlDbType.Text)})";
            conditions.Add(condition);
        }
        return conditions.Count == 0 ? "true" : $"({string.Join(" and ", conditions)})";
    }

    /// <summary>Conditions that find what is nearest to what was typed, each by grams that few records have: that a value begins with it, and that it is a word or the pinyin of one.</summary>
    internal static IEnumerable<string> Near(string query, string alias, SqlParameters parameters)
    {
        var line = Normalize(query);
        if (line.Length == 0) yield break;
        string[] grams = ["^" + line.EnumerateRunes().First(), .. GramsOf(line)];
        yield return $"({alias}.grams @> {parameters.Add(grams, NpgsqlDbType.Array | NpgsqlDbType.Text)} and {alias}.search like {parameters.Add($"%{Separator}{EscapeLike(line)}%", NpgsqlDbType.Text)})";
        if (line.Length is >= ShortestWord and <= LongestWord && line.All(char.IsAsciiLetterLower)) yield return $"{alias}.grams @> {parameters.Add(new[] { "=" + line }, NpgsqlDbType.Array | NpgsqlDbType.Text)}";
    }

    /// <summary>
    /// The condition that finds a record in spite of a typing error in a word: one letter of a Latin word or of pinyin wrong, missing, too many or swapped with its neighbour;
    /// the same of one character among four and more; two or three characters that sound alike. Null when no word is one of these.
    /// </summary>
    internal static string? Similar(string query, string table, string alias, SqlParameters parameters)
    {
        var words = Normalize(query).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var conditions = new List<string>();
        var any = false;
        foreach (var word in words)
        {
            var similar = SimilarWord(word, table, alias, parameters);
            any |= similar is not null;
            // A word alone was looked for already.
            conditions.Add(similar is null ? Contains(word, alias, parameters) : words.Length == 1 ? similar : $"({similar} or {Contains(word, alias, parameters)})");
        }
        return any ? $"({string.Join(" and ", conditions)})" : null;
    }

    private static string? SimilarWord(string word, string table, string alias, SqlParameters parameters)
    {
        if (word.All(char.IsAsciiLetterLower)) return word.Length is >= ShortestWord and <= LongestWord ? Whole(Mistypings.OfLetters(word)) : null;
        if (!word.All(c => !char.IsSurrogate(c) && IsIdeograph(new Rune(c)))) return null;
        if (word.Length is 2 or 3) return Pinyin.Ways(word) is { Count: > 0 } sounds ? Whole(sounds.Select(s => s.Full)) : null;
        if (word.Length is < ShortestWord or > Mistypings.LongestText) return null;
        // Of two common words that hardly anybody has side by side, such as 公司北京, the pieces are in a tenth of all records: not all of these are looked at.
        return $"{alias}.id = any(array({string.Join(" union all ", Mistypings.OfCharacters(word).Select(pieces => $"""
            (select s.id from (select * from {table} s where s.grams @> {parameters.Add(pieces.SelectMany(p => p.Length == 1 ? [p] : GramsOf(p)).Distinct().ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)} limit {MostLookedAt}) s
              where s.search like {parameters.Add($"%{string.Join('_', pieces)}%", NpgsqlDbType.Text)})
            """))}))";

        // One look into the index for each of hundreds of words: asked for any of them at once, the planner takes them for most of the table and reads all of it.
        string Whole(IEnumerable<string> others) => $"""
            {alias}.id = any(array(select s.id from unnest({parameters.Add(others.Select(w => "=" + w).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)}) o(word)
              join {table} s on s.grams @> array[o.word] limit {MostSimilar}))
            """;
    }

    /// <summary>The grams of what has a text in it: its triples, and the pairs that are part of none.</summary>
    private static IEnumerable<string> GramsOf(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var grams = new HashSet<string>();
        for (var i = 1; i < runes.Length; i++)
            if (IsTriple(runes, i)) grams.Add(Triple(runes, i));
            else if (IsPair(runes, i) && !IsTriple(runes, i + 1)) grams.Add(Pair(runes, i));
        return grams;
    }

    private static bool IsPair(Rune[] runes, int end) => end > 0 && runes[end].Value != ' ' && runes[end - 1].Value != ' ';

    private static bool IsTriple(Rune[] runes, int end) => end > 1 && end < runes.Length && IsPlain(runes[end]) && IsPlain(runes[end - 1]) && IsPlain(runes[end - 2]);

    // The letters of pinyin and digits.
    private static bool IsPlain(Rune rune) => rune.IsAscii && char.IsAsciiLetterOrDigit((char)rune.Value);

    private static string Pair(Rune[] runes, int end) => $"{runes[end - 1]}{runes[end]}";

    private static string Triple(Rune[] runes, int end) => $"{runes[end - 2]}{runes[end - 1]}{runes[end]}";

    private static string Contains(string word, string alias, SqlParameters parameters)
    {
        var runes = word.EnumerateRunes().ToArray();
        var beginning = runes.Length == 1 && !IsIdeograph(runes[0]);
        string[] grams = runes.Length == 1 ? [beginning ? "^" + word : word] : [.. GramsOf(word)];
        var pattern = $"%{(beginning ? Separator : "")}{EscapeLike(word)}%";
        return $"({alias}.grams @> {parameters.Add(grams, NpgsqlDbType.Array | NpgsqlDbType.Text)} and {alias}.search like {parameters.Add(pattern, NpgsqlDbType.Text)})";
    }

    /// <summary>Makes the characters that <c>like</c> gives a meaning stand for themselves.</summary>
    internal static string EscapeLike(string value) =>
        value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);

    // NFKC folds full-width forms; controls and runs of white space become one blank.
    internal static string Normalize(string value)
    {
        if (FilterParser.FirstInvalid(value) is not null) value = string.Concat(value.EnumerateRunes()).Replace('\0', ' ');
        var text = new StringBuilder(value.Length);
        foreach (var c in value.Normalize(NormalizationForm.FormKC).ToLowerInvariant())
        {
            if (!char.IsWhiteSpace(c) && !char.IsControl(c)) text.Append(c);
            else if (text.Length > 0 && text[^1] != ' ') text.Append(' ');
        }
        return text.ToString().TrimEnd(' ');
    }

    // The digits of a telephone number written with + ( ) - . / or blanks; null for anything else and for plain digits.
    internal static string? Digits(string value)
    {
        var digits = string.Concat(value.Where(char.IsAsciiDigit));
        return digits.Length >= 5 && digits.Length < value.Length && value.All(c => char.IsAsciiDigit(c) || "+()-./ ".Contains(c, StringComparison.Ordinal)) ? digits : null;
    }

    internal static bool IsIdeograph(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherLetter;
}
