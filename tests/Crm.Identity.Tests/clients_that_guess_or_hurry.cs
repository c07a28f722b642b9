using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

/// <summary>What one client may do at <c>/connect</c> in a minute.</summary>
public sealed class clients_that_guess_or_hurry(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly (string, string?)[] Credentials = [("grant_type", "client_credentials")];
    private readonly CrmApp app = new(postgres) { Settings = ["--Crm:SignIn:ClientFailuresPerMinute=3"] };

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task get_no_more_tokens_than_their_limit_and_no_more_guesses_than_anybody()
    {
        var hurried = await Application.RegisterAsync(app, Integrator(2));
        await WithinAMinute(async () =>
        {
            for (var n = 0; n < 2; n++) (await hurried.TokenAsync(Credentials)).Is(HttpStatusCode.OK).Headers.GetValues("RateLimit-Limit").Single().ShouldBe("2");
            return await hurried.TokenAsync(Credentials);
        });

        var guessed = await Application.RegisterAsync(app, Integrator());
        await WithinAMinute(async () =>
        {
            for (var n = 0; n < 3; n++) (await guessed.TokenAsync([.. Credentials, ("client_secret", "guess " + n)])).IsError(401, "invalid_client");
            return await guessed.TokenAsync(Credentials);
        });
        // Nobody else is kept waiting.
        await app.AsIntegrator();
    }

    /// <summary>A minute may end in the middle: then everything begins anew, and is tried again.</summary>
    private static async Task WithinAMinute(Func<Task<Reply>> beyond)
    {
        var reply = await beyond();
        if (reply.Status == HttpStatusCode.OK) reply = await beyond();
        reply.IsProblem(429, "too_many_requests").Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 60);
    }

    private static object Integrator(int? rateLimit = null) => new { name = "集成", role = "integrator", confidential = true, grants = (string[])["client_credentials"], scopes = (string[])["api"], rateLimit };
}
