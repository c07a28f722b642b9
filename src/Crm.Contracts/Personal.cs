namespace Crm.Contracts;

/// <summary>What kind of personal data a member holds: by it the value is masked and, once the person is erased, replaced. The letters are stored and never change.</summary>
public enum PersonalKind
{
    /// <summary>A name; erased it reads as a placeholder where there must be one.</summary>
    Name = 'n',

    /// <summary>A telephone number.</summary>
    Phone = 'p',

    /// <summary>An e-mail address.</summary>
    Email = 'e',

    /// <summary>A birthday.</summary>
    Birthday = 'b',

    /// <summary>The number of an identity card (GB 11643).</summary>
    IdNumber = 'i',

    /// <summary>The number of a bank card.</summary>
    BankCard = 'c',

    /// <summary>A postal or web address.</summary>
    Address = 'a',

    /// <summary>Words about the person or of the person, in any form.</summary>
    Text = 't',
}

/// <summary>
/// A member that holds data of a person: encrypted in the log and in documents under that person's key, unreadable for ever once the key is destroyed (S095, S098).
/// The person is the one the stream is about, unless <see cref="PersonAttribute"/> names another.
/// </summary>
/// <param name="kind">What it holds.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PersonalAttribute(PersonalKind kind) : Attribute
{
    /// <summary>What it holds.</summary>
    public PersonalKind Kind => kind;

    /// <summary>Whether it may not be absent: erased it is a placeholder or empty instead of null.</summary>
    public bool Required { get; set; }
}

/// <summary>
/// The id of the person to whom the other members of the object belong, for example a contact's; and the reason that was given for the event. On an aggregate:
/// its streams are about a person, so that every reason given there is encrypted under the stream's key.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
public sealed class PersonAttribute : Attribute;
