using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class events_of_older_shapes(PostgresFixture postgres) : StoreTest(postgres)
{
    private sealed record PaidIn(int Cents);

    private sealed record PaidInV2(decimal Amount);

    [Fact]
    public async Task are_carried_from_each_to_the_next()
    {
        // Written by an older version of the program.
        var old = new StoreOptions { DataSource = DataSource };
        old.Events.Add<AccountOpened>().Add<PaidIn>();
        var id = Guid.CreateVersion7();
        await Append(new DocumentStore(old), id, 0, new AccountOpened("Li", Currency.Yuan), new PaidIn(1250));

        var store = Newer();
        await Append(store, id, 2, new Deposited(1, "today"));
        (await store.Query.FetchStreamAsync(id, ct: Ct)).Select(e => e.Data).ShouldBe([new AccountOpened("Li", Currency.Yuan), new Deposited(12.50m, "v1"), new Deposited(1, "today")]);
        (await store.Query.AggregateStreamAsync<Account>(id, ct: Ct)).ShouldNotBeNull().Balance.ShouldBe(13.50m);
        (await Scalar<string>("select string_agg(type, ' ' order by version) from events.mt_events")).ShouldBe("account_opened paid_in deposited");
    }

    [Fact]
    public async Task reach_projections_of_the_newest_one()
    {
        var old = new StoreOptions { DataSource = DataSource };
        old.Events.Add<AccountOpened>().Add<PaidIn>();
        await Append(new DocumentStore(old), Guid.CreateVersion7(), 0, new AccountOpened("Li", Currency.Yuan), new PaidIn(1250));

        var store = await Start(Newer(new Accounts(), new Turnover()));
        (await store.Daemon.CatchUpAsync(Patience, Ct)).ShouldBeTrue();
        (await Scalar<string>("select doc ->> 'balance' from bank.accounts")).ShouldBe("12.5");
        (await Scalar<decimal>("select sum(amount) from bank.turnover")).ShouldBe(12.50m);
    }

    [Fact]
    public void lead_forward_only()
    {
        var registry = new EventRegistry().Upcast<PaidIn, PaidInV2>("paid_in", e => new PaidInV2(e.Cents / 100m));
        Should.Throw<InvalidOperationException>(() => registry.Upcast<PaidInV2, PaidIn>("paid_in_v2", e => new PaidIn(0)));
        Should.Throw<InvalidOperationException>(() => registry.Upcast<PaidIn, Deposited>("paid_in", e => new Deposited(0)));
        Should.Throw<InvalidOperationException>(() => registry.Add<Deposited>("paid_in"));
    }

    private DocumentStore Newer(params Projection[] projections)
    {
        var options = new StoreOptions { DataSource = DataSource };
        options.Events.Add<AccountOpened>().Add<Deposited>().Add<Withdrawn>().Add<AccountClosed>()
            .Upcast<PaidIn, PaidInV2>("paid_in", e => new PaidInV2(e.Cents / 100m))
            .Upcast<PaidInV2, Deposited>("paid_in_v2", e => new Deposited(e.Amount, "v1"));
        foreach (var projection in projections) options.Projections.Add(projection, ProjectionLifecycle.Async);
        return new DocumentStore(options);
    }
}
