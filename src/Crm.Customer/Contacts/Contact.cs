using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.Http;

namespace Crm.Customers;

/// <summary>A person to talk to at a customer.</summary>
/// <param name="Id">Identity within the customer.</param>
/// <param name="Name">The person's name.</param>
/// <param name="Position">Position in the company.</param>
/// <param name="DecisionRole">Part in decisions.</param>
/// <param name="Phone">Telephone number.</param>
/// <param name="Email">E-mail address.</param>
/// <param name="Birthday">Birthday (S047).</param>
/// <param name="IdNumber">Identity card number (S097).</param>
/// <param name="IsPrimary">Whether this is the one to talk to first.</param>
/// <param name="LeftAt">The day the person left the customer (S025).</param>
/// <param name="PhoneInvalid">Whether the number turned out not to be in use.</param>
/// <param name="EmailInvalid">Whether mail to the address came back.</param>
/// <param name="Erased">Whether what was known of the person is gone for good; the name is then a placeholder.</param>
/// <param name="Custom">The organisation's own fields (S009); null for none.</param>
internal sealed record Contact(
    [property: Person] Guid Id, string Name, string? Position, string? DecisionRole, [property: Personal(PersonalKind.Phone)] string? Phone,
    [property: Personal(PersonalKind.Email)] string? Email, [property: Personal(PersonalKind.Birthday)] DateOnly? Birthday,
    [property: Personal(PersonalKind.IdNumber)] string? IdNumber, bool IsPrimary, DateOnly? LeftAt, bool PhoneInvalid = false, bool EmailInvalid = false, bool Erased = false,
    [property: Personal(PersonalKind.Text)] ImmutableDictionary<string, JsonElement>? Custom = null)
{
    /// <summary>Its own values with some changed, of which a JSON null removes one; null for none.</summary>
    public ImmutableDictionary<string, JsonElement>? With(IReadOnlyDictionary<string, JsonElement>? changed)
    {
        if (changed is null) return Custom;
        var custom = Custom ?? ImmutableDictionary<string, JsonElement>.Empty;
        foreach (var (key, value) in changed) custom = value.ValueKind == JsonValueKind.Null ? custom.Remove(key) : custom.SetItem(key, value);
        return custom.IsEmpty ? null : custom;
    }

    /// <summary>The own values that differ from another state's, with a JSON null for those that are not there any more; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Changed(IReadOnlyDictionary<string, JsonElement>? after)
    {
        var changed = (after ?? ImmutableDictionary<string, JsonElement>.Empty).Where(f => Custom?.TryGetValue(f.Key, out var old) != true || !JsonElement.DeepEquals(old, f.Value)).ToDictionary();
        foreach (var gone in (Custom?.Keys ?? []).Where(key => after?.ContainsKey(key) != true)) changed[gone] = JsonSerializer.SerializeToElement<object?>(null);
        return changed.Count == 0 ? null : changed;
    }

    /// <summary>The contact as custom fields and validation rules see it.</summary>
    public RecordFields Fields() => new(Custom ?? ImmutableDictionary<string, JsonElement>.Empty, field => field switch
    {
        "name" => Name,
        "position" => Position,
        "decisionRole" => DecisionRole,
        "phone" => Phone,
        "email" => Email,
        "birthday" => Birthday?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        "idNumber" => IdNumber,
        "isPrimary" => IsPrimary ? "true" : "false",
        _ => null,
    });
}
