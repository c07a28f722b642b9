using System.Text.Json;
using Crm.Contracts;
using Crm.Testing;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class keeping_the_catalogue : Spec
{
    private static readonly ProductAdded Added = new("GTX-PRO", "GTX Pro", new Money(4821, "USD"), "GTX", true, null);
    private static readonly (Guid, string) Other = (Guid.Parse("01900000-0000-7000-8000-0000000000f1"), "别的产品");

    [Fact]
    public void adds_a_product() => Given().When(() => AddProductFeature.Decide(new(" GTX-PRO ", "GTX Pro", new Money(4821, "USD"), "GTX"), null, Now)).Then(Added);

    [Fact]
    public void refuses_a_code_twice() => Given().When(() => AddProductFeature.Decide(new("gtx-pro", "Copy"), Other, Now)).Rejects("product_code_taken");

    [Fact]
    public void records_only_what_changes() => Given(Added).When(p => ChangeProductFeature.Decide(new(Name: "GTX Pro", Active: false), p, null, Now))
        .Then(new ProductChanged(null, null, null, null, false, null, null));

    [Fact]
    public void records_nothing_when_nothing_changes() => Given(Added).When(p => ChangeProductFeature.Decide(new("GTX-PRO", UnitPrice: new Money(4821.00m, "USD")), p, (Id, "GTX Pro"), Now)).ThenNothing();

    [Fact]
    public void empties_price_and_series() => Given(Added).When(p => ChangeProductFeature.Decide(new(Series: " ") { Cleared = ["unitPrice"] }, p, null, Now))
        .Then(new ProductChanged(null, null, null, null, null, null, ["unitPrice", "series"]));

    [Fact]
    public void changes_own_fields_one_by_one() => Given(Added with { Custom = Own("""{"a":1,"b":2}""") })
        .When(p => ChangeProductFeature.Decide(new(Custom: Own("""{"a":null,"b":2,"c":"x"}""")), p, null, Now))
        .Then(new ProductChanged(null, null, null, null, null, Own("""{"a":null,"c":"x"}"""), null));

    [Fact]
    public void keeps_a_code_that_another_has_taken() => Given(Added, new ProductDeleted()).When(p => RestoreProductFeature.Decide(new(), p, Other, Now)).Rejects("product_code_taken");

    [Fact]
    public void brings_a_product_back() => Given(Added, new ProductDeleted()).When(p => RestoreProductFeature.Decide(new(), p, null, Now)).Then(new ProductUndeleted());

    private static Situation<Product> Given(params object[] events) => Given<Product>(events);

    private static Dictionary<string, JsonElement> Own(string json) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;
}
