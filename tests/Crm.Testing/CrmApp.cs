using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Host;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Crm.Testing;

/// <summary>
/// The whole application on a database of its own, listening on a free port, with the demo accounts: <c>IClassFixture&lt;CrmApp&gt;</c>
/// where the assembly has <c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c>.
/// </summary>
public sealed class CrmApp(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Password = "Demo-2026!";
    private readonly ConcurrentDictionary<string, Task<Api>> callers = new();
    private CrmHost? host;

    /// <summary>Further settings, such as <c>--Crm:Https=true</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Last changes before the application is built, such as a place for its log.</summary>
    public Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? Configure { get; init; }

    /// <summary>The database of an application that was here before; a new one if null.</summary>
    public string? Existing { get; init; }

    /// <summary>Where the application listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The database, for looking at what an answer does not show.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The application's services.</summary>
    public IServiceProvider Services => host!.App.Services;

    /// <summary>The event store.</summary>
    public DocumentStore Store => Services.GetRequiredService<DocumentStore>();

    /// <summary>A caller who is not signed in.</summary>
    public Api Anonymous => new(Client());

    /// <summary>Starts the application.</summary>
    public async ValueTask InitializeAsync()
    {
        ConnectionString = Existing ?? await NewAsync();
        host = await StartAsync(ConnectionString, Settings, Configure);
        Address = new Uri(host.App.Urls.First());
    }

    /// <summary>Migrated and with its accounts once; every application gets a copy.</summary>
    private async Task<string> NewAsync()
    {
        var template = await postgres.TemplateAsync("crm", async connectionString =>
        {
            await using (var first = await StartAsync(connectionString))
            {
                using var http = new HttpClient { BaseAddress = new Uri(first.App.Urls.First()) };
                using var patience = new CancellationTokenSource(Patience.Limit);
                while (!await Knows(http, "service", patience.Token) || !await HasClient(http, patience.Token)) await Task.Delay(50, patience.Token);
                await first.App.StopAsync(CancellationToken.None);
            }
            NpgsqlConnection.ClearAllPools();
        });
        return await postgres.CreateDatabaseAsync(template);
    }

    /// <summary>One of the demo users: <c>admin manager sales service</c>, by a cookie session as the page has it.</summary>
    public Task<Api> As(string userName) => callers.GetOrAdd(userName, async name =>
    {
        var http = Client();
        var session = await (await http.PostAsJsonAsync("/api/v1/session", new { userName = name, password = Password })).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
        http.DefaultRequestHeaders.Add("X-CSRF-Token", session!["csrfToken"]!.ToString());
        return new Api(http);
    });

    /// <summary>A further user with these roles, invited by the administrator, signed in.</summary>
    public async Task<Api> Hire(string userName, params string[] roles)
    {
        var admin = await As("admin");
        var user = (await admin.Post("users", new { userName, displayName = userName, roles })).Is(HttpStatusCode.Created).Id;
        var link = (await admin.Post($"users/{user}/invitation")).Is(HttpStatusCode.Created)["link"]!.ToString();
        (await Anonymous.Post("password", new { token = link[(link.IndexOf("token=", StringComparison.Ordinal) + 6)..], newPassword = Password })).Is(HttpStatusCode.NoContent);
        return await As(userName);
    }

    /// <summary>The demo API client, by a token.</summary>
    public Task<Api> AsIntegrator() => callers.GetOrAdd("demo-integrator", async _ =>
    {
        var http = Client();
        using var form = Credentials();
        var token = await (await http.PostAsync("/connect/token", form)).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token!["access_token"]!.ToString());
        return new Api(http);
    });

    /// <summary>The identity of a demo user.</summary>
    public async Task<Guid> UserId(string userName) => (await (await As(userName)).Get("session"))["user"]!["id"]!.GetValue<Guid>();

    /// <summary>Waits until every asynchronous projection has folded everything that was written so far.</summary>
    public async Task Settled()
    {
        if (!await Store.Daemon.CatchUpAsync(Patience.Limit)) throw new TimeoutException("The projections did not catch up.");
    }

    /// <summary>Stops the application.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var caller in callers.Values)
            if (caller.IsCompletedSuccessfully) (await caller).Http.Dispose();
        if (host is null) return;
        await host.App.StopAsync();
        await host.DisposeAsync();
    }

    private HttpClient Client() => new(new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false }) { BaseAddress = Address };

    private static FormUrlEncodedContent Credentials() => new(new Dictionary<string, string>
    {
        ["grant_type"] = "client_credentials", ["client_id"] = "demo-integrator", ["client_secret"] = "demo-integrator-secret",
    });

    private static async Task<CrmHost> StartAsync(string connectionString, IReadOnlyList<string>? settings = null, Action<Microsoft.AspNetCore.Builder.WebApplicationBuilder>? configure = null)
    {
        // All tests come from one address.
        var host = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={connectionString}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=Warning",
            "--Crm:SignIn:Burst=100000", "--Crm:SignIn:LinksPerHour=100000", $"--Crm:ReadYourWrite:Seconds={Patience.Limit.TotalSeconds:0}", .. settings ?? []], builder =>
        {
            // Making a password slow to guess is not what the tests are about, and they set hundreds.
            builder.Services.PostConfigure<PasswordHasherOptions>(options => options.IterationCount = 1000);
            configure?.Invoke(builder);
        });
        await host.App.StartAsync();
        return host;
    }

    private static async Task<bool> Knows(HttpClient http, string userName, CancellationToken ct) =>
        (await http.PostAsJsonAsync("/api/v1/session", new { userName, password = Password }, ct)).IsSuccessStatusCode;

    private static async Task<bool> HasClient(HttpClient http, CancellationToken ct)
    {
        using var form = Credentials();
        return (await http.PostAsync("/connect/token", form, ct)).IsSuccessStatusCode;
    }
}
