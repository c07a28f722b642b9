using System.Text;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>What makes two customers likely to be one: a value of either, folded until ways of writing it no longer matter.</summary>
/// <param name="Reason">What matches: <c>name phone email</c>.</param>
/// <param name="Key">The folded value.</param>
internal readonly record struct MatchKey(string Reason, string Key)
{
    // Longest first, so that 股份有限公司 does not leave 股份.
    private static readonly string[] ChineseForms =
        ["股份有限责任公司", "有限责任公司", "股份有限公司", "集团有限公司", "控股有限公司", "有限公司", "集团公司", "总公司", "分公司", "公司", "集团", "工作室"];

    private static readonly HashSet<string> WesternForms =
        ["inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "llp", "lp", "plc", "gmbh", "ag", "kg", "sa", "sas", "sarl", "spa", "srl", "bv", "nv", "ab", "oy", "as", "pty", "pte", "kk", "group", "holdings"];

    /// <summary>
    /// A name: full-width folded to half-width, case, blanks and punctuation dropped, the legal form at the end taken off. A name that is
    /// nothing but a legal form stays whole. Null if nothing is left.
    /// </summary>
    public static MatchKey? OfName(string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) return null;
        var words = Words(name);
        var last = words.Count;
        while (last > 1 && WesternForms.Contains(words[last - 1])) last--;
        var key = string.Concat(words.Take(last));
        while (Array.Find(ChineseForms, f => key.Length > f.Length + 1 && key.EndsWith(f, StringComparison.Ordinal)) is { } form) key = key[..^form.Length];
        return key.Length == 0 ? null : new("name", key);
    }

    /// <summary>The key as it is kept: of telephone numbers and e-mail addresses only a blind index.</summary>
    public string Stored(PersonalData? personal) => Reason == "name" || personal is null ? Key : personal.Blind(Reason, Key);

    /// <summary>A telephone number in its canonical form, or null.</summary>
    public static MatchKey? OfPhone(string? phone) => phone is null || PhoneNumber.Canonical(phone) is not { } number ? null : new("phone", number);

    /// <summary>An e-mail address without regard to case and width, or null.</summary>
    public static MatchKey? OfEmail(string? email) => string.IsNullOrWhiteSpace(email) ? null : new("email", email.Normalize(NormalizationForm.FormKC).Trim().ToLowerInvariant());

    private static List<string> Words(string name)
    {
        // S.A. and SA are one word; every other punctuation parts words.
        var text = name.Normalize(NormalizationForm.FormKC).ToLowerInvariant().Replace(".", "", StringComparison.Ordinal);
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var c in text.Append(' '))
        {
            if (char.IsLetterOrDigit(c) || char.IsSurrogate(c)) word.Append(c);
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        return words;
    }
}
