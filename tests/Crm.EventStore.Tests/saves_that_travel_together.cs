using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class saves_that_travel_together(PostgresFixture postgres) : StoreTest(postgres)
{
    /// <summary>What one writer was told.</summary>
    private enum Told
    {
        Saved,
        Conflict,
        Refused,
        TakenBack,
    }

    private sealed record Attempt(Guid[] Streams, string Mark, Told Told, SaveResult? Result);

    [Theory]
    [InlineData(1)]
    [InlineData(2, Traits = ["Category", "Long"])]
    [InlineData(3, Traits = ["Category", "Long"])]
    public async Task are_each_told_the_truth_and_saved_exactly_once(int seed)
    {
        // Constraint violations come from the database, in the middle of the common statement.
        await Execute("alter table events.mt_events add constraint no_poison check (data ->> 'note' is null or data ->> 'note' not like 'poison%')");
        var store = Open(inline: [new Accounts("bank.inline_accounts")]);
        var shared = Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var id in shared) await Append(store, id, 0, new AccountOpened("Li", Currency.Yuan));

        var attempts = (await Task.WhenAll(Enumerable.Range(0, 24).Select(w => Task.Run(() => Write(store, shared, new Random(seed * 100 + w), w), Ct)))).SelectMany(a => a).ToList();

        foreach (var told in Enum.GetValues<Told>()) attempts.Count(a => a.Told == told).ShouldBeGreaterThan(0, told.ToString());
        var marks = (await store.Query.FetchLogAsync(0, long.MaxValue, ["deposited"], int.MaxValue, Ct)).ToLookup(e => ((Deposited)e.Data).Note!);
        foreach (var attempt in attempts)
        {
            // Every save is whole or not at all; what was acknowledged is there once, with the numbers that were told.
            var there = marks[attempt.Mark].ToList();
            there.Select(e => e.StreamId).Order().ShouldBe(attempt.Told == Told.Saved ? attempt.Streams.Order() : []);
            if (attempt.Result is { } result) result.Events.Where(e => e.Data is Deposited).OrderBy(e => e.Sequence).ShouldBe(there.OrderBy(e => e.Sequence));
        }
        marks.Count.ShouldBe(attempts.Count(a => a.Told == Told.Saved));
        (await Scalar<long>("select count(*) from (select from events.mt_events group by stream_id having count(*) <> max(version) or min(version) <> 1) x")).ShouldBe(0);
        (await Scalar<long>("select count(*) from (select seq_id, lag(seq_id) over (partition by stream_id order by version) as before from events.mt_events) x where before > seq_id")).ShouldBe(0);
        (await Scalar<long>("select count(*) from events.mt_streams s where version <> (select count(*) from events.mt_events e where e.stream_id = s.id)")).ShouldBe(0);
        (await Scalar<long>("select count(*) from events.mt_streams s left join bank.inline_accounts a on a.id = s.id where a.version is distinct from s.version")).ShouldBe(0);
    }

    [Fact]
    public async Task of_new_and_known_streams_get_numbers_that_ascend_in_each()
    {
        var store = Open();
        var known = await OpenAccount(store);
        await using var session = store.OpenSession(Somebody);
        session.Append<Account>(known, 1, [new Deposited(1), new Deposited(2)]);
        session.StartStream<Account>(Guid.CreateVersion7(), [new AccountOpened("A", Currency.Euro), new Deposited(3)]);
        var saved = await session.SaveChangesAsync(Ct);

        saved.Events.Count.ShouldBe(4);
        saved.Events.Select(e => e.Sequence).ShouldBe([2, 3, 4, 5]);
        (await store.Query.FetchLogAsync(1, 10, null, 10, Ct)).ShouldBe(saved.Events);
    }

    [Fact]
    public async Task of_one_stream_that_does_not_exist_and_one_that_does_are_refused_whole()
    {
        var store = Open();
        var known = await OpenAccount(store);
        var missing = Guid.CreateVersion7();
        await using var session = store.OpenSession(Somebody);
        session.Append<Account>(known, 1, [new Deposited(1)]);
        session.Append<Account>(missing, 1, [new Deposited(1)]);

        (await Should.ThrowAsync<ConcurrencyException>(() => session.SaveChangesAsync(Ct))).StreamId.ShouldBe(missing);
        (await store.Query.FetchStreamStateAsync(missing, Ct)).ShouldBeNull();
        (await Scalar<long>("select last_value from events.mt_events_sequence")).ShouldBe(1);
    }

    [Fact]
    public async Task and_wait_can_be_taken_back()
    {
        var store = Open();
        Guid[] held = [await OpenAccount(store), await OpenAccount(store)];
        await using var blocker = await DataSource.OpenConnectionAsync(Ct);
        await using var transaction = await blocker.BeginTransactionAsync(Ct);
        await using (var command = new NpgsqlCommand("select from events.mt_streams for update", blocker, transaction)) await command.ExecuteNonQueryAsync(Ct);

        // Two are on their way and wait for rows; the third and the fourth wait for them.
        var onTheirWay = held.Select(id => Append(store, id, 1, new Deposited(1))).ToArray();
        using var impatience = new CancellationTokenSource();
        var (takenBack, patient) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var cancelled = Open(store, takenBack, impatience.Token);
        var waiting = Open(store, patient, Ct);
        await impatience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        await transaction.CommitAsync(Ct);

        await Task.WhenAll(onTheirWay);
        (await waiting).Events.Count.ShouldBe(1);
        (await store.Query.FetchStreamStateAsync(takenBack, Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task share_an_answer_that_did_not_come()
    {
        var store = Open();
        Guid[] held = [await OpenAccount(store), await OpenAccount(store)];
        await using var blocker = await DataSource.OpenConnectionAsync(Ct);
        await using var transaction = await blocker.BeginTransactionAsync(Ct);
        await using (var command = new NpgsqlCommand("lock table events.mt_events in share mode", blocker, transaction)) await command.ExecuteNonQueryAsync(Ct);
        var first = held.Select(id => Append(store, id, 1, new Deposited(1))).ToArray();
        var later = Enumerable.Range(0, 5).Select(_ => Open(store, Guid.CreateVersion7(), Ct)).ToArray();
        await Eventually(async () => await Scalar<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 2, "both are on their way");

        const string cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        await Execute(cut);
        foreach (var save in first) await Should.ThrowAsync<NpgsqlException>(() => save);
        await Eventually(async () => await Scalar<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 1, "the others are on their way together");
        await Execute(cut);
        foreach (var save in later) await Should.ThrowAsync<NpgsqlException>(() => save);
        await transaction.CommitAsync(Ct);

        // Nothing was tried again behind anybody's back, and the next save finds its way.
        (await Scalar<long>("select count(*) from events.mt_events")).ShouldBe(2);
        await OpenAccount(store);
    }

    private static async Task<SaveResult> Open(DocumentStore store, Guid id, CancellationToken ct)
    {
        await using var session = store.OpenSession(Somebody);
        session.StartStream<Account>(id, [new AccountOpened("Li", Currency.Yuan)]);
        return await session.SaveChangesAsync(ct);
    }

    private static async Task<List<Attempt>> Write(DocumentStore store, Guid[] shared, Random random, int writer)
    {
        var attempts = new List<Attempt>();
        for (var i = 0; i < 40; i++)
        {
            var poison = random.Next(8) == 0;
            var mark = $"{(poison ? "poison" : "good")} {writer} {i}";
            await using var session = store.OpenSession(Somebody);
            Guid[] streams = random.Next(3) switch
            {
                0 => [Guid.CreateVersion7()],
                1 => [shared[random.Next(shared.Length)]],
                _ => [Guid.CreateVersion7(), shared[random.Next(shared.Length)]],
            };
            foreach (var id in streams)
                if (shared.Contains(id)) (await session.FetchForWriting<Account>(id, Ct)).AppendMany([new Deposited(1, mark)]);
                else session.StartStream<Account>(id, [new AccountOpened("Li", Currency.Yuan), new Deposited(1, mark)]);
            using var impatience = new CancellationTokenSource();
            try
            {
                // Only a save that still waits can be taken back: whoever asks while it is on its way is told how it went.
                var save = session.SaveChangesAsync(impatience.Token);
                if (random.Next(6) == 0) await impatience.CancelAsync();
                attempts.Add(new Attempt(streams, mark, Told.Saved, await save));
            }
            catch (ConcurrencyException)
            {
                attempts.Add(new Attempt(streams, mark, Told.Conflict, null));
            }
            catch (PostgresException e) when (e.ConstraintName == "no_poison")
            {
                attempts.Add(new Attempt(streams, mark, Told.Refused, null));
            }
            catch (OperationCanceledException)
            {
                attempts.Add(new Attempt(streams, mark, Told.TakenBack, null));
            }
        }
        return attempts;
    }
}
