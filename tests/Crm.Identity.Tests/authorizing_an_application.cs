using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class authorizing_an_application(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_person_is_asked_and_the_application_acts_as_the_person()
    {
        var client = await Application.RegisterAsync(app);
        var sales = await app.As("sales");
        var page = await client.GoAsync(sales);
        page.AbsolutePath.ShouldBe("/authorize");
        var request = Application.Of(page, "request");
        var shown = (await sales.Post("authorizations/request", new { request })).Is(HttpStatusCode.OK);
        shown["clientName"]!.ToString().ShouldBe("排班应用");
        shown["redirectHost"]!.ToString().ShouldBe("app.example.com");
        shown["remembered"]!.GetValue<bool>().ShouldBeFalse();

        var answer = (await sales.Post("authorizations/answer", new { request, approved = true })).Is(HttpStatusCode.OK);
        var back = new Uri(answer["redirectTo"]!.ToString());
        back.GetLeftPart(UriPartial.Path).ShouldBe("https://app.example.com/callback");
        Application.Of(back, "tenant").ShouldBe("7");
        Application.Of(back, "state").ShouldBe("a state & more");
        Application.Of(back, "iss").ShouldBe(client.Issuer);

        var tokens = (await client.RedeemAsync(Application.Of(back, "code")!)).Is(HttpStatusCode.OK);
        tokens.Headers.CacheControl!.NoStore.ShouldBeTrue();
        tokens["token_type"]!.ToString().ShouldBe("Bearer");
        var access = new JsonWebToken(tokens["access_token"]!.ToString());
        access.Typ.ShouldBe("at+jwt");
        access.Issuer.ShouldBe(client.Issuer);
        access.Audiences.ShouldBe([client.Issuer + "/api"]);
        access.Subject.ShouldBe((await app.UserId("sales")).ToString());
        access.GetClaim("client_id").Value.ShouldBe(client.ClientId);
        access.GetClaim("scope").Value.ShouldBe("openid profile offline_access api");
        access.GetClaim("role").Value.ShouldBe("sales");
        var id = new JsonWebToken(tokens["id_token"]!.ToString());
        id.Audiences.ShouldBe([client.ClientId]);
        id.GetClaim("nonce").Value.ShouldBe("n-1");
        id.GetClaim("auth_time").Value.ShouldNotBeEmpty();

        var api = client.With(tokens["access_token"]!.ToString());
        var made = (await api.Post("customers", new { kind = "company", name = "授权应用有限公司" })).Is(HttpStatusCode.Created);
        var entry = (await sales.Get($"customers/{made.Id}/history"))["data"]![0]!;
        entry["actorId"]!.ToString().ShouldBe(access.Subject);
        entry["source"]!.ToString().ShouldBe("api:" + client.ClientId);
        (await api.Get("users?limit=1")).Is(HttpStatusCode.OK);
        // The client's role is the administrator's, the person's is not.
        (await api.Post("users", new { userName = "by.app", displayName = "x", role = "sales" })).IsProblem(403, "forbidden");

        var info = await client.With(tokens["access_token"]!.ToString()).Http.GetFromJsonAsync<JsonNode>("/connect/userinfo", Ct);
        info!["sub"]!.ToString().ShouldBe(access.Subject);
        info["name"]!.ToString().ShouldBe("李晓燕");
        info["preferred_username"]!.ToString().ShouldBe("sales");
    }

    [Fact]
    public async Task a_person_s_right_ends_where_the_client_s_role_ends()
    {
        var client = await Application.RegisterAsync(app, Application.ForPeople(role: "auditor"));
        var api = client.With((await client.TokensAsync(await app.As("admin")))["access_token"]!.ToString());
        (await api.Get("customers?limit=1")).Is(HttpStatusCode.OK);
        (await api.Post("customers", new { kind = "company", name = "只读上限有限公司" })).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task who_denies_sends_no_code()
    {
        var client = await Application.RegisterAsync(app);
        var sales = await app.As("sales");
        var answer = (await sales.Post("authorizations/answer", new { request = Application.Of(await client.GoAsync(sales), "request"), approved = false })).Is(HttpStatusCode.OK);
        var back = new Uri(answer["redirectTo"]!.ToString());
        Application.Of(back, "error").ShouldBe("access_denied");
        Application.Of(back, "state").ShouldBe("a state & more");
        Application.Of(back, "code").ShouldBeNull();
    }

    [Fact]
    public async Task consent_is_remembered_until_it_is_taken_back()
    {
        var client = await Application.RegisterAsync(app);
        var service = await app.As("service");
        (await client.GoAsync(service, ("prompt", "none"))).Query.ShouldContain("error=consent_required");
        await client.CodeAsync(service, remember: true, ("scope", "openid api"));
        var at = await client.GoAsync(service, ("scope", "openid api"));
        Application.Of(at, "code").ShouldNotBeNull();
        Application.Of(await client.GoAsync(service, ("scope", "api"), ("prompt", "none")), "code").ShouldNotBeNull();
        // More is asked for, asked anew on request, and of others.
        (await client.GoAsync(service)).AbsolutePath.ShouldBe("/authorize");
        (await client.GoAsync(service, ("scope", "openid api"), ("prompt", "consent"))).AbsolutePath.ShouldBe("/authorize");
        (await client.GoAsync(await app.As("manager"), ("scope", "openid api"))).AbsolutePath.ShouldBe("/authorize");

        var tokens = (await client.RedeemAsync(Application.Of(at, "code")!)).Is(HttpStatusCode.OK);
        var api = client.With(tokens["access_token"]!.ToString());
        (await api.Get("customers?limit=1")).Is(HttpStatusCode.OK);
        var listed = (await service.Get("authorizations")).Is(HttpStatusCode.OK)["data"]!.AsArray().Single(a => a!["clientId"]!.ToString() == client.ClientId)!;
        listed["scopes"]!.AsArray().Select(s => s!.ToString()).ShouldBe(["api", "openid"]);
        listed["remembered"]!.GetValue<bool>().ShouldBeTrue();

        (await service.Delete($"authorizations/{client.ClientId}")).Is(HttpStatusCode.NoContent);
        (await api.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        (await client.GoAsync(service, ("scope", "openid api"))).AbsolutePath.ShouldBe("/authorize");
        (await service.Delete($"authorizations/{client.ClientId}")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task without_a_session_the_page_signs_in_first_and_a_silent_request_is_refused()
    {
        var client = await Application.RegisterAsync(app);
        (await client.GoAsync(app.Anonymous)).AbsolutePath.ShouldBe("/authorize");
        var silent = await client.GoAsync(app.Anonymous, ("prompt", "none"));
        Application.Of(silent, "error").ShouldBe("login_required");
        silent.Host.ShouldBe("app.example.com");
        (await app.Anonymous.Post("authorizations/answer", new { request = "x", approved = true })).IsProblem(401, "unauthenticated");
    }

    [Theory]
    [InlineData("prompt", "login")]
    [InlineData("max_age", "0")]
    public async Task an_application_may_insist_on_a_fresh_sign_in(string parameter, string value)
    {
        var client = await Application.RegisterAsync(app);
        var person = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false }) { BaseAddress = app.Address };
        var sales = await SignIn(person);
        // In another second than the sign-in.
        while (DateTimeOffset.UtcNow.ToUnixTimeSeconds() <= signedIn) await Task.Delay(20, Ct);
        var request = Application.Of(await client.GoAsync(sales, (parameter, value)), "request");
        (await sales.Post("authorizations/request", new { request })).Is(HttpStatusCode.OK)["signInAgain"]!.GetValue<bool>().ShouldBeTrue();
        (await sales.Post("authorizations/answer", new { request, approved = true })).IsProblem(409, "sign_in_again");
        sales = await SignIn(person);
        (await sales.Post("authorizations/answer", new { request, approved = true })).Is(HttpStatusCode.OK);
    }

    private long signedIn;

    private async Task<Api> SignIn(HttpClient person)
    {
        person.DefaultRequestHeaders.Remove("X-CSRF-Token");
        using var answer = await person.PostAsJsonAsync("/api/v1/session", new { userName = "sales", password = "Demo-2026!" }, Ct);
        person.DefaultRequestHeaders.Add("X-CSRF-Token", (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!["csrfToken"]!.ToString());
        signedIn = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return new Api(person);
    }

    [Fact]
    public async Task what_the_browser_carries_cannot_be_made_or_changed()
    {
        var client = await Application.RegisterAsync(app);
        var sales = await app.As("sales");
        var request = Application.Of(await client.GoAsync(sales), "request")!;
        (await sales.Post("authorizations/request", new { request = request[..^4] + "AAAA" })).IsProblem(400, "invalid_request");
        (await sales.Post("authorizations/answer", new { request = "", approved = true })).IsProblem(400, "invalid_request");
        (await sales.Post("authorizations/answer", new { request })).IsProblem(400, "required");
        await (await app.As("admin")).Post($"clients/{client.Id}/revoke");
        (await sales.Post("authorizations/answer", new { request, approved = true })).IsProblem(409, "client_revoked");
    }

    [Fact]
    public async Task refresh_tokens_rotate_and_one_that_comes_twice_ends_them_all()
    {
        var client = await Application.RegisterAsync(app);
        var first = await client.TokensAsync(await app.As("sales"));
        var second = (await client.RefreshAsync(first["refresh_token"]!.ToString())).Is(HttpStatusCode.OK);
        second["refresh_token"]!.ToString().ShouldNotBe(first["refresh_token"]!.ToString());
        var narrow = (await client.RefreshAsync(second["refresh_token"]!.ToString(), ("scope", "api"))).Is(HttpStatusCode.OK);
        narrow["scope"]!.ToString().ShouldBe("api");
        narrow.Json.AsObject().ContainsKey("id_token").ShouldBeFalse();
        (await client.RefreshAsync(narrow["refresh_token"]!.ToString(), ("scope", "api root"))).IsError(400, "invalid_scope");
        var last = (await client.RefreshAsync(narrow["refresh_token"]!.ToString())).Is(HttpStatusCode.OK);
        last["scope"]!.ToString().ShouldBe("openid profile offline_access api");

        (await client.RefreshAsync(first["refresh_token"]!.ToString())).IsError(400, "invalid_grant");
        (await client.RefreshAsync(last["refresh_token"]!.ToString())).IsError(400, "invalid_grant");
        (await client.With(last["access_token"]!.ToString()).Get("customers?limit=1")).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task of_many_that_refresh_at_once_one_wins_and_then_nobody()
    {
        var client = await Application.RegisterAsync(app);
        var token = (await client.TokensAsync(await app.As("sales")))["refresh_token"]!.ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.RefreshAsync(token)));
        var won = answers.Where(a => a.Status == HttpStatusCode.OK).ShouldHaveSingleItem();
        foreach (var lost in answers.Where(a => a != won)) lost.IsError(400, "invalid_grant");
        (await client.RefreshAsync(won["refresh_token"]!.ToString())).IsError(400, "invalid_grant");
    }

    [Fact]
    public async Task a_code_works_once_and_its_second_use_ends_what_it_brought()
    {
        var client = await Application.RegisterAsync(app);
        var code = await client.CodeAsync(await app.As("sales"));
        var tokens = (await client.RedeemAsync(code)).Is(HttpStatusCode.OK);
        (await client.RedeemAsync(code)).IsError(400, "invalid_grant");
        (await client.With(tokens["access_token"]!.ToString()).Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        (await client.RefreshAsync(tokens["refresh_token"]!.ToString())).IsError(400, "invalid_grant");
    }

    [Fact]
    public async Task a_code_is_for_its_client_redirect_uri_verifier_and_minute()
    {
        var client = await Application.RegisterAsync(app);
        var other = await Application.RegisterAsync(app);
        var sales = await app.As("sales");
        (await client.RedeemAsync(await client.CodeAsync(sales), ("code_verifier", new string('a', 43)))).IsError(400, "invalid_grant");
        (await client.RedeemAsync(await client.CodeAsync(sales), ("code_verifier", "echo"))).IsError(400, "invalid_grant");
        (await client.RedeemAsync(await client.CodeAsync(sales), ("code_verifier", null))).IsError(400, "invalid_request");
        (await client.RedeemAsync(await client.CodeAsync(sales), ("redirect_uri", "https://app.example.com/other"))).IsError(400, "invalid_grant");
        (await other.RedeemAsync(await client.CodeAsync(sales))).IsError(400, "invalid_grant");
        (await client.RedeemAsync("echo")).IsError(400, "invalid_grant");

        // A wrong verifier has used the code up: whoever guesses has one guess.
        var code = await client.CodeAsync(sales);
        (await client.RedeemAsync(code, ("code_verifier", new string('a', 43)))).IsError(400, "invalid_grant");
        (await client.RedeemAsync(code)).IsError(400, "invalid_grant");

        var late = await client.CodeAsync(sales);
        await Sql("update identity.authorization_codes set expires_at = expires_at - interval '61 seconds' where used_at is null");
        (await client.RedeemAsync(late)).IsError(400, "invalid_grant");
    }

    [Fact]
    public async Task a_person_who_left_or_whose_sessions_ended_has_no_tokens()
    {
        var admin = await app.As("admin");
        var client = await Application.RegisterAsync(app);
        var id = (await admin.Post("users", new { userName = "leaver", displayName = "将离职", role = "manager" })).Is(HttpStatusCode.Created).Id;
        await app.GivePasswordAsync(id);
        var manager = await app.As("leaver");
        var tokens = await client.TokensAsync(manager);
        var code = await client.CodeAsync(manager);
        var api = client.With(tokens["access_token"]!.ToString());
        (await api.Get("customers?limit=1")).Is(HttpStatusCode.OK);
        (await admin.Patch($"users/{id}", new { active = false })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await api.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        (await client.RefreshAsync(tokens["refresh_token"]!.ToString())).IsError(400, "invalid_grant");
        (await client.RedeemAsync(code)).IsError(400, "invalid_grant");

        var guest = (await admin.Post("users", new { userName = "guest", displayName = "访客", role = "sales" })).Is(HttpStatusCode.Created).Id;
        await app.GivePasswordAsync(guest);
        var another = await client.CodeAsync(await app.As("guest"));
        await Sql($"delete from identity.sessions where user_id = '{guest}'");
        (await client.RedeemAsync(another)).IsError(400, "invalid_grant");
    }

    [Fact]
    public async Task a_public_client_proves_itself_by_the_verifier_alone()
    {
        var client = await Application.RegisterAsync(app, Application.ForPeople(confidential: false), secret: false);
        var tokens = await client.TokensAsync(await app.As("sales"));
        (await client.RefreshAsync(tokens["refresh_token"]!.ToString())).Is(HttpStatusCode.OK);
        (await client.TokenAsync(("grant_type", "client_credentials"))).IsError(400, "unauthorized_client");
        (await client.PostAsync("/connect/introspection", ("token", tokens["access_token"]!.ToString()))).IsError(401, "invalid_client");
        (await client.TokenAsync(("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_secret", "echo"))).IsError(401, "invalid_client");
    }

    [Fact]
    public async Task tokens_are_looked_into_and_given_back_by_their_own_client_only()
    {
        var client = await Application.RegisterAsync(app);
        var other = await Application.RegisterAsync(app);
        var tokens = await client.TokensAsync(await app.As("sales"));
        var (access, refresh) = (tokens["access_token"]!.ToString(), tokens["refresh_token"]!.ToString());
        var known = (await client.PostAsync("/connect/introspection", ("token", access))).Is(HttpStatusCode.OK);
        known["active"]!.GetValue<bool>().ShouldBeTrue();
        known["sub"]!.ToString().ShouldBe((await app.UserId("sales")).ToString());
        (await client.PostAsync("/connect/introspection", ("token", refresh)))["active"]!.GetValue<bool>().ShouldBeTrue();
        foreach (var token in (string[])[access, refresh, "echo"])
        {
            (await other.PostAsync("/connect/introspection", ("token", token))).Text.ShouldBe("""{"active":false}""");
            (await other.PostAsync("/connect/revocation", ("token", token))).Is(HttpStatusCode.OK);
        }
        var api = client.With(access);
        (await api.Get("customers?limit=1")).Is(HttpStatusCode.OK);
        (await client.PostAsync("/connect/revocation", ("token", access), ("client_secret", "echo"))).IsError(401, "invalid_client");
        (await client.PostAsync("/connect/revocation", ("token", access))).Is(HttpStatusCode.OK);
        (await api.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        // The refresh token is another one; given back, it takes along what came from the same consent.
        var next = (await client.RefreshAsync(refresh)).Is(HttpStatusCode.OK);
        (await client.PostAsync("/connect/revocation", ("token", next["refresh_token"]!.ToString()), ("token_type_hint", "refresh_token"))).Is(HttpStatusCode.OK);
        (await client.With(next["access_token"]!.ToString()).Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        (await client.PostAsync("/connect/introspection", ("token", next["refresh_token"]!.ToString()))).Text.ShouldBe("""{"active":false}""");
    }

    [Fact]
    public async Task a_token_without_the_scope_is_not_for_the_api()
    {
        var client = await Application.RegisterAsync(app);
        var tokens = (await client.RedeemAsync(await client.CodeAsync(await app.As("sales"), changes: ("scope", "openid")))).Is(HttpStatusCode.OK);
        tokens.Json.AsObject().ContainsKey("refresh_token").ShouldBeFalse();
        var api = client.With(tokens["access_token"]!.ToString());
        (await api.Get("customers?limit=1")).IsProblem(403, "insufficient_scope");
        (await api.Http.GetFromJsonAsync<JsonNode>("/connect/userinfo", Ct))!.AsObject().Select(c => c.Key).ShouldBe(["sub"]);
        using var none = await client.With((await app.AsIntegrator()).Http.DefaultRequestHeaders.Authorization!.Parameter).Http.GetAsync("/connect/userinfo", Ct);
        none.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        none.Headers.WwwAuthenticate.Single().ToString().ShouldBe("Bearer error=\"insufficient_scope\"");
    }

    [Fact]
    public async Task nothing_but_an_access_token_of_ours_that_is_in_time_is_one()
    {
        var client = await Application.RegisterAsync(app);
        var tokens = await client.TokensAsync(await app.As("sales"));
        var access = tokens["access_token"]!.ToString();
        var parts = access.Split('.');
        string[] forged =
        [
            tokens["id_token"]!.ToString(), tokens["refresh_token"]!.ToString(), parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1] + "." + parts[2][..^4] + "AAAA",
            Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Encode("""{"alg":"none","typ":"at+jwt"}""") + "." + parts[1] + ".", "crm_pat_unknown", "x.y.z", new string('a', 20_000),
            await Expired(client),
        ];
        foreach (var token in forged) (await client.With(token).Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        (await client.With(access).Get("customers?limit=1")).Is(HttpStatusCode.OK);
    }

    /// <summary>Signed by our own key, two hours ago.</summary>
    private async Task<string> Expired(Application client)
    {
        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        var past = new DocumentStore(new StoreOptions { DataSource = database, Clock = new TwoHoursAgo() });
        return await new AccessTokens(app.Services.GetRequiredService<SigningKeys>(), past, database).IssueAsync(client.Issuer, "demo-integrator", null, "integrator", ["api"], null, Ct);
    }

    private sealed class TwoHoursAgo : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddHours(-2);
    }

    private async Task Sql(string sql)
    {
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
