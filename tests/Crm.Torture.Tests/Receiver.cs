using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Crm.Torture.Tests;

/// <summary>A receiver outside that recognises a message that comes again, and can hang.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> taken = new();
    private readonly WebApplication app;
    private int repeated;
    private int hung;

    private Receiver(WebApplication app) => this.app = app;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(app.Urls.First());

    /// <summary>Whether it takes messages and never answers.</summary>
    public bool Hangs { get; set; }

    /// <summary>Messages it has taken, by their identity, with their event.</summary>
    public IReadOnlyDictionary<string, string> Taken => taken;

    /// <summary>Messages that came again and were recognised.</summary>
    public int Repeated => repeated;

    /// <summary>Messages it has left without an answer.</summary>
    public int Hung => hung;

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver.app.MapPost("/", receiver.TakeAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        Hangs = false;
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext http)
    {
        var body = (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!;
        if (Hangs)
        {
            Interlocked.Increment(ref hung);
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        }
        if (!taken.TryAdd(http.Request.Headers["Idempotency-Key"].Single()!, body["eventId"]!.ToString())) Interlocked.Increment(ref repeated);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
