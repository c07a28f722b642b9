using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class second_factors(CrmApp app, PostgresFixture postgres) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task are_asked_for_once_they_are_set_up()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        (await person.Api.Post("account/second-factor", new { password = "wrong" })).IsProblem(403, "wrong_password");
        var (key, codes) = await person.SetUpSecondFactor();
        codes.Count.ShouldBe(10);
        codes.Distinct().Count().ShouldBe(10);
        var account = await person.Api.Get("account");
        account["secondFactorSince"].ShouldNotBeNull();
        account["recoveryCodesLeft"]!.GetValue<int>().ShouldBe(10);
        (await person.Api.Post("account/second-factor", new { password = person.Password })).IsProblem(409, "second_factor_on");

        using var browser = person.Elsewhere();
        (await browser.Try()).IsProblem(401, "otp_required");
        (await browser.Try(otp: "000000")).IsProblem(401, "otp_invalid");
        (await browser.Try("wrong", person.Code(key, 1))).IsProblem(401, "invalid_credentials");
        await browser.SignIn(person.Code(key, 1));
        (await person.Events()).ShouldContain("user_second_factor_enabled");
        // Neither key nor codes are stored as they are.
        (await person.Scalar<string>($"select secret from identity.second_factors where user_id = '{person.Id}'"))!.ShouldNotContain(key);
    }

    [Fact]
    public async Task take_a_code_of_the_app_once_even_if_it_is_tried_at_once()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        var (key, _) = await person.SetUpSecondFactor();
        var code = person.Code(key, 1);
        var browsers = Enumerable.Range(0, 4).Select(_ => person.Elsewhere()).ToList();
        var answers = await Task.WhenAll(browsers.Select(b => b.Try(otp: code)));
        answers.Count(a => a.Status == HttpStatusCode.OK).ShouldBe(1);
        browsers.ForEach(b => b.Dispose());
    }

    [Fact]
    public async Task take_a_recovery_code_once_however_it_is_typed()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        var (_, codes) = await person.SetUpSecondFactor();
        using var browser = person.Elsewhere();
        await browser.SignIn(" " + codes[0].ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal));
        (await browser.Api.Get("account"))["recoveryCodesLeft"]!.GetValue<int>().ShouldBe(9);
        (await browser.Try(otp: codes[0])).IsProblem(401, "otp_invalid");
        await browser.SignIn(codes[1]);
    }

    [Fact]
    public async Task end_the_other_sessions_when_they_come_and_go_and_keep_the_one_that_asks()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        using var other = await person.Elsewhere().SignIn();
        var (_, codes) = await person.SetUpSecondFactor();
        (await other.Api.Get("session")).IsProblem(401, "unauthenticated");
        (await person.Api.Get("session")).Is(HttpStatusCode.OK);
        (await person.Api.Post("account/second-factor/disable", new { password = person.Password, otp = "123456" })).IsProblem(403, "otp_invalid");
        (await person.Api.Post("account/second-factor/disable", new { password = "wrong", otp = codes[0] })).IsProblem(403, "wrong_password");
        (await person.Api.Post("account/second-factor/disable", new { password = person.Password, otp = codes[0] })).Is(HttpStatusCode.NoContent);
        (await person.Api.Get("account"))["secondFactorSince"].ShouldBeNull();
        using var again = await person.Elsewhere().SignIn();
        (await person.Events()).ShouldContain("user_second_factor_disabled");
    }

    [Fact]
    public async Task give_new_recovery_codes_and_the_old_are_worth_nothing()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        var (_, codes) = await person.SetUpSecondFactor();
        var fresh = (await person.Api.Post("account/second-factor/recovery-codes", new { password = person.Password, otp = codes[0] })).Is(HttpStatusCode.OK)["codes"]!.AsArray().Select(c => c!.ToString()).ToList();
        fresh.Intersect(codes).ShouldBeEmpty();
        using var browser = person.Elsewhere();
        (await browser.Try(otp: codes[1])).IsProblem(401, "otp_invalid");
        await browser.SignIn(fresh[0]);
    }

    [Fact]
    public async Task are_reset_by_an_administrator_but_not_one_s_own()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        await person.SetUpSecondFactor();
        var admin = await app.As("admin");
        (await admin.Get($"users/{person.Id}/account")).Is(HttpStatusCode.OK)["secondFactorSince"].ShouldNotBeNull();
        (await (await app.As("sales")).Post($"users/{person.Id}/second-factor/reset")).IsProblem(403, "forbidden");
        (await admin.Post($"users/{person.Id}/second-factor/reset")).Is(HttpStatusCode.NoContent);
        (await person.Api.Get("session")).IsProblem(401, "unauthenticated");
        await person.SignIn();
        (await person.Events()).ShouldContain("user_second_factor_reset");
        (await admin.Post($"users/{person.Id}/second-factor/reset")).IsProblem(409, "second_factor_off");
        (await admin.Post($"users/{await app.UserId("admin")}/second-factor/reset")).IsProblem(409, "own_account");
    }

    [Fact]
    public async Task stay_on_when_the_password_is_set_by_a_link()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        var (_, codes) = await person.SetUpSecondFactor();
        var link = (await (await app.As("admin")).Post($"users/{person.Id}/invitation"))["link"]!.ToString();
        (await app.Anonymous.Post("password", new { token = link.Split("#token=")[1], newPassword = "Sixth-horse-67" })).Is(HttpStatusCode.NoContent);
        person.Password = "Sixth-horse-67";
        (await person.Try()).IsProblem(401, "otp_required");
        await person.SignIn(codes[0]);
    }

    [Fact]
    public async Task are_demanded_of_a_role_before_anything_else()
    {
        await using var strict = new CrmApp(postgres) { Settings = ["--Crm:RequireSecondFactor:0=manager"] };
        await strict.InitializeAsync();
        using var person = await Person.NewAsync(strict, "manager");
        var session = (await person.Try()).Is(HttpStatusCode.OK);
        person.Take(session);
        session["secondFactorDemanded"]!.GetValue<bool>().ShouldBeTrue();
        (await person.Api.Get("customers")).IsProblem(403, "second_factor_required");
        (await person.Api.Post("customers", new { kind = "company", name = "x" })).IsProblem(403, "second_factor_required");
        var (_, codes) = await person.SetUpSecondFactor();
        (await person.Api.Get("customers")).Is(HttpStatusCode.OK);
        (await person.Api.Get("session"))["secondFactorDemanded"]!.GetValue<bool>().ShouldBeFalse();
        (await person.Api.Post("account/second-factor/disable", new { password = person.Password, otp = codes[0] })).IsProblem(409, "second_factor_demanded");
        using var sales = await Person.NewAsync(strict);
        (await sales.Try()).Is(HttpStatusCode.OK)["secondFactorDemanded"]!.GetValue<bool>().ShouldBeFalse();
    }
}
