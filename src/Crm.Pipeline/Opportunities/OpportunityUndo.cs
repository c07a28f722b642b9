using Crm.Contracts;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>Puts fields of an opportunity back to a former state by the decisions of the commands that people give; values of unique fields are taken again.</summary>
internal static class OpportunityUndo
{
    public static Decision Decide(Opportunity current, Opportunity before, IReadOnlyList<string> fields, FieldSettings unique, Now now)
    {
        var stage = fields.Contains("stage") ? Stage(current, before) : [];
        // The stage comes first: a chance and an amount belong to the stage that is put back.
        var state = current;
        foreach (var e in stage) state = OpportunityChecks.Next(state, e, now)!;
        var facts = new OpportunityFacts
        {
            Unique = unique,
            Customers = before.CustomerId is { } customer ? new HashSet<Guid> { customer } : new HashSet<Guid>(),
            Users = before.OwnerId is { } owner ? new HashSet<Guid> { owner } : new HashSet<Guid>(),
            Products = before.Lines.DistinctBy(l => l.ProductId).ToDictionary(l => l.ProductId, l => new CatalogueEntry(l.ProductId, "", true, l.UnitPrice)),
        };
        var keys = fields.Where(f => f.StartsWith("externalKeys.", StringComparison.Ordinal)).Select(f => f["externalKeys.".Length..]).ToDictionary(f => f, f => before.ExternalKeys.GetValueOrDefault(f));
        var command = new ChangeOpportunity(
            Name: Has("name") ? before.Name : null,
            CustomerId: Has("customerId") ? before.CustomerId : null,
            Amount: Has("amount") && !before.AmountFromLines ? before.Amount : null,
            ExpectedCloseDate: Has("expectedCloseDate") ? before.ExpectedCloseDate : null,
            OwnerId: Has("ownerId") ? before.OwnerId : null,
            Lines: Has("lines") ? [.. before.Lines.Select(l => new LineInput(l.ProductId, l.Quantity, l.UnitPrice, l.Discount))] : null,
            Competitors: Has("competitors") ? before.Competitors : null,
            DecisionMakers: Has("decisionMakers") ? before.DecisionMakers : null,
            NextStep: Has("nextStep") ? before.NextStep : null,
            ExternalKeys: keys.Count == 0 ? null : keys,
            Custom: ProductsImport.Former(fields, before.Custom))
        {
            Cleared =
            [
                .. fields.Where(f => f switch
                {
                    "amount" => before.AmountFromLines,
                    "expectedCloseDate" => before.ExpectedCloseDate is null,
                    "ownerId" => before.OwnerId is null,
                    "nextStep" => before.NextStep is null,
                    "competitors" => before.Competitors.Length == 0,
                    "decisionMakers" => before.DecisionMakers.Length == 0,
                    _ => false,
                }),
            ],
        };
        var change = ChangeOpportunityFeature.Decide(command, state, facts, now);
        return change.Rejection is { } rejection ? rejection : [.. stage, .. change.Events];

        bool Has(string field) => fields.Contains(field);
    }

    private static object[] Stage(Opportunity current, Opportunity before) => (current.StageKind, before.StageKind) switch
    {
        (StageKind.Open, StageKind.Open) => [new OpportunityMoved(current.Name, current.CustomerId, current.PipelineId, current.Stage, before.Stage, before.Probability)],
        (_, StageKind.Open) => [new OpportunityReopened(current.Name, current.CustomerId, current.PipelineId, current.Stage, before.Stage, before.Probability)],
        (StageKind.Open, StageKind.Won) => [Won(current, before, current.Stage)],
        (StageKind.Open, _) => [Lost(current, before, current.Stage)],
        _ =>
        [
            new OpportunityReopened(current.Name, current.CustomerId, current.PipelineId, current.Stage, before.ClosedFrom ?? before.Stage, current.Probability),
            before.StageKind == StageKind.Won ? Won(current, before, before.ClosedFrom ?? before.Stage) : Lost(current, before, before.ClosedFrom ?? before.Stage),
        ],
    };

    private static OpportunityWon Won(Opportunity current, Opportunity before, string from) => new(
        current.Name, current.CustomerId, current.PipelineId, from, before.Stage, before.Probability, before.Amount, before.AmountFromLines, before.OwnerId, before.ClosedOn!.Value);

    private static OpportunityLost Lost(Opportunity current, Opportunity before, string from) => new(
        current.Name, current.CustomerId, current.PipelineId, from, before.Stage, before.Probability, before.LostReason!, before.Amount, before.OwnerId, before.ClosedOn!.Value);
}
