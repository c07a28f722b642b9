using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Analytics.Tests;

/// <summary>What leaves the operation log and when, against a model that takes one event after the other; and the same when the log is built anew.</summary>
public sealed class keeping_the_log(PostgresFixture postgres) : AnalyticsTest(postgres)
{
    private static readonly Guid Record = new("01900000-0000-7000-8000-0000000000e1");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task what_is_older_than_was_decided_leaves_with_the_first_event_of_a_day(int seed)
    {
        var history = Generated(seed);
        await Write(history);
        var kept = Model(history);
        kept.Count.ShouldBeInRange(1, history.Count - 1, "something is kept and something leaves");
        (await Sequences()).ShouldBe(kept);

        var (operations, retention) = (await Rows("analytics.operations"), await Rows("analytics.operation_retention"));
        await Store.Daemon.RebuildAsync(OperationLog.ProjectionName, "test", "equal rows", Ct);
        await Settled();
        (await Rows("analytics.operations")).ShouldBe(operations);
        (await Rows("analytics.operation_retention")).ShouldBe(retention);
    }

    [Fact]
    public async Task without_a_decision_everything_stays()
    {
        var begin = new DateTimeOffset(1990, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await Write(Enumerable.Range(0, 40).Select(year => new Told(Record, new OperationLogExportCompleted(year), begin.AddYears(year), null)));
        (await Sequences()).Count.ShouldBe(40);
    }

    private static List<Told> Generated(int seed)
    {
        var random = new Random(seed);
        var at = new DateTimeOffset(2010, 2, 28, 15, 0, 0, TimeSpan.Zero);
        var history = new List<Told>();
        for (var i = 0; i < 120; i++)
        {
            at = at.AddDays(random.Next(60)).AddSeconds(random.Next(86_400));
            history.Add(i == 20 || random.Next(12) == 0
                ? new Told(OperationLogSettings.Stream, new OperationLogRetentionSet(i > 20 && random.Next(3) == 0 ? null : random.Next(1, 5)), at, null)
                : new Told(Record, new OperationLogExportCompleted(i), at, null));
        }
        return history;
    }

    private static List<long> Model(List<Told> history)
    {
        var kept = new List<(long Sequence, DateTimeOffset At)>();
        int? years = null;
        for (var i = 0; i < history.Count; i++)
        {
            kept.Add((i + 1, history[i].Known));
            Leave(history[i].Known);
            if (history[i].Data is not OperationLogRetentionSet set) continue;
            years = set.Years;
            Leave(history[i].Known);
        }
        return kept.ConvertAll(k => k.Sequence);

        void Leave(DateTimeOffset now) => kept.RemoveAll(k => years is { } y && k.At < new DateTimeOffset(now.UtcDateTime.Date.AddYears(-y), TimeSpan.Zero));
    }

    private async Task<List<long>> Sequences()
    {
        await using var command = Store.DataSource.CreateCommand("select sequence::bigint from analytics.operations order by sequence");
        await using var row = await command.ExecuteReaderAsync(Ct);
        var sequences = new List<long>();
        while (await row.ReadAsync(Ct)) sequences.Add(row.GetInt64(0));
        return sequences;
    }
}
