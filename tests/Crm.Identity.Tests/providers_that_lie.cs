using System.Net;
using System.Text;
using Crm.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Tokens;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>The application with a provider that lies when it is told to, links by verified e-mail, trusts its second factor and lets nobody do more by token than sales.</summary>
public sealed class AppWithLiar(PostgresFixture postgres) : IAsyncLifetime
{
    internal LyingProvider Liar { get; private set; } = null!;

    public CrmApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Liar = await LyingProvider.StartAsync();
        App = new CrmApp(postgres) { Settings = Liar.Settings("LinkByVerifiedEmail=true", "TrustSecondFactor=true", "ApiRole=sales") };
        await App.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Liar.DisposeAsync();
    }
}

/// <summary>Answers of a provider, and what looks like them, that must not be believed.</summary>
public sealed class providers_that_lie(AppWithLiar both) : IClassFixture<AppWithLiar>
{
    private const string Failed = "/sign-in?problem=external_failed&provider=liar";
    private readonly CrmApp app = both.App;
    private readonly LyingProvider liar = both.Liar;

    [Theory]
    [InlineData("true", "/sign-in?external=liar")]
    [InlineData("nonce", Failed)]
    [InlineData("no nonce", Failed)]
    [InlineData("issuer", Failed)]
    [InlineData("audience", Failed)]
    [InlineData("expired", Failed)]
    [InlineData("no expiry", Failed)]
    [InlineData("key", Failed)]
    [InlineData("none", Failed)]
    [InlineData("unsigned", Failed)]
    [InlineData("hmac", Failed)]
    public async Task only_a_true_id_token_is_believed(string lie, string lands)
    {
        using var person = await Person.NewAsync(app);
        var sent = await Begin(person);
        (string, object?) nonce = ("nonce", lie == "nonce" ? "another" : lie == "no nonce" ? null : sent["nonce"].ToString());
        liar.IdToken = lie switch
        {
            "issuer" => liar.Token("s1", LyingProvider.ClientId, claims: [nonce, ("iss", "https://elsewhere.example.com")]),
            "audience" => liar.Token("s1", "another client", claims: nonce),
            "expired" => liar.Token("s1", LyingProvider.ClientId, expires: DateTimeOffset.UtcNow.AddMinutes(-2), claims: nonce),
            "no expiry" => liar.Token("s1", LyingProvider.ClientId, claims: [nonce, ("exp", null)]),
            "key" => liar.Token("s1", LyingProvider.ClientId, by: LyingProvider.Key("k1"), claims: nonce),
            "none" => liar.Token("s1", LyingProvider.ClientId, algorithm: null, claims: nonce),
            "unsigned" => liar.Token("s1", LyingProvider.ClientId, claims: nonce) is var signed ? signed[..(signed.LastIndexOf('.') + 1)] : "",
            // The secret that both know must not sign: whoever else learns it could.
            "hmac" => liar.Token("s1", LyingProvider.ClientId, by: new SymmetricSecurityKey(Encoding.UTF8.GetBytes(new string('s', 64))), algorithm: SecurityAlgorithms.HmacSha256, claims: nonce),
            _ => liar.Token("s1", LyingProvider.ClientId, claims: nonce),
        };
        (await Back(person, sent["state"].ToString())).ShouldBe(lands);
        (await person.Api.Post("session/external", new { })).IsProblem(lands == Failed ? 401 : 403, lands == Failed ? "external_sign_in_expired" : "external_login_unknown");
    }

    [Fact]
    public async Task a_state_that_is_forged_or_another_browsers_is_refused()
    {
        using var person = await Person.NewAsync(app);
        using var other = person.Elsewhere();
        var sent = await Begin(person);
        liar.IdToken = liar.Token("s1", LyingProvider.ClientId, claims: ("nonce", sent["nonce"].ToString()));
        (await Back(person, "forged")).ShouldBe(Failed);
        (await Back(other, sent["state"].ToString())).ShouldBe(Failed);
        (await Back(person, sent["state"].ToString())).ShouldBe("/sign-in?external=liar");
        sent["code_challenge_method"].ToString().ShouldBe("S256");
    }

    [Fact]
    public async Task a_refusal_there_is_told_and_logged()
    {
        using var person = await Person.NewAsync(app);
        var sent = await Begin(person);
        using var answer = await person.Api.Http.GetAsync($"/connect/external/liar/callback?error=access_denied&state={Uri.EscapeDataString(sent["state"].ToString())}");
        answer.Headers.Location!.ToString().ShouldBe("/sign-in?problem=external_denied&provider=liar");
        (await (await app.As("admin")).Get("sign-ins?event=failed&limit=5"))["data"]!.AsArray().ShouldContain(e => e!["reason"]!.ToString() == "external_denied" && e["way"]!.ToString() == "liar");
    }

    [Fact]
    public async Task a_verified_address_links_the_one_user_who_has_it_and_an_unverified_one_nobody()
    {
        using var person = await Person.NewAsync(app);
        var email = person.UserName + "@example.com";
        (await (await app.As("admin")).Patch($"users/{person.Id}", new { email })).Is(HttpStatusCode.OK);
        await app.Settled();
        (await Come(person, "mail-1-" + person.UserName, ("email", email), ("email_verified", false))).IsProblem(403, "external_login_unknown");
        (await Come(person, "mail-2-" + person.UserName, ("email", email.ToUpperInvariant()), ("email_verified", true))).Is(HttpStatusCode.OK)["user"]!["id"]!.GetValue<Guid>().ShouldBe(person.Id);
        // Whoever gets the address later is not the same.
        using var later = person.Elsewhere();
        (await Come(later, "mail-3-" + person.UserName, ("email", email), ("email_verified", true))).IsProblem(403, "external_login_unknown");
    }

    [Fact]
    public async Task a_second_factor_seen_there_counts_here()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        await person.SetUpSecondFactor();
        await Link(person.Id, "mfa-" + person.UserName);
        using var elsewhere = person.Elsewhere();
        (await Come(elsewhere, "mfa-" + person.UserName, ("amr", "pwd"))).IsProblem(401, "otp_required");
        (await Come(elsewhere, "mfa-" + person.UserName, ("amr", (string[])["pwd", "mfa"]))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task a_token_is_refused_when_anything_of_it_is_not_right()
    {
        using var person = await Person.NewAsync(app);
        var subject = "api-" + person.UserName;
        await Link(person.Id, subject);
        (await With(liar.ApiToken(subject)).Get("customers?limit=1")).Is(HttpStatusCode.OK);
        foreach (var wrong in (string[])
        [
            liar.ApiToken(subject, expires: DateTimeOffset.UtcNow.AddMinutes(-2)), liar.ApiToken(subject, audience: "https://other.example.com"), liar.ApiToken(subject, audience: LyingProvider.ClientId),
            liar.ApiToken(subject, type: "JWT"), liar.ApiToken("nobody"), liar.ApiToken(subject, claims: ("exp", null)), liar.ApiToken(subject, claims: ("sub", null)),
            liar.Token(subject, LyingProvider.Audience, "at+jwt", by: LyingProvider.Key("k1")), liar.Token(subject, LyingProvider.Audience, "at+jwt", algorithm: null),
            liar.ApiToken(subject)[..^4] + "AAAA",
        ])
            (await With(wrong).Get("customers?limit=1")).IsProblem(401, "unauthenticated").Headers.WwwAuthenticate.ToString().ShouldBe("Bearer error=\"invalid_token\"");
        (await (await app.As("admin")).Patch($"users/{person.Id}", new { active = false })).Is(HttpStatusCode.OK);
        (await With(liar.ApiToken(subject)).Get("customers?limit=1")).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task nobody_goes_beyond_the_role_of_the_tokens_of_a_provider()
    {
        var admin = await app.UserId("admin");
        await Link(admin, "the-administrator");
        (await With(liar.ApiToken("the-administrator")).Post("users", new { userName = "by-token", displayName = "不应存在", role = "sales" })).IsProblem(403, "forbidden");
    }

    private async Task Link(Guid user, string subject)
    {
        await using var session = app.Store.OpenSession(new Crm.EventStore.EventContext("system", "system"));
        (await session.FetchForWriting<User>(user)).AppendMany([new UserLoginLinked("liar", ExternalProvider.Login(liar.Issuer, subject), ByEmail: false)]);
        await session.SaveChangesAsync();
    }

    /// <summary>Comes by the provider with these claims, as far as the page goes.</summary>
    private async Task<Reply> Come(Person person, string subject, params (string Name, object? Value)[] claims)
    {
        var sent = await Begin(person);
        liar.IdToken = liar.Token(subject, LyingProvider.ClientId, claims: [("nonce", sent["nonce"].ToString()), .. claims]);
        (await Back(person, sent["state"].ToString())).ShouldBe("/sign-in?external=liar");
        return await person.Api.Post("session/external", new { });
    }

    private static async Task<Dictionary<string, Microsoft.Extensions.Primitives.StringValues>> Begin(Person person)
    {
        using var answer = await person.Api.Http.GetAsync("/connect/external/liar");
        return QueryHelpers.ParseQuery(answer.Headers.Location!.Query);
    }

    private static async Task<string> Back(Person person, string state)
    {
        using var answer = await person.Api.Http.GetAsync($"/connect/external/liar/callback?code=c&state={Uri.EscapeDataString(state)}");
        return answer.Headers.Location?.ToString() ?? $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
    }

    private Api With(string token) => new(new HttpClient { BaseAddress = app.Address, DefaultRequestHeaders = { Authorization = new("Bearer", token) } });
}
