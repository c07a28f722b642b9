using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class appending_events(PostgresFixture postgres) : StoreTest(postgres)
{
    [Fact]
    public async Task and_folding_them_gives_the_state()
    {
        var store = Open();
        var id = await OpenAccount(store, new Deposited(10.50m, "first"), new Withdrawn(3));

        var account = (await store.Query.AggregateStreamAsync<Account>(id, ct: Ct)).ShouldNotBeNull();
        account.Balance.ShouldBe(7.50m);
        account.LastNote.ShouldBe("first");
        account.Id.ShouldBe(id);
        account.Version.ShouldBe(3);
        account.CreatedBy.ShouldBe("somebody");
        (await store.Query.FetchStreamStateAsync(id, Ct)).ShouldBe(new StreamState(id, 3, false));
        (await store.Query.FetchStreamAsync(id, 1, Ct)).Select(e => e.Data).ShouldBe([new Deposited(10.50m, "first"), new Withdrawn(3)]);
    }

    [Fact]
    public async Task of_a_stream_that_does_not_exist_there_is_nothing_to_see()
    {
        var store = Open();
        var id = Guid.CreateVersion7();

        (await store.Query.AggregateStreamAsync<Account>(id, ct: Ct)).ShouldBeNull();
        (await store.Query.FetchStreamStateAsync(id, Ct)).ShouldBeNull();
        await using var session = store.OpenSession(Somebody);
        var stream = await session.FetchForWriting<Account>(id, Ct);
        stream.Aggregate.ShouldBeNull();
        stream.StartingVersion.ShouldBe(0);
    }

    [Fact]
    public async Task reports_their_numbers_and_versions()
    {
        var store = Open();
        await using var session = store.OpenSession(Somebody);
        Guid[] ids = [Guid.CreateVersion7(), Guid.CreateVersion7()];
        var (first, second) = (ids.Min(), ids.Max());
        session.StartStream<Account>(second, [new AccountOpened("B", Currency.Euro), new Deposited(1)]);
        session.StartStream<Account>(first, [new AccountOpened("A", Currency.Euro)]);
        var saved = await session.SaveChangesAsync(Ct);

        saved.Events.Select(e => (e.StreamId, e.Version)).ShouldBe([(first, 1), (second, 1), (second, 2)]);
        saved.Events.Select(e => e.Sequence).ShouldBe([1, 2, 3]);
        saved.Sequence.ShouldBe(3);
        (await store.Query.FetchLogAsync(0, 10, null, 10, Ct)).ShouldBe(saved.Events);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task starting_a_stream_twice_collides(int events)
    {
        var store = Open();
        var id = await OpenAccount(store);

        (await Should.ThrowAsync<ExistingStreamIdCollisionException>(() => Append(store, id, 0, Deposits(events)))).StreamId.ShouldBe(id);
        (await Scalar<long>("select count(*) from events.mt_events")).ShouldBe(1);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 5)]
    public async Task at_another_version_conflicts_and_burns_no_number(int events, long expected)
    {
        var store = Open();
        var id = await OpenAccount(store, new Deposited(1));

        var conflict = await Should.ThrowAsync<ConcurrencyException>(() => Append(store, id, expected, Deposits(events)));
        conflict.StreamId.ShouldBe(id);
        conflict.ExpectedVersion.ShouldBe(expected);
        (await Append(store, id, 2, new Deposited(2))).Sequence.ShouldBe(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task to_a_stream_that_does_not_exist_conflicts(int events) =>
        await Should.ThrowAsync<ConcurrencyException>(() => Append(Open(), Guid.CreateVersion7(), 1, Deposits(events)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task at_any_version_begins_or_continues_a_stream(int events)
    {
        var store = Open();
        var id = Guid.CreateVersion7();
        await Append(store, id, null, new AccountOpened("Li", Currency.Yuan));
        var saved = await Append(store, id, null, Deposits(events));

        saved.Events.Select(e => e.Version).ShouldBe(Enumerable.Range(2, events).Select(v => (long)v));
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(1, 1L)]
    [InlineData(2, 1L)]
    public async Task to_an_archived_stream_is_refused(int events, long? expected)
    {
        var store = Open();
        var id = await OpenAccount(store);
        await using (var session = store.OpenSession(Somebody))
        {
            session.ArchiveStream(id);
            await session.SaveChangesAsync(Ct);
        }

        (await Should.ThrowAsync<StreamArchivedException>(() => Append(store, id, expected, Deposits(events)))).StreamId.ShouldBe(id);
        (await store.Query.FetchStreamStateAsync(id, Ct)).ShouldNotBeNull().IsArchived.ShouldBeTrue();
        await using var again = store.OpenSession(Somebody);
        (await again.FetchForWriting<Account>(id, Ct)).IsArchived.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task names_the_stream_that_failed_and_saves_none(int position)
    {
        var store = Open();
        var ids = Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).Order().ToArray();
        var stale = ids[position];
        await Append(store, stale, 0, new AccountOpened("Li", Currency.Yuan), new Deposited(1));
        await using var session = store.OpenSession(Somebody);
        foreach (var id in ids.Where(id => id != stale)) session.StartStream<Account>(id, [new AccountOpened("A", Currency.Euro)]);
        session.Append<Account>(stale, 1, [new Deposited(1)]);

        (await Should.ThrowAsync<ConcurrencyException>(() => session.SaveChangesAsync(Ct))).StreamId.ShouldBe(stale);
        (await Scalar<long>("select count(*) from events.mt_events")).ShouldBe(2);
        await Should.ThrowAsync<InvalidOperationException>(() => session.SaveChangesAsync(Ct));
    }

    [Fact]
    public async Task and_other_statements_are_saved_together_or_not_at_all()
    {
        var store = Open();
        await using (var session = store.OpenSession(Somebody))
        {
            session.StartStream<Account>(Guid.CreateVersion7(), [new AccountOpened("A", Currency.Euro)]);
            session.Sql.Add($"insert into bank.turnover values ('x', {new DateOnly(2026, 1, 1)}, 1, {1m}, 1)");
            await session.SaveChangesAsync(Ct);
        }
        await using (var session = store.OpenSession(Somebody))
        {
            session.StartStream<Account>(Guid.CreateVersion7(), [new AccountOpened("A", Currency.Euro)]);
            session.Sql.Add($"insert into bank.turnover values ('x', {new DateOnly(2026, 1, 1)}, 1, {1m}, 1)");
            (await Should.ThrowAsync<PostgresException>(() => session.SaveChangesAsync(Ct))).SqlState.ShouldBe(PostgresErrorCodes.UniqueViolation);
        }

        (await Scalar<long>("select count(*) from events.mt_events")).ShouldBe(1);
    }

    [Fact]
    public async Task does_not_take_another_statement_s_failure_for_a_conflict()
    {
        await using var session = Open().OpenSession(Somebody);
        session.StartStream<Account>(Guid.CreateVersion7(), [new AccountOpened("A", Currency.Euro)]);
        session.Sql.Add($"select 1 / {0}");

        (await Should.ThrowAsync<PostgresException>(() => session.SaveChangesAsync(Ct))).SqlState.ShouldBe(PostgresErrorCodes.DivisionByZero);
    }

    [Fact]
    public async Task after_fetching_guards_the_version_that_was_decided_on()
    {
        var store = Open();
        var id = await OpenAccount(store);
        await using var session = store.OpenSession(Somebody);
        var stream = await session.FetchForWriting<Account>(id, Ct);
        await Should.ThrowAsync<InvalidOperationException>(() => session.FetchForWriting<Account>(id, Ct));
        Should.Throw<InvalidOperationException>(() => session.Append<Account>(id, 7, [new Deposited(1)]));
        await Append(store, id, 1, new Deposited(5));
        stream.AppendMany([new Withdrawn(1)]);

        await Should.ThrowAsync<ConcurrencyException>(() => session.SaveChangesAsync(Ct));
    }

    [Fact]
    public async Task keeps_everything_that_is_known_about_them()
    {
        var store = Open(zone: TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
        Clock.Set(new DateTimeOffset(2026, 3, 4, 5, 6, 7, 891, 234, TimeSpan.Zero));
        var context = new EventContext("u1", "import:7", "corr", "cause", "u2", new DateOnly(2016, 10, 20), "客户要求 'quoted' \\ \"x\"", "2001:db8:7::/48", "Chrome on Windows");
        await using var session = store.OpenSession(context);
        var id = Guid.CreateVersion7();
        session.StartStream<Account>(id, [new AccountOpened("Li", Currency.Yuan)]);
        session.Append<Account>(id, 0, [new Deposited(1)], new EventContext("u3", "page"));
        var saved = await session.SaveChangesAsync(Ct);

        var events = await store.Query.FetchStreamAsync(id, ct: Ct);
        events.ShouldBe(saved.Events);
        events[0].Context.ShouldBe(context);
        events[0].Timestamp.ShouldBe(Clock.GetUtcNow());
        events[0].EffectiveAt.ShouldBe(new DateTimeOffset(2016, 10, 19, 16, 0, 0, TimeSpan.Zero));
        events[1].Context.ShouldBe(new EventContext("u3", "page"));
        events[1].EffectiveAt.ShouldBe(Clock.GetUtcNow());
        (await Scalar<string>("select user_name || ' ' || correlation_id || ' ' || causation_id from events.mt_events where version = 1")).ShouldBe("u1 corr cause");
    }

    [Fact]
    public async Task survives_properties_in_another_order()
    {
        var store = Open();
        var id = Guid.CreateVersion7();
        await Append(store, id, 0, new PaymentReceived(new Cash(3)), new PaymentReceived(new Transfer("DE1")));

        (await Scalar<string>("select data::text from events.mt_events where version = 1")).ShouldBe("""{"payment": {"n": 3, "$type": "cash"}}""");
        (await store.Query.FetchStreamAsync(id, ct: Ct)).Select(e => ((PaymentReceived)e.Data).Payment).ShouldBe([new Cash(3), new Transfer("DE1")]);
    }

    [Fact]
    public void registers_a_name_and_a_type_once()
    {
        var registry = new EventRegistry().Add<Deposited>();
        Should.Throw<InvalidOperationException>(() => registry.Add<Withdrawn>("deposited"));
        Should.Throw<InvalidOperationException>(() => registry.Add<Deposited>("other"));
        registry.Add<Withdrawn>("money_taken").Alias(typeof(Withdrawn)).ShouldBe("money_taken");
        registry.Resolve("money_taken").ShouldBe(typeof(Withdrawn));
        Should.Throw<UnknownEventTypeException>(() => registry.Resolve("withdrawn")).Alias.ShouldBe("withdrawn");
        Should.Throw<InvalidOperationException>(() => registry.Add<AccountClosed>());
    }

    private static object[] Deposits(int count) => [.. Enumerable.Range(1, count).Select(i => new Deposited(i))];
}
