using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Crm.Customers.Tests;

public sealed class a_customer_on_file(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task is_registered_read_listed_and_told_about()
    {
        var sales = await app.As("sales");
        var created = (await sales.Post("customers", new { kind = "company", name = "上海云帆科技有限公司", phone = "021-62345678" })).Is(HttpStatusCode.Created);
        created.Headers.Location!.ToString().ShouldBe($"/api/v1/customers/{created.Id}");
        created.ETag.ShouldBe("\"1\"");
        var read = (await sales.Get($"customers/{created.Id}")).Is(HttpStatusCode.OK);
        read["name"]!.ToString().ShouldBe("上海云帆科技有限公司");
        read["createdByName"]!.ToString().ShouldNotBeEmpty();
        (await sales.Get("customers?q=云帆")).Is(HttpStatusCode.OK).Column().ShouldBe(["上海云帆科技有限公司"]);
        var history = (await sales.Get($"customers/{created.Id}/history")).Is(HttpStatusCode.OK);
        history["data"]!.AsArray().Single()!["type"]!.ToString().ShouldBe("customer_registered");
    }
}
