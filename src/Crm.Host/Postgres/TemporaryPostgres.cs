namespace Crm.Host;

/// <summary>A fast, throw-away server in the temporary folder: nothing of it remains after disposal.</summary>
internal sealed class TemporaryPostgres : IAsyncDisposable
{
    private const string Prefix = "crm-test-postgres-";

    private readonly string _home;
    private readonly EmbeddedPostgres _server;

    private TemporaryPostgres(string home, EmbeddedPostgres server) => (_home, _server) = (home, server);

    /// <summary>Connection string of the maintenance database.</summary>
    public string ConnectionString => _server.ConnectionString;

    /// <summary>Starts a server without fsync, and clears what killed runs left in the temporary folder.</summary>
    public static async Task<TemporaryPostgres> StartAsync(CancellationToken ct = default)
    {
        foreach (var leftover in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
            if (Directory.GetCreationTimeUtc(leftover) < TimeProvider.System.GetUtcNow().AddHours(-2))
                await EmbeddedPostgres.RemoveAsync(leftover, ct);

        var home = Directory.CreateTempSubdirectory(Prefix).FullName;
        var server = await EmbeddedPostgres.StartAsync(new(home) { Durable = false, Database = "postgres" }, ct);
        return new(home, server);
    }

    /// <summary>Stops the server and deletes its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        PostgresHome.Delete(_home);
    }
}
