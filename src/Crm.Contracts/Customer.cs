using System.Text.Json;

namespace Crm.Contracts;

/// <summary>Whether a customer is an organisation or a natural person (S026).</summary>
public enum CustomerKind
{
    /// <summary>A company or another organisation.</summary>
    Company,

    /// <summary>A natural person.</summary>
    Person,
}

/// <summary>Where a customer stands (S014).</summary>
public enum CustomerLifecycle
{
    /// <summary>潜在客户: known, no intent shown.</summary>
    Potential,

    /// <summary>意向客户: wants to buy.</summary>
    Intent,

    /// <summary>成交客户: has bought.</summary>
    Won,

    /// <summary>流失客户: gone.</summary>
    Lost,
}

/// <summary>A customer came on file (S005–S009). The stream's identity is the customer's.</summary>
public sealed record CustomerRegistered
{
    /// <summary>Company or person.</summary>
    public required CustomerKind Kind { get; init; }

    /// <summary>The full name of the company (S013) or the person's name.</summary>
    [Personal(PersonalKind.Name, Required = true)]
    public required string Name { get; init; }

    /// <summary>The name people use among themselves.</summary>
    [Personal(PersonalKind.Name)]
    public string? ShortName { get; init; }

    /// <summary>Where the customer stands from the beginning.</summary>
    public CustomerLifecycle Lifecycle { get; init; }

    /// <summary>Value tier <c>A B C D</c> (S021).</summary>
    public string? Tier { get; init; }

    /// <summary>Industry, in the organisation's words.</summary>
    public string? Industry { get; init; }

    /// <summary>Size of the company, in the organisation's words.</summary>
    public string? Size { get; init; }

    /// <summary>Where the customer came from.</summary>
    public string? Source { get; init; }

    /// <summary>Telephone number as entered; its format was checked (S011).</summary>
    [Personal(PersonalKind.Phone)]
    public string? Phone { get; init; }

    /// <summary>E-mail address.</summary>
    [Personal(PersonalKind.Email)]
    public string? Email { get; init; }

    /// <summary>Postal address.</summary>
    [Personal(PersonalKind.Address)]
    public string? Address { get; init; }

    /// <summary>Web address.</summary>
    [Personal(PersonalKind.Address)]
    public string? Website { get; init; }

    /// <summary>The identity card number of a person, 18 characters (S097).</summary>
    [Personal(PersonalKind.IdNumber)]
    public string? IdNumber { get; init; }

    /// <summary>The bank card number of a person, digits only (S097).</summary>
    [Personal(PersonalKind.BankCard)]
    public string? BankCard { get; init; }

    /// <summary>What the customer needs (S008).</summary>
    [Personal(PersonalKind.Text)]
    public string? Needs { get; init; }

    /// <summary>Tags (S015–S019).</summary>
    public string[]? Tags { get; init; }

    /// <summary>The responsible user.</summary>
    public Guid? OwnerId { get; init; }

    /// <summary>The customer this one belongs to, for example the group of a subsidiary.</summary>
    public Guid? ParentId { get; init; }

    /// <summary>Keys of the customer in other systems, by system.</summary>
    public IReadOnlyDictionary<string, string>? ExternalKeys { get; init; }

    /// <summary>The organisation's own fields (S009): text, number or truth value, and what a defined field holds (see <see cref="CustomFieldType"/>).</summary>
    [Personal(PersonalKind.Text)]
    public IReadOnlyDictionary<string, JsonElement>? Custom { get; init; }

    /// <summary>The keys of <see cref="Custom"/> whose fields were unique; null for none.</summary>
    public string[]? Unique { get; init; }

    /// <summary>The customers it was likely to be a duplicate of when the caller insisted (C8); null if there were none.</summary>
    public Guid[]? DuplicatesOf { get; init; }
}

/// <summary>Details of a customer changed. Absent members stayed; <see cref="Cleared"/> names those that were emptied.</summary>
public sealed record CustomerDetailsChanged
{
    /// <summary>Company or person.</summary>
    public CustomerKind? Kind { get; init; }

    /// <summary>The new name; other modules update what they show.</summary>
    [Personal(PersonalKind.Name)]
    public string? Name { get; init; }

    /// <summary>The new short name.</summary>
    [Personal(PersonalKind.Name)]
    public string? ShortName { get; init; }

    /// <summary>The new tier <c>A B C D</c>.</summary>
    public string? Tier { get; init; }

    /// <summary>The new industry.</summary>
    public string? Industry { get; init; }

    /// <summary>The new size.</summary>
    public string? Size { get; init; }

    /// <summary>The new source.</summary>
    public string? Source { get; init; }

    /// <summary>The new telephone number.</summary>
    [Personal(PersonalKind.Phone)]
    public string? Phone { get; init; }

    /// <summary>The new e-mail address.</summary>
    [Personal(PersonalKind.Email)]
    public string? Email { get; init; }

    /// <summary>The new postal address.</summary>
    [Personal(PersonalKind.Address)]
    public string? Address { get; init; }

    /// <summary>The new web address.</summary>
    [Personal(PersonalKind.Address)]
    public string? Website { get; init; }

    /// <summary>The new identity card number of a person, 18 characters (S097).</summary>
    [Personal(PersonalKind.IdNumber)]
    public string? IdNumber { get; init; }

    /// <summary>The new bank card number of a person, digits only (S097).</summary>
    [Personal(PersonalKind.BankCard)]
    public string? BankCard { get; init; }

    /// <summary>The new needs.</summary>
    [Personal(PersonalKind.Text)]
    public string? Needs { get; init; }

    /// <summary>The new parent.</summary>
    public Guid? ParentId { get; init; }

    /// <summary>The organisation's own fields that changed; a JSON null removed one.</summary>
    [Personal(PersonalKind.Text)]
    public IReadOnlyDictionary<string, JsonElement>? Custom { get; init; }

    /// <summary>The keys of <see cref="Custom"/> whose fields were unique; null for none.</summary>
    public string[]? Unique { get; init; }

    /// <summary>Whether the telephone number turned out not to be in use; a new number is taken to be good.</summary>
    public bool? PhoneInvalid { get; init; }

    /// <summary>Whether mail to the address came back; a new address is taken to be good.</summary>
    public bool? EmailInvalid { get; init; }

    /// <summary>JSON names of the members that were emptied.</summary>
    public string[]? Cleared { get; init; }
}

/// <summary>A customer got a tag.</summary>
/// <param name="Tag">The tag.</param>
public sealed record CustomerTagged(string Tag);

/// <summary>A tag was taken off a customer.</summary>
/// <param name="Tag">The tag.</param>
public sealed record CustomerUntagged(string Tag);

/// <summary>Another user became responsible for a customer.</summary>
/// <param name="From">The owner before, null if nobody.</param>
/// <param name="To">The owner now, null if nobody.</param>
public sealed record CustomerOwnerChanged(Guid? From, Guid? To);

/// <summary>A customer moved in its lifecycle (S014).</summary>
/// <param name="From">Where it stood.</param>
/// <param name="To">Where it stands.</param>
/// <param name="Reason">Why, in the words of the person who said so.</param>
public sealed record CustomerLifecycleChanged(CustomerLifecycle From, CustomerLifecycle To, [property: Personal(PersonalKind.Text)] string? Reason);

/// <summary>A customer got its key in another system.</summary>
/// <param name="System">The system's code.</param>
/// <param name="Value">The key there.</param>
public sealed record CustomerExternalKeySet(string System, string Value);

/// <summary>A customer lost its key in another system.</summary>
/// <param name="System">The system's code.</param>
/// <param name="Value">The key it had.</param>
public sealed record CustomerExternalKeyRemoved(string System, string Value);

/// <summary>A customer was put aside: out of the daily lists, unchangeable until restored (X7).</summary>
public sealed record CustomerArchived;

/// <summary>An archived customer is back.</summary>
public sealed record CustomerRestored;

/// <summary>A customer was deleted: it answers 404 and is in no list until undeleted (X7).</summary>
public sealed record CustomerDeleted;

/// <summary>A deleted customer is back.</summary>
public sealed record CustomerUndeleted;

/// <summary>
/// A customer's personal data was taken away for good: the keys of the customer and of the contacts are destroyed (S098, 个人信息保护法 art. 47). The event is
/// the certificate of it and holds nothing personal itself; counts and figures stay as they were.
/// </summary>
/// <param name="Placeholder">What stands for the name from now on, for example <c>已删除客户 482913</c>.</param>
/// <param name="Contacts">The contacts that were erased with the customer.</param>
/// <param name="Reason">Why, as one of a few codes: <c>request</c> of the person, <c>withdrawn</c> consent, <c>retention</c> over, <c>unlawful</c> from the beginning.</param>
public sealed record CustomerErased(string Placeholder, Guid[] Contacts, string Reason);

/// <summary>The same for one contact of a customer; the contact stays in the list as its placeholder.</summary>
/// <param name="ContactId">The contact.</param>
/// <param name="Placeholder">What stands for the name from now on.</param>
/// <param name="Reason">Why, see <see cref="CustomerErased"/>.</param>
public sealed record ContactErased(Guid ContactId, string Placeholder, string Reason);

/// <summary>A person to talk to at a customer became known (S007).</summary>
public sealed record ContactAdded
{
    /// <summary>Identity of the contact within the customer.</summary>
    [Person]
    public required Guid ContactId { get; init; }

    /// <summary>The person's name.</summary>
    [Personal(PersonalKind.Name, Required = true)]
    public required string Name { get; init; }

    /// <summary>Position in the company.</summary>
    public string? Position { get; init; }

    /// <summary>Part in decisions, for example decision maker or user.</summary>
    public string? DecisionRole { get; init; }

    /// <summary>Telephone number.</summary>
    [Personal(PersonalKind.Phone)]
    public string? Phone { get; init; }

    /// <summary>E-mail address.</summary>
    [Personal(PersonalKind.Email)]
    public string? Email { get; init; }

    /// <summary>Birthday (S047).</summary>
    [Personal(PersonalKind.Birthday)]
    public DateOnly? Birthday { get; init; }

    /// <summary>The identity card number, 18 characters (S097).</summary>
    [Personal(PersonalKind.IdNumber)]
    public string? IdNumber { get; init; }

    /// <summary>Whether this is the one to talk to first; there is one at most, so another one stops being it.</summary>
    public bool IsPrimary { get; init; }

    /// <summary>The day the person left the customer (S025), if it is over.</summary>
    public DateOnly? LeftAt { get; init; }

    /// <summary>The organisation's own fields (S009), see <see cref="CustomFieldType"/>.</summary>
    [Personal(PersonalKind.Text)]
    public IReadOnlyDictionary<string, JsonElement>? Custom { get; init; }
}

/// <summary>A contact changed. Absent members stayed; <see cref="Cleared"/> names those that were emptied.</summary>
public sealed record ContactChanged
{
    /// <summary>The contact.</summary>
    [Person]
    public required Guid ContactId { get; init; }

    /// <summary>The new name.</summary>
    [Personal(PersonalKind.Name)]
    public string? Name { get; init; }

    /// <summary>The new position.</summary>
    public string? Position { get; init; }

    /// <summary>The new part in decisions.</summary>
    public string? DecisionRole { get; init; }

    /// <summary>The new telephone number.</summary>
    [Personal(PersonalKind.Phone)]
    public string? Phone { get; init; }

    /// <summary>The new e-mail address.</summary>
    [Personal(PersonalKind.Email)]
    public string? Email { get; init; }

    /// <summary>The new birthday.</summary>
    [Personal(PersonalKind.Birthday)]
    public DateOnly? Birthday { get; init; }

    /// <summary>The new identity card number, 18 characters (S097).</summary>
    [Personal(PersonalKind.IdNumber)]
    public string? IdNumber { get; init; }

    /// <summary>Whether this is the one to talk to first.</summary>
    public bool? IsPrimary { get; init; }

    /// <summary>The day the person left the customer (S025).</summary>
    public DateOnly? LeftAt { get; init; }

    /// <summary>The organisation's own fields that changed; a JSON null removed one.</summary>
    [Personal(PersonalKind.Text)]
    public IReadOnlyDictionary<string, JsonElement>? Custom { get; init; }

    /// <summary>Whether the telephone number turned out not to be in use; a new number is taken to be good.</summary>
    public bool? PhoneInvalid { get; init; }

    /// <summary>Whether mail to the address came back; a new address is taken to be good.</summary>
    public bool? EmailInvalid { get; init; }

    /// <summary>JSON names of the members that were emptied.</summary>
    public string[]? Cleared { get; init; }
}

/// <summary>A contact was removed because it should never have been there; somebody who left keeps a <c>leftAt</c> instead.</summary>
/// <param name="ContactId">The contact.</param>
/// <param name="Name">Its name.</param>
public sealed record ContactRemoved([property: Person] Guid ContactId, [property: Personal(PersonalKind.Name, Required = true)] string Name);

/// <summary>A person agreed to their data being used for a purpose (S099, 个人信息保护法 art. 14).</summary>
/// <param name="ConsentId">Identity of the consent within the customer.</param>
/// <param name="ContactId">The contact who agreed; null for the customer.</param>
/// <param name="Purpose">What for, in one line.</param>
/// <param name="TextVersion">Which text they agreed to, for example <c>2026-03</c>.</param>
/// <param name="Channel">How: <c>written web email phone verbal other</c>.</param>
/// <param name="GivenOn">The day.</param>
public sealed record ConsentGiven(Guid ConsentId, Guid? ContactId, string Purpose, string TextVersion, string Channel, DateOnly GivenOn);

/// <summary>A person withdrew a consent, which is as easy as giving it (art. 15). What was done before stays lawful.</summary>
/// <param name="ConsentId">The consent.</param>
/// <param name="ContactId">Whose it was; null for the customer's.</param>
/// <param name="Purpose">What it was for.</param>
/// <param name="Channel">How: see <see cref="ConsentGiven"/>.</param>
/// <param name="WithdrawnOn">The day.</param>
public sealed record ConsentWithdrawn(Guid ConsentId, Guid? ContactId, string Purpose, string Channel, DateOnly WithdrawnOn);
