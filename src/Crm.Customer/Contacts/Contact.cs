using Crm.Contracts;

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
/// <param name="Erased">Whether what was known of the person is gone for good; the name is then a placeholder.</param>
internal sealed record Contact(
    [property: Person] Guid Id, string Name, string? Position, string? DecisionRole, [property: Personal(PersonalKind.Phone)] string? Phone,
    [property: Personal(PersonalKind.Email)] string? Email, [property: Personal(PersonalKind.Birthday)] DateOnly? Birthday,
    [property: Personal(PersonalKind.IdNumber)] string? IdNumber, bool IsPrimary, DateOnly? LeftAt, bool Erased = false);
