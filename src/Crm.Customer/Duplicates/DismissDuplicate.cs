using Crm.Contracts;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Says that this customer and another are two, whatever they have in common: the pair leaves the queue until there is a reason that was not there now. The reason given is remembered.</summary>
internal sealed record DismissDuplicate;

/// <summary>Takes it back that two customers are two; 404 if nobody said so on this customer.</summary>
internal sealed record ReopenDuplicate;

internal static class DismissDuplicateFeature
{
    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapCommand<DismissDuplicate, Customer, (Guid Other, string[] Reasons)>("{id:guid}/duplicates/{otherId:guid}/dismiss", Right.Change("customers"), LoadAsync,
            (command, customer, facts, now) => Decide(command, customer, facts.Other, facts.Reasons)).Reads("customer.duplicates");
        customers.MapCommand<ReopenDuplicate, Customer, Guid>("{id:guid}/duplicates/{otherId:guid}/reopen", Right.Change("customers"),
            (_, _, scope) => Task.FromResult(Guid.Parse(scope.Route("otherId"))), (command, customer, other, now) => Decide(command, customer, other));
    }

    public static Decision Decide(DismissDuplicate command, Customer customer, Guid other, string[] reasons) =>
        customer.Erased ? CustomerErrors.Erased : customer.Id == other ? MergeErrors.SameCustomer : [new DuplicateDismissed(other, reasons)];

    public static Decision Decide(ReopenDuplicate command, Customer customer, Guid other) =>
        customer.NotDuplicates.Contains(other) ? [new DuplicateReopened(other)] : MergeErrors.NotDismissed;

    /// <summary>What the two have in common now; the other one must be one that the caller may see.</summary>
    private static async Task<(Guid, string[])> LoadAsync(DismissDuplicate command, Customer customer, CommandScope scope)
    {
        var other = Guid.Parse(scope.Route("otherId"));
        await PartLists.SeenAsync(scope.Http, scope.Store, other);
        await using var connection = await scope.Database.OpenConnectionAsync(scope.Aborted);
        var reasons = await connection.ExecuteScalarAsync<string[]?>(new CommandDefinition("""
            select array(select jsonb_array_elements_text(doc->'reasons')) from customer.duplicate_pairs where a_id = least(@a, @b) and b_id = greatest(@a, @b)
            """, new { a = customer.Id, b = other }, cancellationToken: scope.Aborted));
        return (other, reasons ?? []);
    }
}
