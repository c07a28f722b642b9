using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.EventStore;

/// <summary>Takes the rebuilds that are asked for, one at a time on a node and each by one node only, and clears up after those that ended early.</summary>
internal sealed partial class Rebuilder(DocumentStore store, Func<long> highWaterMark, Func<Projection, Task> switched)
{
    private volatile bool busy;

    /// <summary>Whether a rebuild runs on this node.</summary>
    public bool Busy => busy;

    /// <summary>Released when there may be work.</summary>
    public SemaphoreSlim Signal { get; } = new(0);

    /// <summary>Looks for work until cancelled.</summary>
    public async Task RunAsync(Leadership leadership, CancellationToken ct)
    {
        await DemandInlineAsync(ct);
        while (true)
        {
            foreach (var projection in await WantedAsync(ct))
            {
                var name = "rebuild:" + projection.Name;
                if (!await leadership.TryTakeAsync(name, ct)) continue;
                busy = true;
                try
                {
                    await Work(projection, ct);
                }
                finally
                {
                    busy = false;
                }
                await leadership.GiveBackAsync(name, ct);
            }
            await Signal.WaitAsync(Leadership.Interval, ct);
        }
    }

    /// <summary>Asks for a rebuild because the program's version is another than the tables'. One that failed or was cancelled is not asked for again.</summary>
    public async Task DemandAsync(Projection projection, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            insert into daemon.rebuilds as r (projection, version, state, started_by, reason) values ($1, $2, 'loading', 'daemon', $3)
            on conflict (projection) do update set version = excluded.version, state = 'loading', runner = null, mark = 0, stream_cursor = null, sequence_cursor = 0, done = 0, total = 0,
              rate = 0, started_at = now(), started_by = excluded.started_by, reason = excluded.reason, error = null, failed_sequence = null, finished_at = null, left_over = false
            where r.version < excluded.version or r.state = 'done'
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = projection.Version });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"version {projection.Version}" });
        if (await command.ExecuteNonQueryAsync(ct) > 0 && Signal.CurrentCount == 0) Signal.Release();
    }

    /// <summary>
    /// The rows of an inline projection are part of every save, so that no position tells their version: it is noted when they are built. What
    /// is seen for the first time counts as built, unless its tables are empty and the log is not.
    /// </summary>
    private async Task DemandInlineAsync(CancellationToken ct)
    {
        foreach (var projection in store.Projections.Inline)
        {
            await using var known = store.DataSource.CreateCommand("select version from daemon.projections where name = $1");
            known.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
            if (await known.ExecuteScalarAsync(ct) is int version)
            {
                if (version < projection.Version) await DemandAsync(projection, ct);
                continue;
            }
            var empty = string.Join(" and ", projection.Tables.Select(t => $"not exists (select from {new Identifier(t).Value})"));
            await using var missing = store.DataSource.CreateCommand($"select {empty} and exists (select from events.mt_events where type = any($1))");
            missing.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. projection.Events.SelectMany(store.Events.Aliases)] });
            if (await missing.ExecuteScalarAsync(ct) is true)
            {
                await DemandAsync(projection, ct);
                continue;
            }
            await using var note = store.DataSource.CreateCommand("insert into daemon.projections (name, version) values ($1, $2) on conflict do nothing");
            note.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
            note.Parameters.Add(new NpgsqlParameter<int> { TypedValue = projection.Version });
            await note.ExecuteNonQueryAsync(ct);
        }
    }

    private async Task<List<Projection>> WantedAsync(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select projection, version from daemon.rebuilds where state in ('loading', 'catchingUp', 'switching') or left_over order by started_at
            """);
        await using var row = await command.ExecuteReaderAsync(ct);
        var wanted = new List<Projection>();
        while (await row.ReadAsync(ct))
        {
            var (name, version) = (row.GetString(0), row.GetInt32(1));
            if (store.Projections.All.FirstOrDefault(p => p.Name == name && p.Version == version) is { } projection) wanted.Add(projection);
        }
        return wanted;
    }

    private async Task Work(Projection projection, CancellationToken ct)
    {
        try
        {
            await new Rebuild(projection, store, highWaterMark).RunAsync(ct);
            LogSwitched(store.Daemon.Logger, projection.Name, projection.Version);
            await switched(projection);
        }
        catch (RebuildLostException)
        {
            await ClearUp(projection, ct);
        }
        catch (Exception e) when (Transient.Is(e) && !ct.IsCancellationRequested)
        {
            // What was committed stands; the next look goes on from there.
            LogInterrupted(store.Daemon.Logger, projection.Name, FailureReason.Of(e));
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            var reason = e is EventFailedException ? e.Message : FailureReason.Of(e);
            LogFailed(store.Daemon.Logger, projection.Name, reason, e.StackTrace);
            await using var command = store.DataSource.CreateCommand("""
                update daemon.rebuilds set state = 'failed', error = $2, failed_sequence = $3, finished_at = now() where projection = $1 and state in ('loading', 'catchingUp', 'switching')
                """);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = reason });
            command.Parameters.Add(Statement.Parameter((e as EventFailedException)?.Sequence));
            await command.ExecuteNonQueryAsync(ct);
            await ClearUp(projection, ct);
        }
    }

    /// <summary>Drops what a rebuild left that failed or was cancelled; one that begins anew makes its tables anew.</summary>
    private async Task ClearUp(Projection projection, CancellationToken ct)
    {
        var sql = new SqlBatch();
        sql.Add($"""
            with ended as (update daemon.rebuilds set left_over = false where projection = {projection.Name} and state in ('cancelled', 'failed') and left_over returning projection)
            select daemon.drop_beside({projection.Tables.ToArray()}) from ended
            """);
        await using var batch = store.DataSource.CreateBatch();
        sql.MoveTo(batch);
        await batch.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Projection {Projection} was built anew in version {Version} and serves")]
    private static partial void LogSwitched(ILogger logger, string projection, int version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rebuild of {Projection} was interrupted by {Reason} and goes on")]
    private static partial void LogInterrupted(ILogger logger, string projection, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The rebuild of {Projection} failed: {Reason}\n{Stack}")]
    private static partial void LogFailed(ILogger logger, string projection, string reason, string? stack);
}
