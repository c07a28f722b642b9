using System.Globalization;
using System.Text;

namespace Crm.Imports;

/// <summary>How alike two short texts are.</summary>
internal static class TextSimilarity
{
    /// <summary>Compatibility form, lower case, letters and digits only: <c>GTXPro</c>, <c>gtx-pro</c> and <c>ＧＴＸ Pro</c> become one.</summary>
    public static string Normalise(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text.Normalize(NormalizationForm.FormKC))
        {
            if (char.IsLetterOrDigit(c) || char.IsSurrogate(c)) result.Append(char.ToLowerInvariant(c));
        }
        return result.ToString();
    }

    /// <summary>1 − distance ÷ longer length, with swapped neighbours as one edit (optimal string alignment).</summary>
    public static double Ratio(string a, string b)
    {
        if (a.Length == 0 || b.Length == 0) return 0;
        if (a.Length > 200 || b.Length > 200) return a == b ? 1 : 0;
        return 1 - (Distance(a, b) / (double)Math.Max(a.Length, b.Length));
    }

    /// <summary>Words of a header: separators and changes from lower to upper case end a word.</summary>
    public static IReadOnlyList<string> Words(string header)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var c in header.Normalize(NormalizationForm.FormKC))
        {
            var category = char.GetUnicodeCategory(c);
            var letter = char.IsLetterOrDigit(c);
            if (word.Length > 0 && (!letter || (category == UnicodeCategory.UppercaseLetter && char.IsLower(word[^1]))))
            {
                words.Add(word.ToString().ToLowerInvariant());
                word.Clear();
            }
            if (letter) word.Append(c);
        }
        if (word.Length > 0) words.Add(word.ToString().ToLowerInvariant());
        return words;
    }

    private static int Distance(string a, string b)
    {
        var (before, previous, current) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++) previous[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1] + 1, previous[j] + 1), previous[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) current[j] = Math.Min(current[j], before[j - 2] + 1);
            }
            (before, previous, current) = (previous, current, before);
        }
        return previous[b.Length];
    }
}
