using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Saved groups of customers (S020), over HTTP.</summary>
public sealed class segments_of_customers(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task follow_their_filter_until_they_are_settled()
    {
        var admin = await app.As("admin");
        var (one, two) = (await Register(admin, "分组甲", "分组业"), await Register(admin, "分组乙", "分组业"));
        var segment = (await admin.Post("segments", new { name = "分组业客户", filter = "industry = \"分组业\"" })).Is(HttpStatusCode.Created);
        (await Members(admin, segment.Id)).ShouldBe(["分组甲", "分组乙"], ignoreOrder: true);
        var before = app.Store.Now;
        await Register(admin, "分组丙", "分组业");
        (await Members(admin, segment.Id)).Count.ShouldBe(3);
        (await Members(admin, segment.Id, $"&asOf={Uri.EscapeDataString(before.ToString("O", null))}")).Count.ShouldBe(2);
        (await Members(admin, segment.Id, "", " AND name = \"分组丙\"")).ShouldBe(["分组丙"]);
        (await admin.Get($"customers?filter={Uri.EscapeDataString($"NOT segment = \"{segment.Id}\" AND industry = \"分组业\"")}")).Is(HttpStatusCode.OK).Column().ShouldBe([]);

        var frozen = (await admin.Post($"segments/{segment.Id}/freeze", new { })).Is(HttpStatusCode.OK);
        frozen["frozenCount"]!.GetValue<int>().ShouldBe(3);
        await Register(admin, "分组丁", "分组业");
        (await admin.Patch($"customers/{one}", new { industry = "别的" })).Is(HttpStatusCode.OK);
        (await Members(admin, segment.Id)).ShouldBe(["分组甲", "分组乙", "分组丙"], ignoreOrder: true);
        (await admin.Patch($"segments/{segment.Id}", new { filter = "industry = \"别的\"" })).IsProblem(409, "segment_frozen");
        (await admin.Post($"segments/{segment.Id}/thaw", new { })).Is(HttpStatusCode.OK)["frozenAt"].ShouldBeNull();
        (await Members(admin, segment.Id)).ShouldBe(["分组乙", "分组丙", "分组丁"], ignoreOrder: true);
        two.ShouldNotBe(one);
    }

    [Fact]
    public async Task are_private_until_they_are_shared()
    {
        var (mine, other) = (await app.Hire("segment-owner", "manager"), await app.Hire("segment-other", "manager"));
        var segment = (await mine.Post("segments", new { name = "我的", filter = "tier = \"A\" AND tags:\"高价值客户\"" })).Is(HttpStatusCode.Created).Id;
        (await other.Get($"segments/{segment}")).IsProblem(404, "not_found");
        (await other.Get("segments")).Is(HttpStatusCode.OK).Column().ShouldNotContain("我的");
        (await other.Patch($"segments/{segment}", new { name = "你的" })).IsProblem(404, "not_found");
        (await other.Post($"segments/{segment}/freeze", new { })).IsProblem(404, "not_found");
        (await other.Delete($"segments/{segment}")).IsProblem(404, "not_found");
        (await mine.Patch($"segments/{segment}", new { shared = true })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await other.Get($"segments/{segment}")).Is(HttpStatusCode.OK)["filter"]!.ToString().ShouldContain("tier");
        (await other.Get("segments")).Is(HttpStatusCode.OK).Column().ShouldContain("我的");
        (await mine.Delete($"segments/{segment}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await mine.Get($"customers?filter={Uri.EscapeDataString($"segment = \"{segment}\"")}")).IsProblem(400, "invalid_value");
    }

    [Theory]
    [InlineData("name = \"张三\"", "personal_filter")]
    [InlineData("phone = \"13811110001\"", "personal_filter")]
    [InlineData("张三", "personal_filter")]
    [InlineData("NOT (tier = \"A\" OR email:*)", "personal_filter")]
    [InlineData("segment = \"0190a000-0000-7000-8000-0000000000aa\"", "personal_filter")]
    [InlineData("tier =", "invalid_filter")]
    [InlineData("nonsense = 1", "unknown_field")]
    public async Task keep_nothing_of_a_person_and_nothing_that_is_no_filter(string filter, string code) =>
        (await (await app.As("admin")).Post("segments", new { name = "x", filter })).IsProblem(400, code);

    [Fact]
    public async Task hold_what_whoever_asks_may_see()
    {
        var admin = await app.As("admin");
        await Register(admin, "不可见客户", "范围业");
        var segment = (await admin.Post("segments", new { name = "范围业", filter = "industry = \"范围业\"", shared = true })).Is(HttpStatusCode.Created).Id;
        (await admin.Post($"segments/{segment}/freeze", new { })).Is(HttpStatusCode.OK);
        var sales = await app.Hire("segment-sales", "sales");
        (await Members(sales, segment)).ShouldBe([]);
        (await Members(admin, segment)).ShouldBe(["不可见客户"]);
    }

    private static async Task<Guid> Register(Api api, string name, string industry) => (await api.Post("customers", new { kind = "company", name, industry })).Is(HttpStatusCode.Created).Id;

    private static async Task<IReadOnlyList<string?>> Members(Api api, Guid segment, string more = "", string and = "") =>
        (await api.Get($"customers?filter={Uri.EscapeDataString($"segment = \"{segment}\"{and}")}{more}")).Is(HttpStatusCode.OK).Column();
}
