using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Adds a person to talk to (S007). The first one is the primary contact; another that is made primary takes its place.</summary>
internal sealed record AddContact : ContactFields
{
    internal sealed class Validator : AbstractValidator<AddContact>
    {
        public Validator()
        {
            Include(new FieldRules());
            RuleFor(x => x.Name).NotEmpty();
        }
    }
}

internal static class AddContactFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<AddContact, Customer, ContactFacts>("{id:guid}/contacts", Right.Change("customers"),
        (command, _, scope) => ContactFacts.LoadAsync(null, command, scope), Decide, part: new RecordPart<Customer>("contacts", null, p => ValueTask.FromResult<object?>(p.State.Contacts.Single(c => c.Id == p.Id))));

    public static Decision Decide(AddContact command, Customer customer, ContactFacts facts, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (customer.Contacts.Length >= 200) return CustomerErrors.TooManyContacts;
        if (command.LeftAt > now.Day) return CustomerErrors.LeftInFuture;
        if (command.Birthday > now.Day) return CustomerErrors.BirthdayInFuture;
        if (facts.Fault is { } fault) return fault;
        var custom = (command.Custom ?? ImmutableDictionary<string, JsonElement>.Empty).Where(f => f.Value.ValueKind != JsonValueKind.Null).ToImmutableDictionary();
        return facts.Checked(customer, now.NewId,
        [
            new ContactAdded
            {
                ContactId = now.NewId,
                Name = Rules.Clean(command.Name)!,
                Position = Rules.Clean(command.Position),
                DecisionRole = Rules.Clean(command.DecisionRole),
                Phone = Rules.Clean(command.Phone),
                Email = Rules.Clean(command.Email),
                Birthday = command.Birthday,
                IdNumber = Rules.IdNumber(command.IdNumber),
                IsPrimary = command.IsPrimary ?? !customer.Contacts.Any(c => c.IsPrimary),
                LeftAt = command.LeftAt,
                Custom = custom.IsEmpty ? null : custom,
            },
        ]);
    }
}
