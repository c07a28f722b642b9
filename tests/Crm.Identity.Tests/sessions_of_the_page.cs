using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class sessions_of_the_page(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task are_listed_and_ended_by_their_owner()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        using var other = await person.Elsewhere().SignIn();
        using var third = await person.Elsewhere().SignIn();
        var list = (await person.Api.Get("account/sessions"))["data"]!.AsArray();
        list.Count.ShouldBe(3);
        list.Count(s => s!["current"]!.GetValue<bool>()).ShouldBe(1);
        list.ShouldAllBe(s => s!["device"]!.ToString() == "Chrome on Windows" && s["address"]!.ToString() == "127.0.0.0/24");
        var otherId = (await other.Api.Get("account/sessions"))["data"]!.AsArray().Single(s => s!["current"]!.GetValue<bool>())!["id"]!.ToString();
        (await person.Api.Delete($"account/sessions/{otherId}")).Is(HttpStatusCode.NoContent);
        (await other.Api.Get("session")).IsProblem(401, "unauthenticated");
        (await person.Api.Delete($"account/sessions/{otherId}")).IsProblem(404, "not_found");
        (await person.Api.Delete("account/sessions")).Is(HttpStatusCode.NoContent);
        (await third.Api.Get("session")).IsProblem(401, "unauthenticated");
        (await person.Api.Get("account/sessions"))["data"]!.AsArray().Count.ShouldBe(1);
        (await person.Events()).Count(e => e == "user_sessions_revoked").ShouldBe(1);
    }

    [Fact]
    public async Task of_somebody_else_cannot_be_ended_but_by_an_administrator()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        using var stranger = await (await Person.NewAsync(app)).SignIn();
        var id = (await person.Api.Get("account/sessions"))["data"]![0]!["id"]!.ToString();
        (await stranger.Api.Delete($"account/sessions/{id}")).IsProblem(404, "not_found");
        (await stranger.Api.Get($"users/{person.Id}/account")).IsProblem(403, "forbidden");
        (await stranger.Api.Delete($"users/{person.Id}/sessions")).IsProblem(403, "forbidden");
        (await person.Api.Get("session")).Is(HttpStatusCode.OK);
        var admin = await app.As("admin");
        (await admin.Get($"users/{person.Id}/account"))["sessions"]!.AsArray().Select(s => s!["id"]!.ToString()).ShouldBe([id]);
        (await admin.Delete($"users/{stranger.Id}/sessions/{id}")).IsProblem(404, "not_found");
        (await admin.Delete($"users/{person.Id}/sessions/{id}")).Is(HttpStatusCode.NoContent);
        (await person.Api.Get("session")).IsProblem(401, "unauthenticated");
        (await admin.Delete($"users/{stranger.Id}/sessions")).Is(HttpStatusCode.NoContent);
        (await stranger.Api.Get("session")).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task end_with_sign_out_and_the_cookie_is_worth_nothing_after()
    {
        using var person = await Person.NewAsync(app);
        var session = await person.Try();
        var cookie = session.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("crm_session=", StringComparison.Ordinal)).Split(';')[0];
        using var thief = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = app.Address };
        thief.DefaultRequestHeaders.Add("Cookie", cookie);
        (await new Api(thief).Get("session")).Is(HttpStatusCode.OK);
        (await person.Api.Delete("session")).Is(HttpStatusCode.NoContent);
        (await new Api(thief).Get("session")).IsProblem(401, "unauthenticated");
    }

    [Theory]
    [InlineData("""{"role":"service"}""")]
    [InlineData("""{"active":false}""")]
    public async Task end_at_once_with_the_role_and_the_access_they_were_opened_for(string change)
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        (await (await app.As("admin")).Patch($"users/{person.Id}", change)).Is(HttpStatusCode.OK);
        (await person.Api.Get("session")).IsProblem(401, "unauthenticated");
        (await person.Try()).Status.ShouldBe(change.Contains("role", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task go_on_when_only_a_name_changes()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        (await (await app.As("admin")).Patch($"users/{person.Id}", new { displayName = "新名字" })).Is(HttpStatusCode.OK);
        (await person.Api.Get("session")).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("last_seen_at = now() - interval '2 hours 1 minute'", HttpStatusCode.Unauthorized)]
    [InlineData("last_seen_at = now() - interval '1 hour 58 minutes'", HttpStatusCode.OK)]
    [InlineData("created_at = now() - interval '12 hours 1 minute'", HttpStatusCode.Unauthorized)]
    [InlineData("created_at = now() - interval '11 hours 58 minutes'", HttpStatusCode.OK)]
    public async Task end_by_time(string set, HttpStatusCode status)
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        await person.Execute($"update identity.sessions set {set} where user_id = '{person.Id}'");
        (await person.Api.Get("session")).Is(status);
        if (status == HttpStatusCode.OK) (await person.Scalar<bool>($"select last_seen_at > now() - interval '1 minute' from identity.sessions where user_id = '{person.Id}'")).ShouldBeTrue();
    }

    [Fact]
    public async Task are_renewed_by_signing_in_again()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        await person.SignIn();
        (await person.Scalar<long>($"select count(*) from identity.sessions where user_id = '{person.Id}'")).ShouldBe(1);
    }

    [Fact]
    public async Task are_stored_by_a_hash_of_their_secret_and_tokens_of_clients_are_none()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        (await person.Scalar<int>($"select length(secret_hash) from identity.sessions where user_id = '{person.Id}'")).ShouldBe(32);
        var client = await app.AsIntegrator();
        (await client.Get("account")).IsProblem(403, "forbidden");
        (await client.Get("account/sessions")).IsProblem(403, "forbidden");
    }
}
