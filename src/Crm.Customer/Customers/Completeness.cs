using Crm.Contracts;

namespace Crm.Customers;

/// <summary>
/// How complete a customer's file is (S028: target 90 %): filled core fields ÷ core fields, rounded to two places.
/// </summary>
/// <remarks>
/// The core fields are those of the entry form (S007) and of S029 that are entered rather than earned. A company has eight: name,
/// a current contact, the position of one, a way to reach it (phone or e-mail, its own or a current contact's), address, industry,
/// size, needs. A person has four: name, a way to reach them, address, needs. 成交历史 of S029 comes from opportunities and is not counted.
/// </remarks>
internal static class Completeness
{
    public static decimal Of(Customer customer)
    {
        var current = customer.Contacts.Where(c => c.LeftAt is null).ToList();
        var reachable = customer.Phone is not null || customer.Email is not null || current.Exists(c => c.Phone is not null || c.Email is not null);
        bool[] filled = customer.Kind == CustomerKind.Person
            ? [customer.Name.Length > 0, reachable, customer.Address is not null, customer.Needs is not null]
            :
            [
                customer.Name.Length > 0, current.Count > 0, current.Exists(c => c.Position is not null), reachable,
                customer.Address is not null, customer.Industry is not null, customer.Size is not null, customer.Needs is not null,
            ];
        return Math.Round((decimal)filled.Count(f => f) / filled.Length, 2, MidpointRounding.AwayFromZero);
    }
}
