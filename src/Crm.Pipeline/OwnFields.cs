using System.Text.Json;
using Crm.Http;
using FluentValidation;

namespace Crm.Pipeline;

/// <summary>Fields whose names are the organisation's (<c>custom</c>, <c>externalKeys</c>): each is set or removed for itself.</summary>
internal static class OwnFields
{
    /// <summary>The fields that were sent and differ from what is there, with null for those to be removed; null if there are none.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? Changed(IReadOnlyDictionary<string, JsonElement> before, IReadOnlyDictionary<string, JsonElement>? sent)
    {
        var changed = (sent ?? new Dictionary<string, JsonElement>())
            .Where(f => before.TryGetValue(f.Key, out var old) ? !JsonElement.DeepEquals(old, f.Value) : f.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(f => f.Key, f => f.Value);
        return changed.Count == 0 ? null : changed;
    }

    /// <summary>The same of external keys, whose surrounding blanks do not count.</summary>
    public static IReadOnlyDictionary<string, string?>? Changed(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string?>? sent)
    {
        var changed = (sent ?? new Dictionary<string, string?>()).Select(k => (k.Key, Value: Patch.OrNull(k.Value)))
            .Where(k => before.GetValueOrDefault(k.Key) != k.Value).ToDictionary(k => k.Key, k => k.Value);
        return changed.Count == 0 ? null : changed;
    }

    /// <summary>What is there after a change.</summary>
    public static IReadOnlyDictionary<string, JsonElement> With(this IReadOnlyDictionary<string, JsonElement> before, IReadOnlyDictionary<string, JsonElement>? changed) =>
        changed is null ? before : before.Where(f => !changed.ContainsKey(f.Key)).Concat(changed.Where(f => f.Value.ValueKind != JsonValueKind.Null)).ToDictionary();

    /// <summary>What is there after a change.</summary>
    public static IReadOnlyDictionary<string, string> With(this IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string?>? changed) => changed is null
        ? before
        : before.Where(f => !changed.ContainsKey(f.Key)).Concat(changed.Where(f => f.Value is not null).Select(f => KeyValuePair.Create(f.Key, f.Value!))).ToDictionary();

    /// <summary>At most 100 fields with names of at most 60 characters, and no value that none of them could have.</summary>
    public static void OwnFieldsOnly<T>(this IRuleBuilder<T, IReadOnlyDictionary<string, JsonElement>?> rule) => rule
        .Must(o => o is null || (o.Count <= 100 && o.All(f => f.Key.Length is > 0 and <= 60 && CustomFieldValues.IsShape(f.Value)))).WithErrorCode("invalid_custom");

    /// <summary>The same of records for which no fields can be defined: texts of at most 2,000 characters, numbers, truth values.</summary>
    public static void PlainFieldsOnly<T>(this IRuleBuilder<T, IReadOnlyDictionary<string, JsonElement>?> rule) => rule
        .Must(o => o is null || (o.Count <= 100 && o.All(f => f.Key.Length is > 0 and <= 60 && IsPlain(f.Value)))).WithErrorCode("invalid_custom");

    /// <summary>At most 20 systems, names of at most 60 characters and values of at most 200.</summary>
    public static void ExternalKeysOnly<T>(this IRuleBuilder<T, IReadOnlyDictionary<string, string?>?> rule) => rule
        .Must(o => o is null || (o.Count <= 20 && o.All(k => k.Key.Length is > 0 and <= 60 && k.Value is null or { Length: <= 200 }))).WithErrorCode("invalid_external_key");

    private static bool IsPlain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Length <= 2_000,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null => true,
        _ => false,
    };
}
