using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;
using Shouldly;

namespace Crm.Torture.Tests;

/// <summary>What the writers were told, to be held against the log.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, long> acknowledged = new();
    private readonly ConcurrentDictionary<string, int> troubles = new();
    private readonly ConcurrentQueue<string> faults = new();
    private readonly ConcurrentQueue<double> milliseconds = new();
    private int retried;
    private int replayed;

    /// <summary>Commands that were answered.</summary>
    public int Acknowledged => acknowledged.Count;

    /// <summary>Attempts after which a command was tried again with its key.</summary>
    public int Retried => retried;

    /// <summary>Answers of a command that had taken effect before, when its answer was lost.</summary>
    public int Replayed => replayed;

    /// <summary>Why commands were tried again, with how often.</summary>
    public string Troubles => string.Join(", ", troubles.OrderByDescending(t => t.Value).Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Value} × {t.Key}")));

    /// <summary>How often commands were tried again for a reason that begins so.</summary>
    public int Of(string trouble) => troubles.Where(t => t.Key.StartsWith(trouble, StringComparison.Ordinal)).Sum(t => t.Value);

    /// <summary>How long each answered command took with all its attempts, in the order of the answers.</summary>
    public IReadOnlyCollection<double> Milliseconds => milliseconds;

    public void Acknowledge(string key, long sequence, bool again, TimeSpan taken)
    {
        acknowledged[key] = sequence;
        milliseconds.Enqueue(taken.TotalMilliseconds);
        if (again) Interlocked.Increment(ref replayed);
    }

    public void Retry(string trouble)
    {
        Interlocked.Increment(ref retried);
        troubles.AddOrUpdate(trouble, 1, (_, n) => n + 1);
    }

    /// <summary>Something that must not happen.</summary>
    public void Fault(string fault) => faults.Enqueue(fault);

    /// <summary>Holds every answer against the log of a database.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="prefix">How the keys of this ledger begin.</param>
    public async Task<LogCount> CountAsync(string connectionString, string prefix)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        var inLog = new Dictionary<string, (long Last, bool Once)>();
        // One command is one transaction: its events share the instant and the stream.
        await using (var command = database.CreateCommand("""
            select causation_id, max(seq_id), count(distinct (stream_id, timestamp)) = 1, count(*)
            from events.mt_events where starts_with(causation_id, $1) group by causation_id
            """))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = prefix });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) inLog.Add(reader.GetString(0), (reader.GetInt64(1), reader.GetBoolean(2) && reader.GetInt64(3) == 1));
        }
        await using var gaps = database.CreateCommand("""
            select count(*) from (
              select e.stream_id from events.mt_events e join events.mt_streams s on s.id = e.stream_id
              group by e.stream_id, s.version having count(*) <> s.version or min(e.version) <> 1 or max(e.version) <> s.version) g
            """);
        return new(
            acknowledged.Count,
            inLog.Count,
            acknowledged.Count(a => !inLog.ContainsKey(a.Key)),
            inLog.Count(e => !e.Value.Once),
            inLog.Count(e => !acknowledged.ContainsKey(e.Key)),
            acknowledged.Count(a => inLog.TryGetValue(a.Key, out var e) && e.Last != a.Value),
            (long)(await gaps.ExecuteScalarAsync())!);
    }

    /// <summary>Insists that nothing happened that must not.</summary>
    public void IsClean() => faults.ShouldBeEmpty(string.Join(Environment.NewLine, faults.Take(5)));
}

/// <summary>Answers against the log.</summary>
/// <param name="Acknowledged">Commands that were answered.</param>
/// <param name="InLog">Commands whose event is in the log.</param>
/// <param name="Lost">Answered, and not in the log.</param>
/// <param name="Doubled">In the log more than once.</param>
/// <param name="Unasked">In the log, and never answered.</param>
/// <param name="Misnumbered">Answered with another sequence than the event has.</param>
/// <param name="Gaps">Streams whose versions have gaps.</param>
internal sealed record LogCount(int Acknowledged, int InLog, int Lost, int Doubled, int Unasked, int Misnumbered, long Gaps)
{
    /// <summary>Rows of a table.</summary>
    public (string, object)[] Rows =>
    [
        ("acknowledged", Acknowledged), ("in the log", InLog), ("lost", Lost), ("doubled", Doubled), ("in the log unanswered", Unasked),
        ("answered with a wrong sequence", Misnumbered), ("streams with gaps", Gaps),
    ];

    /// <summary>Insists on exactly once.</summary>
    public void IsExactlyOnce() => this.ShouldBe(new LogCount(Acknowledged, Acknowledged, 0, 0, 0, 0, 0));
}
