using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Shouldly;

namespace Crm.Testing;

/// <summary>A signed-in caller of the REST API, with paths below <c>/api/v1/</c>.</summary>
public sealed class Api(HttpClient http)
{
    /// <summary>The connection, for what is outside the API.</summary>
    public HttpClient Http => http;

    /// <summary>Reads.</summary>
    public Task<Reply> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    /// <summary>Commands.</summary>
    public Task<Reply> Post(string path, object? body = null, params (string Name, string Value)[] headers) => Send(HttpMethod.Post, path, body, headers);

    /// <summary>Changes single fields.</summary>
    public Task<Reply> Patch(string path, object body, params (string Name, string Value)[] headers) => Send(HttpMethod.Patch, path, body, headers);

    /// <summary>Creates or changes.</summary>
    public Task<Reply> Put(string path, object body, params (string Name, string Value)[] headers) => Send(HttpMethod.Put, path, body, headers);

    /// <summary>Deletes.</summary>
    public Task<Reply> Delete(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Delete, path, null, headers);

    /// <summary>Any request. A string body is sent as it is, anything else as JSON.</summary>
    public async Task<Reply> Send(HttpMethod method, string path, object? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/" + path);
        if (body is not null)
        {
            var json = body as string ?? (body as JsonNode)?.ToJsonString() ?? JsonSerializer.Serialize(body, EventSerializer.Options);
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply(response.StatusCode, text, response.Headers, response.Content.Headers.ContentType?.MediaType);
    }
}

/// <summary>An answer of the API.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Text">The body.</param>
/// <param name="Headers">The headers.</param>
/// <param name="ContentType">The media type of the body.</param>
public sealed record Reply(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, string? ContentType)
{
    /// <summary>The body as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>A member of the body.</summary>
    public JsonNode? this[string member] => Json[member];

    /// <summary>The identity of the record in the body.</summary>
    public Guid Id => Json["id"]!.GetValue<Guid>();

    /// <summary>The entity tag as sent.</summary>
    public string ETag => Headers.ETag!.Tag;

    /// <summary>The sequence of the last event the command wrote.</summary>
    public long Sequence => long.Parse(Headers.GetValues("Crm-Sequence").Single(), null);

    /// <summary>The names of a list's records, or another member of them.</summary>
    public IReadOnlyList<string?> Column(string member = "name") => [.. Json["data"]!.AsArray().Select(r => r![member]?.ToString())];

    /// <summary>Insists on a status.</summary>
    public Reply Is(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }

    /// <summary>Insists on a problem answer (C5) with this status and code, without a trace of the inside.</summary>
    public Reply IsProblem(int status, string code)
    {
        ((int)Status).ShouldBe(status, Text);
        ContentType.ShouldBe("application/problem+json");
        Json["code"]!.ToString().ShouldBe(code, Text);
        Json["correlationId"]!.ToString().ShouldNotBeEmpty();
        Text.ShouldNotContain("   at ");
        return this;
    }

    /// <summary>Insists that the problem names this field.</summary>
    public Reply Naming(string where)
    {
        Json["errors"]!.AsArray().Select(e => e!["in"]!.ToString()).ShouldContain(where, Text);
        return this;
    }
}
