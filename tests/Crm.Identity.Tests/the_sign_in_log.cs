using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class the_sign_in_log(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task tells_a_person_what_happened_at_the_own_door()
    {
        using var person = await Person.NewAsync(app);
        await person.Try("wrong");
        await person.SignIn();
        var (_, codes) = await person.SetUpSecondFactor();
        using var browser = person.Elsewhere();
        await browser.Try();
        await browser.Try(otp: "000000");
        await browser.SignIn(codes[0]);
        (await browser.Api.Delete("session")).Is(HttpStatusCode.NoContent);
        var log = (await person.Api.Get("account/sign-ins"))["data"]!.AsArray();
        log.Select(l => (l!["event"]!.ToString(), l["reason"]?.ToString())).ShouldBe(
        [
            ("signed_out", null), ("signed_in", null), ("failed", "wrong_code"), ("code_asked", null), ("factor_enabled", null), ("signed_in", null), ("failed", "wrong_password"),
            ("password_set", null), ("invited", null),
        ], ignoreOrder: false);
        log[0]!["address"]!.ToString().ShouldBe("127.0.0.0/24");
        log[0]!["device"]!.ToString().ShouldBe("Chrome on Windows");
        log[^1]!["actorName"]!.ToString().ShouldBe("陈立");
    }

    [Fact]
    public async Task shows_all_to_auditors_filtered_and_page_by_page()
    {
        using var person = await Person.NewAsync(app);
        for (var i = 0; i < 5; i++) await person.Try("wrong");
        await app.Anonymous.Post("session", new { userName = "Secret-typed-here-1", password = "x" });
        var admin = await app.As("admin");
        var failed = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await admin.Get($"sign-ins?user={person.Id}&event=failed&limit=2" + (cursor is null ? "" : "&cursor=" + cursor))).Is(HttpStatusCode.OK);
            failed.AddRange(page["data"]!.AsArray().Select(l => l!["id"]!.ToString()));
            cursor = page["page"]!["next"]?.ToString();
        }
        while (cursor is not null);
        failed.Distinct().Count().ShouldBe(5);
        (await admin.Get($"sign-ins?user={person.Id}&event=locked"))["data"]!.AsArray().Count.ShouldBe(1);
        var unknown = (await admin.Get("sign-ins?event=failed")).Text;
        unknown.ShouldContain("unknown_user");
        unknown.ShouldNotContain("secret-typed", Case.Insensitive);
        (await (await app.As("sales")).Get("sign-ins")).IsProblem(403, "forbidden");
        (await admin.Get("sign-ins?event=nothing")).IsProblem(400, "unknown_value");
        (await admin.Get("sign-ins?user=x")).IsProblem(400, "invalid_value");
        (await admin.Get("sign-ins?limit=0")).IsProblem(400, "limit_out_of_range");
        (await admin.Get("sign-ins?cursor=x")).IsProblem(400, "invalid_cursor");
    }
}
