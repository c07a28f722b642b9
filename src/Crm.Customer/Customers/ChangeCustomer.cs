using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>
/// Changes the fields that are sent and no others; null empties one. Owner, lifecycle and tags may be among them and leave the same
/// events as their own commands.
/// </summary>
internal sealed record ChangeCustomer : CustomerFields, IPatch
{
    /// <inheritdoc />
    public IReadOnlyList<string> Cleared { get; init; } = [];

    /// <summary>Why, for the history.</summary>
    public string? Reason { get; init; }

    /// <summary>Marks the telephone number as not in use, or takes the mark off; a new number has none.</summary>
    public bool? PhoneInvalid { get; init; }

    /// <summary>Marks the address as one whose mail comes back, or takes the mark off; a new address has none.</summary>
    public bool? EmailInvalid { get; init; }

    internal sealed class Validator : AbstractValidator<ChangeCustomer>
    {
        public Validator()
        {
            Include(new FieldRules());
            RuleFor(x => x.Name).Must((x, name) => name is null ? !x.Cleared.Contains("name") : !string.IsNullOrWhiteSpace(name)).WithErrorCode("required").WithMessage(_ => Rules.Pick("不能为空。", "It must not be empty."));
            RuleFor(x => x.Kind).Must((x, _) => !x.Cleared.Contains("kind")).WithErrorCode("required").WithMessage(_ => Rules.Pick("不能为空。", "It must not be empty."));
            RuleFor(x => x.Lifecycle).Must((x, _) => !x.Cleared.Contains("lifecycle")).WithErrorCode("required").WithMessage(_ => Rules.Pick("不能为空。", "It must not be empty."));
        }
    }
}

internal static class ChangeCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapCommand<ChangeCustomer, Customer, ReferenceFacts>("{id:guid}", Right.Change("customers"), Load, Decide, "PATCH");

    public static async Task<ReferenceFacts> Load(ChangeCustomer command, Customer customer, CommandScope scope) =>
        await ReferenceFacts.LoadAsync(command, scope) with { Tags = command.Tags is null ? null : await KnownTags.LoadAsync(scope.Store, scope.Aborted) };

    public static Decision Decide(ChangeCustomer command, Customer customer, ReferenceFacts facts, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (facts.Fault is { } fault) return fault;
        if ((command.Kind ?? customer.Kind) == CustomerKind.Company && Numbered(command, customer)) return CustomerErrors.NumbersOfCompany;
        var tags = command.Tags is null ? command.Cleared.Contains("tags") ? [] : [.. customer.Tags] : Own(command.Tags, customer, facts.Tags ?? KnownTags.None);
        var owner = command.OwnerId ?? (command.Cleared.Contains("ownerId") ? null : customer.OwnerId);
        var lifecycle = command.Lifecycle ?? customer.Lifecycle;
        var custom = OwnFields(command, customer);
        if (custom.Count(f => f.Value.ValueKind != JsonValueKind.Null && !customer.Custom.ContainsKey(f.Key)) + customer.Custom.Count > 100) return CustomerErrors.TooManyOwnFields;
        if (facts.Taken is { } taken) return taken;
        return CustomerChecks.Checked(facts.Fields, customer,
        [
            .. Details(command, customer, custom, facts.Unique.UniqueOf("customers", custom.Keys)),
            .. ExternalKeys(command, customer),
            .. owner == customer.OwnerId ? (object[])[] : [new CustomerOwnerChanged(customer.OwnerId, owner)],
            .. lifecycle == customer.Lifecycle ? (object[])[] : [new CustomerLifecycleChanged(customer.Lifecycle, lifecycle, Rules.Clean(command.Reason))],
            .. tags.Except(customer.Tags).Select(t => new CustomerTagged(t)),
            .. customer.Tags.Except(tags).Select(t => new CustomerUntagged(t)),
        ]);
    }

    /// <summary>The tags that people set, of those a caller has read and sends back: without what rules give, and by the names under which they were set.</summary>
    private static string[] Own(string[] sent, Customer customer, KnownTags known) =>
        [.. sent.Select(t => Rules.Clean(t)!).Select(t => known.Names(t).FirstOrDefault(customer.Tags.Contains) ?? t).Where(t => customer.Tags.Contains(t) || !known.IsComputed(t)).Distinct()];

    /// <summary>Whether the customer would have a number that only persons have.</summary>
    private static bool Numbered(ChangeCustomer x, Customer customer) =>
        !string.IsNullOrWhiteSpace(x.IdNumber) || !string.IsNullOrWhiteSpace(x.BankCard)
        || (customer.IdNumber is not null && !x.Cleared.Contains("idNumber")) || (customer.BankCard is not null && !x.Cleared.Contains("bankCard"));

    private static IEnumerable<object> Details(ChangeCustomer x, Customer customer, ImmutableDictionary<string, JsonElement> custom, string[]? unique)
    {
        var cleared = new List<string>();
        var changed = new CustomerDetailsChanged
        {
            Kind = x.Kind is { } kind && kind != customer.Kind ? kind : null,
            Name = Text("name", x.Name, customer.Name),
            ShortName = Text("shortName", x.ShortName, customer.ShortName),
            Tier = Text("tier", x.Tier, customer.Tier),
            Industry = Text("industry", x.Industry, customer.Industry),
            Size = Text("size", x.Size, customer.Size),
            Source = Text("source", x.Source, customer.Source),
            Phone = Text("phone", x.Phone, customer.Phone),
            Email = Text("email", x.Email, customer.Email),
            Address = Text("address", x.Address, customer.Address),
            Website = Text("website", x.Website, customer.Website),
            IdNumber = Text("idNumber", Rules.IdNumber(x.IdNumber), customer.IdNumber),
            BankCard = Text("bankCard", Rules.BankCard(x.BankCard), customer.BankCard),
            Needs = Text("needs", x.Needs, customer.Needs),
            ParentId = x.ParentId is { } parent && parent != customer.ParentId ? parent : null,
            Custom = custom.IsEmpty ? null : custom,
        };
        if (x.Cleared.Contains("parentId") && customer.ParentId is not null) cleared.Add("parentId");
        changed = changed with
        {
            PhoneInvalid = CustomerFields.Mark(x.PhoneInvalid, customer.PhoneInvalid, changed.Phone is not null || cleared.Contains("phone")),
            EmailInvalid = CustomerFields.Mark(x.EmailInvalid, customer.EmailInvalid, changed.Email is not null || cleared.Contains("email")),
        };
        if (changed == new CustomerDetailsChanged() && cleared.Count == 0) return [];
        return [changed with { Unique = unique, Cleared = cleared.Count == 0 ? null : [.. cleared] }];

        // A blank text empties the field as null does.
        string? Text(string field, string? sent, string? before)
        {
            var after = sent is null && !x.Cleared.Contains(field) ? before : Rules.Clean(sent);
            if (after == before) return null;
            if (after is null) cleared.Add(field);
            return after;
        }
    }

    private static ImmutableDictionary<string, JsonElement> OwnFields(ChangeCustomer command, Customer customer)
    {
        if (command.Cleared.Contains("custom")) return customer.Custom.ToImmutableDictionary(f => f.Key, _ => JsonSerializer.SerializeToElement<object?>(null));
        return (command.Custom ?? ImmutableDictionary<string, JsonElement>.Empty)
            .Where(f => customer.Custom.TryGetValue(f.Key, out var before) ? !JsonElement.DeepEquals(before, f.Value) : f.Value.ValueKind != JsonValueKind.Null)
            .ToImmutableDictionary();
    }

    private static IEnumerable<object> ExternalKeys(ChangeCustomer command, Customer customer)
    {
        var sent = command.Cleared.Contains("externalKeys") ? customer.ExternalKeys.ToDictionary(k => k.Key, _ => (string?)null) : command.ExternalKeys ?? ImmutableDictionary<string, string?>.Empty;
        foreach (var (system, value) in sent)
        {
            var (before, after) = (customer.ExternalKeys.GetValueOrDefault(system), Rules.Clean(value));
            if (after == before) continue;
            if (after is null) yield return new CustomerExternalKeyRemoved(system, before!);
            else yield return new CustomerExternalKeySet(system, after);
        }
    }
}
