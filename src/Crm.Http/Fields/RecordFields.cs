using System.Collections.Immutable;
using System.Text.Json;

namespace Crm.Http;

/// <summary>
/// A record as custom fields (S009) and validation rules (S010–S013) see it, and what they say of a decision that enters or changes it: the same for customers,
/// contacts, opportunities and tickets.
/// </summary>
/// <param name="Custom">Its own values.</param>
/// <param name="BuiltIn">The text of a built-in field; null if it is empty or not there.</param>
public sealed record RecordFields(IReadOnlyDictionary<string, JsonElement> Custom, Func<string, string?> BuiltIn)
{
    private const string Own = "custom.";

    /// <summary>The text of a field as conditions and rules see it; null if it is empty.</summary>
    public string? Text(string field) => field.StartsWith(Own, StringComparison.Ordinal) ? CustomFieldValues.Text(Custom, field[Own.Length..]) : BuiltIn(field);

    /// <summary>The events with what follows from them, or why they are refused.</summary>
    /// <param name="settings">What was settled.</param>
    /// <param name="target">The kind of record.</param>
    /// <param name="before">The record before; null for a new one.</param>
    /// <param name="after">The record after the events.</param>
    /// <param name="events">The events.</param>
    /// <param name="emptied">The event that empties values whose fields are not visible any more; each is a JSON null.</param>
    /// <param name="carries">Whether what is decided could carry values of custom fields.</param>
    public static Decision Checked(FieldSettings settings, string target, RecordFields? before, RecordFields after, Decision events, Func<ImmutableDictionary<string, JsonElement>, object> emptied,
        bool carries = true)
    {
        // What puts a record back to what it was is not asked.
        if (ReferenceEquals(settings, FieldSettings.Empty)) return events;
        var values = CustomFieldValues.Check(settings.Of(target), before?.Custom, after.Custom, f => before?.BuiltIn(f), after.BuiltIn, carries);
        if (values.Fault is { } fault) return fault;
        if (ValidationRule.Fault(settings.Rules(target), before is null ? null : before.Text, after.Text) is { } broken) return broken;
        return values.Hidden.Count == 0 ? events : [.. events.Events, emptied(values.Hidden.ToImmutableDictionary(key => key, _ => JsonSerializer.SerializeToElement<object?>(null)))];
    }
}
