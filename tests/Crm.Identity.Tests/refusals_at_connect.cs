using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class refusals_at_connect(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "echo", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("response_type", null, "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token", "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("scope", null, "invalid_scope")]
    [InlineData("scope", "openid echo", "invalid_scope")]
    [InlineData("request", "echo", "request_not_supported")]
    [InlineData("request_uri", "https://echo.example", "request_uri_not_supported")]
    [InlineData("prompt", "none login", "invalid_request")]
    [InlineData("prompt", "echo", "invalid_request")]
    [InlineData("max_age", "echo", "invalid_request")]
    public async Task what_is_wrong_is_told_to_the_registered_address(string parameter, string? value, string error)
    {
        var client = await Application.RegisterAsync(app, secret: false);
        var back = await client.GoAsync(await app.As("sales"), (parameter, value));
        back.Host.ShouldBe("app.example.com");
        back.Fragment.ShouldBeEmpty();
        Application.Of(back, "error").ShouldBe(error);
        Application.Of(back, "error_description")!.ShouldNotContain("echo");
        Application.Of(back, "state").ShouldBe("a state & more");
        Application.Of(back, "iss").ShouldBe(client.Issuer);
        Application.Of(back, "code").ShouldBeNull();
    }

    [Theory]
    [InlineData("redirect_uri", "https://evil.example/callback?tenant=7", "invalid_redirect_uri")]
    [InlineData("redirect_uri", "https://app.example.com/callback?tenant=8", "invalid_redirect_uri")]
    [InlineData("redirect_uri", "https://app.example.com/Callback?tenant=7", "invalid_redirect_uri")]
    [InlineData("redirect_uri", null, "invalid_request")]
    [InlineData("client_id", "nobody", "invalid_client")]
    [InlineData("client_id", "a\0b", "invalid_character")]
    public async Task where_nobody_vouches_for_the_address_the_browser_is_sent_nowhere(string parameter, string? value, string error)
    {
        var client = await Application.RegisterAsync(app, secret: false);
        var sales = await app.As("sales");
        using var answer = await sales.Http.GetAsync(client.AuthorizeAddress((parameter, value)), Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Headers.Location.ShouldBeNull();
        var body = (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!;
        (body["error"] ?? body["code"])!.ToString().ShouldBe(error);
        if (error == "invalid_character") return;
        using var asBrowser = new HttpRequestMessage(HttpMethod.Get, client.AuthorizeAddress((parameter, value))) { Headers = { { "Accept", "text/html" } } };
        using var page = await sales.Http.SendAsync(asBrowser, Ct);
        page.Headers.Location!.ToString().ShouldBe("/authorize?error=" + error);
    }

    [Fact]
    public async Task a_client_uses_only_the_grants_it_has()
    {
        var server = await Application.RegisterAsync(app, new { name = "只是服务", role = "sales", redirectUris = (string[])[Application.Callback] });
        Application.Of(await server.GoAsync(await app.As("sales"), ("scope", "api")), "error").ShouldBe("unauthorized_client");
        (await server.RedeemAsync("x")).IsError(400, "unauthorized_client");
        (await server.RefreshAsync("x")).IsError(400, "unauthorized_client");
        (await server.TokenAsync(("grant_type", "client_credentials"), ("scope", "openid"))).IsError(400, "invalid_scope");
        (await server.TokenAsync(("grant_type", "client_credentials"), ("scope", "api echo"))).IsError(400, "invalid_scope");
        var people = await Application.RegisterAsync(app);
        (await people.TokenAsync(("grant_type", "client_credentials"))).IsError(400, "unauthorized_client");
        (await people.TokenAsync(("grant_type", "password"), ("username", "admin"), ("password", "echo"))).IsError(400, "unsupported_grant_type");
        (await people.TokenAsync(("grant_type", "implicit"))).IsError(400, "unsupported_grant_type");
    }

    [Fact]
    public async Task a_parameter_comes_once_and_a_client_proves_itself_in_one_way()
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        (await Send("grant_type=client_credentials&client_id=demo-integrator&client_id=demo-integrator&client_secret=demo-integrator-secret")).ShouldBe((400, "invalid_request"));
        (await Send("grant_type=client_credentials&client_id=%00&client_secret=x")).ShouldBe((400, "invalid_request"));
        (await Send("grant_type=client_credentials")).ShouldBe((401, "invalid_client"));
        (await Send("{}", "application/json")).ShouldBe((400, "invalid_request"));
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("demo-integrator:demo-integrator-secret"u8));
        (await Send("grant_type=client_credentials")).ShouldBe((200, ""));
        (await Send("grant_type=client_credentials&client_id=demo-integrator")).ShouldBe((200, ""));
        (await Send("grant_type=client_credentials&client_id=other")).ShouldBe((400, "invalid_request"));
        (await Send("grant_type=client_credentials&client_secret=demo-integrator-secret")).ShouldBe((400, "invalid_request"));
        http.DefaultRequestHeaders.Authorization = new("Basic", "no base64");
        (await Send("grant_type=client_credentials&client_id=demo-integrator&client_secret=demo-integrator-secret")).ShouldBe((401, "invalid_client"));

        async Task<(int, string)> Send(string body, string type = "application/x-www-form-urlencoded")
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, type);
            using var answer = await http.PostAsync("/connect/token", content, Ct);
            answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
            var json = (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!;
            if (answer.StatusCode == HttpStatusCode.Unauthorized) answer.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Basic");
            return ((int)answer.StatusCode, json["error"]?.ToString() ?? "");
        }
    }

    [Fact]
    public async Task the_server_describes_itself_and_scripts_of_any_origin_may_read_it()
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        http.DefaultRequestHeaders.Add("Origin", "https://app.example.com");
        using var answer = await http.GetAsync("/.well-known/openid-configuration", Ct);
        answer.Headers.GetValues("Access-Control-Allow-Origin").Single().ShouldBe("*");
        answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
        var metadata = (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!;
        metadata["issuer"]!.ToString().ShouldBe(app.Address.ToString().TrimEnd('/'));
        metadata["code_challenge_methods_supported"]!.ToJsonString().ShouldBe("""["S256"]""");
        metadata["response_types_supported"]!.ToJsonString().ShouldBe("""["code"]""");
        metadata["request_uri_parameter_supported"]!.GetValue<bool>().ShouldBeFalse();
        metadata["authorization_response_iss_parameter_supported"]!.GetValue<bool>().ShouldBeTrue();
        (await http.GetStringAsync("/.well-known/oauth-authorization-server", Ct)).ShouldBe(await http.GetStringAsync("/.well-known/openid-configuration", Ct));
        foreach (var key in (await http.GetFromJsonAsync<JsonNode>("/connect/jwks", Ct))!["keys"]!.AsArray())
        {
            key!["alg"]!.ToString().ShouldBe("ES256");
            key["d"].ShouldBeNull();
        }
    }

    [Fact]
    public async Task signing_out_goes_on_only_to_a_registered_address()
    {
        var client = await Application.RegisterAsync(app);
        var sales = await app.As("sales");
        var hint = (await client.TokensAsync(sales))["id_token"]!.ToString();
        var bye = Uri.EscapeDataString("https://app.example.com/bye");
        using var good = await sales.Http.GetAsync($"/connect/endsession?id_token_hint={hint}&post_logout_redirect_uri={bye}&state=s1", Ct);
        ((int)good.StatusCode).ShouldBe(303);
        var page = new Uri(app.Address, good.Headers.Location!);
        page.AbsolutePath.ShouldBe("/end-session");
        var shown = (await app.Anonymous.Post("session/end-request", new { request = Application.Of(page, "request") })).Is(HttpStatusCode.OK);
        shown["redirectTo"]!.ToString().ShouldBe("https://app.example.com/bye?state=s1");
        shown["userId"]!.ToString().ShouldBe((await app.UserId("sales")).ToString());
        shown["clientName"]!.ToString().ShouldBe("排班应用");
        // Asking has signed nobody out: the page does, for whom it means.
        (await sales.Get("session")).Is(HttpStatusCode.OK);
        foreach (var query in (string[])
            [$"post_logout_redirect_uri={bye}", $"id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fevil.example", $"id_token_hint={hint}x", $"id_token_hint={hint}&client_id=demo-integrator"])
        {
            using var bad = await sales.Http.GetAsync("/connect/endsession?" + query, Ct);
            bad.StatusCode.ShouldBe(HttpStatusCode.BadRequest, query);
        }
        using var bare = await sales.Http.GetAsync("/connect/endsession", Ct);
        ((int)bare.StatusCode).ShouldBe(303);
    }
}
