using System.Text;
using System.Text.RegularExpressions;
using Crm.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>Choose by what records are found, see what each row changes, keep the mapping, import, change one record, and take the import back.</summary>
[Trait("Category", "Long")]
public sealed class the_job_of_updating_by_a_file(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task from_the_differences_to_the_revert()
    {
        var api = await app.As("admin");
        var first = (await api.Post("customers", """{"kind":"company","name":"远岭仪器有限公司","email":"a@yuanling.example","industry":"仪器"}""")).Id;
        await api.Post("customers", """{"kind":"company","name":"远岭阀门有限公司","email":"b@yuanling.example","industry":"阀门"}""");
        var page = await browser.SignInAsync(app, "admin");
        await browser.Journey(page, nameof(the_job_of_updating_by_a_file), async () =>
        {
            await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).GetByRole(AriaRole.Link, new() { Name = "导入" }).ClickAsync();
            await page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload
            {
                Name = "行业.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes("客户名称,邮箱,行业\n远岭仪器股份有限公司,a@yuanling.example,精密仪器\n远岭阀门有限公司,b@yuanling.example,工业阀门\n"),
            });
            await page.GetByLabel("按什么查找已有记录").ClickAsync();
            await page.Locator(".ant-select-item-option").And(page.GetByTitle("邮箱", new() { Exact = true })).ClickAsync();
            await page.Keyboard.PressAsync("Escape");
            var rows = page.GetByLabel("逐行结果").First;
            await Expect(rows).ToContainTextAsync(new Regex("行业\\s*仪器\\s*→\\s*精密仪器"));
            await Expect(rows).ToContainTextAsync("远岭仪器股份有限公司");
            await page.GetByLabel("映射名称").FillAsync("行业更新");
            await page.GetByRole(AriaRole.Button, new() { Name = "保存映射" }).ClickAsync();
            await Expect(page.GetByText("已保存“行业更新”。")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex(@"导入 2 行") }).ClickAsync();
            await Expect(page.GetByText("已完成", new() { Exact = true })).ToBeVisibleAsync();
            await api.Patch($"customers/{first}", """{"industry":"光学仪器"}""");
            await page.GetByRole(AriaRole.Button, new() { Name = "撤销导入" }).ClickAsync();
            await page.GetByRole(AriaRole.Tooltip).GetByRole(AriaRole.Button, new() { Name = "撤销导入" }).ClickAsync();
            await Expect(page.GetByText("已撤销", new() { Exact = true })).ToBeVisibleAsync();
            await page.GetByText("未撤销", new() { Exact = true }).ClickAsync();
            await Expect(rows).ToContainTextAsync("保留 行业：导入为 精密仪器，现为 光学仪器，陈立");
            await page.GetByRole(AriaRole.Link, new() { Name = "全部导入" }).ClickAsync();
            await page.GetByText("已保存的映射（1）").ClickAsync();
            await Expect(page.GetByText("行业更新")).ToBeVisibleAsync();
        });
    }
}
