using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>The application with the provider it knows as <c>sso</c>.</summary>
public sealed class AppWithProvider(PostgresFixture postgres) : IAsyncLifetime
{
    public OutsideProvider Provider { get; } = new();

    public CrmApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Provider.InitializeAsync();
        App = new CrmApp(postgres) { Settings = Provider.Settings($"ApiAudience={LyingProvider.Audience}") };
        await App.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Provider.DisposeAsync();
    }
}

/// <summary>Signing in by a provider that others wrote, with links made by the person and taken back.</summary>
public sealed class signing_in_by_a_provider(AppWithProvider both) : IClassFixture<AppWithProvider>
{
    private readonly CrmApp app = both.App;
    private readonly OutsideProvider provider = both.Provider;

    [Fact]
    public async Task a_linked_person_signs_in_and_the_log_and_the_session_tell_how()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        await Link(person, "wang-" + person.UserName);
        (await person.Events()).ShouldContain("user_login_linked");

        using var elsewhere = person.Elsewhere();
        var back = await Go(elsewhere, "wang-" + person.UserName, "/connect/external/sso?next=%2Fcustomers");
        back.ShouldBe("/sign-in?external=sso&next=%2Fcustomers");
        var session = (await elsewhere.Api.Post("session/external", new { })).Is(HttpStatusCode.OK);
        session["user"]!["id"]!.GetValue<Guid>().ShouldBe(person.Id);
        elsewhere.Take(session);
        (await elsewhere.Api.Get("account/sessions")).Is(HttpStatusCode.OK).Column("way").ShouldContain("sso");
        var log = (await elsewhere.Api.Get("account/sign-ins")).Is(HttpStatusCode.OK);
        log.Column("event").ShouldContain("login_linked");
        log["data"]![0]!["event"]!.ToString().ShouldBe("signed_in");
        log["data"]![0]!["way"]!.ToString().ShouldBe("sso");
        // The proof was used up.
        (await elsewhere.Api.Post("session/external", new { })).IsProblem(401, "external_sign_in_expired");
    }

    [Fact]
    public async Task somebody_unknown_is_refused_and_no_user_is_made()
    {
        using var person = await Person.NewAsync(app);
        var before = await person.Scalar<long>("select count(*) from identity.access");
        await Go(person, "nobody-knows-me");
        var refused = (await person.Api.Post("session/external", new { })).IsProblem(403, "external_login_unknown");
        refused["detail"]!.ToString().ShouldContain("联系管理员");
        (await person.Scalar<long>("select count(*) from identity.access")).ShouldBe(before);
        (await person.Api.Get("session")).Is(HttpStatusCode.Unauthorized);
        (await (await app.As("admin")).Get("sign-ins?event=failed")).Text.ShouldContain("unknown_login");
    }

    [Fact]
    public async Task a_link_needs_the_password_and_the_very_session_that_asked()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        using var other = await (await Person.NewAsync(app)).SignIn();
        (await person.Api.Post("account/external-logins", new { provider = "sso", password = "wrong" })).IsProblem(403, "wrong_password");
        (await person.Api.Post("account/external-logins", new { provider = "elsewhere", password = person.Password })).IsProblem(400, "unknown_provider");
        var begin = (await person.Api.Post("account/external-logins", new { provider = "sso", password = person.Password })).Is(HttpStatusCode.OK)["redirectTo"]!.ToString();
        // Whoever is sent to somebody else's link does not link anything.
        (await Get(other, begin)).Status.ShouldBe(HttpStatusCode.Forbidden);
        var callback = await provider.SignInAsync(Location(await Get(person, begin)), "li-" + person.UserName);
        Location(await Get(person, callback.PathAndQuery)).ToString().ShouldEndWith("/account?external=sso");
        // What was proved for a link is no sign-in.
        (await person.Api.Post("session/external", new { })).IsProblem(401, "external_sign_in_expired");
        (await person.Api.Post("account/external-logins/confirm")).Is(HttpStatusCode.NoContent);
        (await person.Api.Post("account/external-logins", new { provider = "sso", password = person.Password })).IsProblem(409, "external_provider_taken");
    }

    [Fact]
    public async Task one_account_outside_is_one_user()
    {
        using var first = await (await Person.NewAsync(app)).SignIn();
        using var second = await (await Person.NewAsync(app)).SignIn();
        await Link(first, "shared-" + first.UserName);
        (await LinkReply(second, "shared-" + first.UserName)).IsProblem(409, "external_login_taken");
    }

    [Fact]
    public async Task unlinking_ends_the_sessions_that_came_by_it()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        await Link(person, "zhao-" + person.UserName);
        using var elsewhere = person.Elsewhere();
        await Go(elsewhere, "zhao-" + person.UserName);
        elsewhere.Take((await elsewhere.Api.Post("session/external", new { })).Is(HttpStatusCode.OK));
        (await person.Api.Get("account/external-logins")).Is(HttpStatusCode.OK).Column("displayName").ShouldBe(["统一身份"]);

        (await person.Api.Delete("account/external-logins/sso")).Is(HttpStatusCode.NoContent);
        (await elsewhere.Api.Get("account")).Is(HttpStatusCode.Unauthorized);
        (await person.Api.Get("account")).Is(HttpStatusCode.OK);
        (await person.Api.Delete("account/external-logins/sso")).IsProblem(404, "not_found");
        await Go(elsewhere, "zhao-" + person.UserName);
        (await elsewhere.Api.Post("session/external", new { })).IsProblem(403, "external_login_unknown");
    }

    [Fact]
    public async Task an_administrator_sees_and_removes_a_link_and_nobody_else_does()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        await Link(person, "sun-" + person.UserName);
        var admin = await app.As("admin");
        (await admin.Get($"users/{person.Id}/account")).Is(HttpStatusCode.OK)["externalLogins"]![0]!["provider"]!.ToString().ShouldBe("sso");
        (await (await app.As("sales")).Delete($"users/{person.Id}/external-logins/sso")).IsProblem(403, "forbidden");
        (await admin.Delete($"users/{person.Id}/external-logins/sso")).Is(HttpStatusCode.NoContent);
        (await admin.Get($"users/{person.Id}/account"))["externalLogins"]!.AsArray().ShouldBeEmpty();
        (await person.Events()).ShouldContain("user_login_unlinked");
    }

    [Fact]
    public async Task the_own_second_factor_is_still_asked_for()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        var (key, _) = await person.SetUpSecondFactor();
        await person.StepsPass();
        await LinkReply(person, "qian-" + person.UserName, person.Code(key));
        using var elsewhere = person.Elsewhere();
        await Go(elsewhere, "qian-" + person.UserName);
        (await elsewhere.Api.Post("session/external", new { })).IsProblem(401, "otp_required");
        (await elsewhere.Api.Post("session/external", new { otp = "000000" })).IsProblem(401, "otp_invalid");
        await person.StepsPass();
        elsewhere.Take((await elsewhere.Api.Post("session/external", new { otp = person.Code(key) })).Is(HttpStatusCode.OK));
        (await elsewhere.Api.Get("account/sessions"))["data"]!.AsArray().Single(s => s!["current"]!.GetValue<bool>())!["secondFactor"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task who_is_not_active_does_not_come_in()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        await Link(person, "zhou-" + person.UserName);
        (await (await app.As("admin")).Patch($"users/{person.Id}", new { active = false })).Is(HttpStatusCode.OK);
        using var elsewhere = person.Elsewhere();
        await Go(elsewhere, "zhou-" + person.UserName);
        (await elsewhere.Api.Post("session/external", new { })).IsProblem(403, "account_inactive");
    }

    [Fact]
    public async Task a_token_of_the_provider_is_good_for_the_api()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        var token = await AccessToken("wu-" + person.UserName);
        var script = new Api(new HttpClient { BaseAddress = app.Address, DefaultRequestHeaders = { Authorization = new("Bearer", token) } });
        var refused = (await script.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
        refused.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer error=\"invalid_token\"");
        await Link(person, "wu-" + person.UserName);
        var made = (await script.Post("customers", new { kind = "company", name = "外部令牌公司 " + person.UserName })).Is(HttpStatusCode.Created);
        (await (await app.As("admin")).Get($"customers/{made.Id}/history"))["data"]![0]!["source"]!.ToString().ShouldBe("api:oidc:sso");
        (await script.Get("account")).IsProblem(403, "forbidden");
        (await person.Api.Delete("account/external-logins/sso")).Is(HttpStatusCode.NoContent);
        (await script.Get("customers?limit=1")).IsProblem(401, "unauthenticated");
    }

    private async Task Link(Person person, string subject) => (await LinkReply(person, subject)).Is(HttpStatusCode.NoContent);

    private async Task<Reply> LinkReply(Person person, string subject, string? otp = null)
    {
        var begin = (await person.Api.Post("account/external-logins", new { provider = "sso", password = person.Password, otp })).Is(HttpStatusCode.OK)["redirectTo"]!.ToString();
        (await Go(person, subject, begin)).ShouldBe("/account?external=sso");
        return await person.Api.Post("account/external-logins/confirm");
    }

    /// <summary>Goes to the provider, signs in there and comes back; answers where the page is opened.</summary>
    private async Task<string> Go(Person person, string subject, string begin = "/connect/external/sso")
    {
        var callback = await provider.SignInAsync(Location(await Get(person, begin)), subject);
        callback.Authority.ShouldBe(app.Address.Authority);
        return Location(await Get(person, callback.PathAndQuery)).PathAndQuery;
    }

    private async Task<string> AccessToken(string subject)
    {
        using var http = new HttpClient();
        var authorize = $"{provider.Issuer}/auth?client_id=script&response_type=code&scope=openid%20api&resource={Uri.EscapeDataString(LyingProvider.Audience)}"
            + $"&redirect_uri=http%3A%2F%2Flocalhost%2Fcallback&code_challenge={Application.Challenge}&code_challenge_method=S256";
        var code = Application.Of(await provider.SignInAsync(new Uri(authorize), subject), "code")!;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code", ["client_id"] = "script", ["code"] = code, ["redirect_uri"] = "http://localhost/callback", ["code_verifier"] = Application.Verifier, ["resource"] = LyingProvider.Audience,
        });
        using var answer = await http.PostAsync(provider.Issuer + "/token", form);
        return System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["access_token"]!.ToString();
    }

    private static async Task<Reply> Get(Person person, string address)
    {
        using var answer = await person.Api.Http.GetAsync(address);
        return new Reply(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers, answer.Content.Headers.ContentType?.MediaType);
    }

    private Uri Location(Reply reply) => new(app.Address, reply.Headers.Location ?? throw new InvalidOperationException($"{reply.Status} {reply.Text}"));
}
