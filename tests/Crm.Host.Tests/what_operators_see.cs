using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

public sealed class what_operators_see(PostgresFixture postgres, CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task one_trace_leads_from_the_request_over_the_command_and_the_append_to_the_projection()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "Crm.Http" or "Crm.EventStore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var api = await app.As("admin");
        var trace = ActivityTraceId.CreateRandom().ToString();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/customers") { Content = JsonContent.Create(new { kind = "company", name = "一条链路有限公司" }) };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        (await api.Http.SendAsync(request, Ct)).StatusCode.ShouldBe(HttpStatusCode.Created);
        await Wait.Until(() => spans.Any(s => s.OperationName == "project customer.timeline" && s.TraceId.ToString() == trace));

        var own = spans.Where(s => s.TraceId.ToString() == trace).ToList();
        var server = own.Single(s => s.Kind == ActivityKind.Server);
        var command = own.Single(s => s.OperationName == "RegisterCustomer");
        var append = own.Single(s => s.OperationName == "append");
        command.ParentSpanId.ShouldBe(server.SpanId);
        append.ParentSpanId.ShouldBe(command.SpanId);
        append.GetTagItem("crm.events").ShouldBe(1);
        own.Where(s => s.OperationName.StartsWith("project ", StringComparison.Ordinal)).ShouldAllBe(s => s.ParentSpanId == append.SpanId);
        command.GetTagItem("crm.outcome").ShouldBe("done");
    }

    [Fact]
    public async Task a_collector_receives_traces_and_metrics_without_personal_data()
    {
        var received = new ConcurrentDictionary<string, ConcurrentQueue<string>>();
        await using var collector = await Collector(received);
        await using var host = await CrmHost.BuildAsync([
            $"--ConnectionStrings:Crm={await postgres.CreateDatabaseAsync()}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:LogLevel:Default=None",
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Urls.First()}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_METRIC_EXPORT_INTERVAL=200", "--OTEL_BSP_SCHEDULE_DELAY=100",
        ]);
        await host.App.StartAsync(Ct);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(host.App.Urls.First()) };
        await Wait.Until(async () =>
        {
            using var answer = await http.PostAsJsonAsync("/api/v1/session", new { userName = "admin", password = "Demo-2026!" }, Ct);
            return answer.IsSuccessStatusCode;
        });
        await http.GetAsync("/api/v1/customers?q=张三丰", Ct);
        await http.GetAsync("/api/v1/customers?phone=13822259999&filter=" + Uri.EscapeDataString("phone = \"13822259999\""), Ct);
        await Wait.Until(() => Bodies("/v1/traces").Contains("GET /api/v1/customers", StringComparison.Ordinal) && Bodies("/v1/traces").Contains("append", StringComparison.Ordinal));
        await Wait.Until(() => Bodies("/v1/metrics").Contains("crm.projection.lag", StringComparison.Ordinal));
        Bodies("/v1/traces").ShouldNotContain("张三丰");
        Bodies("/v1/traces").ShouldNotContain(Uri.EscapeDataString("张三丰"));
        Bodies("/v1/traces").ShouldNotContain("13822259999");
        Bodies("/v1/traces").ShouldNotContain("Password=");
        await host.App.StopAsync(Ct);

        string Bodies(string path) => received.TryGetValue(path, out var bodies) ? string.Concat(bodies) : "";
    }

    [Fact]
    public async Task metrics_are_histograms_counters_and_gauges_that_prometheus_reads()
    {
        var api = await app.As("admin");
        await api.Post("customers", new { kind = "company", name = "计量有限公司" });
        await app.Settled();
        using var http = new HttpClient { BaseAddress = app.Address };
        var text = await http.GetStringAsync("/metrics", Ct);
        text.ShouldContain("# TYPE crm_command_duration_seconds histogram");
        text.ShouldContain("crm_command_duration_seconds_bucket{command=\"RegisterCustomer\",outcome=\"done\",le=\"+Inf\"}");
        text.ShouldContain("# TYPE crm_events_appended_total counter");
        text.ShouldContain("crm_projection_lag_time_seconds{projection=\"customer.customers\"}");
        text.ShouldContain("db_client_connection_count{db_client_connection_pool_name=\"crm\"");
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            line.ShouldMatch("""^(# (HELP|TYPE) .+|[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-z0-9_]+="(\\.|[^"\\])*"(,[a-z0-9_]+="(\\.|[^"\\])*")*\})? -?[0-9.Ee+-]+)$""");
    }

    [Fact]
    public async Task figures_are_for_those_who_may_see_operations()
    {
        (await (await app.As("sales")).Get("operations/figures")).IsProblem(403, "forbidden");
        (await app.Anonymous.Get("operations/figures")).IsProblem(401, "unauthenticated");
        var admin = await app.As("admin");
        await admin.Post("customers", new { kind = "company", name = "数字有限公司" });
        await app.Settled();
        var figures = (await admin.Get("operations/figures")).Is(HttpStatusCode.OK);
        figures["highestSequence"]!.GetValue<long>().ShouldBe(await app.Store.Daemon.HighestSequenceAsync(Ct));
        figures["eventsTotal"]!.GetValue<long>().ShouldBeGreaterThan(0);
        figures["databaseBytes"]!.GetValue<long>().ShouldBeGreaterThan(1_000_000);
        figures["pool"]!["max"]!.GetValue<long>().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task a_json_log_is_one_object_a_line_with_the_trace_and_without_the_path()
    {
        var console = Console.Out;
        var written = new StringWriter();
        Console.SetOut(TextWriter.Synchronized(written));
        try
        {
            await using var host = await CrmHost.BuildAsync([
                $"--ConnectionStrings:Crm={await postgres.CreateDatabaseAsync()}", "--urls=http://127.0.0.1:0", "--Crm:Demo=true", "--Crm:DemoData=false", "--Logging:Console:FormatterName=json",
            ]);
            host.App.MapGet("/told/{link}", (string link, ILogger<what_operators_see> logger) => Tell(logger));
            await host.App.StartAsync(Ct);
            using var http = new HttpClient { BaseAddress = new Uri(host.App.Urls.First()) };
            await http.GetAsync("/told/secret-link?q=13800138000", Ct);
            await host.App.StopAsync(Ct);
        }
        finally
        {
            Console.SetOut(console);
        }
        var lines = written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith('{')).Select(l => JsonNode.Parse(l)!).ToList();
        var told = lines.Single(l => l["Message"]!.ToString() == "told");
        told["Scopes"]![0]!["TraceId"]!.ToString().Length.ShouldBe(32);
        written.ToString().ShouldNotContain("secret-link");
        written.ToString().ShouldNotContain("13800138000");
    }

    private static IResult Tell(ILogger logger)
    {
#pragma warning disable CA1848 // One line of a test.
        logger.LogWarning("told");
#pragma warning restore CA1848
        return Results.NoContent();
    }

    private static async Task<WebApplication> Collector(ConcurrentDictionary<string, ConcurrentQueue<string>> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var collector = builder.Build();
        collector.MapPost("/v1/{signal}", async (HttpContext http, string signal) =>
        {
            http.Request.ContentType.ShouldBe("application/x-protobuf");
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            received.GetOrAdd("/v1/" + signal, _ => []).Enqueue(Encoding.UTF8.GetString(body.ToArray()));
        });
        await collector.StartAsync(Ct);
        return collector;
    }
}
