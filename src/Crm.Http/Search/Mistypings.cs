namespace Crm.Http;

/// <summary>What somebody may have meant who mistyped once: one letter or character is wrong, missing, too many, or swapped with its neighbour.</summary>
internal static class Mistypings
{
    /// <summary>Longest run of characters in which an error is looked for: each place is a part of the condition.</summary>
    public const int LongestText = 16;

    // Above, only wrong characters are looked for: as many parts again for each other kind of error.
    private const int LongestForAll = 8;

    /// <summary>Every word of small letters one error away from another, itself among them.</summary>
    public static IReadOnlySet<string> OfLetters(string word)
    {
        var all = new HashSet<string> { word };
        for (var i = 0; i <= word.Length; i++)
        {
            for (var letter = 'a'; letter <= 'z'; letter++)
            {
                all.Add($"{word[..i]}{letter}{word[i..]}");
                if (i < word.Length) all.Add($"{word[..i]}{letter}{word[(i + 1)..]}");
            }
            if (i < word.Length) all.Add(word.Remove(i, 1));
            if (i + 1 < word.Length) all.Add($"{word[..i]}{word[i + 1]}{word[i]}{word[(i + 2)..]}");
        }
        return all;
    }

    /// <summary>The texts one error away from some characters, each as the pieces around a character that is not known; a single piece is a text that is known wholly.</summary>
    public static IEnumerable<string[]> OfCharacters(string text)
    {
        // Without its first or last character is also what has another there.
        yield return [text[1..]];
        yield return [text[..^1]];
        for (var i = 1; i < text.Length - 1; i++) yield return [text[..i], text[(i + 1)..]];
        if (text.Length > LongestForAll) yield break;
        for (var i = 1; i < text.Length; i++) yield return [text[..i], text[i..]];
        for (var i = 1; i < text.Length - 1; i++) yield return [text.Remove(i, 1)];
        for (var i = 0; i + 1 < text.Length; i++)
            if (text[i] != text[i + 1]) yield return [$"{text[..i]}{text[i + 1]}{text[i]}{text[(i + 2)..]}"];
    }

    /// <summary>Whether two texts are at most one error apart.</summary>
    public static bool AreClose(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (Math.Abs(a.Length - b.Length) > 1) return false;
        var begin = a.CommonPrefixLength(b);
        a = a[begin..];
        b = b[begin..];
        while (!a.IsEmpty && !b.IsEmpty && a[^1] == b[^1])
        {
            a = a[..^1];
            b = b[..^1];
        }
        return (a.Length <= 1 && b.Length <= 1) || (a.Length == 2 && b.Length == 2 && a[0] == b[1] && a[1] == b[0]);
    }
}
