using System.Text;
using Crm.EventStore;

namespace Crm.Service;

/// <summary>The customer a request is from, and the contact if it was the contact's number or address.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="ContactId">The contact, if one matched.</param>
internal sealed record Sender(Guid CustomerId, Guid? ContactId);

/// <summary>How somebody is reached, in the form by which two spellings are the same.</summary>
internal static class Reach
{
    /// <summary>The digits of a phone number without China's country code; null if there are too few to tell people apart.</summary>
    public static string? Phone(string? text)
    {
        if (text is null) return null;
        var digits = string.Concat(text.Normalize(NormalizationForm.FormKC).Where(char.IsAsciiDigit));
        if (digits.StartsWith("0086", StringComparison.Ordinal)) digits = digits[4..];
        else if (digits.Length is 12 or 13 && digits.StartsWith("86", StringComparison.Ordinal)) digits = digits[2..];
        return digits.Length >= 7 ? digits : null;
    }

    /// <summary>The blind index of a phone number, as it is kept.</summary>
    public static string? PhoneKey(string? text, PersonalData? personal) => Phone(text) is { } number ? personal?.Blind("reach.phone", number) ?? number : null;

    /// <summary>The blind index of an e-mail address, as it is kept.</summary>
    public static string? EmailKey(string? text, PersonalData? personal) => Email(text) is { } address ? personal?.Blind("reach.email", address) ?? address : null;

    /// <summary>The e-mail address in lower case.</summary>
    public static string? Email(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim().ToLowerInvariant();

    /// <summary>
    /// Whom a phone number or e-mail address belongs to; null if to nobody on file or to several. The answer stays inside the server.
    /// </summary>
    public static async Task<Sender?> FindAsync(DocumentStore store, string? phone, string? email, CancellationToken ct)
    {
        if (PhoneKey(phone, store.Personal) is var number && EmailKey(email, store.Personal) is var address && number is null && address is null) return null;
        await using var command = store.DataSource.CreateCommand("""
            select c.id, p.id from service.customers c
            left join service.contacts p on p.customer_id = c.id and (p.phone = $1 or p.email = $2)
            where not c.deleted and (c.phone = $1 or c.email = $2 or p.id is not null)
              and c.id in (select id from service.customers where phone = $1 or email = $2 union select customer_id from service.contacts where phone = $1 or email = $2)
            """);
        command.Parameters.Add(Statement.Parameter(number));
        command.Parameters.Add(Statement.Parameter(address));
        await using var reader = await command.ExecuteReaderAsync(ct);
        Guid? customer = null;
        var contacts = new List<Guid>();
        while (await reader.ReadAsync(ct))
        {
            if (customer is not null && customer != reader.GetGuid(0)) return null;
            customer = reader.GetGuid(0);
            if (!reader.IsDBNull(1)) contacts.Add(reader.GetGuid(1));
        }
        return customer is { } id ? new Sender(id, contacts.Count == 1 ? contacts[0] : null) : null;
    }
}
