using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Host;

/// <summary>One of the demo's people, signed in to the running host and working through the public API like anybody else.</summary>
internal sealed class DemoClient : IDisposable
{
    private readonly HttpClient http;

    private DemoClient(HttpClient http) => this.http = http;

    /// <summary>The person's id.</summary>
    public string UserId { get; private init; } = "";

    public static async Task<DemoClient> SignInAsync(Uri address, string userName, string password, CancellationToken ct)
    {
        // Every person has an own cookie jar; the address is this host's own, so no proxy stands between.
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
        using var answer = await http.PostAsJsonAsync("/api/v1/session", new { userName, password }, ct);
        answer.EnsureSuccessStatusCode();
        var session = (await answer.Content.ReadFromJsonAsync<JsonObject>(ct))!;
        http.DefaultRequestHeaders.Add("X-CSRF-Token", session["csrfToken"]!.GetValue<string>());
        return new DemoClient(http) { UserId = session["user"]!["id"]!.GetValue<string>() };
    }

    public async Task<JsonObject> GetAsync(string path, CancellationToken ct) => (await http.GetFromJsonAsync<JsonObject>(path, ct))!;

    /// <summary>Sends a command. The key makes a repetition after an interrupted start answer as the first time.</summary>
    public async Task<JsonObject> PostAsync(string path, string key, object body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, options: JsonSerializerOptions.Web) };
        request.Headers.Add("Idempotency-Key", "demo:" + key);
        request.Headers.Add("X-Allow-Duplicate", "true");
        return await Answer(await http.SendAsync(request, ct), path, ct);
    }

    /// <summary>Changes fields; saying the same twice changes nothing.</summary>
    public async Task PatchAsync(string path, object body, CancellationToken ct) =>
        await Answer(await http.PatchAsync(new Uri(path, UriKind.Relative), JsonContent.Create(body, options: JsonSerializerOptions.Web), ct), path, ct);

    /// <summary>Uploads a file to import.</summary>
    public async Task<JsonObject> UploadAsync(string fileName, string target, Stream content, CancellationToken ct)
    {
        using var form = new MultipartFormDataContent { { new StringContent(target), "target" }, { new StreamContent(content), "file", fileName } };
        return await Answer(await http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form, ct), fileName, ct);
    }

    public void Dispose() => http.Dispose();

    private static async Task<JsonObject> Answer(HttpResponseMessage response, string what, CancellationToken ct)
    {
        using var _ = response;
        var text = await response.Content.ReadAsStringAsync(ct);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"The demo organisation could not be made: {what} answered {(int)response.StatusCode} {text}");
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }
}
