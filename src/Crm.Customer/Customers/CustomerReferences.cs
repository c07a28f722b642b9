using Crm.EventStore;
using Crm.Http;
using Crm.Imports;
using Dapper;

namespace Crm.Customers;

/// <summary>The customers that texts mean: by id, by a key in another system, or by name; a name that is written exactly so counts before those that differ in case, blanks and punctuation.</summary>
internal sealed class CustomerReferences(DocumentStore store) : IReferenceSource
{
    public string Resource => "customers";

    public async Task<IEnumerable<Referred>> FindAsync(string[] texts, string[] systems, Access access, CancellationToken ct)
    {
        var named = texts.Select(t => (Text: t, Key: MatchKey.OfName(t))).Where(t => t.Key is not null).ToList();
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        // The planner walks the indexes for each text, whatever it thinks of the size of a table that grows meanwhile.
        var found = await connection.QueryAsync<(string Text, Guid Id, string? Name, Guid? Owner, int Rank)>(new CommandDefinition("""
            select w.text, n.customer_id, null, n.owner_id, 0 from unnest(@idTexts, @ids) as w(text, id)
              cross join lateral (select m.customer_id, m.owner_id from customer.match_keys m where m.customer_id = w.id and m.field = 'name' and m.live offset 0) n
            union all
            select w.text, n.customer_id, null, n.owner_id, 1 from unnest(@texts) as w(text)
              cross join lateral (
                select e.customer_id as id from customer.external_keys e where e.system = any(@systems) and e.value = w.text and e.live
                union select e.merged_into from customer.external_keys e where e.system = any(@systems) and e.value = w.text and e.merged_into is not null) k
              cross join lateral (select m.customer_id, m.owner_id from customer.match_keys m where m.customer_id = k.id and m.field = 'name' and m.live offset 0) n
            union all
            select w.text, n.customer_id, n.value, n.owner_id, 2 from unnest(@names, @keys) as w(text, key)
              cross join lateral (select k.customer_id from customer.match_keys k where k.key = w.key and k.reason = 'name' and k.live and k.field = 'name' offset 0) k
              cross join lateral (select m.customer_id, m.value, m.owner_id from customer.match_keys m where m.customer_id = k.customer_id and m.field = 'name' offset 0) n
            """,
            new
            {
                texts,
                systems,
                idTexts = texts.Where(t => Guid.TryParse(t, out _)).ToArray(),
                ids = texts.Where(t => Guid.TryParse(t, out _)).Select(Guid.Parse).ToArray(),
                names = named.ConvertAll(n => n.Text).ToArray(),
                keys = named.ConvertAll(n => n.Key!.Value.Stored(store.Personal)).ToArray(),
            }, cancellationToken: ct));
        var seen = access.Rows(Right.View("customers"));
        return found.Where(f => seen.Holds(f.Owner))
            .Select(f => new Referred(f.Text, f.Id, f.Rank < 2 || f.Name == f.Text ? f.Rank : NameIndex.Fold(f.Name!) == NameIndex.Fold(f.Text) ? 3 : 4)).Where(f => f.Rank < 4);
    }
}
