using System.Security.Cryptography;
using Crm.EventStore;
using Dapper;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// The ES256 keys that sign tokens, in the database, so that every node accepts every node's tokens, and protected there by ASP.NET data protection. A
/// key signs for ninety days. The next one is published a day before its turn, and a key stays published until what it signed last has expired.
/// </summary>
internal sealed class SigningKeys(NpgsqlDataSource database, DocumentStore store, IDataProtectionProvider protection)
{
    public static readonly TimeSpan Period = TimeSpan.FromDays(90);
    public static readonly TimeSpan PublishedBefore = TimeSpan.FromDays(1);
    public static readonly TimeSpan KeptAfter = TimeSpan.FromHours(2);

    // Every node looks far more often than a key is published before its turn.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Impatient = TimeSpan.FromSeconds(5);

    private readonly IDataProtector protector = protection.CreateProtector("Crm.Identity.SigningKeys");
    private readonly SemaphoreSlim gate = new(1);
    private volatile Loaded? loaded;

    private sealed record Key(ECDsaSecurityKey Signer, DateTimeOffset From, DateTimeOffset Until);

    private sealed record Loaded(IReadOnlyList<Key> Keys, DateTimeOffset At);

    /// <summary>The key whose turn it is.</summary>
    public async ValueTask<ECDsaSecurityKey> CurrentAsync(CancellationToken ct) => (await LoadAsync(Fresh, ct)).Last(k => k.From <= store.Now).Signer;

    /// <summary>All keys that are published, oldest first.</summary>
    public async ValueTask<IReadOnlyList<ECDsaSecurityKey>> PublishedAsync(CancellationToken ct) => [.. (await LoadAsync(Fresh, ct)).Select(k => k.Signer)];

    /// <summary>The key of a token, or null. One that is not known may be another node's newest.</summary>
    public async ValueTask<ECDsaSecurityKey?> FindAsync(string kid, CancellationToken ct) =>
        (await LoadAsync(Fresh, ct)).FirstOrDefault(k => k.Signer.KeyId == kid)?.Signer ?? (await LoadAsync(Impatient, ct)).FirstOrDefault(k => k.Signer.KeyId == kid)?.Signer;

    private async ValueTask<IReadOnlyList<Key>> LoadAsync(TimeSpan age, CancellationToken ct)
    {
        if (loaded is { } known && store.Now - known.At < age) return known.Keys;
        await gate.WaitAsync(ct);
        try
        {
            if (loaded is { } meanwhile && store.Now - meanwhile.At < age) return meanwhile.Keys;
            await using var connection = await database.OpenConnectionAsync(ct);
            var keys = await ReadAsync(connection, null);
            if (IsDue(keys)) keys = await RotateAsync(connection, ct);
            loaded = new Loaded(keys, store.Now);
            return keys;
        }
        finally
        {
            gate.Release();
        }
    }

    private bool IsDue(IReadOnlyList<Key> keys) => keys.Count == 0 || keys[^1].Until - store.Now < PublishedBefore || !keys.Any(k => k.From <= store.Now);

    private async Task<IReadOnlyList<Key>> RotateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Nodes that find it due together must agree on one key.
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('identity.signing_keys', 0))", transaction: transaction);
        var keys = await ReadAsync(connection, transaction);
        if (IsDue(keys))
        {
            var now = store.Now;
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var from = keys.Any(k => k.From <= now) && keys[^1].Until > now ? keys[^1].Until : now;
            await connection.ExecuteAsync("insert into identity.signing_keys (kid, private_key, signs_from, signs_until) values (@kid, @key, @from, @until)", new
            {
                kid = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
                key = protector.Protect(made.ExportPkcs8PrivateKey()),
                from = from.UtcDateTime,
                until = (from + Period).UtcDateTime,
            }, transaction);
            await connection.ExecuteAsync("delete from identity.signing_keys where signs_until < @ended", new { ended = (now - KeptAfter).UtcDateTime }, transaction);
            keys = await ReadAsync(connection, transaction);
        }
        await transaction.CommitAsync(ct);
        return keys;
    }

    private async Task<IReadOnlyList<Key>> ReadAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction)
    {
        var rows = await connection.QueryAsync<(string Kid, byte[] PrivateKey, DateTime From, DateTime Until)>(
            "select kid, private_key, signs_from, signs_until from identity.signing_keys where signs_until >= @ended order by signs_from", new { ended = (store.Now - KeptAfter).UtcDateTime }, transaction);
        var keys = new List<Key>();
        foreach (var row in rows)
        {
            var signer = ECDsa.Create();
            try
            {
                signer.ImportPkcs8PrivateKey(protector.Unprotect(row.PrivateKey), out _);
            }
            catch (CryptographicException)
            {
                // The keys that protect it are gone: it can sign and prove nothing any more, and another takes its place.
                continue;
            }
            keys.Add(new Key(new ECDsaSecurityKey(signer) { KeyId = row.Kid }, new DateTimeOffset(row.From), new DateTimeOffset(row.Until)));
        }
        return keys;
    }
}
