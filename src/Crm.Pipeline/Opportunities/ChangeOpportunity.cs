using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Changes an opportunity, open or closed; absent fields stay. <c>amount: null</c> makes the amount follow the lines again,
/// <c>probability: null</c> the chance follow the stage; a chance of a closed one cannot be set (409 <c>opportunity_closed</c>). In
/// <c>externalKeys</c> and <c>custom</c> only the named members change, null removes one. Stage, pipeline and outcome have commands of
/// their own. Errors as for opening.
/// </summary>
internal sealed record ChangeOpportunity(
    string? Name = null, Guid? CustomerId = null, Money? Amount = null, int? Probability = null, DateOnly? ExpectedCloseDate = null, Guid? OwnerId = null, LineInput[]? Lines = null,
    string[]? Competitors = null, string[]? DecisionMakers = null, string? NextStep = null, IReadOnlyDictionary<string, string?>? ExternalKeys = null,
    IReadOnlyDictionary<string, JsonElement>? Custom = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeOpportunity>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(200).When(x => x.Name is not null);
            RuleFor(x => x.Amount).Amount();
            RuleFor(x => x.Probability).InclusiveBetween(0, 100);
            RuleFor(x => x.Lines).Must(l => l is null || l.Length <= 200).WithErrorCode("too_many");
            RuleForEach(x => x.Lines).NotNull().SetValidator(new LineInput.Validator());
            RuleFor(x => x.Competitors).NamesOnly();
            RuleFor(x => x.DecisionMakers).NamesOnly();
            RuleFor(x => x.NextStep).MaximumLength(1_000);
            RuleFor(x => x.ExternalKeys).ExternalKeysOnly();
            RuleFor(x => x.Custom).OwnFieldsOnly();
            RuleForEach(x => x.Cleared).Must(c => c is not "name").WithErrorCode("required");
            RuleForEach(x => x.Cleared).Must(c => c is not "customerId").WithErrorCode("customer_required");
        }
    }
}

internal static class ChangeOpportunityFeature
{
    public static void Map(IEndpointRouteBuilder opportunities) => opportunities.MapCommand<ChangeOpportunity, Opportunity, OpportunityFacts>("{id:guid}", Right.Change("opportunities"),
        (c, state, scope) => OpportunityFacts.LoadAsync(scope, state.PipelineId, c.CustomerId, c.OwnerId, c.Lines, c.ExternalKeys, c.Custom), Decide, "PATCH");

    public static Decision Decide(ChangeOpportunity command, Opportunity state, OpportunityFacts facts, Now now)
    {
        if (command.CustomerId is { } customer && customer != state.CustomerId && !facts.Customers.Contains(customer)) return OpportunityErrors.UnknownCustomer;
        if (command.OwnerId is { } owner && owner != state.OwnerId && !facts.Users.Contains(owner)) return OpportunityErrors.UnknownOwner;
        var followsStage = command.Empties("probability");
        if ((command.Probability is not null || followsStage) && state.StageKind != StageKind.Open) return OpportunityErrors.Closed;
        var before = Array.ConvertAll(state.Lines, l => l.ToLine());
        var (lines, fault) = command.Lines is null ? (command.Empties("lines") ? [] : before, null) : LineInput.Read(command.Lines, facts.Products, before);
        if (fault is not null) return fault;
        var fromLines = command.Amount is null && (state.AmountFromLines || command.Empties("amount"));
        var amount = fromLines ? Amounts.Sum(lines) : command.Amount ?? state.Amount;
        if (amount is not null && lines.Length > 0 && amount.Currency != lines[0].UnitPrice.Currency) return OpportunityErrors.CurrencyMismatch;
        var keys = OwnFields.Changed(state.ExternalKeys, command.ExternalKeys);
        if (facts.Taken(keys, state.Id) is { } taken) return taken;
        if (facts.CustomFault is { } wrong) return wrong;
        var custom = OwnFields.Changed(state.Custom, command.Custom);

        var probability = followsStage ? facts.Pipeline?.Stage(state.Stage)?.Probability ?? state.Probability : command.Probability ?? state.Probability;
        var byHand = !followsStage && (command.Probability is not null || state.ProbabilitySet);
        var name = Patch.Text(command.Name, state.Name);
        var newCustomer = command.CustomerId == state.CustomerId ? null : command.CustomerId;
        string[] cleared =
        [
            .. If("amount", amount is null && state.Amount is not null),
            .. If("expectedCloseDate", command.Empties("expectedCloseDate") && state.ExpectedCloseDate is not null),
            .. If("nextStep", command.Empties("nextStep", command.NextStep) && state.NextStep is not null),
        ];
        var unchanged = new OpportunityDetailsChanged(state.Name, state.CustomerId);
        var change = unchanged with
        {
            Name = name ?? state.Name,
            CustomerId = newCustomer ?? state.CustomerId,
            PreviousName = name is null ? null : state.Name,
            PreviousCustomerId = newCustomer is null ? null : state.CustomerId,
            Amount = amount == state.Amount ? null : amount,
            AmountFromLines = fromLines == state.AmountFromLines ? null : fromLines,
            Probability = probability == state.Probability ? null : probability,
            ProbabilitySet = byHand == state.ProbabilitySet ? null : byHand,
            ExpectedCloseDate = command.ExpectedCloseDate == state.ExpectedCloseDate ? null : command.ExpectedCloseDate,
            Lines = lines.SequenceEqual(before) ? null : lines,
            Competitors = Names(command, "competitors", command.Competitors, state.Competitors),
            DecisionMakers = Names(command, "decisionMakers", command.DecisionMakers, state.DecisionMakers),
            NextStep = Patch.Text(command.NextStep, state.NextStep),
            ExternalKeys = keys,
            Custom = custom,
            Unique = facts.Unique.UniqueOf("opportunities", custom?.Keys ?? []),
            Cleared = cleared.Length == 0 ? null : cleared,
        };
        var events = new List<object>();
        if (change != unchanged) events.Add(change);
        var newOwner = command.Empties("ownerId") ? null : command.OwnerId ?? state.OwnerId;
        if (newOwner != state.OwnerId) events.Add(new OpportunityOwnerChanged(change.Name, change.CustomerId, newOwner, state.OwnerId));
        return OpportunityChecks.Checked(facts.Fields, state, [.. events], now);
    }

    private static string[]? Names(ChangeOpportunity command, string field, string[]? sent, string[] before)
    {
        if (sent is null && !command.Empties(field)) return null;
        var names = Patch.Names(sent) ?? [];
        return names.SequenceEqual(before) ? null : names;
    }

    private static string[] If(string field, bool holds) => holds ? [field] : [];
}
