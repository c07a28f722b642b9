using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;
using Dapper;

namespace Crm.Identity;

/// <summary>One-time links to set a password; a new one replaces the one before. Only a hash of the token is kept.</summary>
internal static class PasswordLinks
{
    /// <summary>How long the link of an invitation works.</summary>
    public static readonly TimeSpan Invitation = TimeSpan.FromDays(3);

    /// <summary>How long the link works that was asked for with a forgotten password.</summary>
    public static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    /// <summary>The page's address of a token. It stands behind the hash, so that no server or proxy sees or logs it.</summary>
    public static string Address(string token) => "/set-password#token=" + token;

    /// <summary>Adds a link.</summary>
    /// <returns>Its token.</returns>
    public static string Add(SqlBatch sql, Guid user, DateTimeOffset expires)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        sql.Add($"delete from identity.password_links where user_id = {user}");
        sql.Add($"insert into identity.password_links (token_hash, user_id, expires_at) values ({Hash(token)}, {user}, {expires})");
        return token;
    }

    /// <summary>Whom a link is for; null if it does not work any more.</summary>
    public static async Task<Guid?> FindAsync(DocumentStore store, string token, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<Guid?>(new CommandDefinition("select user_id from identity.password_links where token_hash = @hash and expires_at > @now",
            new { hash = Hash(token), now = store.Now.UtcDateTime }, cancellationToken: ct));
    }

    /// <summary>Uses a link up in the transaction of what it is used for: of two uses at once one divides by zero.</summary>
    public static void Use(SqlBatch sql, string token) =>
        sql.Add($"with used as (delete from identity.password_links where token_hash = {Hash(token)} returning 1) select 1 / count(*) from used");

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
