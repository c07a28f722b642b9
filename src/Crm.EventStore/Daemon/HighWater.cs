using System.Diagnostics;
using Npgsql;

namespace Crm.EventStore;

/// <summary>
/// The highest sequence number below which every event is visible or known never to come.
/// </summary>
/// <remarks>
/// An append holds its transaction id before it draws a number and numbers are drawn one by one. So the writer of any number
/// missing below a visible one has a transaction id older than any id assigned afterwards. The detector takes such an id as
/// fence; once every transaction older than it has ended, a number still missing was rolled back. There is no timeout.
/// </remarks>
internal sealed class HighWater(NpgsqlDataSource dataSource)
{
    private const int Window = 10_000;
    private long mark;
    private long saved;
    private long candidate;
    private long fence;
    private long held;

    /// <summary>The mark.</summary>
    public long Mark => Volatile.Read(ref mark);

    /// <summary>Stored names of the event types above the mark as the last look saw them; those it has moved over are among them.</summary>
    public IReadOnlySet<string> Types { get; private set; } = new HashSet<string>();

    /// <summary>Whether a missing number holds the mark back.</summary>
    public bool Held => candidate > Mark;

    /// <summary>For how long a missing number has held the mark back; zero if none does.</summary>
    public TimeSpan HeldFor => Held ? Stopwatch.GetElapsedTime(Volatile.Read(ref held)) : TimeSpan.Zero;

    /// <summary>Takes over the stored mark if it is ahead.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("select last_seq_id from events.mt_event_progression where name = 'HighWaterMark'");
        saved = await command.ExecuteScalarAsync(ct) as long? ?? 0;
        if (saved > Mark) MoveTo(saved);
    }

    /// <summary>
    /// Stores the mark if it has moved. That is only where the next start begins to look, so it need not follow every append:
    /// from an old mark the same gaps are proved again.
    /// </summary>
    public async Task SaveAsync(CancellationToken ct)
    {
        var reached = Mark;
        if (reached <= saved) return;
        await using var command = dataSource.CreateCommand("""
            insert into events.mt_event_progression as p (name, last_seq_id) values ('HighWaterMark', $1)
            on conflict (name) do update set last_seq_id = greatest(p.last_seq_id, excluded.last_seq_id), last_updated = transaction_timestamp()
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = reached });
        await command.ExecuteNonQueryAsync(ct);
        saved = reached;
    }

    /// <summary>Looks once; true if the mark moved.</summary>
    public async Task<bool> PollAsync(CancellationToken ct)
    {
        // One statement, one snapshot: the rows and the oldest running transaction must be judged together.
        long count, max, edge, oldest;
        await using (var command = dataSource.CreateCommand($"""
            select count(*), coalesce(max(seq_id), 0), coalesce(max(seq_id) filter (where seq_id - n = $1), 0),
                   pg_snapshot_xmin(pg_current_snapshot())::text::bigint, array_agg(distinct type)
            from (select seq_id, type, row_number() over (order by seq_id) as n
                  from (select seq_id, type from events.mt_events where seq_id > $1 order by seq_id limit {Window}) w) r
            """))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = Mark });
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            (count, max, edge, oldest) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
            if (count == 0) return false;
            Types = reader.GetFieldValue<string[]>(4).ToHashSet();
        }
        if (max - Mark == count) return MoveTo(max);
        if (Held && oldest >= fence)
        {
            // No further than what this look has seen: the gap may have been filled with more than a window holds.
            var proved = Math.Min(candidate, max);
            await RecordSkips(Mark, proved, ct);
            return MoveTo(proved);
        }
        var moved = edge > Mark && MoveTo(edge);
        if (!Held)
        {
            // Taken after the observation: pg_snapshot_xmax would be one too low for a transaction that is still running.
            await using var command = dataSource.CreateCommand("select pg_current_xact_id()::text::bigint");
            fence = (long)(await command.ExecuteScalarAsync(ct))!;
            Volatile.Write(ref held, Stopwatch.GetTimestamp());
            candidate = max;
        }
        return moved;
    }

    private bool MoveTo(long sequence)
    {
        Volatile.Write(ref mark, sequence);
        return true;
    }

    private async Task RecordSkips(long from, long to, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("""
            insert into events.mt_high_water_skips (starting_sequence, ending_sequence)
            select before, seq_id - 1
            from (select seq_id, coalesce(lag(seq_id) over (order by seq_id), $1) as before
                  from events.mt_events where seq_id > $1 and seq_id <= $2) s
            where seq_id - before > 1
            on conflict (ending_sequence) do nothing
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = from });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = to });
        await command.ExecuteNonQueryAsync(ct);
    }
}
