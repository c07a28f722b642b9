using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>
/// Says that this customer and another are related (S026); both tell it, each from its side. 404 <c>unknown_customer</c> for one that the caller does not see, 409
/// <c>same_customer</c>, <c>relation_exists</c> where the two are so related at that time already, 400 <c>kind_does_not_fit</c>.
/// </summary>
/// <param name="OtherId">The other customer.</param>
/// <param name="Kind">What the other one is to this customer.</param>
/// <param name="Label">What it is called beside its kind, at most 50 characters; demanded of <c>other</c>.</param>
/// <param name="From">The first day, <c>YYYY-MM-DD</c>.</param>
/// <param name="To">The last day, <c>YYYY-MM-DD</c>.</param>
/// <param name="Note">What else is to be known of it, at most 1,000 characters.</param>
internal sealed record AddRelation(Guid? OtherId, RelationKind? Kind, string? Label = null, DateOnly? From = null, DateOnly? To = null, string? Note = null)
{
    internal sealed class Validator : AbstractValidator<AddRelation>
    {
        public Validator()
        {
            RuleFor(x => x.OtherId).NotEmpty();
            RuleFor(x => x.Kind).NotNull().IsInEnum();
            RuleFor(x => x.Label).Line(50);
            RuleFor(x => x.Note).MaximumLength(1000);
        }
    }
}

/// <summary>What a decision on a relation must know.</summary>
/// <param name="Other">The other customer; null if there is none that the caller may see.</param>
/// <param name="Existing">What is told of the two already.</param>
/// <param name="Count">How many relations are told of this customer.</param>
/// <param name="Relation">The relation a command is about, as this customer tells it; null if there is none, or for a new one.</param>
internal sealed record RelationFacts(Customer? Other, IReadOnlyList<CustomerRelation> Existing, int Count, KnownRelation? Relation = null);

internal static class AddRelationFeature
{
    /// <summary>Most relations of one customer that can be said on it.</summary>
    private const int Most = 200;

    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<AddRelation, Customer, RelationFacts>("{id:guid}/relations", Right.Change("customers"), LoadAsync, Decide,
        part: new RecordPart<Customer>("relations", null, RelationList.ShowAsync));

    public static Decision Decide(AddRelation command, Customer customer, RelationFacts facts, Now now)
    {
        if (customer.Erased) return CustomerErrors.Erased;
        if (customer.Archived) return CustomerErrors.Archived;
        if (facts.Other is not { } other) return RelationErrors.UnknownCustomer;
        if (other.Id == customer.Id) return RelationErrors.SameCustomer;
        if (other.Erased) return RelationErrors.OtherErased;
        if (facts.Count >= Most) return RelationErrors.TooMany;
        var (kind, label) = (command.Kind!.Value, Rules.Clean(command.Label));
        if (!kind.Fits(customer.Kind, other.Kind)) return RelationErrors.Misfit;
        if (kind == RelationKind.Other && label is null) return RelationErrors.LabelRequired;
        if (command.To < command.From) return RelationErrors.EndsBeforeBegin;
        if (facts.Existing.FirstOrDefault(r => r.Repeats(kind, label, command.From, command.To)) is { } same) return RelationErrors.Exists(same.Id);
        return [new RelationAdded { RelationId = now.NewId, CustomerId = customer.Id, OtherId = other.Id, Kind = kind, Label = label, From = command.From, To = command.To, Note = Rules.Clean(command.Note) }];
    }

    private static async Task<RelationFacts> LoadAsync(AddRelation command, Customer customer, CommandScope scope)
    {
        var other = await RelationList.SeenAsync(scope.Http, scope.Store, command.OtherId!.Value);
        return other is null || other.Id == customer.Id ? new(other, [], 0)
            : new(other, await RelationList.BetweenAsync(scope.Store, customer, other.Id, scope.Aborted), await RelationList.CountAsync(scope.Store, customer.Id, scope.Aborted));
    }
}
