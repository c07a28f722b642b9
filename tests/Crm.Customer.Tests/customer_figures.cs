using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>One application for what is told of a customer and of those around it.</summary>
[CollectionDefinition(nameof(customers_around_others))]
public sealed class customers_around_others : ICollectionFixture<CrmApp>;

/// <summary>A customer in figures (S005): what the lists behind them say.</summary>
[Collection(nameof(customers_around_others))]
public sealed class customer_figures(CrmApp app)
{
    private static object Money(decimal amount, string currency = "CNY") => new { amount, currency };

    private static async Task<Guid> Deal(Api api, Guid customer, string name, object? amount, Guid? owner = null) =>
        (await api.Post("opportunities", new { name, customerId = customer, amount, ownerId = owner })).Is(HttpStatusCode.Created).Id;

    [Fact]
    public async Task are_those_of_its_opportunities_and_tickets()
    {
        var admin = await app.As("admin");
        var id = (await admin.Post("customers", new { kind = "company", name = "数字公司" })).Is(HttpStatusCode.Created).Id;
        var other = (await admin.Post("customers", new { kind = "company", name = "别的公司" })).Is(HttpStatusCode.Created).Id;
        await Deal(admin, id, "进行一", Money(100));
        var changed = await Deal(admin, id, "进行二", Money(1));
        (await admin.Patch($"opportunities/{changed}", new { amount = Money(50) })).Is(HttpStatusCode.OK);
        await Deal(admin, id, "没有金额", null);
        await Deal(admin, id, "美元", Money(7, "USD"));
        var won = await Deal(admin, id, "赢的", Money(30));
        (await admin.Post($"opportunities/{won}/win")).Is(HttpStatusCode.OK);
        var old = (await admin.Post("opportunities", new { name = "早就赢的", customerId = id, amount = Money(900), businessDate = app.Store.DayOf(app.Store.Now).AddYears(-3) })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"opportunities/{old}/win", new { businessDate = app.Store.DayOf(app.Store.Now).AddYears(-2) })).Is(HttpStatusCode.OK);
        var lost = await Deal(admin, id, "输的", Money(5000));
        (await admin.Post($"opportunities/{lost}/lose", new { reason = "价格" })).Is(HttpStatusCode.OK);
        var deleted = await Deal(admin, id, "删的", Money(6000));
        (await admin.Delete($"opportunities/{deleted}")).Is(HttpStatusCode.NoContent);
        var moved = await Deal(admin, id, "搬走的", Money(7000));
        (await admin.Patch($"opportunities/{moved}", new { customerId = other })).Is(HttpStatusCode.OK);
        foreach (var (subject, score) in new (string, int?)[] { ("开着", null), ("解决", 5), ("再解决", 4) })
        {
            var ticket = (await admin.Post("tickets", new { subject, customerId = id, channel = "phone" })).Is(HttpStatusCode.Created).Id;
            if (score is null) continue;
            (await admin.Post($"tickets/{ticket}/resolve", new { text = "好了" })).Is(HttpStatusCode.OK);
            (await admin.Post($"tickets/{ticket}/rate", new { score })).Is(HttpStatusCode.OK);
        }
        await app.Settled();

        var figures = (await admin.Get($"customers/{id}/figures")).Is(HttpStatusCode.OK);
        var amounts = figures["amounts"]!.AsArray();
        amounts.Select(a => (a!["currency"]!.ToString(), a["won"]!.GetValue<decimal>(), a["wonLastYear"]!.GetValue<decimal>(), a["open"]!.GetValue<decimal>())).ShouldBe([("CNY", 930m, 30m, 150m), ("USD", 0m, 0m, 7m)]);
        (figures["openOpportunities"]!.GetValue<int>(), figures["wonOpportunities"]!.GetValue<int>(), figures["openTickets"]!.GetValue<int>(), figures["tickets"]!.GetValue<int>(), figures["ratings"]!.GetValue<int>()).ShouldBe((4, 2, 1, 3, 2));
        figures["satisfaction"]!.GetValue<decimal>().ShouldBe(4.5m);
        (await admin.Get($"opportunities?count=exact&filter=customerId%20%3D%20%22{id}%22%20AND%20stageKind%20%3D%20%22open%22"))["count"]!.GetValue<int>().ShouldBe(4, "the rows behind a figure");
        (await admin.Get($"customers/{id}/figures?asOf=2026-01-01T00:00:00Z")).IsProblem(400, "as_of_not_supported");
    }

    [Fact]
    public async Task count_only_what_the_caller_may_see()
    {
        var admin = await app.As("admin");
        var anna = await app.Hire("figures-anna", "sales");
        var annaId = await app.UserId("figures-anna");
        var id = (await admin.Post("customers", new { kind = "company", name = "共享数字" })).Is(HttpStatusCode.Created).Id;
        await Deal(admin, id, "别人的", Money(100));
        await Deal(admin, id, "安娜的", Money(11), annaId);
        (await anna.Get($"customers/{id}/figures")).IsProblem(404, "not_found");
        (await admin.Post($"customers/{id}/share", new { userId = annaId, level = "read" })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await anna.Get($"customers/{id}/figures")).Is(HttpStatusCode.OK)["openOpportunities"]!.GetValue<int>().ShouldBe(1);
        (await admin.Get($"customers/{id}/figures"))["openOpportunities"]!.GetValue<int>().ShouldBe(2);
        (await admin.Post($"customers/{id}/owner", new { ownerId = annaId })).Is(HttpStatusCode.OK);
        (await anna.Get($"customers/{id}/figures"))["openOpportunities"]!.GetValue<int>().ShouldBe(2, "whoever is responsible for a customer sees all that belongs to it");
    }
}
