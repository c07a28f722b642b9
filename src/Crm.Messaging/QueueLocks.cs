using Crm.EventStore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Messaging;

/// <summary>
/// Which ordered queues this node runs: those whose session lock it holds, on a connection of their own that the server closes when it is
/// not used for <see cref="Lease"/>. A node that was killed loses its queues at once, a frozen one when its lease ends.
/// </summary>
internal sealed partial class QueueLocks(DocumentStore store, string[] queues)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    private volatile HashSet<string> held = [];

    /// <summary>Whether this node runs the queue. The row locks of a claim keep the order even if it has just lost it.</summary>
    public bool Held(string queue) => held.Contains(queue);

    public async Task RunAsync(ILogger logger, CancellationToken ct)
    {
        await Task.Yield();
        while (queues.Length > 0 && !ct.IsCancellationRequested)
        {
            try
            {
                await HoldAsync(ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                LogLost(logger, e.GetType().Name);
            }
            catch (Exception)
            {
                return;
            }
            finally
            {
                held = [];
            }
            await Task.Delay(Interval, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HoldAsync(CancellationToken ct)
    {
        // Not of the pool, so that neither its setting nor its locks can pass to another user of the pool. A clone carries the credentials.
        await using var template = store.DataSource.CreateConnection();
        await using var connection = template.CloneWith(new NpgsqlConnectionStringBuilder(store.DataSource.ConnectionString) { Pooling = false, CommandTimeout = 3, MaxAutoPrepare = 0 }.ConnectionString);
        await connection.OpenAsync(ct);
        await using (var settings = new NpgsqlCommand($"set idle_session_timeout = {(int)Lease.TotalMilliseconds}", connection)) await settings.ExecuteNonQueryAsync(ct);
        while (true)
        {
            await using (var command = new NpgsqlCommand("select name, held or pg_try_advisory_lock(hashtextextended('messaging:' || name, 0)) from unnest($1, $2) as q(name, held)", connection))
            {
                command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = queues });
                command.Parameters.Add(new NpgsqlParameter<bool[]> { TypedValue = Array.ConvertAll(queues, held.Contains) });
                var now = new HashSet<string>();
                await using var reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                    if (reader.GetBoolean(1)) now.Add(reader.GetString(0));
                held = now;
            }
            await Task.Delay(Interval, ct);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The locks of the ordered queues are lost ({Error}) and taken anew")]
    private static partial void LogLost(ILogger logger, string error);
}
