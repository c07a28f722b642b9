using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Changes the fields of a contact that are sent; null empties one. Somebody who left gets a <c>leftAt</c> (S025).</summary>
internal sealed record ChangeContact : ContactFields, IPatch
{
    /// <inheritdoc />
    public IReadOnlyList<string> Cleared { get; init; } = [];

    /// <summary>Marks the telephone number as not in use, or takes the mark off; a new number has none.</summary>
    public bool? PhoneInvalid { get; init; }

    /// <summary>Marks the address as one whose mail comes back, or takes the mark off; a new address has none.</summary>
    public bool? EmailInvalid { get; init; }

    internal sealed class Validator : AbstractValidator<ChangeContact>
    {
        public Validator()
        {
            Include(new FieldRules());
            RuleFor(x => x.Name).Must((x, name) => name is null ? !x.Cleared.Contains("name") : !string.IsNullOrWhiteSpace(name)).WithErrorCode("required").WithMessage(_ => Rules.Pick("不能为空。", "It must not be empty."));
        }
    }
}

internal static class ChangeContactFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<ChangeContact, Customer, ContactFacts>("{id:guid}/contacts/{contactId:guid}", Right.Change("customers"),
        (command, _, scope) => ContactFacts.LoadAsync(Guid.Parse(scope.Route("contactId")), command, scope), Decide, "PATCH",
        new RecordPart<Customer>("contacts", "contactId", p => ValueTask.FromResult<object?>(p.State.Contacts.Single(c => c.Id == p.Id))));

    public static Decision Decide(ChangeContact command, Customer customer, ContactFacts facts, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        var contactId = facts.Id!.Value;
        if (customer.Contacts.FirstOrDefault(c => c.Id == contactId) is not { } contact) return CustomerErrors.UnknownContact;
        if (contact.Erased) return CustomerErrors.ContactErased;
        if (command.LeftAt > now.Day) return CustomerErrors.LeftInFuture;
        if (command.Birthday > now.Day) return CustomerErrors.BirthdayInFuture;
        if (facts.Fault is { } fault) return fault;
        var own = Own(command, contact);
        if ((contact.With(own)?.Count ?? 0) > 100) return CustomerErrors.TooManyOwnFields;
        var cleared = new List<string>();
        var isPrimary = command.IsPrimary ?? (command.Cleared.Contains("isPrimary") ? false : contact.IsPrimary);
        var changed = new ContactChanged
        {
            ContactId = contactId,
            Name = Text("name", command.Name, contact.Name),
            Position = Text("position", command.Position, contact.Position),
            DecisionRole = Text("decisionRole", command.DecisionRole, contact.DecisionRole),
            Phone = Text("phone", command.Phone, contact.Phone),
            Email = Text("email", command.Email, contact.Email),
            Birthday = Day("birthday", command.Birthday, contact.Birthday),
            IdNumber = Text("idNumber", Rules.IdNumber(command.IdNumber), contact.IdNumber),
            LeftAt = Day("leftAt", command.LeftAt, contact.LeftAt),
            IsPrimary = isPrimary == contact.IsPrimary ? null : isPrimary,
            Custom = own,
        };
        changed = changed with
        {
            PhoneInvalid = CustomerFields.Mark(command.PhoneInvalid, contact.PhoneInvalid, changed.Phone is not null || cleared.Contains("phone")),
            EmailInvalid = CustomerFields.Mark(command.EmailInvalid, contact.EmailInvalid, changed.Email is not null || cleared.Contains("email")),
        };
        if (changed == new ContactChanged { ContactId = contactId } && cleared.Count == 0) return Decision.Nothing;
        return facts.Checked(customer, contactId, [changed with { Cleared = cleared.Count == 0 ? null : [.. cleared] }]);

        string? Text(string field, string? sent, string? before)
        {
            var after = sent is null && !command.Cleared.Contains(field) ? before : Rules.Clean(sent);
            if (after == before) return null;
            if (after is null) cleared.Add(field);
            return after;
        }

        DateOnly? Day(string field, DateOnly? sent, DateOnly? before)
        {
            if (sent is null && before is not null && command.Cleared.Contains(field)) cleared.Add(field);
            return sent == before ? null : sent;
        }
    }

    /// <summary>The own values that change: those sent, or none of them any more.</summary>
    private static IReadOnlyDictionary<string, JsonElement>? Own(ChangeContact command, Contact contact) =>
        contact.Changed(command.Cleared.Contains("custom") ? null : contact.With(command.Custom));
}
