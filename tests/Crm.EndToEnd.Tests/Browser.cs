using System.Collections.Concurrent;
using Crm.EndToEnd.Tests;
using Crm.Testing;
using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]
[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Crm.EndToEnd.Tests;

/// <summary>How long a journey waits for what it must see.</summary>
internal static class Journeys
{
    /// <summary>Milliseconds; no expectation of speed: beside tests that fill disks and kill servers a page may stand still for a while.</summary>
    public const int Patience = 90_000;
}

/// <summary>The browser of <c>CRM_CHROMIUM</c>, else an installed Chromium or Chrome: one for all tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Installed = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];
    private IPlaywright? playwright;
    private IBrowser? browser;

    public IBrowser Browser => browser!;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Journeys.Patience);
        playwright = await Playwright.CreateAsync();
        var path = Environment.GetEnvironmentVariable("CRM_CHROMIUM") ?? Array.Find(Installed, File.Exists);
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path,
            Channel = path is null ? "chrome" : null,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}

/// <summary>A real browser on the real application. After a failure the picture of the page is in <c>tests/artifacts</c>.</summary>
public sealed class Browser(Chromium chromium) : IAsyncDisposable
{
    private readonly List<IBrowserContext> windows = [];
    private readonly ConcurrentDictionary<IRequest, DateTimeOffset> waiting = [];

    /// <summary>A new window, not signed in.</summary>
    public async Task<IPage> OpenAsync(Uri address, bool phone = false, string locale = "zh-CN")
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            Locale = locale,
            TimezoneId = "Asia/Shanghai",
            ViewportSize = phone ? new() { Width = 390, Height = 844 } : new() { Width = 1440, Height = 900 },
            HasTouch = phone,
            ReducedMotion = ReducedMotion.Reduce,
        });
        windows.Add(context);
        context.SetDefaultTimeout(Journeys.Patience);
        var page = await context.NewPageAsync();
        // An error in the page's script fails whatever journey meets it.
        page.PageError += (_, error) => Errors.Add(error);
        page.Request += (_, request) => waiting[request] = DateTimeOffset.UtcNow;
        page.RequestFinished += (sender, request) => waiting.TryRemove(request, out _);
        page.RequestFailed += (sender, request) => waiting.TryRemove(request, out _);
        return page;
    }

    /// <summary>Errors of the page's script so far.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Signs in as one of the demo's people.</summary>
    public async Task<IPage> SignInAsync(CrmApp app, string userName, bool phone = false)
    {
        var page = await OpenAsync(app.Address, phone);
        await page.GotoAsync("/sign-in");
        await page.GetByLabel("用户名").FillAsync(userName);
        await page.GetByLabel("密码", new() { Exact = true }).FillAsync("Demo-2026!");
        await page.GetByRole(AriaRole.Button, new() { Name = "登 录" }).Or(page.GetByRole(AriaRole.Button, new() { Name = "登录", Exact = true })).ClickAsync();
        await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).WaitForAsync();
        return page;
    }

    /// <summary>Runs a journey and keeps a picture of where it failed.</summary>
    public async Task Journey(IPage page, string name, Func<Task> steps)
    {
        try
        {
            await steps();
            Assert.Empty(Errors);
        }
        catch
        {
            foreach (var (request, since) in waiting) TestContext.Current.TestOutputHelper?.WriteLine($"without an answer for {(DateTimeOffset.UtcNow - since).TotalSeconds:0} s: {request.Method} {request.Url}");
            var folder = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "artifacts");
            Directory.CreateDirectory(folder);
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var window in windows) await window.CloseAsync();
    }
}
