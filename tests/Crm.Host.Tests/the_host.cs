using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crm.EventStore;
using Crm.Identity;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

public sealed partial class the_host(PostgresFixture postgres, CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_closed_database_is_503_with_retry_after_and_the_host_recovers_by_itself()
    {
        var direct = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        using var gate = new Gate(direct.Host!, direct.Port);
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = gate.Port, Timeout = 3 }.ConnectionString;
        await using var host = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={through}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=None"]);
        await host.App.StartAsync(Ct);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(host.App.Urls.First()) };
        await Wait.Until(async () => (await SignIn(http, "admin", "Demo-2026!")).IsSuccessStatusCode);

        gate.Shut();
        using var refused = await SignIn(http, "admin", "Demo-2026!");
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        var problem = (await refused.Content.ReadFromJsonAsync<JsonNode>(Ct))!;
        problem["code"]!.ToString().ShouldBe("database_unavailable");
        problem.ToJsonString().ShouldNotContain(" at Crm.");
        (await http.GetAsync("/health/live", Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetAsync("/health/ready", Ct)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        gate.Open();
        await Wait.Until(async () => (await SignIn(http, "admin", "Demo-2026!")).IsSuccessStatusCode);
        await Wait.Until(async () => (await http.GetAsync("/health/ready", Ct)).IsSuccessStatusCode);
        await host.App.StopAsync(Ct);
    }

    [Fact]
    public async Task a_first_start_without_the_demo_gives_one_link_that_sets_the_password_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var host = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={database}", "--urls=http://127.0.0.1:0", "--Crm:Demo=false", $"--Crm:MasterKey:Value={MasterKeys.New()}", "--Logging:LogLevel:Default=None"]);
        await host.App.StartAsync(Ct);
        // The host prints a link of its own, which a later one replaces: the test's comes after it.
        await using var links = NpgsqlDataSource.Create(database);
        await using var printed = links.CreateCommand("select exists (select from identity.password_links)");
        while (await printed.ExecuteScalarAsync(Ct) is not true) await Task.Delay(20, Ct);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(host.App.Urls.First()) };
        var token = await IdentityModule.CreateAdministratorAsync(host.App.Services, Ct);
        token.ShouldNotBeNull();
        (await SetPassword(http, token, "weak")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SetPassword(http, token, "Long-enough-1")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await SetPassword(http, token, "Long-enough-2")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SignIn(http, "admin", "Long-enough-1")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SignIn(http, "admin", "Demo-2026!")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await IdentityModule.CreateAdministratorAsync(host.App.Services, Ct)).ShouldBeNull();
        await host.App.StopAsync(Ct);
    }

    [Fact]
    public async Task a_cookie_session_changes_nothing_without_its_csrf_token()
    {
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = app.Address };
        using var session = await SignIn(http, "admin", "Demo-2026!");
        var cookies = session.Headers.GetValues("Set-Cookie").ToList();
        cookies.ShouldAllBe(c => c.Contains("httponly", StringComparison.OrdinalIgnoreCase) && c.Contains("samesite=strict", StringComparison.OrdinalIgnoreCase));
        using var without = await http.PostAsJsonAsync("/api/v1/users", new { userName = "no.token", displayName = "x", role = "sales" }, Ct);
        without.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await Code(without)).ShouldBe("csrf_token_invalid");
    }

    [Theory]
    [InlineData("grant_type=password&username=a&password=b", 400, "unsupported_grant_type")]
    [InlineData("grant_type=client_credentials&client_id=demo-integrator&client_secret=wrong", 401, "invalid_client")]
    [InlineData("grant_type=client_credentials&client_id=nobody&client_secret=x", 401, "invalid_client")]
    [InlineData("", 400, "unsupported_grant_type")]
    public async Task tokens_are_refused_as_rfc_6749_says(string form, int status, string error)
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        using var content = new StringContent(form, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await http.PostAsync("/connect/token", content, Ct);
        ((int)answer.StatusCode).ShouldBe(status);
        (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!["error"]!.ToString().ShouldBe(error);
    }

    [Fact]
    public async Task a_forged_token_is_401()
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9.");
        (await http.GetAsync("/api/v1/customers", Ct)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("PUT", "/api/v1/users", 405)]
    [InlineData("TRACE", "/api/v1/users", 405)]
    public async Task what_is_not_there_is_a_problem_too(string method, string path, int status)
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        using var answer = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Ct);
        ((int)answer.StatusCode).ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task a_command_without_values_needs_no_body_and_a_wrong_content_type_is_415()
    {
        var api = await app.As("admin");
        var id = (await api.Post("customers", new { kind = "company", name = "无正文有限公司" }))["id"];
        using var bare = await api.Http.PostAsync($"/api/v1/customers/{id}/archive", null, Ct);
        bare.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var text = new StringContent("x", System.Text.Encoding.UTF8, "text/plain");
        using var wrong = await api.Http.PostAsync($"/api/v1/customers/{id}/restore", text, Ct);
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await Code(wrong)).ShouldBe("unsupported_media_type");
    }

    [Fact]
    public async Task operators_and_integrators_find_health_metrics_and_the_description()
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        var ready = (await http.GetFromJsonAsync<JsonNode>("/health/ready", Ct))!;
        ready["checks"]!["projections"]!["data"]!["customer.customers"]!["lag"].ShouldNotBeNull();
        (await http.GetStringAsync("/metrics", Ct)).ShouldContain("crm_projection_lag{projection=\"customer.customers\"}");
        var description = (await http.GetFromJsonAsync<JsonNode>("/swagger/v1/swagger.json", Ct))!;
        description["paths"]!["/api/v1/customers/{id}"]!["get"].ShouldNotBeNull();
        // No client can be made of a description that leaves a part of an address out.
        foreach (var (path, operations) in description["paths"]!.AsObject())
            foreach (var (verb, operation) in operations!.AsObject())
            {
                var described = (operation!["parameters"]?.AsArray() ?? []).Where(p => p!["in"]!.ToString() == "path").Select(p => p!["name"]!.ToString());
                described.ShouldBe(Parts().Matches(path).Select(p => p.Groups[1].Value), ignoreOrder: true, $"{verb} {path}");
            }
    }

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex Parts();

    private static async Task<string> Code(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!["code"]!.ToString();

    private static Task<HttpResponseMessage> SignIn(HttpClient http, string userName, string password) => http.PostAsJsonAsync("/api/v1/session", new { userName, password }, Ct);

    private static Task<HttpResponseMessage> SetPassword(HttpClient http, string token, string newPassword) => http.PostAsJsonAsync("/api/v1/password", new { token, newPassword }, Ct);
}
