using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.EventStore.Tests;

public sealed class reading_the_past(PostgresFixture postgres) : StoreTest(postgres)
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task at_a_version()
    {
        var (store, id) = await History();
        (await store.Query.AggregateStreamAsync<Account>(id, version: 2, ct: Ct)).ShouldNotBeNull().Balance.ShouldBe(10);
        (await store.Query.AggregateStreamAsync<Account>(id, version: 0, ct: Ct)).ShouldBeNull();
        (await store.Query.AggregateStreamAsync<Account>(id, version: 99, ct: Ct)).ShouldNotBeNull().Balance.ShouldBe(17);
    }

    [Fact]
    public async Task at_an_instant_by_what_was_known()
    {
        var (store, id) = await History();
        (await Balance(Monday.AddTicks(-10), Basis.Recorded)).ShouldBeNull();
        (await Balance(Monday, Basis.Recorded)).ShouldBe(0);
        (await Balance(Monday.AddDays(4), Basis.Recorded)).ShouldBe(10);
        (await Balance(Monday.AddDays(5), Basis.Recorded)).ShouldBe(17);

        async Task<decimal?> Balance(DateTimeOffset at, Basis basis) => (await store.Query.AggregateStreamAsync<Account>(id, at: at, basis: basis, ct: Ct))?.Balance;
    }

    [Fact]
    public async Task at_an_instant_by_what_was_true()
    {
        var (store, id) = await History();
        // The last deposit was recorded on Saturday for Thursday.
        (await Balance(Monday.AddDays(2))).ShouldBe(10);
        (await Balance(new DateTimeOffset(2026, 3, 5, 0, 0, 0, TimeSpan.Zero).AddTicks(-10))).ShouldBe(10);
        (await Balance(new DateTimeOffset(2026, 3, 5, 0, 0, 0, TimeSpan.Zero))).ShouldBe(17);

        async Task<decimal?> Balance(DateTimeOffset at) => (await store.Query.AggregateStreamAsync<Account>(id, at: at, ct: Ct))?.Balance;
    }

    [Theory]
    [InlineData("Asia/Shanghai", "2026-03-04", "2026-03-03T16:00:00Z")]
    // Summer time begins at midnight: the day begins at one.
    [InlineData("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z")]
    // Summer time ends at midnight: the hour before it comes twice, and the day begins with the first.
    [InlineData("Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z")]
    [InlineData("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z")]
    public void a_day_begins_where_the_organisation_lives(string zone, string day, string begin)
    {
        var store = Open(zone: TimeZoneInfo.FindSystemTimeZoneById(zone));
        var date = DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture);
        var start = store.StartOf(date);
        start.ShouldBe(DateTimeOffset.Parse(begin, System.Globalization.CultureInfo.InvariantCulture));
        store.DayOf(start).ShouldBe(date);
        store.DayOf(start.AddTicks(-10)).ShouldBe(date.AddDays(-1));
    }

    private async Task<(DocumentStore, Guid)> History()
    {
        var store = Open();
        Clock.Set(Monday);
        var id = await OpenAccount(store);
        Clock.Set(Monday.AddDays(1));
        await Append(store, id, 1, new Deposited(10));
        Clock.Set(Monday.AddDays(5));
        await using var session = store.OpenSession(Somebody with { BusinessDate = new DateOnly(2026, 3, 5) });
        session.Append<Account>(id, 2, [new Deposited(7)]);
        await session.SaveChangesAsync(Ct);
        return (store, id);
    }
}
