using System.Text.RegularExpressions;
using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>A field is defined, filled on entry, changed where it stands, and looked for in the list; a rule says its own words; gaps are worked off.</summary>
public sealed class the_fields_job(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task a_field_of_ones_own_from_the_settings_to_the_list()
    {
        var admin = await app.As("admin");
        await admin.Post("validation-rules", new { zh = "成交要有需求", en = "Needs", when = "lifecycle", value = "won", field = "needs", check = "required", messageZh = "成交前请填写客户需求。", messageEn = "State the needs." });
        await admin.Post("custom-fields", new { target = "contacts", key = "wechat", type = "text", zh = "微信号", en = "WeChat", required = true });
        await admin.Post("custom-fields", new { target = "opportunities", key = "lot", type = "choice", zh = "标段", en = "Lot", required = true, choices = new[] { new { code = "n", zh = "北区", en = "North" }, new { code = "s", zh = "南区", en = "South" } } });
        await admin.Post("custom-fields", new { target = "tickets", key = "serial", type = "text", zh = "序列号", en = "Serial number", required = true });
        var page = await browser.SignInAsync(app, "admin");
        await browser.Journey(page, nameof(a_field_of_ones_own_from_the_settings_to_the_list), async () =>
        {
            await page.GotoAsync("/settings?tab=fields");
            await page.GetByRole(AriaRole.Button, new() { Name = "新建字段" }).First.ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog);
            await dialog.GetByLabel("中文名称").First.FillAsync("合作档位");
            await dialog.GetByLabel("英文名称").First.FillAsync("Band");
            await dialog.GetByLabel("代码").First.FillAsync("band");
            await dialog.GetByRole(AriaRole.Combobox, new() { Name = "类型" }).ClickAsync();
            await page.Locator(".ant-select-dropdown:visible").GetByText("单选", new() { Exact = true }).ClickAsync();
            foreach (var (index, code, zh) in new[] { (1, "gold", "金牌"), (2, "silver", "银牌") })
            {
                await dialog.GetByRole(AriaRole.Button, new() { Name = "添加选项" }).ClickAsync();
                await dialog.GetByLabel($"代码 {index}", new() { Exact = true }).FillAsync(code);
                await dialog.GetByLabel($"中文名称 {index}", new() { Exact = true }).FillAsync(zh);
            }
            await dialog.GetByRole(AriaRole.Checkbox, new() { NameRegex = new("^录入时必填") }).CheckAsync();
            await dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^保 ?存$") }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Table, new() { Name = "字段" }).GetByText("合作档位")).ToBeVisibleAsync();

            await page.GotoAsync("/customers/new");
            await page.GetByLabel("公司名称（全称）").FillAsync("字段旅程有限公司");
            await page.GetByRole(AriaRole.Button, new() { Name = "创建客户" }).ClickAsync();
            await Expect(page.GetByText("请填写“合作档位”")).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Combobox, new() { Name = "合作档位" }).ClickAsync();
            await page.Locator(".ant-select-dropdown:visible").GetByText("金牌", new() { Exact = true }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "创建客户" }).ClickAsync();
            await page.WaitForURLAsync(new Regex("/customers/[0-9a-f]{8}-"));
            await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("合作档位") })).ToContainTextAsync("金牌");

            await page.GotoAsync("/customers?q=" + Uri.EscapeDataString("字段旅程"));
            await page.GetByRole(AriaRole.Button, new() { Name = "自定义字段" }).ClickAsync();
            var drawer = page.GetByRole(AriaRole.Dialog);
            await drawer.GetByRole(AriaRole.Checkbox, new() { Name = "把“合作档位”显示为列" }).CheckAsync();
            await drawer.GetByRole(AriaRole.Combobox, new() { Name = "按合作档位筛选" }).ClickAsync();
            await page.Locator(".ant-select-dropdown:visible").GetByText("金牌", new() { Exact = true }).ClickAsync();
            await drawer.GetByText("自定义字段：筛选与列").ClickAsync();
            await drawer.GetByRole(AriaRole.Button, new() { NameRegex = new("^应 ?用$") }).ClickAsync();
            var row = page.GetByRole(AriaRole.Table, new() { Name = "客户列表" }).GetByRole(AriaRole.Row).Filter(new() { HasText = "字段旅程有限公司" });
            await Expect(row).ToContainTextAsync("金牌");

            // The same of a contact, an opportunity and a ticket.
            await row.GetByRole(AriaRole.Link, new() { Name = "字段旅程有限公司" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "添加联系人" }).ClickAsync();
            dialog = page.GetByRole(AriaRole.Dialog);
            await dialog.GetByLabel("姓名").FillAsync("钱女士");
            await dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^保 ?存$") }).ClickAsync();
            await Expect(dialog.GetByText("请填写“微信号”")).ToBeVisibleAsync();
            await dialog.GetByLabel("微信号").FillAsync("qian_2026");
            await dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^保 ?存$") }).ClickAsync();
            await Expect(page.GetByText("qian_2026")).ToBeVisibleAsync();

            await page.GotoAsync("/opportunities/new?customerId=" + page.Url.Split('/')[4].Split('?')[0]);
            await page.GetByLabel("商机名称").FillAsync("字段商机");
            await page.GetByRole(AriaRole.Combobox, new() { Name = "标段" }).ClickAsync();
            await page.Locator(".ant-select-dropdown:visible").GetByText("南区", new() { Exact = true }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "创建商机" }).ClickAsync();
            await page.WaitForURLAsync(new Regex("/opportunities/[0-9a-f]{8}-"));
            await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("标段") }).First).ToContainTextAsync("南区");
            await page.GotoAsync("/opportunities/list");
            await page.GetByRole(AriaRole.Button, new() { Name = "自定义字段" }).ClickAsync();
            await drawer.GetByRole(AriaRole.Checkbox, new() { Name = "把“标段”显示为列" }).CheckAsync();
            await drawer.GetByRole(AriaRole.Button, new() { NameRegex = new("^应 ?用$") }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Table, new() { Name = "商机列表" }).GetByRole(AriaRole.Row).Filter(new() { HasText = "字段商机" })).ToContainTextAsync("南区");

            await page.GotoAsync("/tickets/new");
            await page.GetByLabel("标题").FillAsync("字段工单");
            await page.GetByLabel("序列号").FillAsync("SN-7");
            await page.GetByRole(AriaRole.Button, new() { NameRegex = new("创建工单|提交") }).ClickAsync();
            await page.WaitForURLAsync(new Regex("/tickets/[0-9a-f]{8}-"));
            await Expect(page.GetByText("SN-7").First).ToBeVisibleAsync();

            await page.GotoAsync($"/customers/completeness?owner={await app.UserId("admin")}");
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "资料完整度" })).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "字段旅程有限公司" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { NameRegex = new("编辑.*地址|地址") }).First.ClickAsync();
            await page.GetByRole(AriaRole.Textbox, new() { Name = "地址" }).FillAsync("上海市静安区");
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.GetByText("已保存").First).ToBeVisibleAsync();
        });
        await app.Settled();
        var made = (await admin.Get("customers?filter=" + Uri.EscapeDataString("custom.band = \"gold\"")))["data"]![0]!;
        made["address"]!.ToString().ShouldBe("上海市静安区");
        var refused = await admin.Post($"customers/{made["id"]}/lifecycle", new { to = "won" });
        refused.IsProblem(409, "rule_violated");
    }
}
