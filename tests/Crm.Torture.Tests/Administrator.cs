using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;

namespace Crm.Torture.Tests;

/// <summary>Somebody who may intervene in operations, signed in to one node.</summary>
internal sealed class Administrator : IDisposable
{
    private readonly HttpClient http;

    private Administrator(HttpClient http) => this.http = http;

    public static async Task<Administrator> SignInAsync(Node node)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, CookieContainer = new CookieContainer() }) { BaseAddress = node.Address };
        using var answer = await http.PostAsJsonAsync("/api/v1/session", new { userName = "admin", password = "Demo-2026!" });
        answer.EnsureSuccessStatusCode();
        http.DefaultRequestHeaders.Add("X-CSRF-Token", (await answer.Content.ReadFromJsonAsync<JsonNode>())!["csrfToken"]!.ToString());
        return new Administrator(http);
    }

    public void Dispose() => http.Dispose();

    /// <summary>Begins a rebuild; false if one is under way already.</summary>
    public async Task<bool> RebuildAsync(string projection)
    {
        using var answer = await http.PostAsJsonAsync($"/api/v1/operations/projections/{projection}/rebuild", new { reason = "考验" });
        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Accepted, HttpStatusCode.Conflict);
        return answer.StatusCode == HttpStatusCode.Accepted;
    }

    /// <summary>Whether a rebuild is under way; a failed one is a fault.</summary>
    public async Task<bool> AnyRebuildAsync()
    {
        var states = (await ProjectionsAsync()).Select(p => p!["rebuild"]?["state"]?.ToString()).ToList();
        states.ShouldNotContain("failed");
        return states.Exists(s => s is "loading" or "catchingUp" or "switching");
    }

    /// <summary>Leaves the event out at which a projection is paused.</summary>
    public async Task SkipAsync(string projection)
    {
        var failed = (await ProjectionsAsync()).Single(p => p!["name"]!.ToString() == projection)!["failedEvent"]!["sequence"]!.GetValue<long>();
        using var answer = await http.PostAsJsonAsync($"/api/v1/operations/projections/{projection}/skip", new { sequence = failed, reason = "考验" });
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonArray> ProjectionsAsync() => (await http.GetFromJsonAsync<JsonNode>("/api/v1/operations/projections"))!["data"]!.AsArray();
}
