using System.Security.Cryptography;
using System.Text.Json;
using Crm.EventStore;
using Npgsql;

namespace Crm.Identity;

/// <summary>A client with the hashes of its secrets.</summary>
internal sealed record KnownClient(Client Client, IReadOnlyDictionary<Guid, byte[]> Hashes)
{
    /// <summary>Whether the secret is one that counts now.</summary>
    public bool Accepts(string secret, DateTimeOffset now)
    {
        var hash = Secrets.Hash(secret);
        var accepted = false;
        foreach (var known in Client.Secrets.Where(s => s.ExpiresAt is null || s.ExpiresAt > now))
            accepted |= Hashes.TryGetValue(known.Id, out var stored) && CryptographicOperations.FixedTimeEquals(hash, stored);
        return accepted;
    }
}

/// <summary>Finds clients by what they call themselves.</summary>
internal sealed class ClientStore(NpgsqlDataSource database)
{
    /// <summary>The active client of this id, or null.</summary>
    public async Task<KnownClient?> FindAsync(string clientId, CancellationToken ct)
    {
        if (clientId.Length is 0 or > 200) return null;
        await using var command = database.CreateCommand("""
            select c.doc::text, coalesce(array_agg(s.id) filter (where s.id is not null), '{}'), coalesce(array_agg(s.hash) filter (where s.id is not null), '{}')
            from identity.clients c left join identity.client_secrets s on s.client = c.id
            where c.client_id = $1 and c.active group by c.id
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = clientId });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        var (ids, hashes) = (row.GetFieldValue<Guid[]>(1), row.GetFieldValue<byte[][]>(2));
        return new KnownClient(JsonSerializer.Deserialize<Client>(row.GetString(0), EventSerializer.Documents)!, ids.Zip(hashes).ToDictionary(s => s.First, s => s.Second));
    }
}
