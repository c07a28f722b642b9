using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class snapshots_of_long_streams(PostgresFixture postgres) : StoreTest(postgres)
{
    [Fact]
    public async Task are_written_with_the_events_and_read_instead_of_them()
    {
        var store = Open(version: 1, SnapshotLifecycle.Inline);
        var id = await Deposits(store, 12);
        (await Stored(id)).ShouldBe("1 10");

        // Proof that the events before the snapshot are not read: they are spoilt.
        await Execute("update events.mt_events set data = '[]' where version between 1 and 10");
        await using var session = store.OpenSession(Somebody);
        var stream = await session.FetchForWriting<Account>(id, Ct);
        stream.StartingVersion.ShouldBe(13);
        stream.Aggregate.ShouldNotBeNull().Balance.ShouldBe(12);
        (await store.Query.AggregateStreamAsync<Account>(id, ct: Ct)).ShouldBe(stream.Aggregate);
    }

    [Fact]
    public async Task give_the_same_state_as_all_events_whatever_the_history()
    {
        var (with, without) = (Open(version: 1, SnapshotLifecycle.Inline, every: 3), Open());
        var random = new Random(7);
        for (var round = 0; round < 20; round++)
        {
            var id = await Deposits(with, random.Next(12));
            var state = await without.Query.AggregateStreamAsync<Account>(id, ct: Ct);
            (await with.Query.AggregateStreamAsync<Account>(id, ct: Ct)).ShouldBe(state);
            for (var version = 1L; version <= state!.Version; version++)
                (await with.Query.AggregateStreamAsync<Account>(id, version, ct: Ct)).ShouldBe(await without.Query.AggregateStreamAsync<Account>(id, version, ct: Ct));
            (await with.Query.AggregateStreamAsync<Account>(id, at: state.CreatedAt, basis: Basis.Recorded, ct: Ct))
                .ShouldBe(await without.Query.AggregateStreamAsync<Account>(id, at: state.CreatedAt, basis: Basis.Recorded, ct: Ct));
        }
    }

    [Fact]
    public async Task of_another_version_of_the_fold_are_not_read_and_are_replaced()
    {
        var id = await Deposits(Open(version: 1, SnapshotLifecycle.Inline), 12);
        await Execute("update snapshots.snapshots set doc = jsonb_set(doc, '{balance}', '999')");

        var store = Open(version: 2, SnapshotLifecycle.Inline);
        (await store.Query.AggregateStreamAsync<Account>(id, ct: Ct)).ShouldNotBeNull().Balance.ShouldBe(12);
        await Deposit(store, id);
        (await Stored(id)).ShouldBe("2 14");
    }

    [Fact]
    public async Task can_follow_the_events()
    {
        var store = Open(version: 1, SnapshotLifecycle.Async);
        var id = await Deposits(store, 12);
        await Eventually(async () => await Stored(id) == "1 10", "the snapshot is there");
        (await store.Query.AggregateStreamAsync<Account>(id, ct: Ct)).ShouldNotBeNull().Balance.ShouldBe(12);
    }

    [Fact]
    public async Task leave_the_whole_history_within_reach()
    {
        var store = Open(version: 1, SnapshotLifecycle.Inline);
        var id = await Deposits(store, 12);
        await using var session = store.OpenSession(Somebody);
        var stream = await session.FetchForWriting<Account>(id, Ct);
        await Deposit(store, id);

        (await stream.EventsAsync(Ct)).Select(e => e.Version).ShouldBe(Enumerable.Range(1, 13).Select(v => (long)v));
    }

    [Fact]
    public async Task keep_an_archived_stream_archived()
    {
        var store = Open(version: 1, SnapshotLifecycle.Inline, every: 1);
        var id = await Deposits(store, 3);
        await using (var session = store.OpenSession(Somebody))
        {
            session.ArchiveStream(id);
            await session.SaveChangesAsync(Ct);
        }
        await using var again = store.OpenSession(Somebody);
        (await again.FetchForWriting<Account>(id, Ct)).IsArchived.ShouldBeTrue();
    }

    private DocumentStore Open(int version, SnapshotLifecycle lifecycle, int every = 10)
    {
        var options = new StoreOptions { DataSource = DataSource, Clock = Clock };
        options.Events.Add<AccountOpened>().Add<Deposited>();
        options.Snapshots.Add<Account>(version, lifecycle, every);
        return new DocumentStore(options);
    }

    private static async Task<Guid> Deposits(DocumentStore store, int count)
    {
        var id = await OpenAccount(store);
        for (var i = 0; i < count; i++) await Deposit(store, id);
        return id;
    }

    private static async Task Deposit(DocumentStore store, Guid id)
    {
        await using var session = store.OpenSession(Somebody);
        (await session.FetchForWriting<Account>(id, Ct)).AppendMany([new Deposited(1)]);
        await session.SaveChangesAsync(Ct);
    }

    private Task<string> Stored(Guid id) => Scalar<string>($"select coalesce((select fold_version || ' ' || version from snapshots.snapshots where stream_id = '{id}'), '')");
}
