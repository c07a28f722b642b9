namespace Crm.Customers;

/// <summary>A person to talk to at a customer.</summary>
/// <param name="Id">Identity within the customer.</param>
/// <param name="Name">The person's name.</param>
/// <param name="Position">Position in the company.</param>
/// <param name="DecisionRole">Part in decisions.</param>
/// <param name="Phone">Telephone number.</param>
/// <param name="Email">E-mail address.</param>
/// <param name="Birthday">Birthday (S047).</param>
/// <param name="IsPrimary">Whether this is the one to talk to first.</param>
/// <param name="LeftAt">The day the person left the customer (S025).</param>
internal sealed record Contact(
    Guid Id, string Name, string? Position, string? DecisionRole, string? Phone, string? Email, DateOnly? Birthday, bool IsPrimary, DateOnly? LeftAt);
