using Crm.Contracts;

namespace Crm.Http;

/// <summary>What validation rules and conditions of visibility can speak of in records of one kind.</summary>
/// <param name="Fields">The built-in fields a rule can be about.</param>
/// <param name="Deciders">The built-in fields by which a custom field can be visible or not.</param>
/// <param name="Whens">When rules can be looked at beside always, each with its values; null for codes that the organisation chooses.</param>
internal sealed record RuleTarget(string[] Fields, string[] Deciders, IReadOnlyDictionary<RuleWhen, string[]?> Whens)
{
    public static readonly IReadOnlyDictionary<string, RuleTarget> All = new Dictionary<string, RuleTarget>
    {
        ["customers"] = new(
            ["name", "shortName", "tier", "industry", "size", "source", "phone", "email", "address", "website", "needs", "idNumber", "bankCard", "ownerId", "parentId", "contacts"],
            ["kind", "lifecycle", "tier", "industry", "size", "source"],
            new Dictionary<RuleWhen, string[]?> { [RuleWhen.Lifecycle] = ["potential", "intent", "won", "lost"], [RuleWhen.Kind] = ["company", "person"] }),
        ["contacts"] = new(
            ["name", "position", "decisionRole", "phone", "email", "birthday", "idNumber"], ["position", "decisionRole", "isPrimary"], new Dictionary<RuleWhen, string[]?>()),
        ["opportunities"] = new(
            ["name", "customerId", "amount", "probability", "expectedCloseDate", "ownerId", "lostReason", "competitors", "decisionMakers", "lines", "nextStep"],
            ["stage", "stageKind"],
            new Dictionary<RuleWhen, string[]?> { [RuleWhen.Stage] = null }),
        ["tickets"] = new(
            ["subject", "description", "customerId", "contactId", "type", "assigneeId", "score"], ["channel", "type", "priority", "status"],
            new Dictionary<RuleWhen, string[]?> { [RuleWhen.Status] = ["open", "assigned", "answered", "resolved", "closed"] }),
    };
}
