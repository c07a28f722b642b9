using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.Testing;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>Sign in, import the data set, find a customer, log a follow-up, move a card, read the funnel, go back in time.</summary>
public sealed class the_main_job(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    private static readonly string Data = Path.Combine(Root(), "src", "Crm.Host", "Demo", "data");

    [Fact]
    public async Task from_a_file_to_the_funnel_and_back_in_time()
    {
        var page = await browser.SignInAsync(app, "admin");
        await browser.Journey(page, nameof(the_main_job), async () =>
        {
            await Import(page, "sales_teams.csv", 35);
            await Import(page, "products.csv", 7);
            await Import(page, "accounts.csv", 85);
            await Import(page, "sales_pipeline.csv", 8800);
            await TheFiguresOfTheFileStand();
            await FindACustomerAndLogAFollowUp(page);
            var pipeline = await MoveACard(page);
            await ReadTheFunnel(page, pipeline);
            await GoBackInTime(page, pipeline);
        });
    }

    private async Task Import(IPage page, string file, int rows)
    {
        await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).GetByRole(AriaRole.Link, new() { Name = "导入" }).ClickAsync();
        await page.Locator("input[type=file]").SetInputFilesAsync(Path.Combine(Data, file));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = file })).ToBeVisibleAsync();
        // The dry run has judged every row before anything can be committed.
        var commit = page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex(@"导入 [\d,]+ 行") });
        await Expect(commit).ToBeEnabledAsync();
        await commit.ClickAsync();
        await Expect(page.GetByText("已完成", new() { Exact = true })).ToBeVisibleAsync(new() { Timeout = 180_000 });
        var figures = page.GetByLabel("统计");
        await Expect(figures).ToContainTextAsync($"已新建{rows:N0}");
    }

    private async Task TheFiguresOfTheFileStand()
    {
        // Computed from the file, not copied from anywhere.
        var lines = File.ReadLines(Path.Combine(Data, "sales_pipeline.csv")).Skip(1).Select(l => l.TrimEnd('\r').Split(',')).ToList();
        var won = lines.Where(l => l[4] == "Won").ToList();
        var api = await app.As("admin");
        await app.Settled();
        async Task<long> Count(string filter) => (await api.Get($"opportunities?limit=1&count=exact&filter={Uri.EscapeDataString(filter)}"))["count"]!.GetValue<long>();
        (await Count("stageKind = won")).ShouldBe(won.Count);
        (await Count("stageKind = lost")).ShouldBe(lines.Count(l => l[4] == "Lost"));
        (await Count("customerId = null")).ShouldBe(lines.Count(l => l[3].Length == 0));
        var pipeline = (await api.Get("pipelines"))["data"]!.AsArray().Single(p => p!["stages"]!.AsArray().Any(s => s!["name"]!.ToString() == "Engaging"))!;
        var board = await api.Get($"opportunities/board?pipelineId={pipeline["id"]}&limit=1");
        JsonNode Stage(string name) => board["stages"]!.AsArray().Single(s => s!["name"]!.ToString() == name)!;
        foreach (var stage in (string[])["Prospecting", "Engaging", "Won", "Lost"]) Stage(stage)["count"]!.GetValue<int>().ShouldBe(lines.Count(l => l[4] == stage), stage);
        Stage("Won")["amount"]!["amount"]!.GetValue<decimal>().ShouldBe(won.Sum(l => decimal.Parse(l[7], System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static async Task FindACustomerAndLogAFollowUp(IPage page)
    {
        await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).GetByRole(AriaRole.Link, new() { Name = "客户" }).ClickAsync();
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "搜索客户" }).FillAsync("cancity");
        await page.GetByRole(AriaRole.Link, new() { Name = "Cancity", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Cancity" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "记录一次跟进" }).ClickAsync();
        await page.GetByLabel("沟通内容").FillAsync("电话确认了续约意向，对方希望下周拿到报价。");
        await page.GetByLabel("目标").FillAsync("发送报价单");
        await page.GetByRole(AriaRole.Button, new() { Name = "保存跟进" }).ClickAsync();
        await Expect(page.GetByText("电话确认了续约意向，对方希望下周拿到报价。").First).ToBeVisibleAsync();
    }

    private async Task<JsonNode> MoveACard(IPage page)
    {
        var api = await app.As("admin");
        var pipeline = (await api.Get("pipelines"))["data"]!.AsArray().Single(p => p!["stages"]!.AsArray().Any(s => s!["name"]!.ToString() == "Engaging"))!;
        await page.GotoAsync($"/opportunities?pipelineId={pipeline["id"]}");
        var from = page.GetByRole(AriaRole.Region, new() { NameRegex = new Regex("^Prospecting，500") });
        var to = page.GetByRole(AriaRole.Region, new() { NameRegex = new Regex("^Engaging，1589") });
        await Expect(from).ToBeVisibleAsync();
        var card = from.GetByRole(AriaRole.Listitem).First;
        var name = await card.GetAttributeAsync("aria-label");
        // A drag as a hand does it: press, move in steps, release.
        var start = (await card.BoundingBoxAsync())!;
        var end = (await to.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(start.X + 90, start.Y + start.Height - 12);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(start.X + 110, start.Y + start.Height, new() { Steps = 4 });
        await page.Mouse.MoveAsync(end.X + (end.Width / 2), end.Y + 160, new() { Steps = 12 });
        await page.Mouse.UpAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { NameRegex = new Regex("^Engaging，1590") }).GetByRole(AriaRole.Listitem, new() { Name = name })).ToBeVisibleAsync();
        // It stands there for the server too.
        await app.Settled();
        var board = await api.Get($"opportunities/board?pipelineId={pipeline["id"]}&limit=1");
        board["stages"]!.AsArray().Single(s => s!["name"]!.ToString() == "Engaging")!["count"]!.GetValue<int>().ShouldBe(1590);
        return pipeline;
    }

    private static async Task ReadTheFunnel(IPage page, JsonNode pipeline)
    {
        await page.GotoAsync($"/reports?pipelineId={pipeline["id"]}");
        var table = page.GetByRole(AriaRole.Table, new() { Name = "漏斗" });
        await Expect(table.GetByRole(AriaRole.Row, new() { NameRegex = new Regex("Won") })).ToContainTextAsync("4,238");
        await Expect(table.GetByRole(AriaRole.Row, new() { NameRegex = new Regex("Engaging") })).ToContainTextAsync("1,590");
    }

    private static async Task GoBackInTime(IPage page, JsonNode pipeline)
    {
        // By business date the data set lies in 2016 and 2017, whenever it was imported.
        await page.GotoAsync($"/opportunities?pipelineId={pipeline["id"]}&asOf=2017-03-01T00:00:00Z");
        await Expect(page.GetByText("当时的状态")).ToBeVisibleAsync();
        var lines = File.ReadLines(Path.Combine(Data, "sales_pipeline.csv")).Skip(1).Select(l => l.TrimEnd('\r').Split(',')).ToList();
        var wonThen = lines.Count(l => l[4] == "Won" && Day(l[6]) is { } closed && closed <= new DateOnly(2017, 3, 1));
        wonThen.ShouldBeGreaterThan(0);
        await Expect(page.GetByRole(AriaRole.Region, new() { NameRegex = new Regex($"^Won，{wonThen} ") })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "回到现在" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { NameRegex = new Regex("^Won，4238") })).ToBeVisibleAsync();
    }

    private static DateOnly? Day(string text) => DateOnly.TryParseExact(text, "dd-MM-yyyy", out var day) ? day : null;

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Crm.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside the source tree.");
    }
}
