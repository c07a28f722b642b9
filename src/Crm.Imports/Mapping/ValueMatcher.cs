namespace Crm.Imports;

/// <summary>How a value of the file relates to a known one.</summary>
internal enum ValueReason
{
    /// <summary>Only spaces, case, width or punctuation differ.</summary>
    Spelling,

    /// <summary>A few letters differ.</summary>
    Similar,
}

/// <summary>A value that is not known as it stands, and the known value it probably means.</summary>
/// <param name="Rows">Rows that carry the value.</param>
/// <param name="Confidence">0 to 1.</param>
internal sealed record ValueSuggestion(string From, string To, int Rows, double Confidence, ValueReason Reason)
{
    /// <summary>From this confidence on a suggestion is applied unless a person says otherwise; it is shown in either case.</summary>
    public const double Certain = 0.95;

    /// <summary>Whether the suggestion holds without anybody confirming it.</summary>
    public bool IsCertain => Confidence >= Certain;
}

/// <summary>Matches the values of a column with known ones.</summary>
internal sealed class ValueMatcher
{
    private const double Least = 0.75;
    private const double Margin = 0.05;
    private const int MostSuggestions = 500;

    /// <summary>With more known values than this a similar one must begin with the same character, which keeps the search within milliseconds.</summary>
    private const int SearchAll = 5_000;

    private readonly HashSet<string> exact;
    private readonly ILookup<int, (string Value, string Plain)> byLength;
    private readonly ILookup<string, string> normalised;

    public ValueMatcher(IEnumerable<string> known)
    {
        exact = new HashSet<string>(known, StringComparer.Ordinal);
        normalised = exact.ToLookup(TextSimilarity.Normalise);
        byLength = normalised.Where(g => g.Key.Length > 0).Select(g => (g.First(), g.Key)).ToLookup(x => x.Key.Length);
    }

    /// <summary>A suggestion for each value that is not known but resembles exactly one that is; the most frequent first.</summary>
    public IReadOnlyList<ValueSuggestion> Suggest(IReadOnlyDictionary<string, int> values) =>
        values.OrderByDescending(v => v.Value).Take(MostSuggestions)
            .Select(v => Match(v.Key) is { } hit ? new ValueSuggestion(v.Key, hit.To, v.Value, hit.Confidence, hit.Reason) : null)
            .OfType<ValueSuggestion>()
            .ToList();

    /// <summary>The known value that is meant; null if the value is known itself, resembles none, or resembles several.</summary>
    public (string To, double Confidence, ValueReason Reason)? Match(string value)
    {
        if (value.Length == 0 || exact.Contains(value)) return null;
        var plain = TextSimilarity.Normalise(value);
        if (plain.Length == 0) return null;
        var same = normalised[plain].ToList();
        if (same.Count == 1) return (same[0], 0.99, ValueReason.Spelling);
        if (same.Count > 1 || plain.Length < 4) return null;
        return Nearest(plain) is { } near ? (near.Value, Math.Round(Math.Min(near.Ratio, 0.94), 2), ValueReason.Similar) : null;
    }

    private (string Value, double Ratio)? Nearest(string plain)
    {
        var (best, bestRatio, secondRatio) = ("", 0d, 0d);
        for (var length = (int)Math.Ceiling(plain.Length * Least); length <= plain.Length / Least; length++)
        {
            foreach (var (value, other) in byLength[length])
            {
                if ((exact.Count > SearchAll && other[0] != plain[0]) || DigitsDiffer(plain, other)) continue;
                var ratio = TextSimilarity.Ratio(plain, other);
                if (ratio > bestRatio) (best, bestRatio, secondRatio) = (value, ratio, bestRatio);
                else if (ratio > secondRatio) secondRatio = ratio;
            }
        }
        return bestRatio >= Least && bestRatio - secondRatio >= Margin ? (best, bestRatio) : null;
    }

    /// <summary><c>GTX 500</c> and <c>GTX 600</c> are two products, however alike they look.</summary>
    private static bool DigitsDiffer(string a, string b) => !a.Where(char.IsDigit).SequenceEqual(b.Where(char.IsDigit));
}
