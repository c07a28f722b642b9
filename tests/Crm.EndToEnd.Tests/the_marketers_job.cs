using System.Net;
using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>A rule is thought of, looked at and kept; the customer shows why it has the tag; the filter is kept as a segment and settled.</summary>
public sealed class the_marketers_job(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task a_tag_by_rule_and_a_segment()
    {
        var api = await app.As("admin");
        var customer = (await api.Post("customers", new { kind = "company", name = "银河制造" })).Is(HttpStatusCode.Created).Id;
        var opportunity = (await api.Post("opportunities", new { name = "产线改造", customerId = customer, amount = new { amount = 260_000, currency = "CNY" } })).Is(HttpStatusCode.Created).Id;
        (await api.Post($"opportunities/{opportunity}/win", new { })).Is(HttpStatusCode.OK);
        await app.Settled();
        var page = await browser.SignInAsync(app, "admin");
        await browser.Journey(page, nameof(the_marketers_job), async () =>
        {
            await page.GotoAsync("/settings?tab=tags");
            await Expect(page.GetByText("365 天内成交额 ≥ 100,000 元")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "新建标签" }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "新建标签" });
            await dialog.GetByLabel("名称").FillAsync("超级大单");
            await dialog.GetByText("规则", new() { Exact = true }).ClickAsync();
            await dialog.GetByLabel("至少").FillAsync("200000");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "预览" }).ClickAsync();
            await Expect(dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("现在符合：1 个客户");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "保 存" }).Or(dialog.GetByRole(AriaRole.Button, new() { Name = "保存", Exact = true })).ClickAsync();
            await Expect(dialog).ToBeHiddenAsync();
            await Expect(page.GetByText("超级大单").First).ToBeVisibleAsync();

            await page.GotoAsync($"/customers/{customer}");
            await Expect(page.GetByText("超级大单").First).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "为什么有这些标签" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Tooltip)).ToContainTextAsync("成交 260,000 元");
            await page.GetByRole(AriaRole.Button, new() { Name = "等级 A" }).ClickAsync();
            await Expect(page.GetByText("按成交额自动计算")).ToBeVisibleAsync();

            await page.GotoAsync("/customers?tier=%5B%22A%22%5D");
            await page.GetByRole(AriaRole.Button, new() { Name = "把当前筛选保存为细分" }).ClickAsync();
            var save = page.GetByRole(AriaRole.Dialog, new() { Name = "把当前筛选保存为细分" });
            await save.GetByLabel("名称").FillAsync("甲级客户");
            await save.GetByRole(AriaRole.Button, new() { Name = "保 存" }).Or(save.GetByRole(AriaRole.Button, new() { Name = "保存", Exact = true })).ClickAsync();
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("segment="));
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = "银河制造" })).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "管理细分" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "固定成员 甲级客户" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.List, new() { Name = "细分" })).ToContainTextAsync("已固定 1 个");
            await page.SetViewportSizeAsync(390, 844);
            await page.GotoAsync("/settings?tab=tags");
            await Expect(page.GetByText("客户等级").First).ToBeVisibleAsync();
            (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("nothing is wider than the phone");
        });
    }
}
