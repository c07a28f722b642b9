using System.Text.Json;
using System.Text.Json.Nodes;
using FluentValidation;

namespace Crm.Pipeline;

/// <summary>The organisation's own fields (<c>custom</c>): flat, with text, numbers and truth values.</summary>
internal static class OwnFields
{
    /// <summary>All own fields after those that were sent; null if none were. A field sent as null is removed.</summary>
    public static JsonObject? Of(JsonObject? before, JsonObject? sent)
    {
        if (sent is null) return null;
        var after = before?.DeepClone().AsObject() ?? [];
        foreach (var (name, value) in sent)
        {
            if (value is null) after.Remove(name);
            else after[name] = value.DeepClone();
        }
        return after;
    }

    /// <summary>At most 100 fields with names of at most 60 characters; texts of at most 2,000 characters.</summary>
    public static void OwnFieldsOnly<T>(this IRuleBuilder<T, JsonObject?> rule) => rule
        .Must(o => o is null || (o.Count <= 100 && o.All(f => f.Key.Length is > 0 and <= 60 && IsPlain(f.Value)))).WithErrorCode("invalid_custom");

    private static bool IsPlain(JsonNode? value) => value is null || value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>().Length <= 2_000,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => true,
        _ => false,
    };
}
