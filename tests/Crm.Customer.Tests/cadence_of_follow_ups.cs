using System.Net;
using Crm.Contracts;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>How often customers are followed up (S040–S043, X4).</summary>
public sealed class cadence_of_follow_ups(CrmApp app) : Spec, IClassFixture<CrmApp>
{
    [Theory]
    [InlineData(CustomerLifecycle.Potential, null, 7)]
    [InlineData(CustomerLifecycle.Intent, "B", 3)]
    [InlineData(CustomerLifecycle.Intent, "A", 3)]
    [InlineData(CustomerLifecycle.Won, "D", 30)]
    [InlineData(CustomerLifecycle.Won, "A", 7)]
    [InlineData(CustomerLifecycle.Lost, null, 90)]
    [InlineData(CustomerLifecycle.Lost, "A", 7)]
    public void the_strictest_rule_counts(CustomerLifecycle lifecycle, string? tier, int days) => Cadence.Of(lifecycle, tier, CadenceSettings.Default).ShouldBe(days);

    [Fact]
    public void what_is_not_named_stays_and_a_tier_that_is_not_named_has_no_rule()
    {
        var changed = (CadenceChanged)ChangeCadenceFeature.Decide(new ChangeCadence(null, 2, null, null, new Dictionary<string, int> { ["B"] = 14 }), CadenceSettings.Default).Events.ShouldHaveSingleItem();
        (changed.Potential, changed.Intent, changed.Won, changed.Lost).ShouldBe((7, 2, 30, 90));
        var settings = CadenceSettings.Of(changed);
        Cadence.Of(CustomerLifecycle.Won, "A", settings).ShouldBe(30);
        Cadence.Of(CustomerLifecycle.Won, "B", settings).ShouldBe(14);
        ChangeCadenceFeature.Decide(new ChangeCadence(7, 2, null, null, null), settings).Events.ShouldBeEmpty("nothing changes");
    }

    [Fact]
    public async Task administrators_change_it_and_everybody_who_sees_customers_reads_it()
    {
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        (await sales.Put("cadence", new { won = 20 })).IsProblem(403, "forbidden");
        (await admin.Put("cadence", new { won = 0 })).IsProblem(400, "invalid").Naming("body.won");
        (await admin.Put("cadence", new { tiers = new Dictionary<string, int> { ["E"] = 3 } })).IsProblem(400, "invalid").Naming("body.tiers");
        (await admin.Put("cadence", new { won = 20, tiers = new Dictionary<string, int> { ["A"] = 7, ["B"] = 10 } })).Is(HttpStatusCode.OK);
        var read = (await sales.Get("cadence")).Is(HttpStatusCode.OK).Json;
        (read["won"]!.GetValue<int>(), read["potential"]!.GetValue<int>(), read["tiers"]!["B"]!.GetValue<int>()).ShouldBe((20, 7, 10));
        (await admin.Put("cadence", new { won = 30, tiers = new Dictionary<string, int> { ["A"] = 7 } })).Is(HttpStatusCode.OK);
    }
}
