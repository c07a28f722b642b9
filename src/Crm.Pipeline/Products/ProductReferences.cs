using Crm.Http;
using Crm.Imports;
using Dapper;
using Npgsql;

namespace Crm.Pipeline;

/// <summary>The products that texts mean: by id, or code or name without regard to case.</summary>
internal sealed class ProductReferences(NpgsqlDataSource database) : IReferenceSource
{
    public string Resource => "products";

    public async Task<IEnumerable<Referred>> FindAsync(string[] texts, string[] systems, Access access, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.QueryAsync<Referred>(new CommandDefinition("""
            with p as (select id, code, name from pipeline.catalogue where not deleted), w as (select text, lower(text) as folded from unnest(@texts) as t(text))
            select w.text as "Text", p.id as "Id", 0 as "Rank" from w join p on p.id::text = w.folded
            union all select w.text, p.id, 1 from w join p on p.code = w.folded
            union all select w.text, p.id, 2 from w join p on p.name = w.text
            union all select w.text, p.id, 3 from w join p on lower(p.name) = w.folded
            """, new { texts }, cancellationToken: ct));
    }

    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return [.. await connection.QueryAsync<string>(new CommandDefinition("select distinct name from pipeline.catalogue where not deleted", cancellationToken: ct))];
    }
}
