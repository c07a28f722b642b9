using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Torture.Tests;

/// <summary>People at work: each gives one command after the other, and repeats a command with its key until it is answered.</summary>
/// <param name="ledger">Keeps what they are told.</param>
/// <param name="node">Where a writer's attempt goes.</param>
/// <param name="token">The token of the API client.</param>
/// <param name="prefix">How their keys begin.</param>
internal sealed class Writers(Ledger ledger, Func<int, Uri> node, string token, string prefix)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>How long an attempt may take before it is given up and repeated.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs until stopped, and until every command that was begun is answered.</summary>
    public async Task RunAsync(int writers, CancellationToken stop, int most = int.MaxValue)
    {
        var shared = new List<Guid>();
        using var first = new Writer(this, -1, shared);
        for (var i = 0; i < 4; i++) shared.Add(await first.CustomerAsync());
        await Task.WhenAll(Enumerable.Range(0, writers).Select(i => Task.Run(async () =>
        {
            using var writer = new Writer(this, i, shared);
            for (var done = 0; !stop.IsCancellationRequested && done < most; done++) await writer.WorkAsync();
        }, CancellationToken.None)));
    }

    private sealed record Command(HttpMethod Method, string Path, object Body, long AtLeast = 0);

    private sealed class Writer : IDisposable
    {
        private static readonly string[] Stages = ["requirement", "proposal", "negotiation"];

        private readonly Writers all;
        private readonly int number;
        private readonly List<Guid> shared;
        private readonly Random random;
        private readonly HttpClient http;
        private readonly List<(Guid Id, long Sequence)> customers = [];
        private readonly Queue<(Guid Id, int Stage)> opportunities = [];
        private int commands;

        public Writer(Writers all, int number, List<Guid> shared)
        {
            (this.all, this.number, this.shared) = (all, number, shared);
            random = new Random(Torture.Seed + number);
            http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = all.Timeout };
        }

        public void Dispose() => http.Dispose();

        public async Task<Guid> CustomerAsync()
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"考验{number}号{commands}有限公司");
            if (await PerformAsync(new(HttpMethod.Post, "customers", new { kind = "company", name, needs = "可靠", tags = new[] { "考验" } })) is not var (record, sequence)) return Guid.Empty;
            var id = record["id"]!.GetValue<Guid>();
            customers.Add((id, sequence));
            return id;
        }

        public async Task WorkAsync()
        {
            var choice = random.Next(100);
            if (customers.Count == 0 || choice < 20) await CustomerAsync();
            else if (choice < 40) await ChangeAsync(Own().Id);
            else if (choice < 50) await ChangeAsync(shared[random.Next(shared.Count)]);
            else if (choice < 70) await FollowUpAsync();
            else if (choice < 80) await OpenAsync();
            else if (choice < 90 && opportunities.Count > 0) await MoveAsync();
            else await TicketAsync();
        }

        private (Guid Id, long Sequence) Own() => customers[random.Next(customers.Count)];

        private Task ChangeAsync(Guid customer) =>
            PerformAsync(new(HttpMethod.Patch, $"customers/{customer}", new { needs = string.Create(CultureInfo.InvariantCulture, $"第 {number} 位第 {commands} 次的需求") }));

        private Task FollowUpAsync() => PerformAsync(new(HttpMethod.Post, $"customers/{Own().Id}/follow-ups",
            new { at = "2026-01-05T10:00:00+08:00", method = "phone", summary = string.Create(CultureInfo.InvariantCulture, $"第 {commands} 次联系"), participants = new[] { "王工" } }));

        private async Task OpenAsync()
        {
            var opened = await PerformAsync(new(HttpMethod.Post, "opportunities",
                new { name = string.Create(CultureInfo.InvariantCulture, $"商机 {number}-{commands}"), customerId = Own().Id, amount = new { amount = 1000 + commands, currency = "CNY" } }));
            if (opened is var (record, _)) opportunities.Enqueue((record["id"]!.GetValue<Guid>(), 0));
        }

        private async Task MoveAsync()
        {
            var (id, stage) = opportunities.Dequeue();
            await PerformAsync(new(HttpMethod.Post, $"opportunities/{id}/stage", new { to = Stages[stage] }));
            if (stage + 1 < Stages.Length) opportunities.Enqueue((id, stage + 1));
        }

        private Task TicketAsync()
        {
            var (customer, sequence) = Own();
            return PerformAsync(new(HttpMethod.Post, "tickets", new { subject = string.Create(CultureInfo.InvariantCulture, $"工单 {number}-{commands}"), customerId = customer, priority = "normal" }, sequence));
        }

        private async Task<(JsonNode Record, long Sequence)?> PerformAsync(Command command)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{all.Prefix}:{number}:{commands++}");
            var body = JsonSerializer.SerializeToUtf8Bytes(command.Body);
            var started = Stopwatch.GetTimestamp();
            for (var attempt = 0; Stopwatch.GetElapsedTime(started) < Patience; attempt++)
            {
                var trouble = "no answer";
                try
                {
                    using var request = Request(command, key, body, attempt);
                    using var answer = await http.SendAsync(request);
                    var text = await answer.Content.ReadAsStringAsync();
                    if (answer.IsSuccessStatusCode)
                    {
                        var sequence = long.Parse(answer.Headers.GetValues("Crm-Sequence").Single(), CultureInfo.InvariantCulture);
                        all.Ledger.Acknowledge(key, sequence, answer.Headers.Contains("Idempotency-Replayed"), Stopwatch.GetElapsedTime(started));
                        return (JsonNode.Parse(text)!, sequence);
                    }
                    if (!MayRepeat(answer, text, out trouble))
                    {
                        all.Ledger.Fault($"{key} {command.Method} {command.Path}: {trouble} {text}");
                        return null;
                    }
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    // Nobody knows whether it took effect.
                }
                catch (TaskCanceledException)
                {
                    trouble = "no answer in time";
                }
                all.Ledger.Retry(trouble);
                await Task.Delay(random.Next(20, 100));
            }
            all.Ledger.Fault($"{key} {command.Method} {command.Path}: never answered");
            return null;
        }

        private HttpRequestMessage Request(Command command, string key, byte[] body, int attempt)
        {
            var request = new HttpRequestMessage(command.Method, new Uri(all.Node(1 + number + attempt), "/api/v1/" + command.Path))
            {
                Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            };
            request.Headers.Authorization = new("Bearer", all.Token);
            request.Headers.Add("Idempotency-Key", key);
            request.Headers.Add("X-Allow-Duplicate", "true");
            if (command.AtLeast > 0) request.Headers.Add("Crm-At-Least", command.AtLeast.ToString(CultureInfo.InvariantCulture));
            return request;
        }

        /// <summary>What says "try again": the database away, the same key still running, or a projection that has not come far enough yet.</summary>
        private bool MayRepeat(HttpResponseMessage answer, string text, out string trouble)
        {
            string code;
            try
            {
                code = JsonNode.Parse(text)?["code"]?.ToString() ?? "";
            }
            catch (JsonException)
            {
                code = "not a problem answer";
            }
            trouble = string.Create(CultureInfo.InvariantCulture, $"{(int)answer.StatusCode} {code}");
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is null) all.Ledger.Fault("503 without Retry-After: " + text);
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable || code is "idempotency_running"
                || (code is "unknown_customer" && answer.Headers.Contains("Crm-Stale"));
        }
    }

    private Ledger Ledger => ledger;

    private string Prefix => prefix;

    private string Token => token;

    private Uri Node(int attempt) => node(attempt);
}
