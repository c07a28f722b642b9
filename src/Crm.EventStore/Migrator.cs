using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Crm.EventStore;

/// <summary>One step of a schema: applied once, in order, never changed afterwards.</summary>
/// <param name="Owner">The schema's owner, for example <c>customer</c>.</param>
/// <param name="Name">The step's name within its owner.</param>
/// <param name="Sql">The statements.</param>
public sealed record Migration(string Owner, string Name, string Sql)
{
    /// <summary>The embedded SQL files of an assembly whose names end with <paramref name="suffix"/>, in the order of their names.</summary>
    public static IEnumerable<Migration> Embedded(Assembly assembly, string owner, string suffix = ".sql") =>
        from name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal)
        where name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
        select new Migration(owner, name, Read(assembly, name));

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    internal string Hash() => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>Applies migrations under an advisory lock, so that several nodes may start together.</summary>
public static class Migrator
{
    private const long Lock = 0x43524D4D4947; // "CRMMIG"

    /// <summary>The event store's own schema.</summary>
    public static IEnumerable<Migration> EventStore => Migration.Embedded(typeof(Migrator).Assembly, "events");

    /// <summary>Applies what is missing, in order, each step in its own transaction.</summary>
    /// <returns>The number of steps applied.</returns>
    /// <exception cref="InvalidOperationException">An applied step was changed afterwards.</exception>
    public static async Task<int> ApplyAsync(NpgsqlDataSource dataSource, IEnumerable<Migration> migrations, CancellationToken ct = default)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        // Another node may be in the middle of a long step: this waits for it.
        await Execute(connection, $"select pg_advisory_lock({Lock})", ct);
        try
        {
            await Execute(connection, """
                create table if not exists public.crm_migrations (
                  owner text not null, name text not null, hash text not null, applied_at timestamptz not null default now(), primary key (owner, name))
                """, ct);
            var applied = new Dictionary<(string, string), string>();
            await using (var command = new NpgsqlCommand("select owner, name, hash from public.crm_migrations", connection))
            await using (var reader = await command.ExecuteReaderAsync(ct))
                while (await reader.ReadAsync(ct)) applied[(reader.GetString(0), reader.GetString(1))] = reader.GetString(2);

            var count = 0;
            foreach (var migration in migrations)
            {
                if (applied.TryGetValue((migration.Owner, migration.Name), out var hash))
                {
                    if (hash != migration.Hash()) throw new InvalidOperationException($"The migration {migration.Owner}/{migration.Name} was changed after it had been applied.");
                    continue;
                }
                await using var transaction = await connection.BeginTransactionAsync(ct);
                await Execute(connection, migration.Sql, ct);
                await using var record = new NpgsqlCommand("insert into public.crm_migrations (owner, name, hash) values ($1, $2, $3)", connection)
                {
                    Parameters = { new() { Value = migration.Owner }, new() { Value = migration.Name }, new() { Value = migration.Hash() } },
                };
                await record.ExecuteNonQueryAsync(ct);
                await transaction.CommitAsync(ct);
                count++;
            }
            return count;
        }
        finally
        {
            // The pool would keep the session, and with it the lock. A broken connection has lost it already.
            if (connection.FullState == System.Data.ConnectionState.Open) await Execute(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
