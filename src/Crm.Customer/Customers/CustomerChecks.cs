using System.Text.Json;
using Crm.Contracts;
using Crm.Http;

namespace Crm.Customers;

/// <summary>What the organisation has settled about customers, asked of every decision that enters or changes one: custom fields (S009) and validation rules (S010–S013).</summary>
internal static class CustomerChecks
{
    /// <summary>The events with what follows from them, or why they are refused.</summary>
    /// <param name="settings">What was settled.</param>
    /// <param name="customer">The customer before; null for a new one.</param>
    /// <param name="events">The events.</param>
    public static Decision Checked(FieldSettings settings, Customer? customer, Decision events)
    {
        if (events.Rejection is not null || events.Events.Count == 0) return events;
        var after = events.Events.Aggregate(customer, Customer.Next)!;
        return RecordFields.Checked(settings, "customers", customer is null ? null : Of(customer), Of(after), events, hidden => new CustomerDetailsChanged { Custom = hidden });
    }

    private static RecordFields Of(Customer customer) => new(customer.Custom, field => Text(customer, field));

    /// <summary>The text of a field as conditions and rules see it; null if it is empty.</summary>
    public static string? Text(Customer customer, string field) => field switch
    {
        "kind" => JsonNamingPolicy.CamelCase.ConvertName(customer.Kind.ToString()),
        "lifecycle" => JsonNamingPolicy.CamelCase.ConvertName(customer.Lifecycle.ToString()),
        "name" => customer.Name,
        "shortName" => customer.ShortName,
        "tier" => customer.Tier,
        "industry" => customer.Industry,
        "size" => customer.Size,
        "source" => customer.Source,
        "phone" => customer.Phone,
        "email" => customer.Email,
        "address" => customer.Address,
        "website" => customer.Website,
        "needs" => customer.Needs,
        "idNumber" => customer.IdNumber,
        "bankCard" => customer.BankCard,
        "ownerId" => customer.OwnerId?.ToString(),
        "parentId" => customer.ParentId?.ToString(),
        "contacts" => customer.Contacts.Count(c => c.LeftAt is null) is > 0 and var count ? count.ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
        _ when field.StartsWith("custom.", StringComparison.Ordinal) => CustomFieldValues.Text(customer.Custom, field["custom.".Length..]),
        _ => null,
    };
}
