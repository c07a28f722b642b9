using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>
/// Puts a customer on file. <c>kind</c> and <c>name</c> are required. A likely duplicate is refused with its candidates unless
/// <c>X-Allow-Duplicate: true</c> is sent, which the event records (C8). Who sees but a part of the customers is responsible for what he registers unless
/// he names somebody.
/// </summary>
internal sealed record RegisterCustomer : CustomerFields
{
    internal sealed class Validator : AbstractValidator<RegisterCustomer>
    {
        public Validator()
        {
            Include(new FieldRules());
            RuleFor(x => x.Kind).NotNull();
            RuleFor(x => x.Name).NotEmpty();
        }
    }
}

/// <summary>What a registration must know.</summary>
/// <param name="Candidates">Likely duplicates on file.</param>
/// <param name="AllowDuplicate">Whether the caller insists.</param>
/// <param name="References">Whether owner and parent exist.</param>
/// <param name="Shown">The candidates as the caller may see them.</param>
/// <param name="OwnerId">Who is responsible if the command names nobody.</param>
internal sealed record RegistrationFacts(
    IReadOnlyList<Candidate> Candidates, bool AllowDuplicate, ReferenceFacts References, IReadOnlyList<ShownCandidate>? Shown = null, Guid? OwnerId = null);

internal static class RegisterCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapCreate<RegisterCustomer, Customer, RegistrationFacts>("", Right.Create("customers"), Load, Decide);

    public static async Task<RegistrationFacts> Load(RegisterCustomer command, CommandScope scope)
    {
        var access = Access.Of(scope.Http);
        var candidates = await DuplicateSearch.FindAsync(scope.Store, command.MatchKeys(), Keys(command), command.Kind, scope.Aborted);
        return new RegistrationFacts(
            candidates, string.Equals(scope.Http.Request.Headers["X-Allow-Duplicate"], "true", StringComparison.OrdinalIgnoreCase), await ReferenceFacts.LoadAsync(command, scope),
            [.. candidates.Select(c => ShownCandidate.Of(c, access))], access.Rows(Right.View("customers")).IsAll ? null : access.UserId);
    }

    public static Decision Decide(RegisterCustomer command, RegistrationFacts facts, Now now)
    {
        if (facts.References.Fault is { } fault) return fault;
        if (command.Kind == CustomerKind.Company && (Rules.Clean(command.IdNumber) ?? Rules.Clean(command.BankCard)) is not null) return CustomerErrors.NumbersOfCompany;
        if (facts.Candidates.Count > 0 && !facts.AllowDuplicate) return CustomerErrors.Duplicate(facts.Shown ?? [.. facts.Candidates.Select(c => ShownCandidate.Of(c, null))]);
        var keys = Keys(command).ToImmutableDictionary();
        var custom = (command.Custom ?? ImmutableDictionary<string, JsonElement>.Empty).Where(f => f.Value.ValueKind != JsonValueKind.Null).ToImmutableDictionary();
        var tags = (command.Tags ?? []).Select(t => Rules.Clean(t)!).Distinct().ToArray();
        if (facts.References.Taken is { } taken) return taken;
        return CustomerChecks.Checked(facts.References.Fields, null,
        [
            new CustomerRegistered
            {
                Kind = command.Kind!.Value,
                Name = Rules.Clean(command.Name)!,
                ShortName = Rules.Clean(command.ShortName),
                Lifecycle = command.Lifecycle ?? CustomerLifecycle.Potential,
                Tier = command.Tier,
                Industry = Rules.Clean(command.Industry),
                Size = Rules.Clean(command.Size),
                Source = Rules.Clean(command.Source),
                Phone = Rules.Clean(command.Phone),
                Email = Rules.Clean(command.Email),
                Address = Rules.Clean(command.Address),
                Website = Rules.Clean(command.Website),
                IdNumber = Rules.IdNumber(command.IdNumber),
                BankCard = Rules.BankCard(command.BankCard),
                Needs = Rules.Clean(command.Needs),
                Tags = tags.Length == 0 ? null : tags,
                OwnerId = command.OwnerId ?? facts.OwnerId,
                ParentId = command.ParentId,
                ExternalKeys = keys.IsEmpty ? null : keys,
                Custom = custom.IsEmpty ? null : custom,
                Unique = facts.References.Fields.UniqueOf("customers", custom.Keys),
                DuplicatesOf = facts.Candidates.Count == 0 ? null : [.. facts.Candidates.Select(c => c.Id)],
            },
        ]);
    }

    private static IEnumerable<KeyValuePair<string, string>> Keys(RegisterCustomer command) =>
        from key in command.ExternalKeys ?? ImmutableDictionary<string, string?>.Empty
        where key.Value is not null
        select KeyValuePair.Create(key.Key, Rules.Clean(key.Value)!);
}
