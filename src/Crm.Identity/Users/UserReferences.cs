using Crm.Http;
using Crm.Imports;
using Dapper;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// The users that texts mean: by id, the name to sign in with, e-mail address, or the name people read. The last means active users only, since several people may have had it;
/// the others lead to one person, who may have left.
/// </summary>
internal sealed class UserReferences(NpgsqlDataSource database) : IReferenceSource
{
    public string Resource => "users";

    public IReadOnlyList<string> Projections { get; } = [Users.TableName];

    public async Task<IEnumerable<Referred>> FindAsync(string[] texts, string[] systems, Access access, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.QueryAsync<Referred>(new CommandDefinition("""
            with w as (select text, lower(text) as folded from unnest(@texts) as t(text)),
              u as (select id, doc->>'userName' as login, lower(doc->>'email') as email, lower(doc->>'displayName') as name, (doc->>'active')::boolean as active from identity.users where doc->>'removed' = 'false')
            select w.text as "Text", u.id as "Id", 0 as "Rank" from w join u on u.id::text = w.folded
            union all select w.text, u.id, 1 from w join u on u.login = w.folded
            union all select w.text, u.id, 2 from w join u on u.email = w.folded
            union all select w.text, u.id, 3 from w join u on u.name = w.folded and u.active
            """, new { texts }, cancellationToken: ct));
    }

    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return [.. await connection.QueryAsync<string>(new CommandDefinition(
            "select distinct n from identity.users u, unnest(array[doc->>'displayName', doc->>'userName']) n where doc->>'removed' = 'false' and doc->>'active' = 'true'", cancellationToken: ct))];
    }
}
