using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Quick search, filter, sort and fields of the list (C1–C4).</summary>
public sealed partial class looking_for_customers(CrmApp app) : IClassFixture<CrmApp>
{
    [Theory]
    [InlineData("银杏", "杭州银杏软件有限公司")]
    [InlineData("杏", "杭州银杏软件有限公司")]
    [InlineData("yinxing", "杭州银杏软件有限公司")]
    [InlineData("hzyx", "杭州银杏软件有限公司")]
    [InlineData("0042", "杭州银杏软件有限公司")]
    [InlineData("13855550042", "杭州银杏软件有限公司")]
    [InlineData("ginkgo", "杭州银杏软件有限公司")]
    [InlineData("孙悟空", "杭州银杏软件有限公司")]
    [InlineData("QS-77", "杭州银杏软件有限公司")]
    [InlineData("GINKGO 杭州", "杭州银杏软件有限公司")]
    public async Task finds_by_what_people_remember(string words, string name)
    {
        var sales = await app.As("sales");
        await Filled(sales);
        (await sales.Get($"customers?q={Uri.EscapeDataString(words)}")).Is(HttpStatusCode.OK).Column().ShouldBe([name]);
        (await sales.Post("customers/search", new { q = words })).Is(HttpStatusCode.OK).Column().ShouldBe([name]);
    }

    [Theory]
    [InlineData("lifecycle = \"won\"", new[] { "杭州银杏软件有限公司" })]
    [InlineData("tier = \"A\" AND tags:\"高价值客户\"", new[] { "杭州银杏软件有限公司" })]
    [InlineData("tags:\"没有的\"", new string[0])]
    [InlineData("NOT lifecycle = \"won\" AND industry = \"搜索\"", new[] { "梧桐" })]
    [InlineData("custom.fleet > 100", new[] { "杭州银杏软件有限公司" })]
    [InlineData("externalKeys.qs = \"QS-77\"", new[] { "杭州银杏软件有限公司" })]
    [InlineData("industry = \"搜索\" AND phone = null", new[] { "梧桐" })]
    [InlineData("industry = \"搜索\" AND createdAt > now-1d AND completeness >= 0.3", new[] { "杭州银杏软件有限公司" })]
    [InlineData("kind = \"person\" AND industry = \"搜索\"", new[] { "梧桐" })]
    public async Task filters(string filter, string[] names)
    {
        var sales = await app.As("sales");
        await Filled(sales);
        (await sales.Get($"customers?filter={Uri.EscapeDataString(filter)}&sort=name")).Is(HttpStatusCode.OK).Column().ShouldBe(names);
    }

    [Fact]
    public async Task trims_and_sorts()
    {
        var sales = await app.As("sales");
        await Filled(sales);
        var list = (await sales.Get($"customers?filter={Uri.EscapeDataString("industry = \"搜索\"")}&fields=name,ownerName&sort=tier,name&count=exact")).Is(HttpStatusCode.OK);
        list.Column().ShouldBe(["杭州银杏软件有限公司", "梧桐"]);
        list["data"]![0]!.AsObject().Select(p => p.Key).ShouldBe(["name", "ownerName"], ignoreOrder: true);
        list["data"]![0]!["ownerName"]!.ToString().ShouldNotBeEmpty();
        list["count"]!.GetValue<long>().ShouldBe(2);
        (await sales.Get("customers?sort=ownerName,-nextFollowUpAt")).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("filter=lifecycle%20%3D", "invalid_filter", "query.filter")]
    [InlineData("filter=nonsense%20%3D%201", "unknown_field", "query.filter")]
    [InlineData("filter=lifecycle%20%3D%20%22成交%22", "invalid_value", "query.filter")]
    [InlineData("fields=secret", "unknown_field", "query.fields")]
    [InlineData("sort=contacts", "not_sortable", "query.sort")]
    [InlineData("limit=501", "limit_out_of_range", "query.limit")]
    [InlineData("cursor=abc", "invalid_cursor", "query.cursor")]
    [InlineData("asOf=yesterday", "invalid_instant", "query.asOf")]
    public async Task refuses_what_it_does_not_understand(string query, string code, string where) =>
        (await (await app.As("sales")).Get("customers?" + query)).IsProblem(400, code).Naming(where);

    private static async Task Filled(Api sales)
    {
        var owner = (await sales.Get("session"))["user"]!["id"]!.ToString();
        var reply = await sales.Put("customers/by/qs/QS-77", new
        {
            kind = "company",
            name = "杭州银杏软件有限公司",
            shortName = "Ginkgo",
            industry = "搜索",
            lifecycle = "won",
            tier = "A",
            phone = "138-5555-0042",
            tags = new[] { "高价值客户" },
            ownerId = owner,
            custom = new { fleet = 120 },
        });
        if (reply.Status == HttpStatusCode.Created) (await sales.Post($"customers/{reply.Id}/contacts", new { name = "孙悟空" })).Is(HttpStatusCode.Created);
        await sales.Put("customers/by/qs/QS-78", new { kind = "person", name = "梧桐", industry = "搜索", custom = new { fleet = 3 } });
    }
}
