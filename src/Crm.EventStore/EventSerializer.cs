using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.EventStore;

/// <summary>How events and documents look as JSON: camel case, enums as codes, absent rather than null in events.</summary>
public static class EventSerializer
{
    /// <summary>The options of stored events. Properties may come in any order, as jsonb reorders them.</summary>
    public static JsonSerializerOptions Options { get; } = Create(JsonIgnoreCondition.WhenWritingNull);

    /// <summary>The options of documents and answers, in which an empty field is shown as null and instants are UTC of one width.</summary>
    public static JsonSerializerOptions Documents { get; } = Create(JsonIgnoreCondition.Never, new InstantConverter());

    private static JsonSerializerOptions Create(JsonIgnoreCondition ignore, params ReadOnlySpan<JsonConverter> converters)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = ignore,
            AllowOutOfOrderMetadataProperties = true,
            // Written to jsonb columns and JSON answers, never into HTML.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.Strict,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        };
        foreach (var converter in converters) options.Converters.Add(converter);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>
    /// Instants of documents have one form, so that their order as text is their order in time: PostgreSQL can index the text of a member,
    /// but not its cast to <c>timestamptz</c>. Six digits are PostgreSQL's own precision.
    /// </summary>
    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(InstantText(value));
    }

    /// <summary>An instant as documents hold it: <c>2026-03-01T00:00:00.000000Z</c>.</summary>
    public static string InstantText(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
