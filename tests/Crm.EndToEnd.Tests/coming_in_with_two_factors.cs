using Crm.Identity;
using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>From an invitation to a password, a second factor, out, and in again.</summary>
public sealed class coming_in_with_two_factors(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task from_the_invitation_to_signing_in_with_a_code()
    {
        var admin = await app.As("admin");
        var id = (await admin.Post("users", new { userName = "wang.fang", displayName = "王芳", role = "sales" })).Id;
        var link = (await admin.Post($"users/{id}/invitation"))["link"]!.ToString();
        var page = await browser.OpenAsync(app.Address);
        await browser.Journey(page, nameof(coming_in_with_two_factors), async () =>
        {
            await page.GotoAsync(link);
            await page.GetByLabel("新密码", new() { Exact = true }).FillAsync("Correct-horse-7");
            await page.GetByLabel("再次输入新密码").FillAsync("Correct-horse-7");
            await page.GetByRole(AriaRole.Button, new() { Name = "设置密码" }).ClickAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "前往登录" }).ClickAsync();
            await SignIn(page);
            await Menu(page, "我的账号");

            await page.GetByRole(AriaRole.Button, new() { Name = "设置两步验证" }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "设置两步验证" });
            await dialog.GetByLabel("密码", new() { Exact = true }).FillAsync("Correct-horse-7");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "下一步" }).ClickAsync();
            await Expect(dialog.Locator(".account__qr svg").First).ToBeVisibleAsync();
            var key = (await dialog.Locator(".account__key code").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal);
            await dialog.GetByLabel("应用上显示的验证码").FillAsync(Totp.Code(Totp.Key(key), Totp.StepAt(app.Store.Now)));
            await dialog.GetByRole(AriaRole.Button, new() { Name = "开启" }).ClickAsync();
            var codes = page.GetByRole(AriaRole.Dialog, new() { Name = "恢复码" });
            await Expect(codes.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(10);
            var code = await codes.GetByRole(AriaRole.Listitem).First.InnerTextAsync();
            await codes.GetByRole(AriaRole.Button, new() { Name = "已保存" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Region, new() { Name = "两步验证" })).ToContainTextAsync("剩余 10 个恢复码");
            await Expect(page.GetByRole(AriaRole.Table, new() { Name = "我的登录日志" })).ToContainTextAsync("登录");

            await Menu(page, "退出登录");
            await page.GetByLabel("用户名").FillAsync("wang.fang");
            await page.GetByLabel("密码", new() { Exact = true }).FillAsync("Correct-horse-7");
            await page.GetByRole(AriaRole.Button, new() { Name = "登录", Exact = true }).ClickAsync();
            await page.GetByLabel("验证码").FillAsync(code);
            await page.Keyboard.PressAsync("Enter");
            await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).WaitForAsync();
        });
    }

    [Fact]
    public async Task on_a_phone_nothing_is_cut_off()
    {
        var page = await browser.SignInAsync(app, "sales", phone: true);
        await browser.Journey(page, nameof(coming_in_with_two_factors) + "_phone", async () =>
        {
            await page.GotoAsync("/account");
            await Expect(page.GetByRole(AriaRole.Region, new() { Name = "我的会话" })).ToContainTextAsync("当前会话");
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390);
        });
        var stranger = await browser.OpenAsync(app.Address, phone: true);
        await stranger.GotoAsync("/forgotten-password");
        await stranger.GetByLabel("用户名").FillAsync("sales");
        await stranger.GetByRole(AriaRole.Button, new() { Name = "发送链接" }).ClickAsync();
        await Expect(stranger.GetByRole(AriaRole.Alert)).ToContainTextAsync("请联系管理员");
        (await stranger.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390);
    }

    private static async Task SignIn(IPage page)
    {
        await page.GetByLabel("用户名").FillAsync("wang.fang");
        await page.GetByLabel("密码", new() { Exact = true }).FillAsync("Correct-horse-7");
        await page.GetByRole(AriaRole.Button, new() { Name = "登录", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).WaitForAsync();
    }

    private static async Task Menu(IPage page, string item)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "用户菜单：王芳" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = item }).ClickAsync();
    }
}
