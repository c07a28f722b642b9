using System.Text.Json.Nodes;
using Crm.Contracts;

namespace Crm.Http;

/// <summary>How a value was found, the nearest first.</summary>
internal enum MatchedBy
{
    /// <summary>It is what was typed.</summary>
    Exact,

    /// <summary>It begins with it.</summary>
    Begins,

    /// <summary>It has it somewhere.</summary>
    Contains,

    /// <summary>Its pinyin has it.</summary>
    Pinyin,

    /// <summary>The first letters of its pinyin have it.</summary>
    Initials,

    /// <summary>It has something that was mistyped, or sounds like it.</summary>
    Similar,
}

/// <summary>Which value of a record was found, and what of it.</summary>
/// <param name="Field">Its field: <c>name</c>, <c>contacts.name</c>.</param>
/// <param name="By"><c>exact begins contains pinyin initials similar</c>.</param>
/// <param name="Value">The value as the caller may see it.</param>
/// <param name="At">Where the piece begins that was found, in UTF-16 units of <paramref name="Value"/>; null where it cannot be told.</param>
/// <param name="Length">The length of the piece.</param>
/// <param name="Of">Whose it is, if the record has it of somebody else: the name of a contact.</param>
internal sealed record Matched(string Field, MatchedBy By, string Value, int? At, int? Length, string? Of);

/// <summary>Says of a record that was found by what, and how near it is to what was typed. The database finds; this explains and puts in order.</summary>
internal static class Matching
{
    /// <summary>The nearest value of a record for what was typed as a whole, else for its words, of which the least near counts; null if no value that lies in the document was found.</summary>
    /// <param name="document">The record, in plain.</param>
    /// <param name="fields">What it is found by.</param>
    /// <param name="query">What was typed.</param>
    /// <param name="similar">Whether it was found in spite of an error.</param>
    public static Matched? Of(JsonObject document, IReadOnlyList<SearchField> fields, string query, bool similar)
    {
        var values = fields.SelectMany(f => Values(document, f.Path.Split('.'), null).Select(v => (Field: f, v.Value, v.Of))).ToList();
        var line = SearchText.Normalize(query);
        if (Nearest(line) is { } whole) return whole;
        Matched? first = null;
        foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Nearest(word) is not { } found) continue;
            first = first is null ? found : first with { By = found.By > first.By ? found.By : first.By };
        }
        // Every word of several is found, not all of them as one.
        return first is { By: < MatchedBy.Contains } ? first with { By = MatchedBy.Contains } : first;

        Matched? Nearest(string text) => values.Select(v => Find(text, v.Field, v.Value, v.Of, similar)).OfType<Matched>().MinBy(m => m.By);
    }

    private static IEnumerable<(string Value, string? Of)> Values(JsonNode? node, ReadOnlyMemory<string> path, string? of) => node switch
    {
        JsonArray items => items.SelectMany(i => Values(i, path, (string?)(i as JsonObject)?["name"])),
        JsonObject all when path.IsEmpty => all.SelectMany(m => Values(m.Value, path, of)),
        JsonObject one => Values(one[path.Span[0]], path[1..], of),
        JsonValue value when path.IsEmpty && value.TryGetValue(out string? text) => [(text, of)],
        _ => [],
    };

    private static Matched? Find(string typed, SearchField field, string value, string? of, bool similar)
    {
        if (field.Personal is not null) return FindPersonal(typed, field, value, of);
        var text = SearchText.Normalize(value);
        Matched? Piece(MatchedBy by, int at, int length) => new(field.Path, by, value, text.Length == value.Length ? at : null, text.Length == value.Length ? length : null, of == value ? null : of);

        var at = text.IndexOf(typed, StringComparison.Ordinal);
        if (at >= 0) return Piece(text == typed ? MatchedBy.Exact : at == 0 ? MatchedBy.Begins : MatchedBy.Contains, at, typed.Length);
        if (SearchText.Digits(text) is { } digits && (SearchText.Digits(typed) ?? typed) is var number && digits.Contains(number, StringComparison.Ordinal))
            return Piece(digits == number ? MatchedBy.Exact : MatchedBy.Contains, 0, text.Length);
        if (Read(text, typed, full: true) is var (begin, length)) return Piece(MatchedBy.Pinyin, begin, length);
        if (Read(text, typed, full: false) is var (first, count)) return Piece(MatchedBy.Initials, first, count);
        return similar && Close(text, typed) is var (near, size) ? Piece(MatchedBy.Similar, near, size) : null;
    }

    /// <summary>The shortest stretch whose reading has what was typed.</summary>
    private static (int At, int Length)? Read(string text, string typed, bool full)
    {
        bool Has(int from, int to) => Pinyin.Ways(text[from..to]).Any(way => (full ? way.Full : way.Initials).Contains(typed, StringComparison.Ordinal));
        if (!Has(0, text.Length)) return null;
        var end = Enumerable.Range(1, text.Length).FirstOrDefault(to => Has(0, to), text.Length);
        var begin = Enumerable.Range(0, end).LastOrDefault(from => Has(from, end), 0);
        return (begin, end - begin);
    }

    /// <summary>The stretch that is one error away from what was typed, or sounds like it.</summary>
    private static (int At, int Length)? Close(string text, string typed)
    {
        var letters = typed.All(char.IsAsciiLetterLower);
        var sounds = letters ? [] : Pinyin.Ways(typed).Select(w => w.Full).ToHashSet();
        // The longest stretch first that is of the length of what was typed.
        var lengths = letters ? Enumerable.Range(1, Math.Min(text.Length, typed.Length + 1)) : [typed.Length, typed.Length + 1, typed.Length - 1];
        foreach (var length in lengths.Where(l => l > 0 && l <= text.Length))
            for (var at = 0; at + length <= text.Length; at++)
            {
                var piece = text.AsSpan(at, length);
                if (letters && piece[0] > '\u3400' ? length <= 3 && Pinyin.Ways(piece.ToString()).Any(w => Mistypings.AreClose(w.Full, typed))
                    : Mistypings.AreClose(piece, typed) || (length == typed.Length && sounds.Count > 0 && Pinyin.Ways(piece.ToString()).Any(w => sounds.Contains(w.Full))))
                    return (at, length);
            }
        return null;
    }

    // Numbers are found by their last digits, addresses wholly.
    private static Matched? FindPersonal(string typed, SearchField field, string value, string? of)
    {
        if (field.Personal == PersonalKind.Email)
            return string.Equals(value.Trim(), typed, StringComparison.OrdinalIgnoreCase) ? new(field.Path, MatchedBy.Exact, value, 0, value.Length, of) : null;
        var (digits, number) = (string.Concat(value.Where(char.IsAsciiDigit)), string.Concat(typed.Where(char.IsAsciiDigit)));
        if (number.Length < 4 || typed.Any(char.IsLetter) || !digits.EndsWith(number, StringComparison.Ordinal)) return null;
        var begin = value.Length;
        for (var left = number.Length; left > 0; left -= char.IsAsciiDigit(value[begin]) ? 1 : 0) begin--;
        return new(field.Path, number == digits ? MatchedBy.Exact : MatchedBy.Contains, value, begin, value.Length - begin, of);
    }
}
