using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>A command that changes single fields: absent fields stay, null clears.</summary>
public interface IPatch
{
    /// <summary>The fields that were sent as null, by their JSON names.</summary>
    IReadOnlyList<string> Cleared { get; init; }
}

/// <summary>The JSON body of a command, read strictly: nothing unknown is dropped, nothing malformed is guessed.</summary>
public sealed class JsonBody
{
    private static readonly JsonSerializerOptions Strict = new(EventSerializer.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, Converters = { new InstantConverter() } };
    private const int Limit = 1 << 20;

    private JsonBody(byte[] bytes, JsonObject json, DateOnly? businessDate, string? reason) =>
        (Bytes, Json, BusinessDate, Reason) = (bytes, json, businessDate, reason);

    /// <summary>The bytes as sent.</summary>
    public byte[] Bytes { get; }

    /// <summary>The members as sent.</summary>
    public JsonObject Json { get; }

    /// <summary>The day the command belongs to, if it was stated.</summary>
    public DateOnly? BusinessDate { get; }

    /// <summary>Why the command is given, if it was stated.</summary>
    public string? Reason { get; }

    /// <summary>Reads the body of a request; an empty body is an empty object.</summary>
    /// <exception cref="ProblemException">400, 413 or 415.</exception>
    public static async Task<JsonBody> ReadAsync(HttpContext http)
    {
        var request = http.Request;
        if (request.ContentLength is > Limit) throw TooLarge();
        if (request.ContentType is { } type && !request.HasJsonContentType() && request.ContentLength != 0)
            throw new ProblemException(415, "unsupported_media_type", $"不支持内容类型 {type}，请使用 application/json。", $"The content type {type} is not supported; send application/json.");
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, http.RequestAborted)) > 0)
        {
            if (buffer.Length + read > Limit) throw TooLarge();
            buffer.Write(chunk, 0, read);
        }
        return Parse(buffer.ToArray());
    }

    /// <summary>The body as a command.</summary>
    /// <exception cref="ProblemException">400 naming the field.</exception>
    public T To<T>()
    {
        var type = Strict.GetTypeInfo(typeof(T));
        var known = type.Properties.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var members = (JsonObject)Json.DeepClone();
        if (!known.Contains("businessDate")) members.Remove("businessDate");
        if (!known.Contains("reason")) members.Remove("reason");
        if (typeof(T).IsAssignableTo(typeof(IPatch)))
        {
            known.Remove("cleared");
            var cleared = members.Where(m => m.Value is null && known.Contains(m.Key)).Select(m => m.Key).ToArray();
            Unknown(members, known);
            members["cleared"] = JsonSerializer.SerializeToNode(cleared, Strict);
        }
        else Unknown(members, known);
        try
        {
            return members.Deserialize<T>(Strict) ?? throw Malformed("$");
        }
        catch (JsonException e)
        {
            throw Malformed(e.Path ?? "$");
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
        {
            throw Malformed("$");
        }
    }

    private static JsonBody Parse(byte[] bytes)
    {
        if (bytes.AsSpan().IndexOf((byte)0) >= 0) throw Nul();
        JsonObject json;
        try
        {
            var node = bytes.Length == 0 ? new JsonObject() : JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = 32 });
            json = node as JsonObject ?? throw new ProblemException(400, "malformed_json", "请求内容必须是 JSON 对象。", "The body must be a JSON object.");
            // Reading the members also finds duplicate keys, at any depth, which the parser leaves alone until then.
            CheckText(json);
        }
        catch (JsonException e)
        {
            throw new ProblemException(400, "malformed_json", $"JSON 格式有误（第 {e.LineNumber + 1} 行，第 {e.BytePositionInLine + 1} 字节）。", $"The JSON is malformed (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}).");
        }
        catch (ArgumentException)
        {
            throw new ProblemException(400, "malformed_json", "JSON 中有重复的字段。", "The JSON has a member twice.");
        }
        return new JsonBody(bytes, json, BusinessDateOf(json), ReasonOf(json));
    }

    private static DateOnly? BusinessDateOf(JsonObject json)
    {
        if (json["businessDate"] is not { } node) return null;
        if (node is JsonValue value && value.TryGetValue(out string? text) && DateOnly.TryParseExact(text, "yyyy-MM-dd", out var day)) return day;
        throw ProblemException.Invalid("body.businessDate", "invalid_date", "业务日期必须是 YYYY-MM-DD。", "businessDate must be YYYY-MM-DD.");
    }

    private static string? ReasonOf(JsonObject json) => json["reason"] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        _ => throw ProblemException.Invalid("body.reason", "invalid_value", "原因必须是文本。", "The reason must be a text."),
    };

    private static void Unknown(JsonObject members, HashSet<string> known)
    {
        var unknown = members.Select(m => m.Key).Where(k => !known.Contains(k)).ToList();
        if (unknown.Count == 0) return;
        throw new ProblemException(400, "unknown_field", $"不认识的字段：{string.Join("、", unknown)}。", $"Unknown fields: {string.Join(", ", unknown)}.")
        {
            Errors = [.. unknown.Select(u => ("body." + u, "unknown_field", $"没有字段 {u}。", $"There is no field {u}."))],
        };
    }

    /// <summary>PostgreSQL stores neither NUL nor half a surrogate pair; both are refused by name instead of failing later.</summary>
    private static void CheckText(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (key, value) in o)
                {
                    CheckString(key);
                    CheckText(value);
                }
                break;
            case JsonArray a:
                foreach (var item in a) CheckText(item);
                break;
            case JsonValue v when v.GetValueKind() == JsonValueKind.String:
                string text;
                try
                {
                    text = v.GetValue<string>();
                }
                catch (InvalidOperationException)
                {
                    throw new ProblemException(400, "invalid_character", "文本中含有无效的 Unicode 字符。", "The text contains an invalid Unicode character.");
                }
                CheckString(text);
                break;
        }
    }

    private static void CheckString(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') throw Nul();
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) throw new ProblemException(400, "invalid_character", "文本中含有无效的 Unicode 字符。", "The text contains an invalid Unicode character.");
        }
    }

    private static ProblemException Nul() => new(400, "invalid_character", "文本中含有不允许的字符（NUL）。", "The text contains a character that cannot be stored (NUL).");

    private static ProblemException TooLarge() => new(413, "too_large", "请求内容超过 1 MB。", "The request body is larger than 1 MB.");

    private static ProblemException Malformed(string path)
    {
        var field = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "";
        return ProblemException.Invalid(field.Length == 0 ? "body" : "body." + field, "invalid_value",
            $"字段 {field} 的值类型或格式不对。", $"The value of {(field.Length == 0 ? "the body" : field)} has the wrong type or format.");
    }

    /// <summary>Instants come with their offset (RFC 3339): a bare date or a local time would be read in the server's own zone.</summary>
    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: > 11 } text && (text[^1] is 'Z' || text.LastIndexOfAny(['+', '-']) > 10) && reader.TryGetDateTimeOffset(out var instant)
                ? instant
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
