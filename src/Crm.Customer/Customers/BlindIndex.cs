using System.Text;
using Crm.EventStore;
using Crm.Http;
using NpgsqlTypes;

namespace Crm.Customers;

/// <summary>
/// What customers are found by although no number or address of theirs lies in a table in plain: keyed hashes of whole telephone numbers, of their last four and more
/// digits, and of e-mail addresses, of the customer itself and of its contacts. They stand among the grams of quick search and go with the person.
/// </summary>
internal static class BlindIndex
{
    private const int ShortestTail = 4;

    /// <summary>The hashes of a customer.</summary>
    public static IEnumerable<string> Of(Customer customer, PersonalData personal)
    {
        var tokens = new HashSet<string>();
        if (Own("phone", customer.Phone, personal) is { } phone) tokens.Add(phone);
        if (Own("email", customer.Email, personal) is { } email) tokens.Add(email);
        foreach (var number in customer.Contacts.Select(c => c.Phone).Append(customer.Phone))
            if (Digits(number) is { } digits)
                for (var length = ShortestTail; length <= digits.Length; length++) tokens.Add(personal.Blind("tail", digits[^length..]));
        foreach (var address in customer.Contacts.Select(c => c.Email).Append(customer.Email))
            if (MatchKey.OfEmail(address) is { } key) tokens.Add(personal.Blind("address", key.Key));
        return tokens.Order(StringComparer.Ordinal);
    }

    /// <summary>The fields of the list, of which <c>phone</c> and <c>email</c> can be asked for by <c>=</c> with the whole value.</summary>
    public static FieldMap Fields(FieldMap map, PersonalData? personal) => personal is null ? map
        : map.Blind("phone", value => Own("phone", value, personal)).Blind("email", value => Own("email", value, personal));

    /// <summary>Quick search: every word by the texts or by its hash; a whole number also where blanks stand in it.</summary>
    public static string Search(string query, SqlParameters parameters, PersonalData? personal)
    {
        if (personal is null) return SearchText.Predicate(query, "d", parameters);
        var words = SearchText.Predicate(query, "d", parameters, word => Tokens(word, personal));
        return query.Contains(' ', StringComparison.Ordinal) && Tokens(query, personal) is { Length: > 0 } whole ? $"({words} or d.grams && {parameters.Add(whole, NpgsqlDbType.Array | NpgsqlDbType.Text)})" : words;
    }

    /// <summary>Whether a query asks for a telephone number or an e-mail address, and by which hash: for the ledger, which keeps no value.</summary>
    public static string[] Asked(string query, PersonalData personal) => [.. query.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append(query).SelectMany(word => Tokens(word, personal)).Distinct()];

    private static string[] Tokens(string word, PersonalData personal)
    {
        if (word.Contains('@', StringComparison.Ordinal)) return MatchKey.OfEmail(word) is { } key ? [personal.Blind("address", key.Key)] : [];
        var folded = word.Normalize(NormalizationForm.FormKC);
        if (!folded.All(c => char.IsAsciiDigit(c) || "+()-./ ".Contains(c, StringComparison.Ordinal))) return [];
        var digits = string.Concat(folded.Where(char.IsAsciiDigit));
        return digits.Length < ShortestTail ? [] : [.. new[] { digits, Digits(word) }.OfType<string>().Distinct().Select(d => personal.Blind("tail", d))];
    }

    private static string? Own(string field, string? value, PersonalData personal) =>
        (field == "phone" ? MatchKey.OfPhone(value) : MatchKey.OfEmail(value)) is { } key ? personal.Blind("own." + field, key.Key) : null;

    /// <summary>The digits of a number in its canonical form, without an extension.</summary>
    private static string? Digits(string? number) => number is not null && PhoneNumber.Canonical(number) is { } canonical ? string.Concat(canonical.TakeWhile(c => c != 'x').Where(char.IsAsciiDigit)) : null;
}
