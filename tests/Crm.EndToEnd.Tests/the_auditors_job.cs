using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>Find what somebody did to a customer, see it before and after, and take it along as a file.</summary>
public sealed class the_auditors_job(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    private async Task<Guid> Change(string name)
    {
        var sales = await app.As("sales");
        var id = (await sales.Post("customers", new { kind = "company", name }, ("X-Allow-Duplicate", "true"))).Id;
        await sales.Patch($"customers/{id}", new { tier = "A", reason = "年度评级" });
        await app.Settled();
        return id;
    }

    [Fact]
    public async Task a_change_is_found_looked_at_and_exported()
    {
        var id = await Change("审计测试有限公司");
        var page = await browser.SignInAsync(app, "admin");
        await browser.Journey(page, nameof(a_change_is_found_looked_at_and_exported), async () =>
        {
            await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).GetByRole(AriaRole.Link, new() { Name = "审计" }).ClickAsync();
            await Expect(page.GetByText("永久保留")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Searchbox).FillAsync(id.ToString());
            var table = page.GetByRole(AriaRole.Table, new() { Name = "操作日志" });
            await Expect(table.GetByRole(AriaRole.Button, new() { Name = "创建客户" })).ToHaveCountAsync(1);
            await table.GetByRole(AriaRole.Button, new() { Name = "修改客户资料" }).ClickAsync();
            var drawer = page.GetByRole(AriaRole.Dialog, new() { Name = "修改客户资料" });
            await Expect(drawer).ToContainTextAsync("年度评级");
            await Expect(drawer.GetByRole(AriaRole.Row, new() { NameRegex = new("等级") })).ToContainTextAsync("A");
            await Expect(drawer.GetByRole(AriaRole.Link, new() { Name = "客户 · 审计测试有限公司" })).ToBeVisibleAsync();
            await drawer.GetByRole(AriaRole.Button, new() { Name = "该记录的全部操作" }).ClickAsync();
            await Expect(table.GetByRole(AriaRole.Row)).ToHaveCountAsync(3);

            await page.GetByRole(AriaRole.Button, new() { NameRegex = new("导 ?出") }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "导出" });
            await dialog.GetByLabel("原因").FillAsync("年度审计");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "开始导出" }).ClickAsync();
            var download = page.WaitForDownloadAsync();
            await dialog.GetByRole(AriaRole.Link, new() { Name = "下载 2 条" }).ClickAsync();
            var file = await File.ReadAllTextAsync(await (await download).PathAsync());
            file.ShouldContain("customer_details_changed");
            file.ShouldContain("审计测试有限公司");
        });
    }

    [Fact]
    public async Task a_phone_shows_the_log_too_and_history_leads_to_it()
    {
        var id = await Change("手机审计有限公司");
        var page = await browser.SignInAsync(app, "admin", phone: true);
        await browser.Journey(page, nameof(a_phone_shows_the_log_too_and_history_leads_to_it), async () =>
        {
            await page.GotoAsync($"/customers/{id}");
            await page.GetByRole(AriaRole.Tab, new() { Name = "历史" }).ClickAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "同一操作" }).First.ClickAsync();
            await page.GetByRole(AriaRole.List, new() { Name = "操作日志" }).GetByRole(AriaRole.Button, new() { Name = "修改客户资料" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Dialog, new() { Name = "修改客户资料" })).ToContainTextAsync("年度评级");
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390);
        });
    }

    [Fact]
    public async Task sales_does_not_see_the_log()
    {
        var page = await browser.SignInAsync(app, "sales");
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).GetByRole(AriaRole.Link, new() { Name = "审计" })).ToHaveCountAsync(0);
        await page.GotoAsync("/audit");
        await Expect(page.GetByText("你没有查看操作日志的权限")).ToBeVisibleAsync();
    }
}
