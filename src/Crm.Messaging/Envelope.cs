using System.Text.Json;
using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>Who caused a message through what, and the trace it belongs to; travels with the message.</summary>
/// <param name="UserName">Identifier of the user or client on whose account the message was sent; never a personal name.</param>
/// <param name="Source">Through what: <c>page</c>, <c>api</c>, <c>recurring</c>, <c>subscription:{name}</c>.</param>
/// <param name="CorrelationId">Ties everything together that one request or job caused.</param>
/// <param name="CausationId">The event, message or request that caused it.</param>
/// <param name="TraceParent">The W3C trace context of the sender.</param>
internal sealed record MessageHeaders(string UserName, string Source, string? CorrelationId = null, string? CausationId = null, string? TraceParent = null);

/// <summary>One message for one queue, as it is stored.</summary>
/// <param name="Id">The message's identity; the same message in several queues has the same.</param>
/// <param name="Queue">The queue.</param>
/// <param name="MessageType">The stored name of the type.</param>
/// <param name="Body">UTF-8 JSON, encrypted where the store protects personal data: a message may hold an address or what is written to somebody.</param>
/// <param name="At">When it is due, or null for at once.</param>
internal sealed record Envelope(Guid Id, string Queue, string MessageType, byte[] Body, DateTimeOffset? At)
{
    private const string Purpose = "messages";

    // Before an encrypted body; no JSON begins with it. Messages from before are read as they are.
    private const byte Sealed = 1;

    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText HeadersName = JsonEncodedText.Encode("headers");

    /// <summary>A message as <c>{"headers": …, "data": …}</c>.</summary>
    public static byte[] Write(object message, MessageHeaders headers, PersonalData? personal)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = EventSerializer.Options.Encoder }))
        {
            json.WriteStartObject();
            json.WritePropertyName(HeadersName);
            JsonSerializer.Serialize(json, headers, EventSerializer.Options);
            json.WritePropertyName(Data);
            JsonSerializer.Serialize(json, message, message.GetType(), EventSerializer.Options);
            json.WriteEndObject();
        }
        return personal is null ? buffer.ToArray() : [Sealed, .. personal.Protect(Purpose, buffer.GetBuffer().AsSpan(0, (int)buffer.Length))];
    }

    /// <summary>The JSON of a stored body.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The body was changed or made with another key.</exception>
    public static byte[] Open(byte[] body, PersonalData? personal) => personal is not null && body is [Sealed, ..] ? personal.Unprotect(Purpose, body.AsSpan(1)) : body;

    /// <summary>The message of a stored body.</summary>
    /// <exception cref="JsonException">The body is not of this form or not of this type.</exception>
    public static (object Message, MessageHeaders Headers) Read(byte[] body, Type type, PersonalData? personal)
    {
        using var json = JsonDocument.Parse(Open(body, personal));
        if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty(Data.EncodedUtf8Bytes, out var data)) throw new JsonException("The body holds no data.");
        var headers = json.RootElement.TryGetProperty(HeadersName.EncodedUtf8Bytes, out var h) ? h.Deserialize<MessageHeaders>(EventSerializer.Options) : null;
        return (data.Deserialize(type, EventSerializer.Options) ?? throw new JsonException("The data is null."), headers ?? new MessageHeaders("", "message"));
    }
}
