using Crm.Contracts;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Http.Tests;

public sealed class walking_pages(PostgresFixture postgres)
{
    [Theory]
    [InlineData(null)]
    [InlineData("id")]
    [InlineData("-id")]
    [InlineData("size")]
    [InlineData("-size,name")]
    [InlineData("amount")]
    [InlineData("-amount")]
    [InlineData("-amount,probability")]
    [InlineData("stage,-amount,size")]
    [InlineData("-stage,amount")]
    [InlineData("archived,-closeDate")]
    [InlineData("-seenAt")]
    [InlineData("tier,createdAt")]
    [InlineData("-ownerId,-id")]
    [InlineData("custom.level,-custom.level2")]
    [InlineData("-custom.level")]
    [InlineData("buyerName,-name")]
    [InlineData("amount.currency,next.goal,next.at")]
    public async Task returns_each_record_once_in_order(string? sort)
    {
        await using var deals = await Deals.In(postgres);
        var random = new Random(7);
        var all = Enumerable.Range(0, 61).Select(i => Deal(random, i)).ToArray();
        await deals.Put(all);
        await deals.Put([.. all.Where(d => d.CustomerId is not null).Select((d, i) => new BuyerView(d.CustomerId!.Value, i % 3 == 0 ? null : "b" + (i % 3), null))]);

        var whole = Deals.Ids(await deals.List(("sort", sort), ("limit", "500")));
        whole.Count.ShouldBe(61);
        foreach (var limit in (string[])["1", "7", "60", "61"])
            (await Walk(deals, ("sort", sort), ("limit", limit))).ShouldBe(whole, $"limit {limit}");
    }

    [Theory]
    [InlineData("-createdAt", 7)]
    [InlineData("amount,-size", 3)]
    [InlineData("-stage", 2)]
    public async Task returns_each_record_once_while_others_are_written(string sort, int limit)
    {
        await using var deals = await Deals.In(postgres);
        var random = new Random(5);
        var all = Enumerable.Range(0, 80).Select(i => Deal(random, i)).ToArray();
        await deals.Put(all);
        // Somebody adds and deletes records all over the order while another walks; the walk owes only what was there throughout.
        using var walked = new CancellationTokenSource();
        var writing = Write();
        var seen = await Walk(deals, ("sort", sort), ("limit", limit.ToString(null, null)));
        await walked.CancelAsync();
        (await writing).ShouldBeGreaterThan(0);

        seen.ShouldBeUnique();
        var expected = Deals.Ids(await deals.List(("sort", sort), ("limit", "500"), ("filter", "phone = null")));
        seen.Where(expected.Contains).ToList().ShouldBe(expected);

        async Task<int> Write()
        {
            var others = new Random(6);
            var written = 0;
            for (; !walked.IsCancellationRequested; written++)
            {
                await deals.Put(Deal(others, written) with { Phone = "other" });
                await deals.Remove("other", written % 3 == 0 ? 2 : 0);
            }
            return written;
        }
    }

    [Fact]
    public async Task keeps_its_own_now()
    {
        await using var deals = await Deals.In(postgres);
        await deals.Put([.. Enumerable.Range(0, 4).Select(i => new DealView { Id = Guid.CreateVersion7(), Name = "d", CreatedAt = Deals.Clock.Now.AddHours(-i) })]);
        (string, string?)[] request = [("filter", "createdAt >= now-3h"), ("limit", "2")];
        var first = await (await Deals.Query(request)).ReadAsync(deals.Db, Deals.Source, Deals.Clock, ct: TestContext.Current.CancellationToken);
        var second = await (await Deals.Query([.. request, ("cursor", first.Next)]))
            .ReadAsync(deals.Db, Deals.Source, Deals.Clock with { Now = Deals.Clock.Now.AddDays(1) }, ct: TestContext.Current.CancellationToken);
        second.Data.Count.ShouldBe(2);
    }

    private static async Task<IReadOnlyList<Guid>> Walk(Deals deals, params (string, string?)[] parameters)
    {
        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = await deals.List([.. parameters, ("cursor", cursor)]);
            seen.AddRange(Deals.Ids(page));
            page.HasMore.ShouldBe(page.Next is not null);
            cursor = page.Next;
        }
        while (cursor is not null);
        return seen;
    }

    private static DealView Deal(Random random, int i) => new()
    {
        Id = Guid.CreateVersion7(),
        Name = "d" + random.Next(5),
        Stage = Maybe(random, random.Next(3).ToString(null, null)),
        Tier = random.Next(3) == 0 ? null : (Tier)random.Next(4),
        Amount = random.Next(3) == 0 ? null : new Money(random.Next(5) / 2m, "CNY"),
        Probability = random.Next(3) == 0 ? null : random.Next(3),
        Size = random.Next(4),
        Archived = random.Next(3) switch { 0 => null, 1 => true, _ => false },
        CloseDate = random.Next(3) == 0 ? null : new DateOnly(2026, 1, 1 + random.Next(3)),
        CreatedAt = Deals.Clock.Now.AddMicroseconds(random.Next(5)),
        SeenAt = random.Next(3) == 0 ? null : Deals.Clock.Now.AddMilliseconds(random.Next(3)),
        OwnerId = random.Next(2) == 0 ? null : new Guid(random.Next(3), 0, 0, new byte[8]),
        CustomerId = random.Next(2) == 0 ? null : Guid.CreateVersion7(),
        Custom = random.Next(3) switch
        {
            0 => new Dictionary<string, object>(),
            1 => new Dictionary<string, object> { ["level"] = random.Next(12), ["level2"] = "x" + i % 3 },
            _ => new Dictionary<string, object> { ["level"] = "a" + random.Next(3), ["level2"] = i % 2 == 0 },
        },
        Next = random.Next(2) == 0 ? null : new Plan(Deals.Clock.Now, Maybe(random, "call")),
    };

    private static string? Maybe(Random random, string value) => random.Next(3) == 0 ? null : value;
}
