using System.Diagnostics;
using System.Globalization;
using Crm.EventStore;
using Crm.Host;
using Npgsql;
using Xunit;

namespace Crm.Torture.Tests;

/// <summary>A PostgreSQL that is as safe as the product's own, because what survives its death is the question.</summary>
public sealed class Server : IAsyncLifetime
{
    // The prefix of every test server: what a killed run left is cleared by the next.
    private readonly string home = Directory.CreateTempSubdirectory("crm-test-postgres-").FullName;
    private EmbeddedPostgres? postgres;
    private string? template;
    private string? bare;
    private int number;

    /// <summary>Connection string of the maintenance database; another one after a restart.</summary>
    public string ConnectionString => postgres!.ConnectionString;

    /// <summary>Where it listens; elsewhere after a restart.</summary>
    public int Port => new NpgsqlConnectionStringBuilder(ConnectionString).Port;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await postgres!.DisposeAsync();
        PostgresHome.Delete(home);
    }

    /// <summary>The name of a new database with schema and demo accounts.</summary>
    internal async Task<string> CreateDatabaseAsync(string? tablespace = null)
    {
        if (template is null)
        {
            var prepared = await CreateAsync("");
            await using (var node = new Node(this, prepared))
            {
                await node.StartAsync();
                await Torture.Until("the demo accounts", async () => await node.TryTokenAsync() is not null);
                await Torture.Until("the projections", async () => await node.LagAsync() == 0);
            }
            template = prepared;
        }
        // The accounts' node is gone, its connections may take a moment.
        await ExecuteAsync("postgres", $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{template}'");
        return await CreateAsync($" template {template}" + (tablespace is null ? "" : $" tablespace {tablespace}"));
    }

    /// <summary>The name of a new database with the schema and an empty log.</summary>
    internal async Task<string> CreateBareDatabaseAsync()
    {
        if (bare is null)
        {
            var migrated = await CreateAsync("");
            await using (var source = CrmHost.OpenDatabase(To(migrated))) await Migrator.ApplyAsync(source, CrmHost.Migrations);
            bare = migrated;
        }
        return await CreateAsync($" template {bare}");
    }

    /// <summary>Connection string of a database.</summary>
    /// <param name="database">Its name.</param>
    /// <param name="port">Another port, such as that of a proxy.</param>
    internal string To(string database, int? port = null) =>
        new NpgsqlConnectionStringBuilder(ConnectionString) { Database = database, Port = port ?? Port, MaxPoolSize = 40, Timeout = 5 }.ConnectionString;

    /// <summary>Runs a statement.</summary>
    internal async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(To(database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a query and gives the first column.</summary>
    internal async Task<List<T>> QueryAsync<T>(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(To(database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(reader.GetFieldValue<T>(0));
        return rows;
    }

    /// <summary>Kills the main process as a power failure would, and starts the server again.</summary>
    internal async Task KillAndRestartAsync()
    {
        using (var main = Process.GetProcessById(postgres!.ProcessId))
        {
            main.Kill();
            await main.WaitForExitAsync();
        }
        await postgres.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Gives a directory to the account the server runs under.</summary>
    internal async Task OwnAsync(string directory) => await (await PostgresAccount.ForAsync(home, default)).OwnAsync(directory, default);

    private async Task StartAsync() => postgres = await EmbeddedPostgres.StartAsync(new(home) { Database = "postgres" });

    private async Task<string> CreateAsync(string how)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"torture_{++number}");
        await ExecuteAsync("postgres", $"create database {name}{how}");

        // A sequence that is copied from a template writes nothing to the log for the numbers its template had already
        // logged ahead, so a server killed before its next checkpoint would draw them again. Databases in production
        // are not copied; here the checkpoint makes the copy's sequence start from what is on disk.
        await ExecuteAsync("postgres", "checkpoint");
        return name;
    }
}
