using System.Net;
using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>Somebody leaves: deactivating tells what is left, everything is handed over from the page, found again after a reload, and taken back.</summary>
public sealed class the_leavers_job(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task everything_of_a_leaver_is_handed_over_and_taken_back()
    {
        var api = await app.As("admin");
        var leaver = (await api.Post("users", new { userName = "leaver", displayName = "离职员工", roles = new[] { "sales" } })).Is(HttpStatusCode.Created).Id;
        var customers = new List<Guid>();
        foreach (var name in new[] { "交接一号", "交接二号", "归档三号" })
            customers.Add((await api.Post("customers", new { kind = "company", name, ownerId = leaver }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id);
        (await api.Post($"customers/{customers[2]}/archive")).Is(HttpStatusCode.OK);
        await app.Settled();
        var heir = await app.UserId("manager");
        var page = await browser.SignInAsync(app, "admin");
        await browser.Journey(page, nameof(the_leavers_job), async () =>
        {
            await page.GotoAsync("/settings");
            await page.GetByRole(AriaRole.Button, new() { Name = "编辑用户 离职员工" }).ClickAsync();
            var user = page.GetByRole(AriaRole.Dialog);
            await user.GetByRole(AriaRole.Checkbox, new() { Name = "在职" }).UncheckAsync();
            await Expect(user).ToContainTextAsync("离职员工名下还有 3 项，请先交接。");
            await user.GetByRole(AriaRole.Button, new() { Name = "离职交接" }).ClickAsync();

            var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "离职交接：离职员工" });
            await Expect(dialog.GetByRole(AriaRole.List, new() { Name = "待交接" })).ToContainTextAsync("3 个客户");
            var to = dialog.GetByLabel("交给");
            await to.FillAsync("王建国");
            await to.PressAsync("Enter");
            await dialog.GetByLabel("原因").FillAsync("离职");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "交接 3 项" }).ClickAsync();
            await Expect(dialog).ToContainTextAsync("已完成 3 项、1 项未处理");
            await Expect(dialog.GetByRole(AriaRole.List, new() { Name = "未处理的记录" })).ToContainTextAsync("归档三号");

            await page.ReloadAsync();
            await Expect(dialog).ToContainTextAsync("已完成 3 项、1 项未处理");
            (await api.Get($"customers/{customers[0]}"))["ownerId"]!.GetValue<Guid>().ShouldBe(heir);
            (await api.Get($"users/{leaver}"))["active"]!.GetValue<bool>().ShouldBeFalse();

            await dialog.GetByRole(AriaRole.Button, new() { Name = "撤销" }).ClickAsync();
            await page.GetByRole(AriaRole.Tooltip).GetByRole(AriaRole.Button, new() { Name = "撤销" }).ClickAsync();
            await Expect(dialog).ToContainTextAsync("已撤销 3 项");
            await page.SetViewportSizeAsync(390, 844);
            (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("nothing is wider than the phone");
        });
        (await api.Get($"customers/{customers[0]}"))["ownerId"]!.GetValue<Guid>().ShouldBe(leaver);
        (await api.Get($"users/{leaver}"))["active"]!.GetValue<bool>().ShouldBeTrue();
    }
}
