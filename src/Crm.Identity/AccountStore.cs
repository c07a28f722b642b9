using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// The accounts of ASP.NET Core Identity on the module's tables. What a user's manager changes is saved by <see cref="UpdateAsync"/> in one
/// transaction with the events on the user's stream; failures, time steps and recovery codes are counted and used up by the database at once,
/// so that attempts side by side cannot share one.
/// </summary>
internal sealed class AccountStore(DocumentStore store, IDataProtectionProvider protection) : IUserPasswordStore<Account>, IUserLockoutStore<Account>,
    IUserTwoFactorStore<Account>, IUserAuthenticatorKeyStore<Account>, IUserTwoFactorRecoveryCodeStore<Account>
{
    private const string Columns = """
        select a.user_id, a.user_name, a.role, a.active, a.epoch, c.password_hash, c.changed_at, coalesce(c.failures, 0), c.locked_until, f.secret, f.enabled_at,
          (select count(*)::int from identity.recovery_codes r where r.user_id = a.user_id)
        """;

    private const string Joins = """

        left join identity.credentials c on c.user_id = a.user_id left join identity.second_factors f on f.user_id = a.user_id
        """;

    /// <summary>Iterations of the hash of a recovery code: the code itself is random, so fewer than for a password do.</summary>
    private const int CodeIterations = 20_000;

    private readonly IDataProtector protector = protection.CreateProtector("crm.authenticator");

    public Task<Account?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        Guid.TryParse(userId, out var id) ? FindAsync($"{Columns} from identity.access a {Joins} where a.user_id = $1", new NpgsqlParameter<Guid> { TypedValue = id }, cancellationToken) : Task.FromResult<Account?>(null);

    public Task<Account?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        FindAsync($"{Columns} from identity.user_names n join identity.access a on a.user_id = n.user_id {Joins} where n.user_name = $1",
            new NpgsqlParameter<string> { TypedValue = normalizedUserName }, cancellationToken);

    private async Task<Account?> FindAsync(string sql, NpgsqlParameter parameter, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand(sql);
        command.Parameters.Add(parameter);
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        return new Account
        {
            Id = row.GetGuid(0), UserName = row.GetString(1), Role = row.GetString(2), Active = row.GetBoolean(3), Epoch = row.GetInt64(4),
            PasswordHash = row.IsDBNull(5) ? null : row.GetString(5), PasswordChangedAt = Instant(6), Failures = row.GetInt32(7), LockedUntil = Instant(8),
            ProtectedKey = row.IsDBNull(9) ? null : row.GetString(9), SecondFactorSince = Instant(10), RecoveryCodes = row.GetInt32(11),
        };

        DateTimeOffset? Instant(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
    }

    public async Task<IdentityResult> UpdateAsync(Account user, CancellationToken cancellationToken)
    {
        await using var session = store.OpenSession(user.Context);
        if (user.Events.Count > 0)
        {
            var stream = await session.FetchForWriting<User>(user.Id, cancellationToken);
            stream.AppendMany(user.Events);
            for (var i = 0; i < user.Events.Count; i++)
                if (SessionEpochs.EndsSessions(user.Events[i])) user.Epoch = stream.StartingVersion + i + 1;
        }
        if (user.PasswordChanged)
            session.Sql.Add($"""
                insert into identity.credentials (user_id, password_hash, changed_at) values ({user.Id}, {user.PasswordHash}, {session.Now})
                on conflict (user_id) do update set password_hash = excluded.password_hash, failures = 0, locked_until = null,
                  changed_at = case when {user.Events.Count > 0} then excluded.changed_at else identity.credentials.changed_at end
                """);
        if (user.FactorChanged) SaveFactor(user, session.Sql);
        if (user.NewRecoveryCodes is { } codes)
        {
            session.Sql.Add($"delete from identity.recovery_codes where user_id = {user.Id}");
            session.Sql.Add($"insert into identity.recovery_codes (user_id, code_hash) select {user.Id}, unnest({codes.Select(c => CodeHash(user, c)).ToArray()})");
        }
        foreach (var add in user.Statements) add(session.Sql);
        await session.SaveChangesAsync(cancellationToken);
        user.Events.Clear();
        user.Statements.Clear();
        (user.PasswordChanged, user.FactorChanged, user.NewRecoveryCodes) = (false, false, null);
        return IdentityResult.Success;
    }

    private static void SaveFactor(Account user, SqlBatch sql)
    {
        if (user.ProtectedKey is null)
        {
            sql.Add($"delete from identity.second_factors where user_id = {user.Id}");
            sql.Add($"delete from identity.recovery_codes where user_id = {user.Id}");
        }
        // The key that is enabled is the one that was confirmed: another enrolment meanwhile is not overwritten.
        else if (user.SecondFactorSince is { } since)
            sql.Add($"update identity.second_factors set enabled_at = {since} where user_id = {user.Id} and secret = {user.ProtectedKey}");
        else
            sql.Add($"""
                insert into identity.second_factors (user_id, secret) values ({user.Id}, {user.ProtectedKey})
                on conflict (user_id) do update set secret = excluded.secret, last_step = 0 where identity.second_factors.enabled_at is null
                """);
    }

    /// <summary>Uses up a time step.</summary>
    /// <returns>False if this or a later one was used already.</returns>
    public async Task<bool> UseStepAsync(Account user, long step, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("update identity.second_factors set last_step = $2 where user_id = $1 and last_step < $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user.Id });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = step });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    public async Task<int> IncrementAccessFailedCountAsync(Account user, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand("""
            update identity.credentials set failures = failures + 1,
              locked_until = $2 + nullif($3[least(failures + 1, cardinality($3))], 0) * interval '1 second'
            where user_id = $1 returning failures, locked_until
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user.Id });
        command.Parameters.Add(Statement.Parameter(store.Now));
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Lockout.Seconds });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (await row.ReadAsync(cancellationToken)) (user.Failures, user.LockedUntil) = (row.GetInt32(0), row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1));
        return user.Failures;
    }

    public async Task<bool> RedeemCodeAsync(Account user, string code, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand("delete from identity.recovery_codes where user_id = $1 and code_hash = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = user.Id });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = CodeHash(user, code) });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Salted by the user, written without the hyphen and in capitals as people may type it.</summary>
    private static byte[] CodeHash(Account user, string code) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(code.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant()), user.Id.ToByteArray(), CodeIterations, HashAlgorithmName.SHA512, 32);

    public Task ReplaceCodesAsync(Account user, IEnumerable<string> recoveryCodes, CancellationToken cancellationToken)
    {
        user.NewRecoveryCodes = [.. recoveryCodes];
        return Task.CompletedTask;
    }

    public Task<int> CountCodesAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.RecoveryCodes);

    public Task SetAuthenticatorKeyAsync(Account user, string key, CancellationToken cancellationToken)
    {
        (user.ProtectedKey, user.FactorChanged) = (protector.Protect(key), true);
        return Task.CompletedTask;
    }

    public Task<string?> GetAuthenticatorKeyAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.ProtectedKey is { } key ? protector.Unprotect(key) : null);

    public Task SetTwoFactorEnabledAsync(Account user, bool enabled, CancellationToken cancellationToken)
    {
        user.SecondFactorSince = enabled ? store.Now : null;
        if (!enabled) user.ProtectedKey = null;
        user.FactorChanged = true;
        return Task.CompletedTask;
    }

    public Task<bool> GetTwoFactorEnabledAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.SecondFactorSince is not null);

    public Task SetPasswordHashAsync(Account user, string? passwordHash, CancellationToken cancellationToken)
    {
        (user.PasswordHash, user.PasswordChanged) = (passwordHash, true);
        return Task.CompletedTask;
    }

    public Task<string?> GetPasswordHashAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.PasswordHash);

    public Task<bool> HasPasswordAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.PasswordHash is not null);

    public Task<string> GetUserIdAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.Id.ToString());

    public Task<string?> GetUserNameAsync(Account user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.UserName);

    public Task<string?> GetNormalizedUserNameAsync(Account user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.UserName);

    public Task SetNormalizedUserNameAsync(Account user, string? normalizedName, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<DateTimeOffset?> GetLockoutEndDateAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.LockedUntil);

    public Task<int> GetAccessFailedCountAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.Failures);

    public Task<bool> GetLockoutEnabledAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(true);

    // Users are named, begun and removed by commands on their stream; failures and locks are the database's.
    public Task SetUserNameAsync(Account user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> CreateAsync(Account user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(Account user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetLockoutEndDateAsync(Account user, DateTimeOffset? lockoutEnd, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ResetAccessFailedCountAsync(Account user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetLockoutEnabledAsync(Account user, bool enabled, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
