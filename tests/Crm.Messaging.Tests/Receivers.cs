using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
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

/// <summary>As much of a mail server as a client talks to, on a socket of its own.</summary>
public sealed class MailServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    public MailServer()
    {
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The mails as they came, repetitions included.</summary>
    public ConcurrentQueue<string> Mails { get; } = [];

    /// <summary>What is answered after the next mail, such as 451; 250 when there is nothing left.</summary>
    public ConcurrentQueue<string> Answers { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            using var client = await listener.AcceptTcpClientAsync(stop.Token);
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
            await using var writer = new StreamWriter(client.GetStream(), Encoding.ASCII) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 test");
            while (await reader.ReadLineAsync(stop.Token) is { } line)
            {
                if (line.StartsWith("DATA", StringComparison.OrdinalIgnoreCase))
                {
                    await writer.WriteLineAsync("354 go on");
                    var mail = new StringBuilder();
                    while (await reader.ReadLineAsync(stop.Token) is { } text && text != ".") mail.AppendLine(text);
                    Mails.Enqueue(mail.ToString());
                    await writer.WriteLineAsync(Answers.TryDequeue(out var answer) ? answer : "250 taken");
                }
                else await writer.WriteLineAsync(line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase) ? "221 bye" : "250 ok");
            }
        }
    }
}
