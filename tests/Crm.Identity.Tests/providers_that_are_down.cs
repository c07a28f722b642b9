using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class providers_that_are_down(PostgresFixture postgres)
{
    [Fact]
    public async Task are_told_as_such_and_the_password_still_works()
    {
        await using var liar = await LyingProvider.StartAsync();
        liar.Down = true;
        await using var app = new CrmApp(postgres) { Settings = liar.Settings() };
        await app.InitializeAsync();
        using var person = await Person.NewAsync(app);
        (await person.Api.Get("session")).Is(HttpStatusCode.Unauthorized)["providers"]![0]!["name"]!.ToString().ShouldBe("liar");
        using var answer = await person.Api.Http.GetAsync("/connect/external/liar", TestContext.Current.CancellationToken);
        answer.Headers.Location!.ToString().ShouldBe("/sign-in?problem=external_unavailable&provider=liar");
        var script = new Api(new HttpClient { BaseAddress = app.Address, DefaultRequestHeaders = { Authorization = new("Bearer", liar.ApiToken("s1")) } });
        (await script.Get("customers?limit=1")).IsProblem(503, "external_unavailable").Headers.RetryAfter.ShouldNotBeNull();
        (await person.Try()).Is(HttpStatusCode.OK);
        using var gone = await person.Api.Http.GetAsync("/connect/external/elsewhere", TestContext.Current.CancellationToken);
        gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
