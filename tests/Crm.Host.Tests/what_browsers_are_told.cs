using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

public sealed class what_browsers_are_told(CrmApp app, PostgresFixture postgres) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/v1/customers", 401)]
    [InlineData("/api/v1/session", 401)]
    [InlineData("/api/v1/nothing", 404)]
    [InlineData("/api/v1/public/tickets/none", 404)]
    [InlineData("/health/live", 200)]
    [InlineData("/swagger/v1/swagger.json", 200)]
    [InlineData("/connect/token", 405)]
    public async Task is_in_every_answer_refusals_included(string path, int status)
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        using var answer = await http.GetAsync(path, Ct);
        ((int)answer.StatusCode).ShouldBe(status);
        var policy = Header(answer, "Content-Security-Policy");
        policy.ShouldContain("frame-ancestors 'none'");
        if (path.StartsWith("/api", StringComparison.Ordinal)) policy.ShouldContain("default-src 'none'");
        Header(answer, "X-Content-Type-Options").ShouldBe("nosniff");
        Header(answer, "Referrer-Policy").ShouldBe("no-referrer");
        Header(answer, "Cross-Origin-Opener-Policy").ShouldBe("same-origin");
        Header(answer, "Cross-Origin-Resource-Policy").ShouldBe("same-origin");
        Header(answer, "Permissions-Policy").ShouldContain("camera=()");
        if (path.StartsWith("/api", StringComparison.Ordinal)) answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        answer.Headers.Contains("Server").ShouldBeFalse();
        answer.Headers.Contains("Strict-Transport-Security").ShouldBeFalse("not without HTTPS");
    }

    [Fact]
    public async Task of_the_page_is_that_scripts_are_its_own_files()
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        using var answer = await http.GetAsync("/sign-in", Ct);
        var policy = Header(answer, "Content-Security-Policy").Split("; ");
        policy.ShouldContain("script-src 'self'");
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("connect-src 'self'");
        policy.ShouldContain("frame-src 'self'", "the preview of a PDF");
    }

    [Fact]
    public async Task over_https_is_to_come_by_https_only_with_cookies_of_this_host()
    {
        await using var secure = new CrmApp(postgres) { Settings = ["--Crm:Https=true", "--Crm:Proxies:0=127.0.0.0/8", "--Crm:PublicUrl=https://crm.example.com"] };
        await secure.InitializeAsync();
        using var behindProxy = Client(secure, "https");
        using var signedIn = await SignIn(behindProxy);
        signedIn.StatusCode.ShouldBe(HttpStatusCode.OK);
        Header(signedIn, "Strict-Transport-Security").ShouldBe("max-age=31536000; includeSubDomains");
        var cookies = signedIn.Headers.GetValues("Set-Cookie").ToList();
        cookies.Select(c => c.Split('=')[0]).Order().ShouldBe(["__Host-crm_csrf", "__Host-crm_session"]);
        cookies.ShouldAllBe(c => c.Contains("secure", StringComparison.OrdinalIgnoreCase) && c.Contains("path=/;", StringComparison.OrdinalIgnoreCase) && !c.Contains("domain=", StringComparison.OrdinalIgnoreCase));

        using var clear = Client(secure, null);
        using var refused = await SignIn(clear);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadFromJsonAsync<JsonNode>(Ct))!["code"]!.ToString().ShouldBe("https_required");
        using var redirected = await clear.GetAsync("/customers?tag=1", Ct);
        ((int)redirected.StatusCode).ShouldBe(308);
        redirected.Headers.Location.ShouldBe(new Uri("https://crm.example.com/customers?tag=1"));
        (await clear.GetAsync("/health/live", Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task a_stranger_says_of_the_address_is_not_believed()
    {
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = app.Address };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        (await SignIn(http)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetStringAsync("/api/v1/account/sessions", Ct)).ShouldNotContain("203.0.113");

        await using var proxied = new CrmApp(postgres) { Settings = ["--Crm:Proxies:0=127.0.0.1"] };
        await proxied.InitializeAsync();
        using var through = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = proxied.Address };
        through.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        (await SignIn(through)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await through.GetStringAsync("/api/v1/account/sessions", Ct)).ShouldContain("203.0.113.0/24");
    }

    private static HttpClient Client(CrmApp app, string? scheme)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = app.Address };
        if (scheme is not null) http.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        return http;
    }

    private static Task<HttpResponseMessage> SignIn(HttpClient http) => http.PostAsJsonAsync("/api/v1/session", new { userName = "admin", password = "Demo-2026!" }, Ct);

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();
}
