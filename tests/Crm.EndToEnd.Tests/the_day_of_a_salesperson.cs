using System.Net;
using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>A day: what waits is on the first page, is put off, logged and done with one click each; a task is made, and the calendar shows it, also on a phone.</summary>
public sealed class the_day_of_a_salesperson(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task what_waits_is_seen_and_done()
    {
        var sales = await app.Hire("day-person", "sales");
        var today = app.Store.DayOf(DateTimeOffset.UtcNow);
        foreach (var (name, tier) in new[] { ("久未联系公司", "A"), ("也该联系公司", "B") })
        {
            var id = (await sales.Post("customers", new { kind = "company", name, tier })).Is(HttpStatusCode.Created).Id;
            (await sales.Post($"customers/{id}/follow-ups", new { at = DateTimeOffset.UtcNow.AddDays(-20), method = "phone", summary = "初次沟通" })).Is(HttpStatusCode.Created);
        }
        (await sales.Post("tasks", new { title = "寄出样品", dueDate = today.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), priority = "high" })).Is(HttpStatusCode.Created);
        await app.Settled();
        var page = await browser.SignInAsync(app, "day-person");
        await browser.Journey(page, nameof(the_day_of_a_salesperson), async () =>
        {
            await page.GotoAsync("/");
            var day = page.GetByRole(AriaRole.Region, new() { Name = "我的一天" });
            var overdue = day.GetByRole(AriaRole.Region, new() { Name = "已逾期" });
            await Expect(overdue.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
            await Expect(overdue.GetByRole(AriaRole.Listitem).First).ToContainTextAsync("久未联系公司");
            await day.GetByRole(AriaRole.Button, new() { Name = "完成：寄出样品" }).ClickAsync();
            await Expect(day.GetByText("寄出样品")).ToHaveCountAsync(0);
            await overdue.GetByRole(AriaRole.Listitem).First.GetByRole(AriaRole.Link, new() { Name = "记录跟进" }).ClickAsync();
            await page.GetByLabel("沟通内容").FillAsync("今天通了电话");
            await page.GetByRole(AriaRole.Button, new() { Name = "保存跟进" }).ClickAsync();
            await Expect(page.GetByText("跟进已记录")).ToBeVisibleAsync();

            await page.GotoAsync("/my-day");
            await Expect(page.GetByRole(AriaRole.Region, new() { Name = "已逾期" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
            await page.GetByRole(AriaRole.Tab, new() { Name = "任务" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "新建任务" }).First.ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog);
            await dialog.GetByRole(AriaRole.Textbox, new() { Name = "任务" }).FillAsync("准备合同");
            var when = dialog.GetByLabel("到期日");
            await when.FillAsync(today.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
            await when.PressAsync("Enter");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "保存" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "准备合同", Exact = true })).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Tab, new() { Name = "日历" }).ClickAsync();
            await Expect(page.GetByText("准备合同")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "通知，0 条未读" }).ClickAsync();
            await Expect(page.GetByText("还没有通知")).ToBeVisibleAsync();

            await (await app.As("admin")).Post("tasks", new { title = "主管交办", assigneeId = await app.UserId("day-person") });
            await app.Settled();
            await page.ReloadAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "通知，1 条未读" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Link, new() { Name = "给您分配了任务：主管交办" })).ToBeVisibleAsync();
            await page.Keyboard.PressAsync("Escape");

            await page.SetViewportSizeAsync(390, 844);
            await Expect(page.GetByText("准备合同")).ToBeVisibleAsync();
            (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("nothing is wider than the phone");
        });
    }

    /// <summary>Whom a customer is related to is said in its card, told by both, drawn and shown as a group, also on a phone.</summary>
    [Fact]
    public async Task those_around_a_customer_are_told()
    {
        var sales = await app.Hire("relations-person", "sales");
        async Task<Guid> New(string name, string kind = "company", Guid? parentId = null) => (await sales.Post("customers", new { kind, name, parentId }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;
        var top = await New("长河控股集团有限公司");
        var id = await New("长河机械有限公司", parentId: top);
        foreach (var name in new[] { "长河机械（苏州）有限公司", "长河机械售后服务部" }) await New(name, parentId: id);
        foreach (var (name, kind, relation) in new[] { ("海岳钢铁", "company", "supplier"), ("王建国", "person", "shareholder"), ("远航物流", "company", "partner") })
        {
            var other = await New(name, kind);
            (await sales.Post($"customers/{id}/relations", new { otherId = other, kind = relation })).Is(HttpStatusCode.Created);
            if (name == "海岳钢铁") (await sales.Post($"customers/{other}/relations", new { otherId = await New("北山矿业"), kind = "supplier" })).Is(HttpStatusCode.Created);
        }
        (await sales.Post($"customers/{id}/contacts", new { name = "赵敏", decisionRole = "决策者" })).Is(HttpStatusCode.Created);
        (await sales.Post("opportunities", new { name = "设备更新", customerId = id, amount = new { amount = 1_200_000, currency = "CNY" } })).Is(HttpStatusCode.Created);
        var person = await New("李晓梅", "person");
        await app.Settled();
        var page = await browser.SignInAsync(app, "relations-person");
        await browser.Journey(page, nameof(the_day_of_a_salesperson), async () =>
        {
            await page.GotoAsync($"/customers/{id}");
            var tasks = page.GetByRole(AriaRole.Region, new() { Name = "任务", Exact = true });
            await tasks.GetByRole(AriaRole.Button, new() { Name = "新建任务" }).ClickAsync();
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Textbox, new() { Name = "任务" }).FillAsync("送样机");
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "保存" }).ClickAsync();
            await tasks.GetByRole(AriaRole.Checkbox, new() { Name = "完成：送样机" }).ClickAsync();
            await Expect(tasks.GetByText("送样机")).ToHaveCountAsync(0);
            await tasks.GetByRole(AriaRole.Button, new() { Name = "显示已完成" }).ClickAsync();
            await Expect(tasks.GetByText("送样机")).ToBeVisibleAsync();

            var box = page.GetByRole(AriaRole.Region, new() { Name = "关系" });
            await box.GetByRole(AriaRole.Button, new() { Name = "添加关系" }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog);
            await dialog.GetByLabel("对方客户").FillAsync("李晓梅");
            await page.GetByTitle("李晓梅").Last.ClickAsync();
            await dialog.GetByLabel("对方是长河机械有限公司的什么").ClickAsync();
            await page.GetByTitle("雇员", new() { Exact = true }).Last.ClickAsync();
            await dialog.GetByLabel("名称或职务").FillAsync("采购经理");
            await dialog.GetByLabel("备注").FillAsync("价格由她定");
            await dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^保 ?存$") }).ClickAsync();
            await Expect(box.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "李晓梅" })).ToContainTextAsync("雇员");
            await Expect(page.GetByRole(AriaRole.List, new() { Name = "动态" })).ToContainTextAsync("添加关系");
            await page.ScreenshotAsync(new() { Path = Path.Combine(Path.GetTempPath(), "relations-1440.png") });

            await box.GetByRole(AriaRole.Button, new() { Name = "关系图与层级" }).ClickAsync();
            var graph = page.GetByRole(AriaRole.Group, new() { Name = "关系图" });
            await page.GetByText("两步以内").ClickAsync();
            await Expect(graph.GetByRole(AriaRole.Link)).ToHaveCountAsync(9);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Path.GetTempPath(), "relations-graph-1440.png") });
            await page.GetByRole(AriaRole.Tab, new() { Name = "集团层级" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Tree)).ToContainTextAsync("长河控股集团有限公司");
            await Expect(page.GetByRole(AriaRole.Tree)).ToContainTextAsync("长河机械售后服务部");
            await page.ScreenshotAsync(new() { Path = Path.Combine(Path.GetTempPath(), "relations-group-1440.png") });
            await page.GetByRole(AriaRole.Tab, new() { Name = "关系图" }).ClickAsync();
            // By the keyboard alone to the other one, which tells it from its side.
            await graph.GetByRole(AriaRole.Link).Filter(new() { HasText = "李晓梅" }).FocusAsync();
            await page.Keyboard.PressAsync("Enter");
            await page.WaitForURLAsync($"**/customers/{person}");
            await Expect(box).ToContainTextAsync("雇主 长河机械有限公司");
            await box.GetByRole(AriaRole.Button, new() { Name = "移除与长河机械有限公司的关系" }).ClickAsync();
            await Expect(box).ToContainTextAsync("还没有关系");
            await page.GetByRole(AriaRole.Button, new() { Name = "撤销" }).ClickAsync();
            await Expect(box).ToContainTextAsync("雇主 长河机械有限公司");
        });
        var phone = await browser.SignInAsync(app, "relations-person", phone: true);
        await browser.Journey(phone, nameof(the_day_of_a_salesperson), async () =>
        {
            await phone.GotoAsync($"/customers/{id}");
            await phone.GetByRole(AriaRole.Tab, new() { Name = "相关" }).ClickAsync();
            var box = phone.GetByRole(AriaRole.Region, new() { Name = "关系" });
            await Expect(box).ToContainTextAsync("海岳钢铁");
            await box.GetByRole(AriaRole.Button, new() { Name = "关系图与层级" }).ClickAsync();
            await Expect(phone.GetByRole(AriaRole.Group, new() { Name = "关系图" }).GetByRole(AriaRole.Link)).ToHaveCountAsync(8);
            (await phone.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("nothing is wider than the phone");
            await phone.ScreenshotAsync(new() { Path = Path.Combine(Path.GetTempPath(), "relations-390.png") });
            await phone.GetByRole(AriaRole.Tab, new() { Name = "集团层级" }).ClickAsync();
            await Expect(phone.GetByRole(AriaRole.Tree)).ToContainTextAsync("长河机械售后服务部");
            await phone.ScreenshotAsync(new() { Path = Path.Combine(Path.GetTempPath(), "relations-group-390.png") });
        });
    }
}
