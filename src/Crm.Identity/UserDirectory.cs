using Crm.Contracts;
using Dapper;
using Npgsql;

namespace Crm.Identity;

/// <summary>Names of users and clients by their identifiers.</summary>
internal sealed class UserDirectory(NpgsqlDataSource database) : IUserDirectory
{
    public async Task<IReadOnlyDictionary<string, string>> NamesAsync(IEnumerable<string> ids, CancellationToken ct = default)
    {
        var all = ids.Distinct().ToArray();
        if (all.Length == 0) return new Dictionary<string, string>();
        var users = all.Select(id => Guid.TryParse(id, out var guid) ? guid : (Guid?)null).OfType<Guid>().ToArray();
        await using var connection = await database.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(string Id, string Name)>(new CommandDefinition("""
            select id::text, doc->>'displayName' from identity.users where id = any(@users)
            union all
            select client_id, name from identity.clients where client_id = any(@all)
            """, new { users, all }, cancellationToken: ct));
        return rows.ToDictionary(r => r.Id, r => r.Name);
    }
}
