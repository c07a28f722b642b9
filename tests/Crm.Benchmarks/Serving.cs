using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Crm.Benchmarks;

/// <summary>Commands over HTTP: bare ones, to compare, and the product's own, with everything they owe their callers.</summary>
internal static class Serving
{
    private const int Connections = 16;

    public static IEnumerable<Workload> All =>
    [
        new("H1", "POST → new stream with 1 event → answer, 16 connections", Bench.Inserts(Connections), async bench =>
        {
            await using var app = await Bare(bench.Store());
            var measured = await Load(bench, app.Urls.First(), (worker, client) =>
            {
                var request = HttpClientOnSocket.Post("/customers", "", JsonSerializer.Serialize(Sales.Registered(worker), EventSerializer.Options));
                return () => client.SendAsync(request, 201);
            });
            Bench.Check(await bench.Scalar<long>("select count(*) from events.mt_events"), measured.Count, "events of answered requests");
            return measured;
        }) { Marten = 0.50, Target = 0.70 },
        new("H2", "POST → fetch one of 10,000 streams with inline snapshot → append 1 → answer, 16 connections", Bench.Inserts(Connections), async bench =>
        {
            var ids = await bench.Fill(10_000, 20, interleaved: true);
            await Streams.Snapshot(bench, ids);
            await using var app = await Bare(bench.Store(snapshots: true));
            var requests = Array.ConvertAll(ids, id => HttpClientOnSocket.Post($"/customers/{id}/stage", "", JsonSerializer.Serialize(Sales.Event(1, 3), EventSerializer.Options)));
            var measured = await Load(bench, app.Urls.First(), (worker, client) =>
            {
                var random = new Random(worker);
                return () => client.SendAsync(requests[random.Next(requests.Length)], 200);
            });
            Bench.Check(await bench.Scalar<long>("select count(*) from events.mt_events"), 200_000 + measured.Count, "events of answered requests");
            Bench.Check(await bench.Scalar<decimal>("select sum(version) from snapshots.snapshots"), 200_000 + measured.Count, "versions of the snapshots");
            return measured;
        }) { Marten = 0.23, Target = 0.40 },
        new("H1-product", "POST /api/v1/customers of the product: sign-in, rights, validation, duplicates, idempotency, 16 connections", Bench.Inserts(Connections), async bench =>
        {
            await using var app = await App.StartAsync(bench);
            await app.Settled();
            var measured = await Load(bench, app.Url, (worker, client) =>
            {
                var number = worker * 1_000_000;
                return () => client.SendAsync(Customer(app, ++number), 201);
            });
            Bench.Check(await bench.Scalar<long>("select count(*) from events.mt_events where type = 'customer_registered'"), measured.Count, "events of answered requests");
            return measured;
        }),
        new("H2-product", "POST /api/v1/opportunities/{id}/stage of the product: sign-in, rights, validation, idempotency, 16 connections", Bench.Inserts(Connections), async bench =>
        {
            await using var app = await App.StartAsync(bench);
            await app.Settled();
            var customer = (await app.Json(HttpMethod.Post, "customers", new StringContent("""{"kind":"company","name":"Example Trading"}""", null, "application/json")))["id"]!.ToString();
            var measured = await Load(bench, app.Url, async (worker, client) =>
            {
                // Every worker moves opportunities of its own to and fro: each request has an effect.
                var ids = new List<string>();
                for (var i = 0; i < 20; i++)
                {
                    await client.SendAsync(HttpClientOnSocket.Post("/api/v1/opportunities", app.Headers, $$"""{"name":"Opportunity {{worker}}-{{i}}","customerId":"{{customer}}"}"""), 201, keepBody: true);
                    ids.Add(JsonNode.Parse(client.Body)!["id"]!.ToString());
                }
                var number = 0;
                return () =>
                {
                    var (id, to) = (ids[number % ids.Count], number++ / ids.Count % 2 == 0 ? "proposal" : "negotiation");
                    return client.SendAsync(HttpClientOnSocket.Post($"/api/v1/opportunities/{id}/stage", $"{app.Headers}Idempotency-Key: {Guid.NewGuid()}\r\n", $$"""{"to":"{{to}}"}"""), 200);
                };
            });
            Bench.Check(await bench.Scalar<long>("select count(*) from events.mt_events where type = 'opportunity_moved'"), measured.Count, "events of answered requests");
            return measured;
        }),
    ];

    private static byte[] Customer(App app, int number)
    {
        var text = number.ToString("00000000", CultureInfo.InvariantCulture);
        return HttpClientOnSocket.Post("/api/v1/customers", $"{app.Headers}X-Allow-Duplicate: true\r\nIdempotency-Key: {Guid.NewGuid()}\r\n",
            $$"""{"kind":"company","name":"Example Trading {{text}}","phone":"138{{text}}","email":"customer{{text}}@example.com","address":"Example Road 7, Shanghai","needs":"A first call about volumes and a trial."}""");
    }

    private static Task<Measurement> Load(Bench bench, string server, Func<int, HttpClientOnSocket, Func<Task>> prepare) =>
        Load(bench, server, (worker, client) => Task.FromResult(prepare(worker, client)));

    private static Task<Measurement> Load(Bench bench, string server, Func<int, HttpClientOnSocket, Task<Func<Task>>> prepare) =>
        Measuring.ClosedLoop(Connections, bench.Options, async worker => await prepare(worker, await HttpClientOnSocket.ConnectAsync(new Uri(server))));

    /// <summary>A minimal API on the store and nothing else.</summary>
    private static async Task<WebApplication> Bare(DocumentStore store)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/customers", async (HttpContext http) =>
        {
            var command = (await JsonSerializer.DeserializeAsync<CustomerRegistered>(http.Request.Body, EventSerializer.Options, http.RequestAborted))!;
            await using var session = store.OpenSession(Sales.Somebody);
            var id = Guid.CreateVersion7();
            session.StartStream<Profile>(id, [command]);
            var saved = await session.SaveChangesAsync(http.RequestAborted);
            await Answer(http, 201, id, saved);
        });
        app.MapPost("/customers/{id:guid}/stage", async (HttpContext http, Guid id) =>
        {
            var command = (await JsonSerializer.DeserializeAsync<StageChanged>(http.Request.Body, EventSerializer.Options, http.RequestAborted))!;
            while (true)
            {
                await using var session = store.OpenSession(Sales.Somebody);
                var stream = await session.FetchForWriting<Profile>(id, http.RequestAborted);
                stream.AppendMany([command with { From = stream.Aggregate!.Stage }]);
                try
                {
                    await Answer(http, 200, id, await session.SaveChangesAsync(http.RequestAborted));
                    return;
                }
                catch (ConcurrencyException)
                {
                    // Decided anew on the newest state.
                }
            }
        });
        await app.StartAsync();
        return app;
    }

    private static async Task Answer(HttpContext http, int status, Guid id, SaveResult saved)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new Head(id, saved.Events[^1].Version), EventSerializer.Options);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private sealed record Head(Guid Id, long Version);
}
