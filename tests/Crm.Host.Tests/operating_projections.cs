using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

public sealed class operating_projections(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task shows_every_projection_and_who_leads_it()
    {
        var api = await app.As("manager");
        var customers = await Projection(api, "customer.customers");
        (customers["lifecycle"]!.ToString(), customers["version"]!.GetValue<int>()).ShouldBe(("async", app.Store.Projections.All.Single(p => p.Name == "customer.customers").Version));
        (await Projection(api, "pipeline.stages"))["lifecycle"]!.ToString().ShouldBe("inline");
        await Wait.Until(async () => (await Projection(api, "customer.timeline"))["state"]!.ToString() == "running");
        var nodes = (await api.Get("operations/nodes")).Is(HttpStatusCode.OK)["data"]!.AsArray();
        nodes.Select(n => n!["name"]!.ToString()).ShouldContain(CrmHost.NodeName["crm ".Length..]);
        nodes.SelectMany(n => n!["leads"]!.AsArray()).Select(l => l!.ToString()).ShouldContain("customer.customers");
        (await (await app.As("sales")).Get("operations/projections")).IsProblem(403, "forbidden");
        (await api.Post("operations/projections/customer.customers/rebuild", new { reason = "no right" })).IsProblem(403, "forbidden");
    }

    [Theory]
    [InlineData("customer.customers")]
    [InlineData("pipeline.stages")]
    public async Task builds_one_anew_and_records_who_and_why(string name)
    {
        var api = await app.As("admin");
        var before = await Rows("select * from pipeline.stages");
        (await api.Post($"operations/projections/{name}/rebuild", new { })).IsProblem(400, "invalid");
        (await api.Post("operations/projections/no.such/rebuild", new { reason = "x" })).IsProblem(404, "projection_not_found");
        (await api.Post($"operations/projections/{name}/rebuild/cancel")).IsProblem(409, "rebuild_not_running");
        (await api.Post($"operations/projections/{name}/retry")).IsProblem(409, "projection_not_paused");

        (await api.Post($"operations/projections/{name}/rebuild", new { reason = "a look at it" })).Is(HttpStatusCode.Accepted);
        await Wait.Until(async () => (await Projection(api, name))["rebuild"]!["state"]!.ToString() == "done");
        var rebuild = (await Projection(api, name))["rebuild"]!;
        (rebuild["reason"]!.ToString(), rebuild["startedBy"]!.ToString()).ShouldBe(("a look at it", (await app.UserId("admin")).ToString()));
        (await Rows("select * from pipeline.stages")).ShouldBe(before);
        (await Rows($"select data ->> 'projection', headers ->> 'reason' from events.mt_events where type = 'projection_rebuild_requested' and data ->> 'projection' = '{name}'")).ShouldBe($"({name},\"a look at it\")");
    }

    [Fact]
    public async Task leaves_out_an_event_that_cannot_be_read()
    {
        var api = await app.As("admin");
        var id = (await api.Post("customers", new { kind = "company", name = "毒药有限公司" })).Is(HttpStatusCode.Created).Id;
        await app.Settled();
        // As a defect of an older version might have left it.
        await Execute($$"""
            insert into events.mt_events (seq_id, id, stream_id, version, data, type, headers)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), '{{id}}', 2, '{"tag": ["Zhang Wei 13800138000"]}', 'customer_tagged', '{"source": "test"}';
            update events.mt_streams set version = 2 where id = '{{id}}';
            """);
        string[] readers = ["customer.customers", "customer.timeline", "customer.tag_periods", "analytics.operations"];
        foreach (var name in readers) await Wait.Until(async () => (await Projection(api, name))["state"]!.ToString() == "paused");
        var paused = await Projection(api, "customer.customers");
        var sequence = paused["failedEvent"]!["sequence"]!.GetValue<long>();
        (paused["failedEvent"]!["type"]!.ToString(), paused["error"]!.ToString()).ShouldBe(("customer_tagged", "JsonException at $.tag"));
        var health = await (await app.Anonymous.Http.GetAsync("/health/ready", Ct)).Content.ReadAsStringAsync(Ct);
        health.ShouldContain($"event {sequence} (customer_tagged): JsonException at $.tag");
        health.ShouldNotContain("Zhang");
        // Everything else runs.
        (await Projection(api, "pipeline.opportunities"))["state"]!.ToString().ShouldBe("running");

        (await api.Post("operations/projections/customer.customers/skip", new { sequence = sequence + 1, reason = "x" })).IsProblem(409, "other_event_failed");
        (await api.Post("operations/projections/customer.customers/retry")).Is(HttpStatusCode.Accepted);
        await Wait.Until(async () => (await Projection(api, "customer.customers"))["state"]!.ToString() == "paused");
        foreach (var name in readers)
            (await api.Post($"operations/projections/{name}/skip", new { sequence, reason = "tag is no list" })).Is(HttpStatusCode.Accepted);
        var other = (await api.Post("customers", new { kind = "company", name = "解药有限公司" })).Is(HttpStatusCode.Created).Id;
        foreach (var name in readers) await Wait.Until(async () => (await Projection(api, name))["state"]!.ToString() == "running");
        await app.Settled();
        (await Rows($"select version from customer.customers where id in ('{id}', '{other}')")).ShouldBe("(1)\n(1)");
        var skipped = (await api.Get("operations/skipped-events?projection=customer.timeline"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        (skipped["sequence"]!.GetValue<long>(), skipped["reason"]!.ToString(), skipped["error"]!.ToString()).ShouldBe((sequence, "tag is no list", "JsonException at $.tag"));
        (await Projection(api, "customer.timeline"))["skipped"]!.GetValue<int>().ShouldBe(1);
    }

    private static async Task<JsonNode> Projection(Api api, string name) =>
        (await api.Get("operations/projections")).Is(HttpStatusCode.OK)["data"]!.AsArray().Single(p => p!["name"]!.ToString() == name)!;

    private async Task<string> Rows(string sql)
    {
        await using var command = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand($"select coalesce(string_agg(r::text, E'\\n' order by r::text), '') from ({sql}) r");
        return (string)(await command.ExecuteScalarAsync(Ct))!;
    }

    private async Task Execute(string sql)
    {
        await using var command = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
