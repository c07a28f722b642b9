using Crm.Http;
using Crm.Imports;
using Dapper;
using Npgsql;

namespace Crm.Pipeline;

/// <summary>The opportunities that texts mean: by id, by a key in another system, or by their exact name.</summary>
internal sealed class OpportunityReferences(NpgsqlDataSource database) : IReferenceSource
{
    public string Resource => "opportunities";

    public IReadOnlyList<string> Projections { get; } = [Opportunities.TableName];

    public async Task<IEnumerable<Referred>> FindAsync(string[] texts, string[] systems, Access access, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var found = await connection.QueryAsync<(string Text, Guid Id, Guid? Owner, int Rank)>(new CommandDefinition("""
            select w.text, o.id, o.owner_id, 0 from unnest(@idTexts, @ids) as w(text, id) join pipeline.opportunities o on o.id = w.id and not o.deleted
            union all
            select w.text, o.id, o.owner_id, 1 from unnest(@texts) as w(text) join pipeline.opportunity_keys k on k.system = any(@systems) and k.value = w.text and not k.deleted
              join pipeline.opportunities o on o.id = k.opportunity_id and not o.deleted
            union all
            select w.text, o.id, o.owner_id, 2 from unnest(@texts) as w(text)
              cross join lateral (select id, owner_id from pipeline.opportunities where doc->>'name' = w.text and not deleted offset 0) o
            """, new { texts, systems, idTexts = texts.Where(t => Guid.TryParse(t, out _)).ToArray(), ids = texts.Where(t => Guid.TryParse(t, out _)).Select(Guid.Parse).ToArray() }, cancellationToken: ct));
        var seen = access.Rows(Right.View("opportunities"));
        return found.Where(f => seen.Holds(f.Owner)).Select(f => new Referred(f.Text, f.Id, f.Rank));
    }
}
