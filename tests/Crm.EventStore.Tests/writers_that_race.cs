using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class writers_that_race(PostgresFixture postgres) : StoreTest(postgres)
{
    [Fact]
    public async Task leave_versions_without_gaps_and_burn_no_numbers()
    {
        var store = Open();
        var streams = Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToArray();
        int saved = 0, conflicts = 0;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(w => Task.Run(async () =>
        {
            var random = new Random(w);
            for (var i = 0; i < 100; i++)
            {
                await using var session = store.OpenSession(Somebody);
                var stream = await session.FetchForWriting<Account>(streams[random.Next(3)], Ct);
                stream.AppendMany(stream.Aggregate is null
                    ? [new AccountOpened("Li", Currency.Yuan)]
                    : Enumerable.Range(1, random.Next(1, 4)).Select(n => new Deposited(n)));
                try
                {
                    await session.SaveChangesAsync(Ct);
                    Interlocked.Increment(ref saved);
                }
                catch (Exception e) when (e is ConcurrencyException or ExistingStreamIdCollisionException)
                {
                    Interlocked.Increment(ref conflicts);
                }
            }
        }, Ct)));

        conflicts.ShouldBeGreaterThan(100);
        saved.ShouldBeGreaterThan(100);
        (await Scalar<long>("select count(*) from (select from events.mt_events group by stream_id having count(*) <> max(version) or min(version) <> 1) x")).ShouldBe(0);
        (await Scalar<long>("select count(*) from (select seq_id, lag(seq_id) over (partition by stream_id order by version) as before from events.mt_events) x where before > seq_id")).ShouldBe(0);
        (await Scalar<long>("select count(*) from events.mt_streams s where version <> (select count(*) from events.mt_events e where e.stream_id = s.id)")).ShouldBe(0);
        (await Scalar<long>("select last_value from events.mt_events_sequence")).ShouldBe(await Scalar<long>("select count(*) from events.mt_events"));
    }

    [Fact]
    public async Task never_wait_for_each_other_in_a_circle()
    {
        var store = Open();
        Guid a = await OpenAccount(store), b = await OpenAccount(store);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await using var session = store.OpenSession(Somebody);
                foreach (var id in w % 2 == 0 ? new[] { a, b } : [b, a]) session.Append<Account>(id, null, [new Deposited(1)]);
                await session.SaveChangesAsync(Ct);
            }
        }, Ct)));

        (await store.Query.FetchStreamStateAsync(a, Ct)).ShouldNotBeNull().Version.ShouldBe(401);
        (await store.Query.FetchStreamStateAsync(b, Ct)).ShouldNotBeNull().Version.ShouldBe(401);
    }

    [Fact]
    public async Task never_run_out_of_connections_with_inline_projections()
    {
        // With fewer connections than writers, a save that held one while its projection waited for another would stand still.
        var narrow = new NpgsqlConnectionStringBuilder(ConnectionString) { MaxPoolSize = 3, Timeout = 10 }.ConnectionString;
        await using var source = NpgsqlDataSource.Create(narrow);
        var store = Open(source, inline: [new Accounts()]);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(async () =>
        {
            var id = await OpenAccount(store);
            for (var version = 1; version < 10; version++) await Append(store, id, version, new Deposited(1));
        }, Ct)));

        (await Scalar<long>("select count(*) from bank.accounts where version = 10 and (doc ->> 'balance')::numeric = 9")).ShouldBe(12);
    }
}
