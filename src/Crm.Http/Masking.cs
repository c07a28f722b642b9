using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>
/// What of a value is shown to those who may not read it in plain (S097): enough to recognise it, too little to use it. Personal values are masked for everybody
/// who has not <see cref="Right.PersonalPlain"/>, by their kind; names, addresses and words are then shown as they are. What a role masks beside
/// (<see cref="FieldLimits"/>) is masked by what it looks like. A mask of a mask tells no more than either, so that both may fall on one value.
/// </summary>
public static class Masking
{
    /// <summary>What the caller sees in place of personal values; null for a caller who sees them in plain.</summary>
    public static PersonalMask? Of(HttpContext http) => Of(Access.Of(http));

    /// <summary>The same where there is no request.</summary>
    public static PersonalMask? Of(Access access) => access.Rows(Right.PersonalPlain).IsAll ? null : Mask;

    /// <summary>The mask of a value, or null for a kind that is shown as it is.</summary>
    public static string? Mask(char kind, string text) => (PersonalKind)kind switch
    {
        PersonalKind.Phone => Middle(text, text.Length >= 11 ? 3 : 2, text.Length >= 8 ? 4 : 2),
        PersonalKind.Email => text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at ? $"{First(text)}***{text[at..]}" : "***",
        PersonalKind.Birthday => text.Length == 10 ? $"****{text[4..]}" : "***",
        PersonalKind.IdNumber => Middle(text, 3, 2),
        PersonalKind.BankCard => Middle(text, 0, 4),
        _ => null,
    };

    /// <summary>The mask of a value of which no kind is known: an address by its first letter and domain, a number of seven or more digits as a telephone number, else the first letter.</summary>
    public static string Mask(string text)
    {
        if (text.Length == 0) return text;
        if (text.IndexOf('@', StringComparison.Ordinal) > 0) return Mask((char)PersonalKind.Email, text)!;
        return text.Count(c => char.IsAsciiDigit(c) || c == '*') >= 7 && text.All(c => char.IsAsciiDigit(c) || "*+- ()Xx".Contains(c, StringComparison.Ordinal))
            ? Mask((char)PersonalKind.Phone, text)!
            : First(text) + "***";
    }

    /// <summary>A page of documents in plain or masked, before a role's limits.</summary>
    public static async ValueTask<ListPage> SeenByAsync(this ListPage page, HttpContext http, DocumentStore store) =>
        store.Personal is not { } personal ? page : page with { Data = await personal.OpenAsync(page.Data, Of(http), http.RequestAborted) };

    /// <summary>A part of a record as the caller sees it: without what a role hides, and masked.</summary>
    /// <param name="part">The part.</param>
    /// <param name="resource">The record's resource.</param>
    /// <param name="list">The member of the record that holds the part.</param>
    /// <param name="http">The request.</param>
    /// <param name="store">The store.</param>
    public static JsonNode SeenBy(object part, string resource, string list, HttpContext http, DocumentStore store)
    {
        var json = JsonSerializer.SerializeToNode(part, part.GetType(), EventSerializer.Documents)!;
        if (json is not JsonObject shown) return json;
        Access.Of(http).Limits.Show(resource, shown, list);
        return store.Personal is { } personal && Of(http) is { } mask ? personal.Mask(part.GetType(), shown, mask) : shown;
    }

    // At least three stars, so that a mask is known as one when it comes back.
    private static string Middle(string text, int first, int last) =>
        text.Length <= first + last ? "***" : text[..first] + new string('*', Math.Max(3, text.Length - first - last)) + text[^last..];

    private static string First(string text) => text.EnumerateRunes().First().ToString();
}
