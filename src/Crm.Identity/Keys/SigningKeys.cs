using System.Security.Cryptography;
using Crm.EventStore;
using Dapper;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Crm.Identity;

/// <summary>The ES256 key that signs access tokens; kept in the database so that every node accepts every node's tokens.</summary>
internal sealed class SigningKeys(NpgsqlDataSource database, DocumentStore store)
{
    private readonly SemaphoreSlim gate = new(1);
    private volatile ECDsaSecurityKey? key;

    public async ValueTask<ECDsaSecurityKey> CurrentAsync(CancellationToken ct)
    {
        if (key is { } known) return known;
        await gate.WaitAsync(ct);
        try
        {
            return key ??= await LoadOrCreate(ct);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<ECDsaSecurityKey> LoadOrCreate(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Two nodes that start together must agree on one key.
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('identity.signing_keys', 0))", transaction: transaction);
        var row = await connection.QueryFirstOrDefaultAsync<(string Kid, byte[] PrivateKey)?>("select kid, private_key from identity.signing_keys order by created_at desc limit 1", transaction: transaction);
        var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string kid;
        if (row is { } stored)
        {
            ecdsa.ImportPkcs8PrivateKey(stored.PrivateKey, out _);
            kid = stored.Kid;
        }
        else
        {
            kid = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
            await connection.ExecuteAsync("insert into identity.signing_keys (kid, private_key, created_at) values (@kid, @key, @now)",
                new { kid, key = ecdsa.ExportPkcs8PrivateKey(), now = store.Now.UtcDateTime }, transaction);
        }
        await transaction.CommitAsync(ct);
        return new ECDsaSecurityKey(ecdsa) { KeyId = kid };
    }
}
