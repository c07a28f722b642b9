using System.Text.Json;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Pipeline;

/// <summary>
/// Opens an opportunity (S062) in an open stage; its business date is the day it was opened. The amount is the stated one, else the
/// sum of the lines; the probability is the stated one, else the stage's. 400 <c>customer_required unknown_customer unknown_owner
/// unknown_pipeline unknown_stage unknown_product unit_price_required currency_mismatch</c>; 409 <c>use_win use_lose inactive_product
/// external_key_taken</c>.
/// </summary>
/// <param name="Name">At most 200 characters.</param>
/// <param name="CustomerId">The customer; required.</param>
/// <param name="PipelineId">Absent: the default pipeline.</param>
/// <param name="Stage">Code of an open stage; absent: the first.</param>
/// <param name="Amount">Expected amount, not negative.</param>
/// <param name="Probability">0–100.</param>
/// <param name="ExpectedCloseDate">When it is expected to be won.</param>
/// <param name="OwnerId">Absent: the user who opens it.</param>
/// <param name="Lines">What is to be sold, at most 200 lines.</param>
/// <param name="Competitors">Who else offers.</param>
/// <param name="DecisionMakers">Who decides at the customer.</param>
/// <param name="NextStep">What is to be done next.</param>
/// <param name="ExternalKeys">Its identity in other systems: system → value.</param>
/// <param name="Custom">The organisation's own fields, flat.</param>
internal sealed record OpenOpportunity(
    string Name, Guid? CustomerId = null, Guid? PipelineId = null, string? Stage = null, Money? Amount = null, int? Probability = null, DateOnly? ExpectedCloseDate = null,
    Guid? OwnerId = null, LineInput[]? Lines = null, string[]? Competitors = null, string[]? DecisionMakers = null, string? NextStep = null,
    IReadOnlyDictionary<string, string?>? ExternalKeys = null, IReadOnlyDictionary<string, JsonElement>? Custom = null)
{
    internal sealed class Validator : AbstractValidator<OpenOpportunity>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(200);
            RuleFor(x => x.CustomerId).NotEmpty().WithErrorCode("customer_required");
            RuleFor(x => x.Stage).MaximumLength(40);
            RuleFor(x => x.Amount).Amount();
            RuleFor(x => x.Probability).InclusiveBetween(0, 100);
            RuleFor(x => x.Lines).Must(l => l is null || l.Length <= 200).WithErrorCode("too_many");
            RuleForEach(x => x.Lines).NotNull().SetValidator(new LineInput.Validator());
            RuleFor(x => x.Competitors).NamesOnly();
            RuleFor(x => x.DecisionMakers).NamesOnly();
            RuleFor(x => x.NextStep).MaximumLength(1_000);
            RuleFor(x => x.ExternalKeys).ExternalKeysOnly();
            RuleFor(x => x.Custom).OwnFieldsOnly();
        }
    }
}

internal static class OpenOpportunityFeature
{
    public static void Map(IEndpointRouteBuilder opportunities) => opportunities.MapCreate<OpenOpportunity, Opportunity, OpportunityFacts>("", Right.Create("opportunities"),
        (c, scope) => OpportunityFacts.LoadAsync(scope, c.PipelineId, c.CustomerId, c.OwnerId ?? scope.Now.Actor, c.Lines, c.ExternalKeys, c.Custom), Decide);

    /// <summary>An import may leave the customer out where the file names none; people may not, which the validator sees to.</summary>
    public static Decision Decide(OpenOpportunity command, OpportunityFacts facts, Now now)
    {
        if (facts.Pipeline is not { } pipeline) return OpportunityErrors.UnknownPipeline;
        if (command.CustomerId is { } customer && !facts.Customers.Contains(customer)) return OpportunityErrors.UnknownCustomer;
        // A client that acts for nobody, or a user the module has not heard of, opens it for nobody.
        var owner = command.OwnerId ?? (now.Actor is { } actor && facts.Users.Contains(actor) ? actor : null);
        if (owner is { } stated && !facts.Users.Contains(stated)) return OpportunityErrors.UnknownOwner;
        var stage = command.Stage is null ? pipeline.First : pipeline.Stage(command.Stage);
        if (stage is null) return OpportunityErrors.UnknownStage(command.Stage!, "stage");
        if (stage.Kind != StageKind.Open) return (stage.Kind == StageKind.Won ? OpportunityErrors.UseWin : OpportunityErrors.UseLose) with { Field = "stage" };
        var (lines, fault) = LineInput.Read(command.Lines ?? [], facts.Products, []);
        if (fault is not null) return fault;
        var sum = Amounts.Sum(lines);
        if (command.Amount is { } amount && sum is not null && amount.Currency != sum.Currency) return OpportunityErrors.CurrencyMismatch;
        var keys = OwnFields.Changed(new Dictionary<string, string>(), command.ExternalKeys);
        if (facts.Taken(keys, null) is { } taken) return taken;
        if (facts.CustomFault is { } wrong) return wrong;
        var custom = OwnFields.Changed(new Dictionary<string, JsonElement>(), command.Custom);
        return OpportunityChecks.Checked(facts.Fields, null,
        [
            new OpportunityOpened(
                command.Name.Trim(), command.CustomerId, pipeline.Id, stage.Code, StageKind.Open, command.Probability ?? stage.Probability, command.Probability is not null,
                command.Amount ?? sum, command.Amount is null, command.ExpectedCloseDate, owner, now.Day, lines.Length == 0 ? null : lines,
                Patch.Names(command.Competitors), Patch.Names(command.DecisionMakers), Patch.OrNull(command.NextStep),
                keys?.ToDictionary(k => k.Key, k => k.Value!), custom,
                facts.Fields.UniqueOf("opportunities", custom?.Keys ?? [])),
        ], now);
    }
}
