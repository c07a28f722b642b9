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
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private readonly NpgsqlConnection connection;
    private readonly HashSet<string> held = [];
    private readonly SemaphoreSlim gate = new(1, 1);

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

    /// <summary>Tries to take the lead of each shard whose tables are ready; a shard led already is led on. For the others the stored position is told.</summary>
    public async Task<List<(string Name, long Position, Standing Standing, bool Led)>> ElectAsync(Shard[] shards, CancellationToken ct)
    {
        // The lock is the projection's, whatever its version: two versions would write to the same tables. A node whose version is not that
        // of the tables does not take it, so that one whose version is can.
        await using var command = new NpgsqlCommand("""
            with n as materialized (
              select n.*, p.own, p.newest, p.position,
                case when p.own is not null then 0 when p.newest > n.version then 2 when p.newest < n.version then 1
                  when not n.subscription and (select max(seq_id) from events.mt_events) > 10000 then 1 else 0 end as standing
              from unnest($1, $2, $3, $4, $5) as n(name, shard, version, subscription, held)
              cross join lateral (
                select max(last_seq_id) filter (where p.name = n.shard) as own, max(last_seq_id) as position,
                  max(coalesce(substring(p.name from ':V([0-9]+):All$')::int, 1)) as newest
                from events.mt_event_progression p where p.name = n.name || ':All' or (starts_with(p.name, n.name || ':V') and right(p.name, 4) = ':All')) p)
            select name, coalesce(own, position, 0), standing,
              case when standing = 0 then held or pg_try_advisory_lock(hashtextextended('events:' || name, 0))
                when held then not pg_advisory_unlock(hashtextextended('events:' || name, 0)) else false end
            from n
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(shards, s => s.Name) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(shards, s => s.ShardName) });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(shards, s => s.Projection.Version) });
        command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = Array.ConvertAll(shards, s => s.Projection is Subscription) });
        command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = Array.ConvertAll(shards, s => held.Contains(s.Name)) });
        var answers = new List<(string, long, Standing, bool)>(shards.Length);
        await gate.WaitAsync(ct);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var (name, led) = (reader.GetString(0), reader.GetBoolean(3));
                if (led) held.Add(name);
                else held.Remove(name);
                answers.Add((name, reader.GetInt64(1), (Standing)reader.GetInt32(2), led));
            }
            return answers;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Takes a lock of another kind; false if another node has it.</summary>
    public Task<bool> TryTakeAsync(string name, CancellationToken ct) => Lock("select pg_try_advisory_lock(hashtextextended($1, 0))", name, ct);

    /// <summary>Gives it back.</summary>
    public Task<bool> GiveBackAsync(string name, CancellationToken ct) => Lock("select pg_advisory_unlock(hashtextextended($1, 0))", name, ct);

    private async Task<bool> Lock(string sql, string name, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            return await command.ExecuteScalarAsync(ct) is true;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Closes the connection, and with it gives every lock back.</summary>
    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        gate.Dispose();
    }
}
