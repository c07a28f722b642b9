using System.Text.Json.Nodes;
using Crm.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Crm.EndToEnd.Tests;

/// <summary>The administrator registers a client, a person makes a token, and an application in the browser (oidc-client-ts) signs people in by this CRM.</summary>
public sealed class applications_and_tokens(CrmApp app, Browser browser) : IClassFixture<CrmApp>, IClassFixture<Browser>
{
    [Fact]
    public async Task the_administrator_registers_a_client_and_its_secret_works()
    {
        var page = await browser.SignInAsync(app, "admin");
        await browser.Journey(page, nameof(the_administrator_registers_a_client_and_its_secret_works), async () =>
        {
            await page.GotoAsync("/settings?tab=clients");
            await page.GetByRole(AriaRole.Button, new() { Name = "新建客户端" }).ClickAsync();
            var form = page.GetByRole(AriaRole.Dialog, new() { Name = "新建客户端" });
            await form.GetByLabel("名称", new() { Exact = true }).FillAsync("仓库系统");
            await form.GetByLabel("客户端 ID").FillAsync("warehouse");
            await form.GetByRole(AriaRole.Button, new() { Name = "保存" }).ClickAsync();
            var drawer = page.GetByRole(AriaRole.Dialog, new() { Name = "仓库系统" });
            await drawer.GetByRole(AriaRole.Button, new() { Name = "生成密钥" }).ClickAsync();
            var secret = await page.GetByRole(AriaRole.Textbox, new() { Name = "密钥", Exact = true }).InputValueAsync();
            using var http = new HttpClient { BaseAddress = app.Address };
            using var good = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "warehouse", ["client_secret"] = secret });
            (await http.PostAsync("/connect/token", good)).EnsureSuccessStatusCode();
        });
    }

    [Fact]
    public async Task a_person_makes_a_token_on_the_phone_and_takes_it_back()
    {
        var page = await browser.OpenAsync(app.Address, phone: true);
        await browser.Journey(page, nameof(a_person_makes_a_token_on_the_phone_and_takes_it_back), async () =>
        {
            await page.GotoAsync("/sign-in");
            await SignIn(page, "sales");
            await page.GetByRole(AriaRole.Navigation, new() { Name = "主导航" }).WaitForAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "用户菜单：李晓燕" }).ClickAsync();
            await page.GetByRole(AriaRole.Menuitem, new() { Name = "令牌与应用" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "新建令牌" }).ClickAsync();
            var form = page.GetByRole(AriaRole.Dialog, new() { Name = "新建令牌" });
            await form.GetByLabel("名称").FillAsync("夜间导出");
            await form.GetByRole(AriaRole.Button, new() { Name = "生成" }).ClickAsync();
            var token = await page.GetByRole(AriaRole.Textbox, new() { Name = "令牌", Exact = true }).InputValueAsync();
            using var http = new HttpClient { BaseAddress = app.Address, DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
            (await http.GetAsync("/api/v1/customers?limit=1")).EnsureSuccessStatusCode();
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = new("知道了|OK|确") }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "撤销令牌 夜间导出" }).ClickAsync();
            await page.GetByRole(AriaRole.Tooltip).GetByRole(AriaRole.Button, new() { Name = "撤销", Exact = true }).ClickAsync();
            await Expect(page.GetByText("还没有个人令牌")).ToBeVisibleAsync();
            ((int)(await http.GetAsync("/api/v1/customers?limit=1")).StatusCode).ShouldBe(401);
        });
    }

    [Fact]
    public async Task an_application_in_the_browser_signs_people_in_renews_and_signs_them_out()
    {
        await using var site = await Site.StartAsync(app);
        var page = await browser.OpenAsync(site.Address);
        await browser.Journey(page, nameof(an_application_in_the_browser_signs_people_in_renews_and_signs_them_out), async () =>
        {
            await page.GotoAsync("/");
            await page.GetByRole(AriaRole.Button, new() { Name = "sign in" }).ClickAsync();
            await SignIn(page, "sales");
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "允许“甲方应用”访问？" })).ToBeVisibleAsync();
            await Expect(page.GetByRole(AriaRole.List, new() { Name = "它可以" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(4);
            await page.GetByLabel("以后不再询问").CheckAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "允许" }).ClickAsync();
            var state = page.GetByRole(AriaRole.Status);
            await Expect(state).ToHaveTextAsync("signed in as 李晓燕");
            await page.GetByRole(AriaRole.Button, new() { Name = "renew" }).ClickAsync();
            await Expect(state).ToHaveTextAsync("renewed");
            // Remembered: the second time nobody is asked.
            await page.GetByRole(AriaRole.Button, new() { Name = "sign in" }).ClickAsync();
            await Expect(state).ToHaveTextAsync("signed in as 李晓燕");
            await page.GetByRole(AriaRole.Button, new() { Name = "sign out" }).ClickAsync();
            await Expect(state).ToHaveTextAsync("signed out");
            await page.GetByRole(AriaRole.Button, new() { Name = "sign in" }).ClickAsync();
            await Expect(page.GetByLabel("用户名")).ToBeVisibleAsync();
        });
    }

    private static async Task SignIn(IPage page, string userName)
    {
        await page.GetByLabel("用户名").FillAsync(userName);
        await page.GetByLabel("密码", new() { Exact = true }).FillAsync("Demo-2026!");
        await page.GetByRole(AriaRole.Button, new() { Name = "登录", Exact = true }).ClickAsync();
    }

    /// <summary>A page of somebody else's: by its name another site than the CRM's, so that no cookie of the CRM's travels by itself.</summary>
    private sealed class Site(WebApplication server, Uri address) : IAsyncDisposable
    {
        public Uri Address => address;

        public static async Task<Site> StartAsync(CrmApp app)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var server = builder.Build();
            var html = "";
            server.MapGet("/oidc-client-ts.js", () => Results.File(Path.Combine(Root(), "tests", "Crm.Identity.Tests", "outsiders", "node_modules", "oidc-client-ts", "dist", "browser", "oidc-client-ts.min.js"), "text/javascript"));
            server.MapGet("/{path?}", () => Results.Content(html, "text/html"));
            await server.StartAsync();
            var address = new Uri(server.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
            var origin = address.ToString().TrimEnd('/');
            var client = await (await app.As("admin")).Post("clients", new JsonObject
            {
                ["name"] = "甲方应用", ["role"] = "sales", ["confidential"] = false, ["grants"] = new JsonArray("authorization_code"), ["scopes"] = new JsonArray("openid", "profile", "offline_access", "api"),
                ["redirectUris"] = new JsonArray(origin + "/callback"), ["postLogoutRedirectUris"] = new JsonArray(origin + "/bye"),
            });
            html = $$"""
                <!doctype html><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
                <button id="in">sign in</button> <button id="renew">renew</button> <button id="out">sign out</button> <output id="state">starting</output>
                <script src="/oidc-client-ts.js"></script>
                <script>
                  const manager = new oidc.UserManager({
                    authority: '{{app.Address.ToString().TrimEnd('/')}}', client_id: '{{client["clientId"]}}', redirect_uri: location.origin + '/callback', post_logout_redirect_uri: location.origin + '/bye',
                    scope: 'openid profile offline_access api', loadUserInfo: true, automaticSilentRenew: false,
                  });
                  const show = (text) => { document.getElementById('state').textContent = text; };
                  const on = (id, run) => { document.getElementById(id).onclick = () => run().catch((error) => show('failed: ' + error.message)); };
                  on('in', () => manager.signinRedirect());
                  on('renew', async () => { await manager.signinSilent(); show('renewed'); });
                  on('out', () => manager.signoutRedirect());
                  (async () => {
                    if (location.pathname === '/callback') { const user = await manager.signinRedirectCallback(); history.replaceState(null, '', '/'); show('signed in as ' + user.profile.name); }
                    else if (location.pathname === '/bye') { await manager.signoutRedirectCallback(); show('signed out'); }
                    else show('ready');
                  })().catch((error) => show('failed: ' + error.message));
                </script>
                """;
            return new Site(server, address);
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();

        private static string Root()
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Crm.sln"))) return folder.FullName;
            throw new InvalidOperationException("The tests run outside the source tree.");
        }
    }
}
