using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Http;
using Crm.Messaging;

namespace Crm.Host;

/// <summary>
/// What a dead letter says as operators see it: its form, numbers, ids, instants and codes, and of every other text too little to use. Whoever repairs the cause
/// puts the message back as it is; nobody needs to read what is written to whom.
/// </summary>
internal static class MaskedBody
{
    private const int LongestCode = 60;

    /// <summary>The letter with a body that shows nothing of a person.</summary>
    public static DeadLetter Of(DeadLetter letter) => letter with { Body = Masked(letter.Body) };

    private static JsonNode? Masked(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Select(m => KeyValuePair.Create(m.Key, Masked(m.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Masked)]),
        JsonValue v when v.GetValueKind() == JsonValueKind.String => Text(v.GetValue<string>()),
        _ => node?.DeepClone(),
    };

    private static string Text(string text) =>
        Guid.TryParse(text, out _) || (text.Contains('T') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _)) || IsCode(text) ? text
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? $"{uri.Scheme}://{uri.Authority}/***"
        : Masking.Mask(text);

    /// <summary>Letters of a program, such as a user name or a trace: no blank, no address and no number by which somebody is called.</summary>
    private static bool IsCode(string text) => text.Length <= LongestCode && text.Any(char.IsAsciiLetter) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':');
}
