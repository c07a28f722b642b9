using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>The cleaning at the end of a month (S025).</summary>
public sealed class monthly_cleaning(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task finds_by_kind_and_is_done_when_it_is_no_longer_so()
    {
        var admin = await app.As("admin");
        var silent = (await admin.Post("customers", new { kind = "company", name = "无联系方式公司" })).Is(HttpStatusCode.Created).Id;
        var left = (await admin.Post("customers", new { kind = "company", name = "有人离职公司", phone = "13622220001" })).Is(HttpStatusCode.Created).Id;
        await admin.Post($"customers/{left}/contacts", new { name = "走了的人", phone = "13622220002", leftAt = "2026-01-05" });
        await app.Settled();
        await Cleaning.FindAsync(app.Store, TestContext.Current.CancellationToken);
        var round = (await admin.Get("customers/cleaning")).Is(HttpStatusCode.OK)["data"]![0]!;
        var month = round["month"]!.ToString();
        (await Ids(admin, month, "unreachable")).ShouldBe([silent.ToString()]);
        (await Ids(admin, month, "leftContact")).ShouldBe([left.ToString()]);
        Count(round, "unreachable").ShouldBe((1, 1));

        (await admin.Patch($"customers/{silent}", new { phone = "13622220003" })).Is(HttpStatusCode.OK);
        (await admin.Post($"customers/{left}/archive")).Is(HttpStatusCode.OK);
        await app.Settled();
        (await Ids(admin, month, "unreachable")).ShouldBeEmpty();
        (await Ids(admin, month, "leftContact")).ShouldBeEmpty();
        Count((await admin.Get("customers/cleaning"))["data"]![0]!, "unreachable").ShouldBe((1, 0));

        var sales = await app.Hire("cleaning-sales", "sales");
        Count((await sales.Get("customers/cleaning")).Is(HttpStatusCode.OK)["data"]![0]!, "unreachable").ShouldBe((0, 0));
        (await sales.Post("customers/cleaning/run")).IsProblem(403, "forbidden");
        (await admin.Post("customers/cleaning/run")).Is(HttpStatusCode.Accepted);
        (await admin.Get($"customers/cleaning/{month}/nothing")).IsProblem(404, "not_found");
    }

    private static async Task<IReadOnlyList<string?>> Ids(Api api, string month, string kind) => (await api.Get($"customers/cleaning/{month}/{kind}")).Is(HttpStatusCode.OK).Column("id");

    private static (int Found, int Open) Count(JsonNode round, string kind) => round["kinds"]!.AsArray().Single(k => k!["kind"]!.ToString() == kind) is { } k ? (k["found"]!.GetValue<int>(), k["open"]!.GetValue<int>()) : default;
}
