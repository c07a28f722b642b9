using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.EventStore;

/// <summary>How events and documents look as JSON: camel case, enums as codes, absent rather than null in events.</summary>
public static class EventSerializer
{
    /// <summary>The options of stored events. Properties may come in any order, as jsonb reorders them.</summary>
    public static JsonSerializerOptions Options { get; } = Create(JsonIgnoreCondition.WhenWritingNull);

    /// <summary>The options of documents and answers, in which an empty field is shown as null.</summary>
    public static JsonSerializerOptions Documents { get; } = Create(JsonIgnoreCondition.Never);

    private static JsonSerializerOptions Create(JsonIgnoreCondition ignore)
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
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
