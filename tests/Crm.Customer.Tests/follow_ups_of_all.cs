using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary><c>GET /follow-ups</c>: what was done with all customers, for whoever may see these.</summary>
public sealed class follow_ups_of_all(CrmApp app) : IClassFixture<CrmApp>
{
    private static DateTimeOffset DaysAgo(int days) => DateTimeOffset.UtcNow.AddDays(-days);

    [Fact]
    public async Task are_listed_newest_first_and_asked_by_author_method_period_and_customer()
    {
        var (admin, anna, bob) = (await app.As("admin"), await app.Hire("log-anna", "sales"), await app.Hire("log-bob", "sales"));
        var (hers, his) = (await Register(anna, "松柏仪器"), await Register(bob, "杨柳食品"));
        await Log(anna, hers, 5, "visit", "看样品", new { at = DateTimeOffset.UtcNow.AddDays(2), goal = "送方案" });
        await Log(bob, his, 3, "phone", "谈价格");
        await Log(anna, hers, 1, "phone", "催回款");
        await app.Settled();

        var all = (await admin.Get("follow-ups")).Is(HttpStatusCode.OK);
        all.Column("summary").ShouldBe(["催回款", "谈价格", "看样品"]);
        var oldest = all["data"]![2]!;
        (oldest["customerId"]!.GetValue<Guid>(), oldest["customerName"]!.ToString(), oldest["authorName"]!.ToString(), oldest["next"]!["goal"]!.ToString()).ShouldBe((hers, "松柏仪器", "log-anna", "送方案"));
        (await anna.Get("follow-ups")).Column("summary").ShouldBe(["催回款", "看样品"], "only of customers that may be seen");
        (await bob.Get("follow-ups")).Column("summary").ShouldBe(["谈价格"]);

        await Is("filter", $"authorId = \"{await app.UserId("log-bob")}\"", "谈价格");
        await Is("filter", "method = \"phone\"", "催回款", "谈价格");
        await Is("filter", $"at >= \"{DaysAgo(4):O}\" AND at < \"{DaysAgo(2):O}\"", "谈价格");
        await Is("filter", $"customerId = \"{hers}\"", "催回款", "看样品");
        await Is("q", "松柏", "催回款", "看样品");
        await Is("sort", "at", "看样品", "谈价格", "催回款");
        var first = (await admin.Get("follow-ups?limit=2")).Is(HttpStatusCode.OK);
        (await admin.Get($"follow-ups?limit=2&cursor={Uri.EscapeDataString(first["page"]!["next"]!.ToString())}")).Column("summary").ShouldBe(["看样品"]);
        (await admin.Get($"follow-ups?asOf={Uri.EscapeDataString(DaysAgo(1).ToString("O"))}")).IsProblem(400, "as_of_not_supported");

        (await admin.Get("follow-ups?sort=customerName")).IsProblem(400, "not_sortable");

        (await bob.Post($"customers/{his}/share", new { userId = await app.UserId("log-anna"), level = "read" })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await anna.Get("follow-ups")).Column("summary").ShouldBe(["催回款", "谈价格", "看样品"], "a customer that is shared is seen");

        // Those of a merged customer are the other one's, those of a deleted one nobody's.
        (await admin.Post($"customers/{hers}/merge", new { sourceId = his })).Is(HttpStatusCode.OK);
        await app.Settled();
        await Is("filter", $"customerId = \"{hers}\"", "催回款", "谈价格", "看样品");
        (await admin.Delete($"customers/{hers}")).Status.ShouldBe(HttpStatusCode.NoContent);
        await app.Settled();
        (await admin.Get("follow-ups")).Column("summary").ShouldBeEmpty();

        async Task Is(string parameter, string value, params string[] summaries) =>
            (await admin.Get($"follow-ups?{parameter}={Uri.EscapeDataString(value)}")).Is(HttpStatusCode.OK).Column("summary").ShouldBe(summaries, value);
    }

    private static async Task<Guid> Register(Api api, string name) => (await api.Post("customers", new { kind = "company", name }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    private static async Task Log(Api api, Guid customer, int daysAgo, string method, string summary, object? next = null) =>
        (await api.Post($"customers/{customer}/follow-ups", new { at = DaysAgo(daysAgo), method, summary, next })).Is(HttpStatusCode.Created);
}
