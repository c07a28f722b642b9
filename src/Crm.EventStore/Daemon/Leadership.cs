using Npgsql;

namespace Crm.EventStore;

/// <summary>
/// The session locks by which one of several nodes leads a projection, on a connection of their own that the server itself closes when it
/// is not used: a node that was killed loses its locks at once, one that is frozen within <see cref="Lease"/>.
/// </summary>
/// <remarks>
/// The connection is not one of the pool's, so that neither its settings nor its locks can pass to another user of the pool.
/// </remarks>
internal sealed class Leadership : IAsyncDisposable
{
    /// <summary>How often the connection is used.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>For how long the server waits for the next use.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    private readonly NpgsqlConnection connection;
    private readonly HashSet<string> held = [];

    private Leadership(NpgsqlConnection connection) => this.connection = connection;

    /// <summary>Opens the connection.</summary>
    public static async Task<Leadership> BeginAsync(NpgsqlDataSource dataSource, CancellationToken ct)
    {
        // A clone carries the credentials, which the data source does not show.
        await using var template = dataSource.CreateConnection();
        var connection = template.CloneWith(new NpgsqlConnectionStringBuilder(dataSource.ConnectionString) { Pooling = false, CommandTimeout = 5 }.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            await using var command = new NpgsqlCommand($"set idle_session_timeout = {(int)Lease.TotalMilliseconds}", connection);
            await command.ExecuteNonQueryAsync(ct);
            return new Leadership(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tries to take the lead of each shard; a shard led already is led on. For the others the stored position is told.</summary>
    public async Task<List<(string Name, long Position, bool Led)>> ElectAsync(Shard[] shards, CancellationToken ct)
    {
        // The lock is the projection's, whatever its version: two versions would write to the same tables.
        await using var command = new NpgsqlCommand("""
            select n.name, coalesce((select p.last_seq_id from events.mt_event_progression p where p.name = n.shard), 0),
                   n.held or pg_try_advisory_lock(hashtextextended('events:' || n.name, 0))
            from unnest($1, $2, $3) as n(name, shard, held)
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(shards, s => s.Name) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(shards, s => s.ShardName) });
        command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = Array.ConvertAll(shards, s => held.Contains(s.Name)) });
        var answers = new List<(string, long, bool)>(shards.Length);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (reader.GetBoolean(2)) held.Add(reader.GetString(0));
            answers.Add((reader.GetString(0), reader.GetInt64(1), reader.GetBoolean(2)));
        }
        return answers;
    }

    /// <summary>Closes the connection, and with it gives every lock back.</summary>
    public async ValueTask DisposeAsync() => await connection.DisposeAsync();
}
