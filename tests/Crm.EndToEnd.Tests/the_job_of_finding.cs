using System.Net;
using System.Text.RegularExpressions;
using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>A salesperson finds a customer from everywhere by whatever comes to mind, by keys alone and on the phone, and goes from what was found to all of it.</summary>
public sealed class the_job_of_finding(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    private const string Wanted = "琥珀珍珠饰品有限公司";

    [Fact]
    public async Task a_customer_is_found_by_keys_alone()
    {
        await OnFile();
        var page = await browser.SignInAsync(app, "sales");
        await browser.Journey(page, nameof(a_customer_is_found_by_keys_alone), async () =>
        {
            var dialog = page.GetByRole(AriaRole.Dialog);
            var box = dialog.GetByRole(AriaRole.Combobox);
            async Task Search()
            {
                await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^搜索客户") })).ToBeVisibleAsync();
                await page.Keyboard.PressAsync("Control+k");
                await Expect(box).ToBeFocusedAsync();
            }
            foreach (var (typed, by) in new[] { ("珍珠", ""), ("hupozhenzhu", "拼音"), ("hpzz", "首字母"), ("hupozhem", "相近"), ("琥珀真珠", "相近") })
            {
                await Search();
                await page.Keyboard.TypeAsync(typed);
                var first = dialog.GetByRole(AriaRole.Option).First;
                await Expect(first).ToContainTextAsync(Wanted);
                await Expect(first).ToContainTextAsync(by);
                await Expect(first).ToHaveAttributeAsync("aria-selected", "true");
                await page.Keyboard.PressAsync("Enter");
                await Expect(page.GetByRole(AriaRole.Heading, new() { Name = Wanted })).ToBeVisibleAsync();
                await Expect(dialog).ToBeHiddenAsync();
                await page.GotoAsync("/my-day");
            }

            // What was typed in vain is left by a key, and the page has the focus again.
            await Search();
            await page.Keyboard.TypeAsync("绝无此名");
            await Expect(dialog).ToContainTextAsync("没有匹配的记录");
            await page.Keyboard.PressAsync("Escape");
            await Expect(dialog).ToBeHiddenAsync();

            // All that were found, in their list; the last of them are reached upwards.
            await Search();
            await page.Keyboard.TypeAsync("琥珀分店");
            var all = dialog.GetByRole(AriaRole.Option, new() { NameRegex = new Regex("查看全部结果") });
            await Expect(all).ToBeVisibleAsync();
            while (await all.GetAttributeAsync("aria-selected") != "true") await page.Keyboard.PressAsync("ArrowDown");
            await page.Keyboard.PressAsync("Enter");
            var table = page.GetByRole(AriaRole.Table, new() { Name = "客户列表" });
            foreach (var number in Enumerable.Range(1, 7)) await Expect(table.GetByRole(AriaRole.Link, new() { Name = $"琥珀分店{number}号" })).ToBeVisibleAsync();
            await Expect(table).Not.ToContainTextAsync(Wanted);
            await Expect(page.GetByRole(AriaRole.Searchbox, new() { Name = "搜索客户" })).ToHaveValueAsync("琥珀分店");
        });
    }

    [Fact]
    public async Task a_customer_is_found_on_the_phone()
    {
        await OnFile();
        var page = await browser.SignInAsync(app, "sales", phone: true);
        await browser.Journey(page, nameof(a_customer_is_found_on_the_phone), async () =>
        {
            async Task Fits() => (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue("nothing is wider than the phone");
            await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^搜索客户") }).TapAsync();
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Combobox).FillAsync("hpzz");
            var found = page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Option).First;
            await Expect(found).ToContainTextAsync(Wanted);
            await Fits();
            await found.TapAsync();
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = Wanted })).ToBeVisibleAsync();
            await Fits();
            await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^搜索客户") }).TapAsync();
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Combobox).FillAsync("琥珀分店");
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Option, new() { NameRegex = new Regex("查看全部结果") }).TapAsync();
            await Expect(page.GetByText("琥珀分店7号")).ToBeVisibleAsync();
            await Fits();
        });
    }

    /// <summary>One customer that is looked for, and several that are found together.</summary>
    private async Task OnFile()
    {
        var api = await app.As("admin");
        var owner = await app.UserId("sales");
        if ((await api.Get("customers?filter=" + Uri.EscapeDataString($"name = \"{Wanted}\"")))["data"]!.AsArray().Count > 0) return;
        foreach (var name in Enumerable.Range(1, 7).Select(number => $"琥珀分店{number}号").Prepend(Wanted))
            (await api.Post("customers", new { kind = "company", name, ownerId = owner }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created);
        await app.Settled();
    }
}
