using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

/// <summary>What a node knows from a moment ago saves reading, and is never trusted.</summary>
public sealed class states_of_a_moment_ago(PostgresFixture postgres) : StoreTest(postgres)
{
    [Fact]
    public async Task are_appended_to_without_reading_the_stream()
    {
        var store = Open();
        var id = await OpenAccount(store, new Deposited(10));
        await Deposit(store, id, 1);
        // Proof that nothing is read: the events are spoilt.
        await Execute("update events.mt_events set data = '[]'");
        await using (var session = store.OpenSession(Somebody))
        {
            var stream = session.Recent<Account>(id).ShouldNotBeNull();
            (stream.StartingVersion, stream.Aggregate!.Balance).ShouldBe((3, 11));
            stream.AppendMany([new Withdrawn(4)]);
            await session.SaveChangesAsync(Ct);
        }
        await using var next = store.OpenSession(Somebody);
        (next.Recent<Account>(id).ShouldNotBeNull().StartingVersion, await Scalar<long>("select version from events.mt_streams")).ShouldBe((4, 4));
    }

    [Fact]
    public async Task are_unknown_of_streams_that_were_not_fetched()
    {
        var store = Open();
        var id = await OpenAccount(store);
        await using var session = store.OpenSession(Somebody);
        session.Recent<Account>(id).ShouldBeNull();
        session.Recent<Account>(Guid.CreateVersion7()).ShouldBeNull();
    }

    [Fact]
    public async Task save_nothing_when_another_node_was_there_before_and_are_then_forgotten()
    {
        var (here, elsewhere) = (Open(), Open(Connect()));
        var id = await OpenAccount(here);
        await Deposit(here, id, 1);
        await Deposit(elsewhere, id, 2);

        await using var session = here.OpenSession(Somebody);
        var stream = session.Recent<Account>(id).ShouldNotBeNull();
        stream.Aggregate!.Balance.ShouldBe(1);
        stream.AppendMany([new Withdrawn(1)]);
        await Should.ThrowAsync<ConcurrencyException>(() => session.SaveChangesAsync(Ct));

        await using var again = here.OpenSession(Somebody);
        again.Recent<Account>(id).ShouldBeNull();
        (await again.FetchForWriting<Account>(id, Ct)).Aggregate!.Balance.ShouldBe(3);
    }

    [Fact]
    public async Task are_forgotten_after_a_minute()
    {
        var store = Open();
        Clock.Set(new DateTimeOffset(2026, 5, 1, 8, 0, 0, TimeSpan.Zero));
        var id = await OpenAccount(store);
        await Deposit(store, id, 1);
        Clock.Set(new DateTimeOffset(2026, 5, 1, 8, 0, 59, TimeSpan.Zero));
        await using (var session = store.OpenSession(Somebody)) session.Recent<Account>(id).ShouldNotBeNull();
        Clock.Set(new DateTimeOffset(2026, 5, 1, 8, 1, 1, TimeSpan.Zero));
        await using (var session = store.OpenSession(Somebody)) session.Recent<Account>(id).ShouldBeNull();
    }

    [Fact]
    public async Task lose_and_double_nothing_under_writers_of_two_nodes()
    {
        DocumentStore[] nodes = [Open(), Open(Connect())];
        var ids = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => OpenAccount(nodes[0])));
        int fromMemory = 0, refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            var random = new Random(w);
            for (var i = 0; i < 60; i++)
            {
                var (store, id) = (nodes[w % 2], ids[random.Next(3)]);
                for (var first = true; ; first = false)
                {
                    await using var session = store.OpenSession(Somebody);
                    var known = first ? session.Recent<Account>(id) : null;
                    if (known is not null) Interlocked.Increment(ref fromMemory);
                    var stream = known ?? await session.FetchForWriting<Account>(id, Ct);
                    // The note says what the decision saw: each must have seen the one before it.
                    stream.AppendMany([new Deposited(1, stream.Aggregate!.Balance.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
                    try
                    {
                        await session.SaveChangesAsync(Ct);
                        break;
                    }
                    catch (ConcurrencyException)
                    {
                        Interlocked.Increment(ref refused);
                    }
                }
            }
        }, Ct)));

        (fromMemory > 50, refused > 0).ShouldBe((true, true), $"{fromMemory} from memory, {refused} refused");
        (await Scalar<long>("select count(*) from events.mt_events where type = 'deposited'")).ShouldBe(480);
        (await Scalar<long>("select count(*) from events.mt_events where type = 'deposited' and (data->>'note')::int <> version - 2")).ShouldBe(0);
    }

    [Fact]
    public async Task with_snapshots_go_on_from_the_last_one()
    {
        var options = new StoreOptions { DataSource = DataSource, Clock = Clock };
        options.Events.Add<AccountOpened>().Add<Deposited>();
        options.Snapshots.Add<Account>(1, SnapshotLifecycle.Inline, every: 3);
        var store = new DocumentStore(options);
        var id = await OpenAccount(store);
        await Deposit(store, id, 1);
        for (var n = 0; n < 6; n++)
        {
            await using var session = store.OpenSession(Somebody);
            session.Recent<Account>(id).ShouldNotBeNull().AppendMany([new Deposited(1)]);
            await session.SaveChangesAsync(Ct);
            var version = n + 3;
            (await Scalar<long>("select version from snapshots.snapshots")).ShouldBe(version / 3 * 3);
        }
        await Execute("update events.mt_events set data = '[]' where version <= 6");
        (await store.Query.AggregateStreamAsync<Account>(id, ct: Ct)).ShouldNotBeNull().Balance.ShouldBe(7);
    }

    [Fact]
    public void take_a_bounded_place_and_stay_while_they_are_asked_for()
    {
        var states = new RecentStates(Clock);
        var popular = Guid.CreateVersion7();
        states.Keep(popular, new Account("Li", Currency.Yuan, 0, false) { Version = 1 }, 0, null);
        for (var n = 0; n < 100_000; n++)
        {
            states.Find(popular).ShouldNotBeNull();
            states.Keep(Guid.CreateVersion7(), new Account("Li", Currency.Yuan, 0, false) { Version = 1 }, 0, null);
        }
        states.Count.ShouldBeInRange(20_000, 30_000);
        var turned = Guid.CreateVersion7();
        states.Keep(turned, new Account("Li", Currency.Yuan, 0, false) { Version = 5 }, 0, null);
        states.Keep(turned, new Account("Li", Currency.Yuan, 0, false) { Version = 4 }, 0, null);
        states.Find(turned).ShouldNotBeNull().State.Version.ShouldBe(5);
        states.Keep(turned, new Account("Li", Currency.Yuan, 0, false) { Version = 5_000 }, 0, null);
        states.Find(turned).ShouldBeNull();
    }

    /// <summary>A deposit on the fetched stream, which the node then remembers.</summary>
    private static async Task Deposit(DocumentStore store, Guid id, decimal amount)
    {
        await using var session = store.OpenSession(Somebody);
        (await session.FetchForWriting<Account>(id, Ct)).AppendMany([new Deposited(amount)]);
        await session.SaveChangesAsync(Ct);
    }
}
