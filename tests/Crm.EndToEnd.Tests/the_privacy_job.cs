using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>Seeing a masked number with a reason, knowing who saw it, erasing a person and printing the certificate.</summary>
public sealed class the_privacy_job(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task a_number_is_revealed_and_the_person_erased_from_the_page()
    {
        var api = await app.As("admin");
        var id = (await api.Post("customers", new { kind = "person", name = "浏览人", phone = "13811190001", ownerId = await app.UserId("sales") })).Id;
        var sales = await browser.SignInAsync(app, "sales", phone: true);
        await browser.Journey(sales, nameof(the_privacy_job), async () =>
        {
            await sales.GotoAsync($"/customers/{id}");
            await sales.GetByRole(AriaRole.Tab, new() { Name = "资料" }).ClickAsync();
            await Expect(sales.GetByText("138****0001")).ToBeVisibleAsync();
            await sales.GetByRole(AriaRole.Button, new() { Name = "显示完整的电话" }).ClickAsync();
            var question = sales.GetByRole(AriaRole.Dialog);
            await question.GetByLabel("原因").FillAsync("客户要求回电");
            await question.GetByRole(AriaRole.Button, new() { NameRegex = new("^显 ?示$") }).ClickAsync();
            await Expect(sales.GetByText("13811190001")).ToBeVisibleAsync();
            (await sales.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("nothing is wider than the phone");
        });
        var admin = await browser.SignInAsync(app, "admin");
        await browser.Journey(admin, nameof(the_privacy_job), async () =>
        {
            await admin.GotoAsync($"/customers/{id}");
            await admin.GetByRole(AriaRole.Tab, new() { Name = "个人信息" }).ClickAsync();
            await Expect(admin.GetByRole(AriaRole.List, new() { Name = "访问记录" })).ToContainTextAsync("客户要求回电");
            await admin.GetByRole(AriaRole.Button, new() { Name = "更多操作" }).ClickAsync();
            await admin.GetByRole(AriaRole.Menuitem, new() { Name = "永久删除个人信息…" }).ClickAsync();
            var warning = admin.GetByRole(AriaRole.Dialog);
            await Expect(warning).ToContainTextAsync("此操作无法撤销");
            await warning.GetByLabel("依据").ClickAsync();
            await admin.GetByTitle("本人要求删除").ClickAsync();
            await warning.GetByLabel("请输入“浏览人”以确认").FillAsync("浏览人");
            await warning.GetByRole(AriaRole.Button, new() { Name = "永久删除" }).ClickAsync();
            await Expect(admin.GetByRole(AriaRole.Region, new() { Name = "个人信息删除证明" })).ToContainTextAsync("已删除客户");
            await admin.GotoAsync($"/customers/{id}");
            await Expect(admin.GetByRole(AriaRole.Heading, new() { NameRegex = new("^已删除客户") })).ToBeVisibleAsync();
        });
        (await api.Get($"customers/{id}"))["phone"].ShouldBeNull();
    }
}
