using System.Text.RegularExpressions;
using Crm.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>A person links an account at a provider on another site and comes in by it (the npm package oidc-provider), cookies and all.</summary>
public sealed class coming_in_by_a_provider(PostgresFixture postgres, Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task a_person_links_the_account_and_signs_in_by_it()
    {
        await using var provider = new OutsideProvider();
        await provider.InitializeAsync();
        await using var app = new CrmApp(postgres) { Settings = provider.Settings() };
        await app.InitializeAsync();
        var page = await browser.SignInAsync(app, "sales");
        await browser.Journey(page, nameof(a_person_links_the_account_and_signs_in_by_it), async () =>
        {
            await page.GotoAsync("/account");
            var panel = page.GetByRole(AriaRole.Region, new() { Name = "外部登录" });
            await panel.GetByRole(AriaRole.Button, new() { Name = "关联 统一身份" }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "关联 统一身份" });
            await dialog.GetByLabel("密码").FillAsync("Demo-2026!");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "前往登录" }).ClickAsync();
            await SignInThere(page);
            await Expect(panel.GetByRole(AriaRole.Button, new() { Name = "解除关联：统一身份" })).ToBeVisibleAsync();
            await Expect(page).ToHaveURLAsync(new Regex("/account$"));
        });

        var elsewhere = await browser.OpenAsync(app.Address, phone: true);
        await browser.Journey(elsewhere, nameof(a_person_links_the_account_and_signs_in_by_it), async () =>
        {
            await elsewhere.GotoAsync("/account");
            await elsewhere.GetByRole(AriaRole.Link, new() { Name = "使用 统一身份 登录" }).ClickAsync();
            await SignInThere(elsewhere);
            await Expect(elsewhere.GetByRole(AriaRole.Region, new() { Name = "我的会话" }).GetByText("通过 sso")).ToBeVisibleAsync();
        });
    }

    private static async Task SignInThere(IPage page)
    {
        await page.Locator("input[name=login]").FillAsync("li-xiaoyan");
        await page.Locator("input[name=password]").FillAsync("any");
        await page.Locator("button[type=submit]").ClickAsync();
        // The provider asks once what the application may know.
        await page.Locator("input[name=prompt][value=consent]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await page.Locator("button[type=submit]").ClickAsync();
    }
}
