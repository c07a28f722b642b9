using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Testing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Crm.Http.Tests;

public sealed class filtering_documents(PostgresFixture postgres)
{
    [Fact]
    public async Task finds_in_postgresql_what_the_model_finds()
    {
        await using var deals = await Deals.In(postgres);
        var random = new Random(11);
        var buyers = Enumerable.Range(0, 6).Select(i => new BuyerView(Guid.CreateVersion7(), i == 0 ? null : One(random, FilterModel.Words), i % 2 == 0 ? null : Tier.KeyAccount)).ToArray();
        var all = Enumerable.Range(0, 150).Select(_ => Deal(random, buyers)).ToArray();
        await deals.Put(buyers);
        await deals.Put(all);
        var documents = all.Select(d => (d.Id, Json: Json(d), Buyer: buyers.FirstOrDefault(b => b.Id == d.CustomerId) is { } b ? Json(b) : null)).ToArray();

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(600), Prop.ForAll(Arb.From(FilterText.Any(FilterModel.Leaf)), Arb.From(Gen.Choose(0, int.MaxValue)), (filter, seed) =>
        {
            var text = FilterText.Write(filter, new Random(seed));
            var expected = documents.Where(d => FilterModel.Holds(filter, d.Json, d.Buyer)).Select(d => d.Id).Order();
            var found = Deals.Ids(deals.List(("filter", text), ("sort", "id"), ("limit", "500")).GetAwaiter().GetResult());
            found.SequenceEqual(expected).ShouldBeTrue(text);
        }));
    }

    private static JsonObject Json<T>(T document) => JsonSerializer.SerializeToNode(document, EventSerializer.Documents)!.AsObject();

    private static DealView Deal(Random random, BuyerView[] buyers) => new()
    {
        Id = Guid.CreateVersion7(),
        Name = One(random, FilterModel.Words),
        Stage = Maybe(random, One(random, FilterModel.Words)),
        Tier = random.Next(3) == 0 ? null : (Tier)random.Next(4),
        Amount = random.Next(3) == 0 ? null : new Money(random.Next(-4, 5) / 2m, One(random, FilterModel.Words)),
        Probability = random.Next(3) == 0 ? null : random.Next(3),
        Size = random.Next(-2, 3),
        Archived = random.Next(3) switch { 0 => null, 1 => true, _ => false },
        CloseDate = random.Next(3) == 0 ? null : DateOnly.Parse(One(random, FilterModel.Days), null),
        CreatedAt = Instant(random),
        SeenAt = random.Next(3) == 0 ? null : Instant(random),
        OwnerId = random.Next(3) == 0 ? null : One(random, FilterModel.Owners),
        CustomerId = random.Next(4) switch { 0 => null, 1 => Guid.CreateVersion7(), _ => One(random, buyers).Id },
        Tags = [.. Enumerable.Range(0, random.Next(3)).Select(_ => One(random, FilterModel.Words))],
        Custom = random.Next(4) == 0 ? new Dictionary<string, object>() : new Dictionary<string, object> { ["level"] = Scalar(random), ["其他"] = Scalar(random) },
        Next = random.Next(3) == 0 ? null : new Plan(random.Next(2) == 0 ? null : Instant(random), Maybe(random, One(random, FilterModel.Words))),
        Plans = random.Next(2) == 0 ? [] : [new(null, null)],
    };

    private static object Scalar(Random random) => random.Next(3) switch { 0 => random.Next(4) * 2.5m, 1 => random.Next(2) == 0, _ => One(random, FilterModel.Words) };

    // On and a microsecond beside every boundary that a filter can name, in any offset.
    private static DateTimeOffset Instant(Random random) =>
        DateTimeOffset.Parse(One(random, FilterModel.Instants), null).AddMicroseconds(random.Next(-1, 2)).ToOffset(TimeSpan.FromHours(random.Next(-5, 9)));

    private static T One<T>(Random random, T[] values) => values[random.Next(values.Length)];

    private static string? Maybe(Random random, string value) => random.Next(3) == 0 ? null : value;
}
