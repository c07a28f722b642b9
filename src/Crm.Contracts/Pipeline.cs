using System.Text.Json;

namespace Crm.Contracts;

/// <summary>What being in a stage means: still open, or closed one way or the other.</summary>
public enum StageKind
{
    /// <summary>The opportunity is being worked on.</summary>
    Open,

    /// <summary>成交: the customer bought.</summary>
    Won,

    /// <summary>输单: the customer did not (X3).</summary>
    Lost,
}

/// <summary>One stage of a pipeline (S055–S061).</summary>
/// <param name="Code">Stable code within the pipeline, lower case: <c>proposal</c>. Never translated, never changed.</param>
/// <param name="Name">The Chinese name.</param>
/// <param name="NameEn">The English name.</param>
/// <param name="Kind">What being in the stage means.</param>
/// <param name="Probability">Chance of winning in percent, 0–100 (X2).</param>
/// <param name="Criteria">What must hold before an opportunity belongs here.</param>
public sealed record PipelineStage(string Code, string Name, string NameEn, StageKind Kind, int Probability, string[] Criteria);

/// <summary>One line of an opportunity: so much of a product at a price. Its amount is <c>quantity × unitPrice × (1 − discount)</c>, rounded to the currency's minor unit, half away from zero.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="Quantity">How much, above 0.</param>
/// <param name="UnitPrice">The price of one, before the discount.</param>
/// <param name="Discount">The part taken off as a fraction, 0–1: 0.15 is 15 % off.</param>
public sealed record OpportunityLine(Guid ProductId, decimal Quantity, Money UnitPrice, decimal Discount);

/// <summary>A pipeline came into being (S063).</summary>
/// <param name="Name">The name people read.</param>
/// <param name="IsDefault">Whether opportunities go here unless told otherwise; true for the organisation's first pipeline only.</param>
/// <param name="Stages">Its stages in order: exactly one is won, at least one lost.</param>
public sealed record PipelineDefined(string Name, bool IsDefault, PipelineStage[] Stages);

/// <summary>A pipeline was renamed.</summary>
/// <param name="Name">The new name.</param>
public sealed record PipelineRenamed(string Name);

/// <summary>The stages of a pipeline were added to, removed, reordered or redefined. No open opportunity is in a removed stage.</summary>
/// <param name="Stages">All stages after the change, in order.</param>
public sealed record PipelineStagesChanged(PipelineStage[] Stages);

/// <summary>A product came into the catalogue.</summary>
/// <param name="Code">Unique code.</param>
/// <param name="Name">The name people read.</param>
/// <param name="UnitPrice">List price of one, if known.</param>
/// <param name="Series">The family it belongs to, if any.</param>
/// <param name="Active">Whether it is sold.</param>
/// <param name="Custom">The organisation's own fields, flat.</param>
public sealed record ProductAdded(string Code, string Name, Money? UnitPrice, string? Series, bool Active, IReadOnlyDictionary<string, JsonElement>? Custom);

/// <summary>Fields of a product changed; absent members stayed, <paramref name="Cleared"/> names those that were emptied.</summary>
/// <param name="Code">The new code.</param>
/// <param name="Name">The new name.</param>
/// <param name="UnitPrice">The new list price; lines that exist keep theirs.</param>
/// <param name="Series">The new family.</param>
/// <param name="Active">Whether it is sold from now on.</param>
/// <param name="Custom">The own fields that changed; a JSON null removed one.</param>
/// <param name="Cleared">JSON names of emptied members.</param>
public sealed record ProductChanged(string? Code, string? Name, Money? UnitPrice, string? Series, bool? Active, IReadOnlyDictionary<string, JsonElement>? Custom, string[]? Cleared);

/// <summary>A product was taken out of the catalogue; lines that name it stay.</summary>
public sealed record ProductDeleted;

/// <summary>A deleted product is back.</summary>
public sealed record ProductUndeleted;

/// <summary>
/// An opportunity was opened (S062), in an open stage. It became true on <paramref name="OpenedOn"/>, the event's business date.
/// Every event of an opportunity tells the name and the customer as they are after it, so that a reader needs no state of its own to say what it is about.
/// </summary>
/// <param name="Name">The name people read.</param>
/// <param name="CustomerId">The customer; null only for an imported opportunity that names none.</param>
/// <param name="PipelineId">Its pipeline, for good.</param>
/// <param name="Stage">Code of the stage it begins in.</param>
/// <param name="StageKind">Always <see cref="Contracts.StageKind.Open"/>.</param>
/// <param name="Probability">Chance of winning in percent, 0–100.</param>
/// <param name="ProbabilitySet">Whether the chance was set by hand; otherwise it follows the stage.</param>
/// <param name="Amount">The expected amount: as stated, else the sum of the lines, else null.</param>
/// <param name="AmountFromLines">Whether the amount follows the lines.</param>
/// <param name="ExpectedCloseDate">When it is expected to be won.</param>
/// <param name="OwnerId">The responsible user.</param>
/// <param name="OpenedOn">The business date.</param>
/// <param name="Lines">What is to be sold.</param>
/// <param name="Competitors">Who else offers (竞争对手信息).</param>
/// <param name="DecisionMakers">Who decides at the customer (关键决策人).</param>
/// <param name="NextStep">What is to be done next.</param>
/// <param name="ExternalKeys">Its identity in other systems: system → value; unique among opportunities that are not deleted.</param>
/// <param name="Custom">The organisation's own fields, flat.</param>
/// <param name="Unique">The keys of <paramref name="Custom"/> whose fields were unique; null for none.</param>
public sealed record OpportunityOpened(
    [property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId, Guid PipelineId, string Stage, StageKind StageKind, int Probability, bool ProbabilitySet, Money? Amount, bool AmountFromLines,
    DateOnly? ExpectedCloseDate, Guid? OwnerId, DateOnly OpenedOn, OpportunityLine[]? Lines, string[]? Competitors, [property: Personal(PersonalKind.Name)] string[]? DecisionMakers,
    [property: Personal(PersonalKind.Text)] string? NextStep,
    IReadOnlyDictionary<string, string>? ExternalKeys, [property: Personal(PersonalKind.Text)] IReadOnlyDictionary<string, JsonElement>? Custom, string[]? Unique = null);

/// <summary>Fields of an opportunity changed. Members besides name and customer are present only if they changed; <paramref name="Cleared"/> names those that were emptied.</summary>
/// <param name="Name">The name after the change.</param>
/// <param name="CustomerId">The customer after the change.</param>
/// <param name="PreviousName">The name before, if it changed.</param>
/// <param name="PreviousCustomerId">The customer before, if it changed and there was one.</param>
/// <param name="Amount">The new expected amount; <c>amount</c> in <paramref name="Cleared"/> if there is none any more.</param>
/// <param name="AmountFromLines">Whether the amount follows the lines from now on, if that changed.</param>
/// <param name="Probability">The new chance of winning in percent.</param>
/// <param name="ProbabilitySet">Whether the chance is set by hand from now on, if that changed.</param>
/// <param name="ExpectedCloseDate">The new expected date.</param>
/// <param name="Lines">All lines after the change.</param>
/// <param name="Competitors">All competitors after the change.</param>
/// <param name="DecisionMakers">All deciders after the change.</param>
/// <param name="NextStep">What is to be done next.</param>
/// <param name="ExternalKeys">The external keys that changed; null removed one.</param>
/// <param name="Custom">The own fields that changed; a JSON null removed one.</param>
/// <param name="Cleared">JSON names of emptied members.</param>
/// <param name="MergeId">The merge of customers with which it went to another customer, or with whose undoing it went back; null if somebody said so.</param>
/// <param name="Unique">The keys of <paramref name="Custom"/> whose fields were unique; null for none.</param>
public sealed record OpportunityDetailsChanged(
    [property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId, [property: Personal(PersonalKind.Name)] string? PreviousName = null, Guid? PreviousCustomerId = null, Money? Amount = null, bool? AmountFromLines = null, int? Probability = null,
    bool? ProbabilitySet = null, DateOnly? ExpectedCloseDate = null, OpportunityLine[]? Lines = null, string[]? Competitors = null, [property: Personal(PersonalKind.Name)] string[]? DecisionMakers = null,
    [property: Personal(PersonalKind.Text)] string? NextStep = null, IReadOnlyDictionary<string, string?>? ExternalKeys = null, [property: Personal(PersonalKind.Text)] IReadOnlyDictionary<string, JsonElement>? Custom = null,
    string[]? Cleared = null, Guid? MergeId = null, string[]? Unique = null);

/// <summary>Somebody else is responsible for an opportunity.</summary>
/// <param name="Name">The opportunity's name.</param>
/// <param name="CustomerId">Its customer.</param>
/// <param name="OwnerId">The new responsible user; null for nobody.</param>
/// <param name="PreviousOwnerId">The user before.</param>
public sealed record OpportunityOwnerChanged([property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId, Guid? OwnerId, Guid? PreviousOwnerId);

/// <summary>An open opportunity moved to another open stage of its pipeline.</summary>
/// <param name="Name">The opportunity's name.</param>
/// <param name="CustomerId">Its customer.</param>
/// <param name="PipelineId">Its pipeline.</param>
/// <param name="From">Code of the stage it left.</param>
/// <param name="To">Code of the stage it entered; always an open one.</param>
/// <param name="Probability">Its chance of winning from now on, percent.</param>
public sealed record OpportunityMoved([property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId, Guid PipelineId, string From, string To, int Probability);

/// <summary>An opportunity was won (S060).</summary>
/// <param name="Name">The opportunity's name.</param>
/// <param name="CustomerId">Its customer.</param>
/// <param name="PipelineId">Its pipeline.</param>
/// <param name="From">Code of the open stage it left.</param>
/// <param name="Stage">Code of the won stage.</param>
/// <param name="Probability">The won stage's chance, percent.</param>
/// <param name="Amount">The won amount; it is the opportunity's amount from now on. Null if it never had one.</param>
/// <param name="AmountFromLines">Whether that amount is the sum of the lines.</param>
/// <param name="OwnerId">Who won it.</param>
/// <param name="ClosedOn">The business date.</param>
public sealed record OpportunityWon(
    [property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId, Guid PipelineId, string From, string Stage, int Probability, Money? Amount, bool AmountFromLines, Guid? OwnerId, DateOnly ClosedOn);

/// <summary>An opportunity was lost (X3).</summary>
/// <param name="Name">The opportunity's name.</param>
/// <param name="CustomerId">Its customer.</param>
/// <param name="PipelineId">Its pipeline.</param>
/// <param name="From">Code of the open stage it left.</param>
/// <param name="Stage">Code of the lost stage.</param>
/// <param name="Probability">The lost stage's chance, percent.</param>
/// <param name="Reason">Why, in words; never empty.</param>
/// <param name="Amount">The amount that was lost.</param>
/// <param name="OwnerId">Who was responsible.</param>
/// <param name="ClosedOn">The business date.</param>
public sealed record OpportunityLost(
    [property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId, Guid PipelineId, string From, string Stage, int Probability,
    [property: Personal(PersonalKind.Text, Required = true)] string Reason, Money? Amount, Guid? OwnerId, DateOnly ClosedOn);

/// <summary>A closed opportunity is open again; <c>closedOn</c> and <c>lostReason</c> are empty from now on.</summary>
/// <param name="Name">The opportunity's name.</param>
/// <param name="CustomerId">Its customer.</param>
/// <param name="PipelineId">Its pipeline.</param>
/// <param name="From">Code of the won or lost stage it left.</param>
/// <param name="To">Code of the open stage it entered.</param>
/// <param name="Probability">Its chance of winning from now on, percent.</param>
public sealed record OpportunityReopened([property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId, Guid PipelineId, string From, string To, int Probability);

/// <summary>A closed opportunity was looked back upon (成交复盘, S069). A later review replaces it.</summary>
/// <param name="Name">The opportunity's name.</param>
/// <param name="CustomerId">Its customer, on whose record the review appears too.</param>
/// <param name="KeyFactors">What decided it, for example 价格优势, 服务响应速度.</param>
/// <param name="UnmetNeeds">Needs of the customer that were not part of the deal (未提及的潜在需求).</param>
/// <param name="Summary">The rest, in words.</param>
/// <param name="ReviewerId">Who looked back; null for a client without a user.</param>
public sealed record OpportunityReviewed([property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId, [property: Personal(PersonalKind.Text)] string[]? KeyFactors,
    [property: Personal(PersonalKind.Text)] string[]? UnmetNeeds, [property: Personal(PersonalKind.Text)] string? Summary, Guid? ReviewerId);

/// <summary>An opportunity was deleted: it is in no list, board or figure of later instants, and can be brought back.</summary>
/// <param name="Name">The opportunity's name.</param>
/// <param name="CustomerId">Its customer.</param>
public sealed record OpportunityDeleted([property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId);

/// <summary>A deleted opportunity is back as it was.</summary>
/// <param name="Name">The opportunity's name.</param>
/// <param name="CustomerId">Its customer.</param>
public sealed record OpportunityUndeleted([property: Personal(PersonalKind.Name, Required = true)] string Name, Guid? CustomerId);

/// <summary>
/// What an opportunity says of a person was taken away for good, because its customer was erased: the name, the deciders, what was to be done, why it was lost and
/// the words of its review. Stages, amounts and dates stay, and with them every figure.
/// </summary>
/// <param name="Placeholder">What stands for the name now.</param>
/// <param name="CustomerId">The customer that was erased.</param>
public sealed record OpportunityErased(string Placeholder, Guid CustomerId);
