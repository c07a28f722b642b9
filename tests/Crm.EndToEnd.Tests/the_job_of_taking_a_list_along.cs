using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>Filter a list, pick some of it, say why, and have it as a file.</summary>
public sealed class the_job_of_taking_a_list_along(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task what_is_picked_is_exported_and_fetched()
    {
        var manager = await app.As("manager");
        foreach (var name in new[] { "导出之甲", "导出之乙", "导出之丙" }) await manager.Post("customers", new { kind = "company", name }, ("X-Allow-Duplicate", "true"));
        await app.Settled();
        var page = await browser.SignInAsync(app, "manager");
        await browser.Journey(page, nameof(what_is_picked_is_exported_and_fetched), async () =>
        {
            await page.GotoAsync("/customers?q=" + Uri.EscapeDataString("导出之"));
            var table = page.GetByRole(AriaRole.Table, new() { Name = "客户列表" });
            await table.GetByRole(AriaRole.Checkbox, new() { Name = "选中导出之甲" }).CheckAsync();
            await table.GetByRole(AriaRole.Checkbox, new() { Name = "选中导出之丙" }).CheckAsync();
            await Expect(page.GetByText("已选 2 条")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { NameRegex = new("导 ?出") }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "导出客户" });
            await Expect(dialog.GetByText("导出选中的 2 条记录。")).ToBeVisibleAsync();
            await dialog.GetByRole(AriaRole.Radio, new() { Name = "CSV" }).CheckAsync();
            await dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^导 ?出$") }).ClickAsync();
            await Expect(dialog.GetByText("请说明原因，至少两个字")).ToBeVisibleAsync();
            await dialog.GetByLabel("原因").FillAsync("客户拜访");
            await dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^导 ?出$") }).ClickAsync();
            var row = page.GetByRole(AriaRole.Table, new() { Name = "导出任务" }).GetByRole(AriaRole.Row).Filter(new() { HasText = "客户拜访" });
            var download = page.WaitForDownloadAsync();
            await row.GetByRole(AriaRole.Link, new() { Name = "下载" }).ClickAsync();
            var file = await File.ReadAllTextAsync(await (await download).PathAsync());
            file.ShouldContain("导出之甲");
            file.ShouldContain("导出之丙");
            file.ShouldNotContain("导出之乙");
        });
    }

    [Fact]
    public async Task sales_has_no_such_button()
    {
        var page = await browser.SignInAsync(app, "sales");
        await page.GotoAsync("/customers");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "客户", Exact = true })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("导 ?出") })).ToHaveCountAsync(0);
    }
}
