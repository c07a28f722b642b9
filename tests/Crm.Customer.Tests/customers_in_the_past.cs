using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>The past on both axes (C17): what was true, and what was known.</summary>
public sealed class customers_in_the_past(CrmApp app) : IClassFixture<CrmApp>
{
    private static string Day(int ago) => DateOnly.FromDateTime(DateTimeOffset.UtcNow.ToOffset(TimeSpan.FromHours(8)).AddDays(-ago).DateTime).ToString("yyyy-MM-dd", null);

    private static string Instant(int ago) => Uri.EscapeDataString(DateTimeOffset.UtcNow.AddDays(-ago).ToString("O"));

    [Fact]
    public async Task what_was_recorded_late_counts_from_its_business_date()
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name = "往事公司", businessDate = Day(30) })).Is(HttpStatusCode.Created).Id;
        (await sales.Post($"customers/{id}/lifecycle", new { to = "won", businessDate = Day(10), reason = "签约" })).Is(HttpStatusCode.OK);
        await sales.Post($"customers/{id}/contacts", new { name = "李雷" });

        (await sales.Get($"customers/{id}?asOf={Instant(40)}")).IsProblem(404, "not_found");
        (await sales.Get($"customers/{id}?asOf={Instant(20)}")).Is(HttpStatusCode.OK)["lifecycle"]!.ToString().ShouldBe("potential");
        (await sales.Get($"customers/{id}?asOf={Instant(5)}")).Is(HttpStatusCode.OK)["lifecycle"]!.ToString().ShouldBe("won");
        (await sales.Get($"customers/{id}?asOf={Instant(5)}&basis=recorded")).IsProblem(404, "not_found");
        (await sales.Get($"customers/{id}/contacts?asOf={Instant(5)}")).Column().ShouldBeEmpty();
        (await sales.Get($"customers/{id}/contacts")).Column().ShouldBe(["李雷"]);

        (await sales.Get($"customers?q=往事公司&asOf={Instant(40)}")).Column().ShouldBeEmpty();
        (await sales.Get($"customers?q=往事公司&asOf={Instant(20)}")).Column("lifecycle").ShouldBe(["potential"]);
        (await sales.Get($"customers?q=往事公司&asOf={Instant(5)}")).Column("lifecycle").ShouldBe(["won"]);
        (await sales.Get($"customers?q=往事公司&asOf={Instant(5)}&basis=recorded")).Column().ShouldBeEmpty();
        (await sales.Get("customers?q=往事公司")).Column("lifecycle").ShouldBe(["won"]);

        (await sales.Get($"customers/{id}/timeline?asOf={Instant(5)}")).Column("type").ShouldBe(["customer_lifecycle_changed", "customer_registered"]);
        var history = (await sales.Get($"customers/{id}/history"))["data"]!.AsArray();
        history[1]!["businessDate"]!.ToString().ShouldBe(Day(10));
        DateTimeOffset.Parse(history[1]!["effectiveAt"]!.ToString(), null).ShouldBe(DateTimeOffset.Parse(Day(10) + "T00:00:00+08:00", null));
    }

    [Fact]
    public async Task a_record_and_a_list_show_every_instant_between_two_changes()
    {
        var sales = await app.As("sales");
        var created = await sales.Post("customers", new { kind = "company", name = "瞬间公司甲" });
        var between = Uri.EscapeDataString(DateTimeOffset.UtcNow.ToString("O"));
        (await sales.Patch($"customers/{created.Id}", new { name = "瞬间公司乙" })).Is(HttpStatusCode.OK);
        (await sales.Get($"customers/{created.Id}?asOf={between}"))["name"]!.ToString().ShouldBe("瞬间公司甲");
        (await sales.Get($"customers/{created.Id}?asOf={between}&basis=recorded"))["name"]!.ToString().ShouldBe("瞬间公司甲");
        (await sales.Get($"customers?q=瞬间公司&asOf={between}")).Column().ShouldBe(["瞬间公司甲"]);
        (await sales.Get($"customers?q=瞬间公司&asOf={between}&basis=recorded")).Column().ShouldBe(["瞬间公司甲"]);
        (await sales.Get("customers?q=瞬间公司")).Column().ShouldBe(["瞬间公司乙"]);
    }

    [Fact]
    public async Task what_was_deleted_or_archived_since_is_still_there_in_the_past()
    {
        var manager = await app.As("manager");
        var id = (await manager.Post("customers", new { kind = "company", name = "曾经公司" })).Id;
        var archived = (await manager.Post("customers", new { kind = "company", name = "曾经归档公司" })).Id;
        var before = Uri.EscapeDataString(DateTimeOffset.UtcNow.ToString("O"));
        (await manager.Delete($"customers/{id}")).Is(HttpStatusCode.NoContent);
        (await manager.Post($"customers/{archived}/archive")).Is(HttpStatusCode.OK);
        (await manager.Get($"customers/{id}?asOf={before}")).Is(HttpStatusCode.OK);
        (await manager.Get($"customers?q=曾经&asOf={before}&sort=name")).Column().ShouldBe(["曾经公司", "曾经归档公司"]);
        (await manager.Get("customers?q=曾经")).Column().ShouldBeEmpty();
        (await manager.Get($"customers/{id}/history"))["data"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task a_business_date_in_the_future_is_refused()
    {
        var sales = await app.As("sales");
        (await sales.Post("customers", new { kind = "company", name = "未来公司", businessDate = Day(-2) })).IsProblem(400, "business_date_in_future").Naming("body.businessDate");
        (await sales.Post("customers", new { kind = "company", name = "未来公司", businessDate = "01.02.2026" })).IsProblem(400, "invalid_date").Naming("body.businessDate");
    }
}
