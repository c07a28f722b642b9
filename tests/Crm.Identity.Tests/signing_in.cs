using System.Net;
using Crm.Testing;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class signing_in(CrmApp app, PostgresFixture postgres) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task answers_the_person_and_the_rights_and_is_never_cached()
    {
        using var person = await Person.NewAsync(app);
        var answer = (await person.Try()).Is(HttpStatusCode.OK);
        answer["user"]!["userName"]!.ToString().ShouldBe(person.UserName);
        answer["rights"]!.AsArray().Count.ShouldBeGreaterThan(5);
        answer["secondFactorDemanded"]!.GetValue<bool>().ShouldBeFalse();
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await person.Api.Get("session")).Headers.CacheControl!.NoStore.ShouldBeTrue();
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("crm_session", StringComparison.Ordinal));
        foreach (var word in (string[])["httponly", "samesite=strict", "path=/"]) cookie.ShouldContain(word, Case.Insensitive);
    }

    [Fact]
    public async Task with_a_wrong_name_or_password_is_refused_alike()
    {
        using var person = await Person.NewAsync(app);
        var wrong = (await person.Try("wrong")).IsProblem(401, "invalid_credentials");
        var unknown = (await app.Anonymous.Post("session", new { userName = "nobody.at.all", password = "wrong" })).IsProblem(401, "invalid_credentials");
        wrong["detail"]!.ToString().ShouldBe(unknown["detail"]!.ToString());
        (await app.Anonymous.Post("session", new { userName = new string('x', 201), password = "x" })).IsProblem(401, "invalid_credentials");
        (await app.Anonymous.Post("session", new { userName = "a\0b", password = "x" })).IsProblem(400, "invalid_character");
    }

    [Fact]
    public async Task pauses_after_five_failures_longer_each_time_and_forgets_them_after_success()
    {
        using var person = await Person.NewAsync(app);
        for (var i = 0; i < 4; i++) (await person.Try("wrong")).IsProblem(401, "invalid_credentials");
        await person.SignIn();
        for (var i = 0; i < 5; i++) (await person.Try("wrong")).IsProblem(401, "invalid_credentials");
        var locked = (await person.Try()).IsProblem(429, "too_many_attempts");
        locked.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(30, 60);
        await person.Execute($"update identity.credentials set locked_until = now() - interval '1 second' where user_id = '{person.Id}'");
        (await person.Try("wrong")).IsProblem(401, "invalid_credentials");
        (await person.Try()).IsProblem(429, "too_many_attempts").Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(90, 120);
        await person.Execute($"update identity.credentials set locked_until = now() - interval '1 second' where user_id = '{person.Id}'");
        await person.SignIn();
        (await person.Scalar<int>($"select failures from identity.credentials where user_id = '{person.Id}'")).ShouldBe(0);
    }

    [Fact]
    public async Task counts_every_failure_of_attempts_at_once()
    {
        using var person = await Person.NewAsync(app);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => person.Try("wrong")));
        (await person.Scalar<int>($"select failures from identity.credentials where user_id = '{person.Id}'")).ShouldBeGreaterThanOrEqualTo(5);
        (await person.Try()).IsProblem(429, "too_many_attempts");
    }

    [Fact]
    public async Task renews_a_hash_of_fewer_iterations_and_ends_no_session()
    {
        using var person = await Person.NewAsync(app);
        using var elsewhere = await person.Elsewhere().SignIn();
        var old = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = 500 })).HashPassword(new object(), person.Password);
        await person.Execute($"update identity.credentials set password_hash = '{old}' where user_id = '{person.Id}'");
        await person.SignIn();
        var now = await person.Scalar<string>($"select password_hash from identity.credentials where user_id = '{person.Id}'");
        now.ShouldNotBe(old);
        await person.SignIn();
        (await person.Scalar<string>($"select password_hash from identity.credentials where user_id = '{person.Id}'")).ShouldBe(now);
        (await elsewhere.Api.Get("session")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task too_often_from_one_address_is_429_with_the_time_to_wait()
    {
        await using var strict = new CrmApp(postgres) { Settings = ["--Crm:SignIn:Burst=3", "--Crm:SignIn:PerMinute=1", "--Crm:SignIn:LinksPerHour=1"] };
        await strict.InitializeAsync();
        for (var i = 0; i < 3; i++) (await strict.Anonymous.Post("session", new { userName = "nobody" + i, password = "x" })).IsProblem(401, "invalid_credentials");
        var refused = (await strict.Anonymous.Post("session", new { userName = "nobody", password = "x" })).IsProblem(429, "too_many_requests");
        refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeGreaterThanOrEqualTo(1);
        (await strict.Anonymous.Post("password/forgotten", new { userName = "x" })).IsProblem(409, "mail_not_configured");
        (await strict.Anonymous.Post("password/forgotten", new { userName = "x" })).IsProblem(429, "too_many_requests");
        for (var i = 0; i < 4; i++)
        {
            using var form = new StringContent("grant_type=client_credentials&client_id=nobody&client_secret=x", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
            using var token = await strict.Anonymous.Http.PostAsync("/connect/token", form);
            token.StatusCode.ShouldBe(i < 3 ? HttpStatusCode.Unauthorized : HttpStatusCode.TooManyRequests);
        }
    }
}
