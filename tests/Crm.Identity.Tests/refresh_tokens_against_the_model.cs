using System.Net;
using Crm.Testing;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>
/// However an application and a thief take turns with the tokens of one consent, only the newest refresh token works, and once an older one was shown
/// (or one was given back, or the person took the consent back) nothing does.
/// </summary>
public sealed class refresh_tokens_against_the_model(CrmApp app) : IClassFixture<CrmApp>
{
    private enum Step
    {
        UseNewest,
        UseOlder,
        GiveBack,
        TakeBack,
        Look,
    }

    private static readonly Gen<(Step, int)[]> Histories =
        (from step in Gen.Frequency((6, Gen.Constant(Step.UseNewest)), (1, Gen.Constant(Step.UseOlder)), (1, Gen.Constant(Step.GiveBack)), (1, Gen.Constant(Step.TakeBack)), (3, Gen.Constant(Step.Look)))
         from which in Gen.Choose(0, 9)
         select (step, which)).ArrayOf().Resize(12);

    [Fact]
    public async Task only_the_newest_works_and_after_a_theft_none()
    {
        var client = await Application.RegisterAsync(app);
        var sales = await app.As("sales");
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25).WithQuietOnSuccess(true), Prop.ForAll(Histories.ToArbitrary(), async history =>
        {
            var tokens = await client.TokensAsync(sales);
            var (refresh, access, alive) = (new List<string> { tokens["refresh_token"]!.ToString() }, tokens["access_token"]!.ToString(), true);
            foreach (var (step, which) in history)
            {
                switch (step)
                {
                    case Step.UseNewest:
                        var next = await client.RefreshAsync(refresh[^1]);
                        next.Status.ShouldBe(alive ? HttpStatusCode.OK : HttpStatusCode.BadRequest, next.Text);
                        if (alive) (refresh, access) = ([.. refresh, next["refresh_token"]!.ToString()], next["access_token"]!.ToString());
                        break;
                    case Step.UseOlder when refresh.Count > 1:
                        (await client.RefreshAsync(refresh[which % (refresh.Count - 1)])).IsError(400, "invalid_grant");
                        alive = false;
                        break;
                    case Step.GiveBack:
                        (await client.PostAsync("/connect/revocation", ("token", refresh[which % refresh.Count]))).Is(HttpStatusCode.OK);
                        alive = false;
                        break;
                    case Step.TakeBack:
                        // Earlier histories have left consents of their own: whatever there is ends.
                        (await sales.Delete($"authorizations/{client.ClientId}")).Status.ShouldBeOneOf(HttpStatusCode.NoContent, HttpStatusCode.NotFound);
                        alive = false;
                        break;
                    case Step.Look:
                        (await client.PostAsync("/connect/introspection", ("token", refresh[^1])))["active"]!.GetValue<bool>().ShouldBe(alive);
                        (await client.With(access).Get("customers?limit=1")).Status.ShouldBe(alive ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
                        break;
                }
            }
            foreach (var older in refresh.SkipLast(1)) (await client.PostAsync("/connect/introspection", ("token", older))).Text.ShouldBe("""{"active":false}""");
        }));
    }
}
