using Crm.Contracts;
using Crm.EventStore;
using Dapper;

namespace Crm.Customers;

/// <summary>Finds likely duplicates among the customers that are not deleted, by keys that are written with the events themselves.</summary>
internal static class DuplicateSearch
{
    /// <summary>Most candidates that are named.</summary>
    public const int Most = 20;

    /// <summary>The customers that share a key, most likely first.</summary>
    /// <param name="store">The store with the module's tables.</param>
    /// <param name="keys">What the new customer would be found by.</param>
    /// <param name="externalKeys">Its keys in other systems.</param>
    /// <param name="kind">Company or person, if known: persons who share nothing but a name, and of whom more is known, are two people.</param>
    /// <param name="ct">Cancels the search.</param>
    public static async Task<IReadOnlyList<Candidate>> FindAsync(DocumentStore store, IReadOnlyCollection<MatchKey> keys,
        IEnumerable<KeyValuePair<string, string>> externalKeys, CustomerKind? kind, CancellationToken ct)
    {
        var external = externalKeys.ToList();
        if (keys.Count == 0 && external.Count == 0) return [];
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(Guid Id, string Name, string[] Reasons, bool Archived, bool Reachable, Guid? Owner, bool InPool)>(new CommandDefinition("""
            with hits as (
              select k.customer_id, k.reason from unnest(@reasons, @keys) as n(reason, key)
                join customer.match_keys k on k.key = n.key and k.reason = n.reason and k.live
              union
              select k.merged_into, k.reason from unnest(@reasons, @keys) as n(reason, key)
                join customer.match_keys k on k.key = n.key and k.reason = n.reason and k.merged_into is not null
              union
              select coalesce(e.merged_into, e.customer_id), 'externalKey' from unnest(@systems, @values) as n(system, value)
                join customer.external_keys e on e.system = n.system and e.value = n.value and (e.live or e.merged_into is not null))
            select h.customer_id, n.value, array_agg(distinct h.reason), n.archived,
              exists (select from customer.match_keys r where r.customer_id = h.customer_id and r.reason in ('phone', 'email')), n.owner_id, n.pooled
            from hits h join customer.match_keys n on n.customer_id = h.customer_id and n.field = 'name' and n.live
            group by h.customer_id, n.value, n.archived, n.owner_id, n.pooled
            limit 200
            """, new
        {
            reasons = keys.Select(k => k.Reason).ToArray(),
            keys = keys.Select(k => k.Stored(store.Personal)).ToArray(),
            systems = external.Select(k => k.Key).ToArray(),
            values = external.Select(k => k.Value).ToArray(),
        }, cancellationToken: ct));
        var reachable = keys.Any(k => k.Reason is "phone" or "email");
        return
        [
            .. rows.Where(r => kind != CustomerKind.Person || r.Reasons is not ["name"] || !reachable || !r.Reachable)
                .Select(r => Candidate.Of(r.Id, r.Name, r.Reasons, r.Archived, r.Owner, r.InPool))
                .OrderByDescending(c => c.Score).ThenBy(c => c.Id).Take(Most),
        ];
    }
}
