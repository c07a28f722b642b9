using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Host;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Benchmarks;

/// <summary>The product itself on a run's database, listening on a free port, with a signed-in administrator.</summary>
internal sealed class App : IAsyncDisposable
{
    private readonly CrmHost host;

    private App(CrmHost host, HttpClient http, string headers) => (this.host, Http, Headers) = (host, http, headers);

    /// <summary>Where the product listens.</summary>
    public string Url => host.App.Urls.First();

    /// <summary>The administrator's session as header lines.</summary>
    public string Headers { get; }

    /// <summary>The administrator's session.</summary>
    public HttpClient Http { get; }

    public DocumentStore Store => host.App.Services.GetRequiredService<DocumentStore>();

    public static async Task<App> StartAsync(Bench bench)
    {
        var host = await CrmHost.BuildAsync([$"--ConnectionStrings:Crm={bench.ConnectionString}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=Error"]);
        await host.App.StartAsync();
        var (http, headers) = await SignInAsync(host.App.Urls.First(), "admin");
        return new App(host, http, headers);
    }

    /// <summary>A session of another demo account; its caller disposes it.</summary>
    public async Task<HttpClient> SignInAsync(string userName) => (await SignInAsync(Url, userName)).Http;

    private static async Task<(HttpClient Http, string Headers)> SignInAsync(string url, string userName)
    {
        var cookies = new CookieContainer();
        var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(10) };
        // The demo accounts are made after the start.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var answer = await http.PostAsJsonAsync("/api/v1/session", new { userName, password = "Demo-2026!" }, patience.Token);
            if (answer.IsSuccessStatusCode)
            {
                var token = (await answer.Content.ReadFromJsonAsync<JsonNode>())!["csrfToken"]!.ToString();
                http.DefaultRequestHeaders.Add("X-CSRF-Token", token);
                return (http, $"Cookie: {cookies.GetCookieHeader(http.BaseAddress)}\r\nX-CSRF-Token: {token}\r\n");
            }
            await Task.Delay(100, patience.Token);
        }
    }

    public async Task Settled()
    {
        if (!await Store.Daemon.CatchUpAsync(TimeSpan.FromMinutes(30))) throw new InvalidOperationException("The projections did not catch up.");
    }

    public async Task<JsonNode> Json(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/" + path) { Content = content };
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {text}");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await host.App.StopAsync();
        await host.DisposeAsync();
    }
}
