using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>What was learned from a closed opportunity (S069).</summary>
/// <param name="At">When it was recorded.</param>
/// <param name="By">Who recorded it.</param>
/// <param name="KeyFactors">What decided it.</param>
/// <param name="UnmetNeeds">Needs that were not part of the deal.</param>
/// <param name="Summary">The rest, in words.</param>
internal sealed record OpportunityReview(DateTimeOffset At, Guid? By, string[] KeyFactors, string[] UnmetNeeds, string? Summary);

/// <summary>A line with its amount, see <see cref="OpportunityLine"/>.</summary>
internal sealed record LineItem(Guid ProductId, decimal Quantity, Money UnitPrice, decimal Discount, Money Amount)
{
    public static LineItem Of(OpportunityLine line) => new(line.ProductId, line.Quantity, line.UnitPrice, line.Discount, Amounts.Of(line));

    public OpportunityLine ToLine() => new(ProductId, Quantity, UnitPrice, Discount);
}

/// <summary>A chance to sell something to a customer (S062).</summary>
/// <remarks>
/// In the log its words are encrypted under a key of its own, which is destroyed with its customer's; documents hold them in plain, where people read, sort and
/// search by them, and are made anew then.
/// </remarks>
[Person]
internal sealed record Opportunity : Document, IAggregate<Opportunity>
{
    public string Name { get; init; } = "";

    public Guid? CustomerId { get; init; }

    public Guid PipelineId { get; init; }

    public string Stage { get; init; } = "";

    public StageKind StageKind { get; init; }

    /// <summary>When the stage was entered, by business date; stages do not run backwards.</summary>
    public DateTimeOffset EnteredStageAt { get; init; }

    public Money? Amount { get; init; }

    public bool AmountFromLines { get; init; }

    public int Probability { get; init; }

    public bool ProbabilitySet { get; init; }

    public DateOnly? ExpectedCloseDate { get; init; }

    public Guid? OwnerId { get; init; }

    public DateOnly OpenedOn { get; init; }

    public DateOnly? ClosedOn { get; init; }

    public string? LostReason { get; init; }

    public string[] Competitors { get; init; } = [];

    public string[] DecisionMakers { get; init; } = [];

    public LineItem[] Lines { get; init; } = [];

    public string? NextStep { get; init; }

    public IReadOnlyDictionary<string, string> ExternalKeys { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, JsonElement> Custom { get; init; } = new Dictionary<string, JsonElement>();

    public OpportunityReview? Review { get; init; }

    /// <summary>To whom it is open beyond its owner and its customer's.</summary>
    public ImmutableArray<Share> Shares { get; init; } = [];

    /// <summary>The merges of customers it came along with, the first one first; empty once somebody gives it to another customer.</summary>
    public ImmutableArray<RecordOrigin> Origins { get; init; } = [];

    public bool Deleted { get; init; }

    /// <summary>Whether what it said of a person is gone for good.</summary>
    public bool Erased { get; init; }

    /// <summary>The open stage it was in before it closed.</summary>
    public string? ClosedFrom { get; init; }

    public static Opportunity? Evolve(Opportunity? state, Event e) => (state, e.Data) switch
    {
        (null, OpportunityOpened x) => Open(x, e),
        (not null, OpportunityDetailsChanged x) => Change(state, x),
        (not null, RecordShared or RecordUnshared) => state with { Shares = Share.After(state.Shares, e.Data) },
        (not null, OpportunityOwnerChanged x) => state with { OwnerId = x.OwnerId },
        (not null, OpportunityMoved x) => Enter(state, e, x.To, StageKind.Open, x.Probability),
        (not null, OpportunityWon x) => Enter(state, e, x.Stage, StageKind.Won, x.Probability) with
        {
            Amount = x.Amount,
            AmountFromLines = x.AmountFromLines,
            ClosedOn = x.ClosedOn,
            ClosedFrom = x.From,
        },
        (not null, OpportunityLost x) => Enter(state, e, x.Stage, StageKind.Lost, x.Probability) with { LostReason = x.Reason, ClosedOn = x.ClosedOn, ClosedFrom = x.From },
        (not null, OpportunityReopened x) => Enter(state, e, x.To, StageKind.Open, x.Probability) with { LostReason = null, ClosedOn = null, ClosedFrom = null },
        (not null, OpportunityReviewed x) => state with { Review = new(e.Timestamp, x.ReviewerId, x.KeyFactors ?? [], x.UnmetNeeds ?? [], x.Summary) },
        (not null, OpportunityErased x) => state with
        {
            Name = x.Placeholder,
            DecisionMakers = [],
            NextStep = null,
            LostReason = state.LostReason is null ? null : "",
            Review = state.Review is { } review ? review with { KeyFactors = [], UnmetNeeds = [], Summary = null } : null,
            Custom = new Dictionary<string, JsonElement>(),
            Erased = true,
        },
        (not null, OpportunityDeleted) => state with { Deleted = true },
        (not null, OpportunityUndeleted) => state with { Deleted = false },
        _ => state,
    };

    private static Opportunity Open(OpportunityOpened x, Event e) => new()
    {
        Name = x.Name,
        CustomerId = x.CustomerId,
        PipelineId = x.PipelineId,
        Stage = x.Stage,
        StageKind = x.StageKind,
        EnteredStageAt = e.EffectiveAt,
        Amount = x.Amount,
        AmountFromLines = x.AmountFromLines,
        Probability = x.Probability,
        ProbabilitySet = x.ProbabilitySet,
        ExpectedCloseDate = x.ExpectedCloseDate,
        OwnerId = x.OwnerId,
        OpenedOn = x.OpenedOn,
        Competitors = x.Competitors ?? [],
        DecisionMakers = x.DecisionMakers ?? [],
        Lines = Array.ConvertAll(x.Lines ?? [], LineItem.Of),
        NextStep = x.NextStep,
        ExternalKeys = x.ExternalKeys ?? new Dictionary<string, string>(),
        Custom = x.Custom ?? new Dictionary<string, JsonElement>(),
    };

    private static Opportunity Change(Opportunity state, OpportunityDetailsChanged x)
    {
        bool Cleared(string field) => x.Cleared?.Contains(field) == true;
        return state with
        {
            Name = x.Name,
            CustomerId = x.CustomerId,
            Origins = RecordOrigin.After(state.Origins, x.MergeId, state.CustomerId, x.CustomerId),
            Amount = Cleared("amount") ? null : x.Amount ?? state.Amount,
            AmountFromLines = x.AmountFromLines ?? state.AmountFromLines,
            Probability = x.Probability ?? state.Probability,
            ProbabilitySet = x.ProbabilitySet ?? state.ProbabilitySet,
            ExpectedCloseDate = Cleared("expectedCloseDate") ? null : x.ExpectedCloseDate ?? state.ExpectedCloseDate,
            Lines = x.Lines is null ? state.Lines : Array.ConvertAll(x.Lines, LineItem.Of),
            Competitors = x.Competitors ?? state.Competitors,
            DecisionMakers = x.DecisionMakers ?? state.DecisionMakers,
            NextStep = Cleared("nextStep") ? null : x.NextStep ?? state.NextStep,
            ExternalKeys = state.ExternalKeys.With(x.ExternalKeys),
            Custom = state.Custom.With(x.Custom),
        };
    }

    private static Opportunity Enter(Opportunity state, Event e, string stage, StageKind kind, int probability) => state with
    {
        Stage = stage,
        StageKind = kind,
        Probability = probability,
        // A chance set by hand is about an open opportunity; one that was closed begins anew.
        ProbabilitySet = state.ProbabilitySet && kind == StageKind.Open,
        EnteredStageAt = e.EffectiveAt > state.EnteredStageAt ? e.EffectiveAt : state.EnteredStageAt,
    };
}
