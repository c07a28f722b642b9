using System.Text;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>What makes two customers likely to be one: a value of either, folded until ways of writing it no longer matter.</summary>
/// <param name="Reason">What matches: <c>name phone email</c>; weaker <c>pinyin domain</c>.</param>
/// <param name="Key">The folded value.</param>
internal readonly record struct MatchKey(string Reason, string Key)
{
    // Longest first, so that 股份有限公司 does not leave 股份.
    private static readonly string[] ChineseForms =
        ["股份有限责任公司", "有限责任公司", "股份有限公司", "集团有限公司", "控股有限公司", "有限公司", "集团公司", "总公司", "分公司", "公司", "集团", "工作室"];

    private static readonly HashSet<string> WesternForms =
        ["inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "llp", "lp", "plc", "gmbh", "ag", "kg", "sa", "sas", "sarl", "spa", "srl", "bv", "nv", "ab", "oy", "as", "pty", "pte", "kk", "group", "holdings"];

    // Mailboxes that anybody can have: that two have one there says nothing.
    private static readonly HashSet<string> PublicDomains =
    [
        "qq.com", "foxmail.com", "vip.qq.com", "163.com", "126.com", "yeah.net", "vip.163.com", "188.com", "sina.com", "sina.cn", "vip.sina.com", "sohu.com", "aliyun.com", "tom.com", "21cn.com", "139.com", "189.cn",
        "wo.cn", "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "live.cn", "msn.com", "yahoo.com", "yahoo.com.cn", "yahoo.co.jp", "icloud.com", "me.com", "mac.com", "aol.com",
        "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.ru", "yandex.ru", "naver.com",
    ];

    private static readonly Lazy<Dictionary<char, char>> SimplifiedForms = new(LoadSimplified);

    /// <summary>
    /// A name: full-width folded to half-width, traditional characters to simplified ones, case, blanks and punctuation dropped, the legal form at the end taken off,
    /// of the name and of what stands in brackets, which counts as if it stood at the end. A name that is nothing but a legal form stays whole. Null if nothing is left.
    /// </summary>
    public static MatchKey? OfName(string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) return null;
        var (outside, inside) = Bracketed(name.Normalize(NormalizationForm.FormKC));
        var (key, within) = (WithoutForm(outside, 1), WithoutForm(inside, 0));
        key = key.Length == 0 ? WithoutForm(inside, 1) : key + within;
        return key.Length == 0 ? null : new("name", key);
    }

    /// <summary>How a name of two Chinese characters or more is read, by the usual reading of each; null of other names. Two names that are read alike are a weak reason.</summary>
    public static MatchKey? OfPinyin(string? name) =>
        OfName(name) is { Key: var key } && key.Count(c => c is >= '\u4e00' and <= '\u9fff') >= 2 ? new("pinyin", Pinyin.SortKey(key)) : null;

    /// <summary>The domain of an e-mail address that is an organisation's own, or null: that two share it is a weak reason.</summary>
    public static MatchKey? OfDomain(string? email) =>
        OfEmail(email) is { Key: var key } && key.IndexOf('@', StringComparison.Ordinal) is var at and > 0 && !PublicDomains.Contains(key[(at + 1)..]) ? new("domain", key[(at + 1)..]) : null;

    /// <summary>The key as it is kept: of telephone numbers and e-mail addresses only a blind index.</summary>
    public string Stored(PersonalData? personal) => Reason is "name" or "pinyin" || personal is null ? Key : personal.Blind(Reason, Key);

    /// <summary>A telephone number in its canonical form, or null.</summary>
    public static MatchKey? OfPhone(string? phone) => phone is null || PhoneNumber.Canonical(phone) is not { } number ? null : new("phone", number);

    /// <summary>An e-mail address without regard to case and width, or null.</summary>
    public static MatchKey? OfEmail(string? email) => string.IsNullOrWhiteSpace(email) ? null : new("email", email.Normalize(NormalizationForm.FormKC).Trim().ToLowerInvariant());

    private static string WithoutForm(string text, int least)
    {
        var words = Words(text);
        var last = words.Count;
        while (last > least && WesternForms.Contains(words[last - 1])) last--;
        var key = string.Concat(words.Take(last));
        while (Array.Find(ChineseForms, f => key.Length > f.Length + least - (least == 0 ? 1 : 0) && key.EndsWith(f, StringComparison.Ordinal)) is { } form) key = key[..^form.Length];
        return key;
    }

    /// <summary>What stands outside of brackets, and inside.</summary>
    private static (string Outside, string Inside) Bracketed(string text)
    {
        var (outside, inside, depth) = (new StringBuilder(), new StringBuilder(), 0);
        foreach (var c in text)
        {
            if (c is '(' or '[' or '【' or '〔') depth++;
            else if (c is ')' or ']' or '】' or '〕') depth = Math.Max(0, depth - 1);
            (depth > 0 ? inside : outside).Append(c is '(' or '[' or '【' or '〔' or ')' or ']' or '】' or '〕' ? ' ' : c);
        }
        return (outside.ToString(), inside.ToString());
    }

    private static Dictionary<char, char> LoadSimplified()
    {
        var forms = new Dictionary<char, char>();
        using var stream = typeof(MatchKey).Assembly.GetManifestResourceStream("Crm.Customers.Duplicates.Simplified.txt")!;
        using var lines = new StreamReader(stream);
        while (lines.ReadLine() is { } line)
            for (var i = 0; i + 1 < line.Length && line[0] != '#'; i += 2) forms[line[i]] = line[i + 1];
        return forms;
    }

    private static List<string> Words(string name)
    {
        // S.A. and SA are one word; every other punctuation parts words.
        var text = string.Concat(name.ToLowerInvariant().Select(c => SimplifiedForms.Value.GetValueOrDefault(c, c))).Replace(".", "", StringComparison.Ordinal);
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
