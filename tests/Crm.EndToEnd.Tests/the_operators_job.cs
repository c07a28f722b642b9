using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>Look at how the engine runs, rebuild a projection with a reason and see it finish.</summary>
public sealed class the_operators_job(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task a_projection_is_rebuilt_from_the_page()
    {
        var api = await app.As("admin");
        await api.Post("customers", new { kind = "company", name = "运维测试有限公司" });
        var page = await browser.SignInAsync(app, "admin");
        await browser.Journey(page, nameof(the_operators_job), async () =>
        {
            await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).GetByRole(AriaRole.Link, new() { Name = "运维" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Region, new() { Name = "健康检查" })).ToContainTextAsync("正常");
            await page.GetByRole(AriaRole.Tab, new() { Name = "投影" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "customer.customers", Exact = true }).ClickAsync();
            var details = page.GetByRole(AriaRole.Dialog, new() { Name = "customer.customers" });
            await details.GetByRole(AriaRole.Button, new() { NameRegex = new("^重 ?建$") }).ClickAsync();
            var question = page.GetByRole(AriaRole.Dialog, new() { Name = "重建 customer.customers" });
            await question.GetByLabel("原因").FillAsync("核对数据");
            await question.GetByRole(AriaRole.Button, new() { Name = "开始重建" }).ClickAsync();
            await Expect(details.GetByText("已完成", new() { Exact = true })).ToBeVisibleAsync();
            await Expect(details).ToContainTextAsync("核对数据");
        });
        (await api.Get("customers?q=运维测试")).Column().ShouldBe(["运维测试有限公司"]);
    }

    [Fact]
    public async Task sales_does_not_see_operations()
    {
        var page = await browser.SignInAsync(app, "sales");
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).GetByRole(AriaRole.Link, new() { Name = "运维" })).ToHaveCountAsync(0);
        await page.GotoAsync("/operations");
        await Expect(page.GetByText("你没有查看运维页面的权限")).ToBeVisibleAsync();
    }
}
