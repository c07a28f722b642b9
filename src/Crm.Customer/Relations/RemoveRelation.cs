using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Takes a relation back from both customers, because it should not be told; one that is over gets a last day instead.</summary>
internal sealed record RemoveRelation;

internal static class RemoveRelationFeature
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapCommand<RemoveRelation, Customer, IReadOnlyList<KnownRelation>>("{id:guid}/relations/{relationId:guid}", Right.Change("customers"),
        (_, customer, scope) => RelationList.AllAsync(scope.Store, customer, Guid.Parse(scope.Route("relationId")), scope.Aborted), Decide, "DELETE",
        new RecordPart<Customer>("relations", "relationId", _ => ValueTask.FromResult<object?>(null)));

    public static Decision Decide(RemoveRelation command, Customer customer, IReadOnlyList<KnownRelation> known, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ when known.Count == 0 => RelationErrors.Unknown,
        _ => [.. known.Select(k => new RelationRemoved(k.Relation.Id, k.CustomerId, k.OtherId, k.Number + 1, k.Relation.Kind))],
    };
}
