using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>
/// Changes what is sent of a relation and nothing else, on whichever of the two customers, as it is told of this one; null empties a member. The two stay the
/// same: another customer is another relation. 409 <c>relation_exists</c>, 410 <c>erased</c> for words about somebody who was erased.
/// </summary>
/// <param name="Kind">What the other one is to this customer; cannot be emptied.</param>
/// <param name="Label">What it is called beside its kind, at most 50 characters.</param>
/// <param name="From">The first day, <c>YYYY-MM-DD</c>.</param>
/// <param name="To">The last day, <c>YYYY-MM-DD</c>.</param>
/// <param name="Note">What else is to be known of it, at most 1,000 characters.</param>
internal sealed record ChangeRelation(RelationKind? Kind = null, string? Label = null, DateOnly? From = null, DateOnly? To = null, string? Note = null) : IPatch
{
    /// <inheritdoc />
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeRelation>
    {
        public Validator()
        {
            RuleFor(x => x.Kind).IsInEnum().Must((x, _) => !x.Cleared.Contains("kind")).WithErrorCode("required").WithMessage(_ => Rules.Pick("不能为空。", "It must not be empty."));
            RuleFor(x => x.Label).Line(50);
            RuleFor(x => x.Note).MaximumLength(1000);
        }
    }
}

internal static class ChangeRelationFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<ChangeRelation, Customer, RelationFacts>("{id:guid}/relations/{relationId:guid}", Right.Change("customers"),
        (_, customer, scope) => RelationList.LoadAsync(customer, scope), Decide, "PATCH", new RecordPart<Customer>("relations", "relationId", RelationList.ShowAsync));

    public static Decision Decide(ChangeRelation command, Customer customer, RelationFacts facts, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (facts.Relation is not { Relation: var relation } known) return RelationErrors.Unknown;
        var kind = command.Kind ?? relation.Kind;
        var (label, note) = (Text("label", command.Label, relation.Label), Text("note", command.Note, relation.Note));
        var (from, to) = (Day("from", command.From, relation.From), Day("to", command.To, relation.To));
        if ((kind, label, note, from, to) == (relation.Kind, relation.Label, relation.Note, relation.From, relation.To)) return Decision.Nothing;
        if (relation.Erased && (label, note) is not (null, null)) return RelationErrors.Erased;
        if (kind != relation.Kind && facts.Other is { } other && !kind.Fits(customer.Kind, other.Kind)) return RelationErrors.Misfit;
        if (kind == RelationKind.Other && label is null && !relation.Erased) return RelationErrors.LabelRequired;
        if (to < from) return RelationErrors.EndsBeforeBegin;
        // Customers that were merged may say the same already: that is no reason not to change one of them.
        if (facts.Existing.FirstOrDefault(r => r.Id != relation.Id && r.Repeats(kind, label, from, to) && !r.Repeats(relation.Kind, relation.Label, relation.From, relation.To)) is { } same) return RelationErrors.Exists(same.Id);
        return
        [
            new RelationChanged
            {
                RelationId = relation.Id, CustomerId = known.CustomerId, OtherId = known.OtherId, Number = known.Number + 1, Kind = kind, Label = label, From = from, To = to, Note = note,
            },
        ];

        string? Text(string field, string? sent, string? before) => sent is null && !command.Cleared.Contains(field) ? before : Rules.Clean(sent);
        DateOnly? Day(string field, DateOnly? sent, DateOnly? before) => sent ?? (command.Cleared.Contains(field) ? null : before);
    }
}
