using System.Text.Json;
using Crm.Testing;
using FsCheck;
using FsCheck.Fluent;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

/// <summary>Properties of projections over generated histories, backdated events, clocks that stand and clocks that run backwards included.</summary>
public sealed class a_rebuild(PostgresFixture postgres) : StoreTest(postgres)
{
    /// <summary>One event.</summary>
    /// <param name="Stream">Which account.</param>
    /// <param name="Amount">Below zero a withdrawal, above a deposit.</param>
    /// <param name="Seconds">How far the clock moves before it.</param>
    /// <param name="DaysBack">Business date, in days before the recording, or null.</param>
    /// <param name="EndsPage">Whether a page of the log ends with it.</param>
    public sealed record Step(int Stream, int Amount, int Seconds, int? DaysBack, bool EndsPage);

    private static readonly DateTimeOffset Begin = new(2026, 3, 10, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<Step> Steps =
        from stream in Gen.Choose(0, 2)
        from amount in Gen.Choose(-9, 9)
        from seconds in Gen.Elements(0, 0, 1, 3_600, 100_000, -2_000)
        from back in Gen.Frequency((3, Gen.Constant<int?>(null)), (2, Gen.Choose(0, 6).Select(d => (int?)d)))
        from ends in Gen.Elements(false, false, true)
        select new Step(stream, amount, seconds, back, ends);

    private static readonly Arbitrary<Step[]> Histories = Arb.From(Gen.Choose(1, 30).SelectMany(n => Steps.ArrayOf(n)), ArbMap.Default.ArbFor<Step[]>().Shrinker);

    [Fact]
    public void gives_the_same_rows_wherever_the_log_s_pages_end() => Check(40, async history =>
    {
        var (store, _) = await Play(history, Open());
        var projection = new Accounts();
        var log = await store.Query.FetchLogAsync(0, long.MaxValue, null, 1_000, Ct);

        foreach (var page in Pages(log, history)) await Apply(projection, store, page);
        var live = await Everything("bank.accounts");
        await Execute("truncate bank.accounts, bank.accounts_states");
        await Apply(projection, store, log);

        (await Everything("bank.accounts")).ShouldBe(live);
    });

    [Fact]
    public void gives_every_past_state_that_a_fold_of_its_own_gives() => Check(25, async history =>
    {
        var (store, ids) = await Play(history, Open());
        var log = await store.Query.FetchLogAsync(0, long.MaxValue, null, 1_000, Ct);
        foreach (var page in Pages(log, history)) await Apply(new Accounts(), store, page);

        foreach (var basis in Enum.GetValues<Basis>())
            foreach (var at in Instants(log))
            {
                var states = await StatesAt(at, basis);
                foreach (var id in ids)
                {
                    var expected = FoldAt(log.Where(e => e.StreamId == id), at, basis);
                    (states.TryGetValue(id, out var state) ? state : null).ShouldBe(expected, $"{basis} at {at:O}");
                    (await store.Query.AggregateStreamAsync<Account>(id, at: at, basis: basis, ct: Ct)).ShouldBe(expected, $"{basis} at {at:O}");
                }
            }
    });

    [Fact]
    public void gives_the_rows_that_were_live_and_those_that_were_inline() => Check(6, async history =>
    {
        var store = Open(inline: [new Accounts("bank.inline_accounts"), new Turnover(table: "bank.inline_turnover")], async: [new Accounts(), new Turnover()]);
        await store.Daemon.StartAsync(Ct);
        try
        {
            await Play(history, store);
            (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
            var live = (await Everything("bank.accounts"), await Rows("select * from bank.turnover"));
            live.ShouldBe((await Everything("bank.inline_accounts"), await Rows("select * from bank.inline_turnover")));

            foreach (var name in new[] { "bank.accounts", "bank.turnover" }) await store.Daemon.RebuildAsync(name, "somebody", "test", Ct);
            (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
            (await Everything("bank.accounts"), await Rows("select * from bank.turnover")).ShouldBe(live);
        }
        finally
        {
            await store.Daemon.StopAsync(CancellationToken.None);
        }
    });

    [Fact]
    public async Task begins_anew_when_a_crash_left_rows_without_a_position()
    {
        var store = Open(async: [new Accounts()]);
        var id = await OpenAccount(store, new Deposited(1));
        await Apply(new Accounts(), store, await store.Query.FetchLogAsync(0, 9, null, 9, Ct));
        await Execute("update bank.accounts set doc = '{}'");

        await Start(store);
        (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        (await Rows("select id, version, doc ->> 'balance' from bank.accounts")).ShouldBe($"({id},2,1)");
    }

    private void Check(int histories, Func<Step[], Task> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(histories).WithQuietOnSuccess(true), Prop.ForAll(Histories, async history =>
        {
            await Execute("""
                truncate events.mt_streams, events.mt_events, events.mt_event_progression, bank.accounts, bank.accounts_states,
                  bank.inline_accounts, bank.inline_accounts_states, bank.turnover, bank.inline_turnover
                """);
            await property(history);
        }));

    /// <summary>Appends the history, one save an event.</summary>
    private async Task<(DocumentStore, Guid[])> Play(Step[] history, DocumentStore store)
    {
        var ids = Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToArray();
        var versions = new long[3];
        var now = Begin;
        foreach (var step in history)
        {
            now = now.AddSeconds(step.Seconds);
            Clock.Set(now);
            object fact = versions[step.Stream] == 0 ? new AccountOpened("Li", Currency.Yuan)
                : step.Amount > 0 ? new Deposited(step.Amount)
                : new Withdrawn(-step.Amount);
            await using var session = store.OpenSession(Somebody with { BusinessDate = step.DaysBack is { } days ? DateOnly.FromDateTime(now.UtcDateTime).AddDays(-days) : null });
            session.Append<Account>(ids[step.Stream], versions[step.Stream]++, [fact]);
            await session.SaveChangesAsync(Ct);
        }
        return (store, ids);
    }

    private static IEnumerable<IReadOnlyList<Event>> Pages(IReadOnlyList<Event> log, Step[] history)
    {
        var page = new List<Event>();
        for (var i = 0; i < log.Count; i++)
        {
            page.Add(log[i]);
            if (!history[i].EndsPage && i < log.Count - 1) continue;
            yield return page;
            page = [];
        }
    }

    private async Task Apply(Accounts projection, DocumentStore store, IReadOnlyList<Event> page)
    {
        var sql = new SqlBatch();
        await projection.ApplyAsync(page, store, sql, Ct);
        await using var batch = DataSource.CreateBatch();
        sql.MoveTo(batch);
        await batch.ExecuteNonQueryAsync(Ct);
    }

    private async Task<string> Everything(string table) => await Rows($"select * from {table}") + "\n\n" + await Rows($"select * from {table}_states");

    private async Task<Dictionary<Guid, Account>> StatesAt(DateTimeOffset at, Basis basis)
    {
        var axis = basis == Basis.Effective ? "true" : "known";
        await using var command = DataSource.CreateCommand($"select id, doc from bank.accounts_states where {axis}_from <= $1 and {axis}_to > $1");
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = at });
        await using var reader = await command.ExecuteReaderAsync(Ct);
        var states = new Dictionary<Guid, Account>();
        while (await reader.ReadAsync(Ct)) states.Add(reader.GetGuid(0), JsonSerializer.Deserialize<Account>(reader.GetString(1), EventSerializer.Documents)!);
        return states;
    }

    /// <summary>Written apart from the store: an event counts from the latest instant of it and all before it.</summary>
    private static Account? FoldAt(IEnumerable<Event> stream, DateTimeOffset at, Basis basis)
    {
        Account? state = null;
        var from = DateTimeOffset.MinValue;
        foreach (var e in stream.OrderBy(e => e.Version))
        {
            var instant = basis == Basis.Effective ? e.EffectiveAt : e.Timestamp;
            if (instant > from) from = instant;
            if (from <= at) state = Fold.Next(state, e);
        }
        return state;
    }

    /// <summary>Where something may change, just before it, and somewhere between.</summary>
    private static IEnumerable<DateTimeOffset> Instants(IReadOnlyList<Event> log) => log
        .SelectMany(e => new[] { e.Timestamp, e.EffectiveAt })
        .SelectMany(at => new[] { at, at.AddTicks(-10), at.AddHours(7) })
        .Distinct()
        .OrderBy(at => at.Ticks * 7919 % 104_729)
        .Take(12);
}
