using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Crm.Messaging.Tests;

/// <summary>A receiver of posts that takes effect once for each key, on a socket of its own.</summary>
public sealed class HttpReceiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private HttpReceiver(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First() + "/hook");

    /// <summary>Every request's key, repetitions included.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What took effect, by key.</summary>
    public ConcurrentDictionary<string, string> Effects { get; } = [];

    /// <summary>What is answered after the effect, request by request; 204 when there is nothing left.</summary>
    public ConcurrentQueue<int> Answers { get; } = [];

    /// <summary>While set, requests wait for it after their effect.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public static async Task<HttpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new HttpReceiver(app);
        app.MapPost("/hook", receiver.ReceiveAsync);
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync()
    {
        Gate?.TrySetResult();
        return app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext http)
    {
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        using var reader = new StreamReader(http.Request.Body);
        Effects.TryAdd(key, await reader.ReadToEndAsync());
        Requests.Enqueue(key);
        if (Gate is { } gate) await gate.Task;
        http.Response.StatusCode = Answers.TryDequeue(out var status) ? status : 204;
    }
}
