using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>
/// What of a personal value is shown to those who may not read it in plain (S097): enough to recognise it, too little to use it. Names, addresses and words are
/// shown as they are.
/// </summary>
public static class Masking
{
    /// <summary>What the caller sees in place of personal values; null for a caller who sees them in plain.</summary>
    public static PersonalMask? Of(HttpContext http) => Caller.Of(http).May(Right.PersonalPlain) ? null : Mask;

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

    /// <summary>A page of documents as the caller sees it.</summary>
    public static async ValueTask<ListPage> SeenByAsync(this ListPage page, HttpContext http, DocumentStore store) =>
        store.Personal is not { } personal ? page : page with { Data = await personal.OpenAsync(page.Data, Of(http), http.RequestAborted) };

    /// <summary>A part of a record as the caller sees it.</summary>
    /// <param name="part">The part.</param>
    /// <param name="http">The request.</param>
    /// <param name="store">The store.</param>
    public static JsonNode SeenBy(object part, HttpContext http, DocumentStore store)
    {
        var json = JsonSerializer.SerializeToNode(part, part.GetType(), EventSerializer.Documents)!;
        return json is JsonObject o && store.Personal is { } personal && Of(http) is { } mask ? personal.Mask(part.GetType(), o, mask) : json;
    }

    // At least three stars, so that a mask is known as one when it comes back.
    private static string Middle(string text, int first, int last) =>
        text.Length <= first + last ? "***" : text[..first] + new string('*', Math.Max(3, text.Length - first - last)) + text[^last..];

    private static string First(string text) => text.EnumerateRunes().First().ToString();
}
