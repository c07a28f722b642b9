using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.EventStore;

/// <summary>What one asynchronous projection is doing.</summary>
public enum ShardState
{
    /// <summary>Another node leads it.</summary>
    Following,

    /// <summary>This node runs it.</summary>
    Running,

    /// <summary>An event cannot be projected; everything else goes on.</summary>
    Paused,
}

/// <summary>How far one asynchronous projection has come.</summary>
/// <param name="Name">The projection.</param>
/// <param name="State">What it is doing on this node.</param>
/// <param name="Position">Last sequence it has folded.</param>
/// <param name="Error">Why it is paused, with the sequence of the event.</param>
public sealed record ShardStatus(string Name, ShardState State, long Position, string? Error);

/// <summary>One asynchronous projection: reads the log page by page and saves rows and position together.</summary>
internal sealed partial class Shard(Projection projection, DocumentStore store, ILogger logger)
{
    private const int PageSize = 1_000;
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly string[] types = [.. projection.Events.Select(store.Events.Alias)];
    private TaskCompletionSource progressed = NewSource();
    private long saved;
    private long position;
    private volatile string? error;
    private volatile bool leading;
    private volatile bool rebuild;

    public string ShardName => projection.ShardName;

    public string Name => projection.Name;

    public long Position => Volatile.Read(ref position);

    public bool Leading => leading;

    public ShardStatus Status => new(Name, error is not null ? ShardState.Paused : leading ? ShardState.Running : ShardState.Following, Position, error);

    /// <summary>Completes when the position has moved.</summary>
    public Task Progressed => Volatile.Read(ref progressed).Task;

    public void Wake() => wake.Writer.TryWrite(true);

    /// <summary>Runs until cancelled or until the event that cannot be projected.</summary>
    public async Task RunAsync(Func<long> mark, CancellationToken ct)
    {
        leading = true;
        try
        {
            await Restart(ct);
            var limit = PageSize;
            var failures = 0;
            while (true)
            {
                if (rebuild)
                {
                    rebuild = false;
                    await Restart(ct);
                }
                if (Position >= mark())
                {
                    await wake.Reader.ReadAsync(ct);
                    continue;
                }
                try
                {
                    await Advance(mark(), limit, ct);
                    limit = Math.Min(limit * 2, PageSize);
                    failures = 0;
                }
                catch (Exception e) when (IsTransient(e) && !ct.IsCancellationRequested)
                {
                    LogRetry(logger, Name, e);
                    await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(10_000, 100 << Math.Min(failures++, 7))), ct);
                    await Reload(ct);
                }
                catch (Exception e) when (e is not (OperationCanceledException or ProgressionOutOfOrderException) && limit > 1)
                {
                    // Narrow the page until only the event that cannot be projected is left.
                    LogNarrow(logger, Name, limit, e.GetType().Name);
                    limit /= 2;
                    await Reload(ct);
                }
                catch (Exception e) when (e is not (OperationCanceledException or ProgressionOutOfOrderException))
                {
                    error = $"event after sequence {Position}: {e.GetType().Name}: {e.Message}";
                    LogPaused(logger, Name, Position, e);
                    while (!rebuild) await wake.Reader.ReadAsync(ct);
                }
            }
        }
        finally
        {
            leading = false;
        }
    }

    /// <summary>Reads the stored position, on a node that does not lead.</summary>
    public async Task Reload(CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select last_seq_id from events.mt_event_progression where name = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ShardName });
        saved = await command.ExecuteScalarAsync(ct) as long? ?? 0;
        MoveTo(saved);
    }

    /// <summary>Empties the tables and begins again from the first event.</summary>
    public async Task Rebuild(CancellationToken ct)
    {
        var sql = new SqlBatch();
        projection.Reset(sql);
        sql.Add($"delete from events.mt_event_progression where name = {ShardName}");
        await Execute(sql, ct);
        rebuild = true;
        MoveTo(0);
        Wake();
    }

    private async Task Restart(CancellationToken ct)
    {
        error = null;
        var sql = new SqlBatch();
        sql.Add($"insert into events.mt_event_progression (name, last_seq_id) values ({ShardName}, 0) on conflict do nothing");
        if (await Execute(sql, ct) == 1)
        {
            // Never run, or run in an older version: what the tables hold is not this version's.
            projection.Reset(sql);
            await Execute(sql, ct);
        }
        await Reload(ct);
    }

    private async Task Advance(long mark, int limit, CancellationToken ct)
    {
        var page = await store.Query.FetchLogAsync(Position, mark, types, limit, ct);
        // A short page has seen everything up to the mark; a full one only what it read.
        var ceiling = page.Count < limit ? mark : page[^1].Sequence;
        if (page.Count == 0 && ceiling - saved < PageSize)
        {
            // Nothing to fold: the position is kept in memory and saved with the next rows. After a crash it is read again.
            MoveTo(ceiling);
            return;
        }
        var sql = new SqlBatch();
        await projection.ApplyAsync(page, store, sql, ct);
        // The stored position is a fencing token: a node that lost the lead changes no row.
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var token = new NpgsqlCommand(
            "update events.mt_event_progression set last_seq_id = $1, last_updated = transaction_timestamp() where name = $2 and last_seq_id = $3", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = ceiling }, new NpgsqlParameter<string> { TypedValue = ShardName }, new NpgsqlParameter<long> { TypedValue = saved } },
        })
            if (await token.ExecuteNonQueryAsync(ct) != 1) throw new ProgressionOutOfOrderException(ShardName, saved);
        if (sql.Commands.Count > 0)
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            sql.MoveTo(batch);
            await batch.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
        saved = ceiling;
        MoveTo(ceiling);
    }

    private async Task<int> Execute(SqlBatch sql, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        sql.MoveTo(batch);
        return await batch.ExecuteNonQueryAsync(ct);
    }

    private void MoveTo(long sequence)
    {
        Volatile.Write(ref position, sequence);
        Interlocked.Exchange(ref progressed, NewSource()).TrySetResult();
    }

    private static bool IsTransient(Exception e) => e is NpgsqlException { IsTransient: true } or TimeoutException or IOException
        || e is PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "40001" or "40P01" or "53100" };

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} is retried")]
    private static partial void LogRetry(ILogger logger, string projection, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Projection} failed on a page of {Limit} with {Error}; the page is narrowed")]
    private static partial void LogNarrow(ILogger logger, string projection, int limit, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Projection {Projection} is paused after sequence {Sequence}")]
    private static partial void LogPaused(ILogger logger, string projection, long sequence, Exception exception);
}

/// <summary>Another node moved the projection on: this one no longer leads it.</summary>
internal sealed class ProgressionOutOfOrderException(string shard, long floor) : Exception($"{shard} is no longer at {floor}.");
