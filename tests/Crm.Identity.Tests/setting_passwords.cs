using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed partial class setting_passwords(CrmApp app, PostgresFixture postgres) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task are_changed_with_the_old_one_and_end_every_other_session()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        using var other = await person.Elsewhere().SignIn();
        (await person.Api.Post("account/password", new { password = "wrong", newPassword = "Other-horse-27" })).IsProblem(403, "wrong_password");
        (await person.Api.Post("account/password", new { password = person.Password, newPassword = person.Password })).IsProblem(400, "invalid").Text.ShouldNotContain(person.Password);
        (await person.Api.Post("account/password", new { password = person.Password, newPassword = "Password123!" })).IsProblem(400, "weak_password").Naming("body.newPassword");
        (await person.Api.Post("account/password", new { password = person.Password, newPassword = "Sh0rt-1" })).IsProblem(400, "weak_password").Text.ShouldContain("password_too_short");
        (await other.Api.Get("session")).Is(HttpStatusCode.OK);
        (await person.Api.Post("account/password", new { password = person.Password, newPassword = "Other-horse-27" })).Is(HttpStatusCode.NoContent);
        (await other.Api.Get("session")).IsProblem(401, "unauthenticated");
        var session = (await person.Api.Get("session")).Is(HttpStatusCode.OK);
        person.Take(session);
        (await person.Api.Delete("account/sessions")).Is(HttpStatusCode.NoContent);
        (await other.Try()).IsProblem(401, "invalid_credentials");
        other.Password = "Other-horse-27";
        await other.SignIn();
    }

    [Fact]
    public async Task are_not_kept_with_the_answers_of_commands()
    {
        using var person = await (await Person.NewAsync(app)).SignIn();
        var key = Guid.NewGuid().ToString();
        (await person.Api.Post("account/password", new { password = person.Password, newPassword = "Other-horse-27" }, ("Idempotency-Key", key))).Is(HttpStatusCode.NoContent);
        (await person.Scalar<long>($"select count(*) from http.idempotency where key = '{key}'")).ShouldBe(0);
    }

    [Fact]
    public async Task are_set_once_by_the_link_of_an_invitation_and_only_the_last_link_works()
    {
        using var person = await Person.NewAsync(app);
        var admin = await app.As("admin");
        var first = Token(await admin.Post($"users/{person.Id}/invitation"));
        var second = Token(await admin.Post($"users/{person.Id}/invitation"));
        (await Set(first, "Third-horse-47")).IsProblem(400, "invalid_link");
        (await Set(second, "Password123!")).IsProblem(400, "weak_password");
        var both = await Task.WhenAll(Set(second, "Third-horse-47"), Set(second, "Fourth-horse-47"));
        both.Count(r => r.Status == HttpStatusCode.NoContent).ShouldBe(1);
        (await Set(second, "Third-horse-47")).IsProblem(400, "invalid_link");
        (await person.Events()).Count(e => e == "user_invited").ShouldBe(3);
        (await (await app.As("sales")).Post($"users/{person.Id}/invitation")).IsProblem(403, "forbidden");
        (await admin.Patch($"users/{person.Id}", new { active = false })).Is(HttpStatusCode.OK);
        (await admin.Post($"users/{person.Id}/invitation")).IsProblem(409, "user_inactive");
    }

    [Fact]
    public async Task that_are_forgotten_are_answered_alike_and_mailed_only_to_whom_it_concerns()
    {
        await using var mail = new MailServer();
        await using var mailing = new CrmApp(postgres)
        {
            Settings = ["--Crm:Smtp:Host=127.0.0.1", $"--Crm:Smtp:Port={mail.Port}", "--Crm:Smtp:From=crm@example.com", "--Crm:Smtp:Tls=false", "--Crm:PublicUrl=https://crm.example.com"],
        };
        await mailing.InitializeAsync();
        using var person = await (await Person.NewAsync(mailing)).SignIn();
        var admin = await mailing.As("admin");
        (await admin.Patch($"users/{person.Id}", new { email = "not an address" })).IsProblem(400, "invalid");
        (await admin.Patch($"users/{person.Id}", new { email = "li@example.com" })).Is(HttpStatusCode.OK)["email"]!.ToString().ShouldBe("li@example.com");
        await mailing.Settled();
        using var nobody = await Person.NewAsync(mailing);
        foreach (var name in (string[])["nobody.at.all", nobody.UserName, person.UserName.ToUpperInvariant()])
            (await mailing.Anonymous.Post("password/forgotten", new { userName = name }, ("Host", "evil.example.com"))).Is(HttpStatusCode.NoContent).Text.ShouldBeEmpty();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await person.Scalar<long>("select count(*) from messaging.wolverine_incoming_envelopes where status <> 'Handled' and received_at like '%password-links%'") > 0) await tick.WaitForNextTickAsync();
        while (mail.Mails.IsEmpty) await tick.WaitForNextTickAsync();
        var text = Decoded(mail.Mails.ShouldHaveSingleItem());
        text.ShouldNotContain("evil");
        var token = Link().Match(text).Groups[1].Value;
        (await mailing.Anonymous.Post("password", new { token, newPassword = "Fifth-horse-57" })).Is(HttpStatusCode.NoContent);
        (await person.Api.Get("session")).IsProblem(401, "unauthenticated");
        (await person.Try("Fifth-horse-57")).Is(HttpStatusCode.OK);
        (await person.Scalar<long>("select count(*) from messaging.wolverine_incoming_envelopes where convert_from(body, 'UTF8') like '%set-password%'")).ShouldBe(0, "no queue holds the link");
    }

    private static string Token(Reply invitation) => invitation.Is(HttpStatusCode.Created)["link"]!.ToString().Split("/set-password#token=")[1];

    private Task<Reply> Set(string token, string newPassword) => app.Anonymous.Post("password", new { token, newPassword });

    private static string Decoded(string mail)
    {
        var body = mail[(mail.IndexOf("\n\n", StringComparison.Ordinal) is >= 0 and var i ? i : mail.IndexOf("\r\n\r\n", StringComparison.Ordinal))..];
        return Encoding.UTF8.GetString(Convert.FromBase64String(string.Concat(body.Where(c => !char.IsWhiteSpace(c)))));
    }

    [GeneratedRegex(@"https://crm\.example\.com/set-password#token=([\w-]+)")]
    private static partial Regex Link();
}
