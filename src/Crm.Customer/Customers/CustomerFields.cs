using System.Text.Json;
using Crm.Contracts;
using FluentValidation;

namespace Crm.Customers;

/// <summary>The fields of a customer that are entered, on registration and in a change.</summary>
internal abstract record CustomerFields
{
    /// <summary><c>company</c> or <c>person</c>.</summary>
    public CustomerKind? Kind { get; init; }

    /// <summary>The full name of the company as registered (S013), or the person's name; 1 to 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>The name people use among themselves, at most 100 characters.</summary>
    public string? ShortName { get; init; }

    /// <summary><c>potential intent won lost</c> (S014); <c>potential</c> unless stated.</summary>
    public CustomerLifecycle? Lifecycle { get; init; }

    /// <summary>Value tier <c>A B C D</c> (S021).</summary>
    public string? Tier { get; init; }

    /// <summary>Industry, at most 100 characters.</summary>
    public string? Industry { get; init; }

    /// <summary>Size of the company, at most 100 characters.</summary>
    public string? Size { get; init; }

    /// <summary>Where the customer came from, at most 100 characters.</summary>
    public string? Source { get; init; }

    /// <summary>Telephone number (S011): an 11-digit mobile number, a land line with area code, or an international number with +.</summary>
    public string? Phone { get; init; }

    /// <summary>E-mail address, at most 254 characters.</summary>
    public string? Email { get; init; }

    /// <summary>Postal address, at most 500 characters.</summary>
    public string? Address { get; init; }

    /// <summary>Web address, at most 300 characters.</summary>
    public string? Website { get; init; }

    /// <summary>Identity card number of a person, 18 characters with a check digit (GB 11643, S097).</summary>
    public string? IdNumber { get; init; }

    /// <summary>Bank card number of a person, 12 to 19 digits with a check digit (Luhn, ISO/IEC 7812, S097).</summary>
    public string? BankCard { get; init; }

    /// <summary>What the customer needs (S008), at most 4,000 characters.</summary>
    public string? Needs { get; init; }

    /// <summary>All tags, at most 50 of 50 characters.</summary>
    public string[]? Tags { get; init; }

    /// <summary>The responsible user.</summary>
    public Guid? OwnerId { get; init; }

    /// <summary>The customer this one belongs to.</summary>
    public Guid? ParentId { get; init; }

    /// <summary>Keys in other systems, by system; in a change those that are named change and null removes one.</summary>
    public IReadOnlyDictionary<string, string?>? ExternalKeys { get; init; }

    /// <summary>The organisation's own fields (S009); in a change those that are named change and null removes one.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Custom { get; init; }

    /// <summary>What an event says of a mark on a number or address: null if the mark stays as it is. What was entered anew has none.</summary>
    internal static bool? Mark(bool? sent, bool before, bool anew)
    {
        var kept = before && !anew;
        return sent is { } mark && mark != kept ? mark : null;
    }

    /// <summary>By what a likely duplicate would be found.</summary>
    internal IReadOnlyCollection<MatchKey> MatchKeys() =>
        [.. new[] { MatchKey.OfName(Name), MatchKey.OfName(ShortName), MatchKey.OfPhone(Phone), MatchKey.OfEmail(Email) }.OfType<MatchKey>().Distinct()];

    internal sealed class FieldRules : AbstractValidator<CustomerFields>
    {
        public FieldRules()
        {
            RuleFor(x => x.Kind).IsInEnum();
            RuleFor(x => x.Lifecycle).IsInEnum();
            RuleFor(x => x.Name).Line(200);
            RuleFor(x => x.ShortName).Line(100);
            RuleFor(x => x.Tier).OneOf("A", "B", "C", "D");
            RuleFor(x => x.Industry).Line(100);
            RuleFor(x => x.Size).Line(100);
            RuleFor(x => x.Source).Line(100);
            RuleFor(x => x.Phone).Phone();
            RuleFor(x => x.Email).Email();
            RuleFor(x => x.Address).MaximumLength(500);
            RuleFor(x => x.Website).Website();
            RuleFor(x => x.IdNumber).IdNumber();
            RuleFor(x => x.BankCard).BankCard();
            RuleFor(x => x.Needs).MaximumLength(4000);
            RuleFor(x => x.Tags).Must(tags => tags is null || tags.Length <= 50).WithErrorCode("too_many").WithMessage(_ => Rules.Pick("最多 50 个标签。", "There are at most 50 tags."));
            RuleForEach(x => x.Tags).Tag();
            RuleFor(x => x.ExternalKeys).Keys();
            RuleFor(x => x.Custom).OwnFields();
        }
    }
}
