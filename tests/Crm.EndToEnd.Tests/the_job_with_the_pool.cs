using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>Claim a customer from the pool, see who entered what of it, how it stands in figures, and let go of it again; once on a phone.</summary>
public sealed class the_job_with_the_pool(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    private async Task Pooled(string name)
    {
        var admin = await app.As("admin");
        var id = (await admin.Post("customers", new { kind = "company", name, phone = "13812345678", industry = "渔业" }, ("X-Allow-Duplicate", "true"))).Is(System.Net.HttpStatusCode.Created).Id;
        await admin.Post($"customers/{id}/release", new { reason = "展会线索" });
        await app.Settled();
    }

    [Fact]
    public async Task a_customer_is_claimed_looked_at_and_released()
    {
        await Pooled("公海之客");
        await app.Hire("claimer", "sales");
        var page = await browser.SignInAsync(app, "claimer");
        await browser.Journey(page, nameof(a_customer_is_claimed_looked_at_and_released), async () =>
        {
            await page.GotoAsync("/customers");
            await page.GetByRole(AriaRole.Link, new() { Name = "公海" }).ClickAsync();
            var table = page.GetByRole(AriaRole.Table, new() { Name = "公海" });
            await Expect(table.GetByText("138****5678")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "领取公海之客" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "公海之客" })).ToBeVisibleAsync();
            await Expect(page.GetByRole(AriaRole.Region, new() { Name = "概览" })).ToContainTextAsync("进行中 0");

            // By key: who entered the telephone number, and from there to the event.
            await page.Locator(".field", new() { HasText = "138****5678" }).GetByRole(AriaRole.Button, new() { Name = "谁在何时填写" }).PressAsync("Enter");
            var origin = page.GetByRole(AriaRole.Tooltip);
            await Expect(origin).ToContainTextAsync("创建客户");
            await origin.GetByRole(AriaRole.Link, new() { Name = "在历史中查看" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Tab, new() { Name = "历史" })).ToHaveAttributeAsync("aria-selected", "true");
            await Expect(page.GetByText("展会线索")).ToBeVisibleAsync();

            await page.GetByRole(AriaRole.Button, new() { Name = "更多操作" }).ClickAsync();
            await page.GetByRole(AriaRole.Menuitem, new() { Name = "放入公海" }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog);
            await dialog.GetByLabel("原因").FillAsync("没有预算");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "放入公海" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Table, new() { Name = "客户列表" }).Or(page.GetByText("还没有客户"))).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task on_a_phone_the_pool_is_cards()
    {
        foreach (var name in new[] { "手机之客", "同行之客", "同路之客" }) await Pooled(name);
        await app.Hire("walker", "sales");
        var page = await browser.SignInAsync(app, "walker", phone: true);
        await browser.Journey(page, nameof(on_a_phone_the_pool_is_cards), async () =>
        {
            await page.GotoAsync("/pool");
            await Expect(page.GetByText("手机之客")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "领取手机之客" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "手机之客" })).ToBeVisibleAsync();

            // Several at once.
            await page.GotoAsync("/pool");
            await page.GetByRole(AriaRole.Button, new() { Name = "选择", Exact = true }).ClickAsync();
            foreach (var name in new[] { "同行之客", "同路之客" }) await page.GetByRole(AriaRole.Checkbox, new() { Name = name }).CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "领取 2 个" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("已领取 2 个客户");
            (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("nothing is wider than the phone");
        });
    }
}
