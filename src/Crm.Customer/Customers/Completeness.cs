using Crm.Contracts;
using Crm.Http;

namespace Crm.Customers;

/// <summary>
/// How complete a customer's file is (S028: target 90 %): filled counted fields ÷ counted fields, rounded to two places.
/// </summary>
/// <remarks>
/// While the organisation settled nothing, those of the entry form (S007) and of S029 count that are entered rather than earned. A company has eight: name,
/// a current contact, the position of one, a way to reach it (phone or e-mail, its own or a current contact's), address, industry,
/// size, needs. A person has four: name, a way to reach them, address, needs. 成交历史 of S029 comes from opportunities and is not counted.
/// A number or address that is marked as not good reaches nobody.
/// </remarks>
internal static class Completeness
{
    /// <summary>The built-in score, which is kept in the document.</summary>
    public static decimal Of(Customer customer) => Of(customer, null).Score;

    /// <summary>The score by what counts today, and what is missing.</summary>
    public static (decimal Score, IReadOnlyList<string> Missing) Of(Customer customer, CompletenessSettings? settings)
    {
        var counted = Counted(customer.Kind, settings);
        string[] missing = [.. counted.Where(place => !IsFilled(customer, place))];
        return (Math.Round((decimal)(counted.Count - missing.Length) / counted.Count, 2, MidpointRounding.AwayFromZero), missing);
    }

    /// <summary>What counts for a kind.</summary>
    public static IReadOnlyList<string> Counted(CustomerKind kind, CompletenessSettings? settings) => (kind, settings) switch
    {
        (CustomerKind.Person, null) => CompletenessFeature.OfPerson,
        (CustomerKind.Person, _) => settings.Person,
        (_, null) => CompletenessFeature.OfCompany,
        _ => settings.Company,
    };

    private static bool IsFilled(Customer customer, string place) => place switch
    {
        "name" => customer.Name.Length > 0,
        "contact" => customer.Contacts.Any(c => c.LeftAt is null),
        "position" => customer.Contacts.Any(c => c is { LeftAt: null, Position: not null }),
        "phone" => customer is { Phone: not null, PhoneInvalid: false },
        "email" => customer is { Email: not null, EmailInvalid: false },
        "reachable" => IsFilled(customer, "phone") || IsFilled(customer, "email")
            || customer.Contacts.Any(c => c.LeftAt is null && (c is { Phone: not null, PhoneInvalid: false } || c is { Email: not null, EmailInvalid: false })),
        "owner" => customer.OwnerId is not null,
        _ => CustomerChecks.Text(customer, place) is not null,
    };

    /// <summary>The conditions "filled" over a document <c>d.doc</c>, one for each counted place of a kind; the same answers as <see cref="Of(Customer, CompletenessSettings?)"/>.</summary>
    private static string IsFilled(string place)
    {
        const string current = "(!exists(@.leftAt) || @.leftAt == null)";
        static string Has(string field) => $"exists(@.{field}) && @.{field} != null";
        return place switch
        {
            "name" => "(d.doc->>'name' <> '')",
            "contact" => $"jsonb_path_exists(d.doc, '$.contacts[*] ? ({current})')",
            "position" => $"jsonb_path_exists(d.doc, '$.contacts[*] ? ({current} && {Has("position")})')",
            "phone" or "email" => $"(d.doc->>'{place}' is not null and d.doc->>'{place}Invalid' is distinct from 'true')",
            "reachable" => $"({IsFilled("phone")} or {IsFilled("email")} or jsonb_path_exists(d.doc, '$.contacts[*] ? ({current} && (({Has("phone")} && !(@.phoneInvalid == true)) || ({Has("email")} && !(@.emailInvalid == true))))'))",
            "owner" => "(d.owner_id is not null)",
            // A key has letters, digits and _ only.
            _ when place.StartsWith("custom.", StringComparison.Ordinal) => $"(coalesce(d.doc->'custom'->>'{place["custom.".Length..]}', '') not in ('', '[]'))",
            _ => $"(d.doc->>'{place}' is not null)",
        };
    }

    /// <summary>The score as an SQL expression over <c>d.doc</c>; what the document holds while nothing was settled, which an index serves.</summary>
    public static string ScoreSql(CompletenessSettings? settings) => settings is null ? "((d.doc->>'completeness')::numeric)"
        : ByKind(settings, places => $"round(({string.Join(" + ", places.Select(p => IsFilled(p) + "::int"))})::numeric / {places.Count}, 2)");

    /// <summary>What is missing, as an SQL array of texts over <c>d.doc</c>.</summary>
    public static string MissingSql(CompletenessSettings? settings) =>
        ByKind(settings, places => $"array_remove(array[{string.Join(", ", places.Select(p => $"case when not {IsFilled(p)} then '{p}' end"))}]::text[], null)");

    private static string ByKind(CompletenessSettings? settings, Func<IReadOnlyList<string>, string> sql) =>
        $"(case when d.doc->>'kind' = 'person' then {sql(Counted(CustomerKind.Person, settings))} else {sql(Counted(CustomerKind.Company, settings))} end)";
}
