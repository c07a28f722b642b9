using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Pipeline.Tests;

public sealed class pipelines_in_use(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task the_organisation_begins_with_two()
    {
        var sales = await app.As("sales");
        var list = (await sales.Get("pipelines")).Is(HttpStatusCode.OK);
        var standard = list["data"]!.AsArray().Single(p => p!["isDefault"]!.GetValue<bool>())!;
        standard["stages"]!.AsArray().Select(s => s!["code"]!.ToString()).ShouldBe(["lead", "requirement", "proposal", "negotiation", "won", "lost"]);
        standard["stages"]![4]!["criteria"]!.AsArray().Select(c => c!.ToString()).ShouldBe(["签订合同", "收到首付款"]);
        list.Column().ShouldContain("线索–商机–报价–成交");
        (await sales.Get($"pipelines/{standard["id"]}")).Is(HttpStatusCode.OK)["name"]!.ToString().ShouldBe("标准销售流程");
        (await sales.Get($"pipelines/{standard["id"]}/history"))["data"]![0]!["actorId"]!.ToString().ShouldBe("system");
        (await sales.Post("pipelines", new { name = "x" })).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task a_stage_with_open_opportunities_stays()
    {
        var admin = await app.As("admin");
        var pipeline = await app.Pipeline();
        var card = (await admin.Opportunity(pipeline, stage: "proposal")).Id;
        var stages = (await admin.Get($"pipelines/{pipeline}"))["stages"]!.AsArray();
        var without = new JsonArray([.. stages.Where(s => s!["code"]!.ToString() != "proposal").Select(s => s!.DeepClone())]);
        var refused = (await admin.Patch($"pipelines/{pipeline}", new JsonObject { ["stages"] = without.DeepClone() })).IsProblem(409, "stage_in_use");
        (refused["stage"]!.ToString(), refused["count"]!.GetValue<int>()).ShouldBe(("proposal", 1));

        var reshaped = stages.DeepClone().AsArray();
        reshaped[1]!["name"] = "报价";
        reshaped[1]!["probability"] = 55;
        reshaped.Insert(2, new JsonObject { ["code"] = "trial", ["name"] = "试用", ["nameEn"] = "Trial", ["kind"] = "open", ["probability"] = 70 });
        (await admin.Patch($"pipelines/{pipeline}", new JsonObject { ["stages"] = reshaped, ["name"] = "渠道" })).Is(HttpStatusCode.OK)["version"]!.GetValue<int>().ShouldBe(3);
        var board = await admin.Get($"opportunities/board?pipelineId={pipeline}");
        board["pipeline"]!["name"]!.ToString().ShouldBe("渠道");
        board["stages"]!.AsArray().Select(s => s!["code"]!.ToString()).ShouldBe(["lead", "proposal", "trial", "won", "lost"]);
        (await admin.Get($"opportunities/{card}"))["stageName"]!.ToString().ShouldBe("报价");

        (await admin.Post($"opportunities/{card}/win")).Is(HttpStatusCode.OK);
        (await admin.Patch($"pipelines/{pipeline}", new JsonObject { ["stages"] = without.DeepClone() })).Is(HttpStatusCode.OK);
        (await admin.Post($"opportunities/{card}/reopen")).Is(HttpStatusCode.OK)["stage"]!.ToString().ShouldBe("lead");
    }

    [Fact]
    public async Task a_stage_cannot_go_while_a_card_comes()
    {
        var admin = await app.As("admin");
        for (var round = 0; round < 5; round++)
        {
            var pipeline = await app.Pipeline();
            var card = (await admin.Opportunity(pipeline)).Id;
            var without = new JsonArray([.. (await admin.Get($"pipelines/{pipeline}"))["stages"]!.AsArray().Where(s => s!["code"]!.ToString() != "proposal").Select(s => s!.DeepClone())]);
            var replies = await Task.WhenAll(
                admin.Post($"opportunities/{card}/stage", new { to = "proposal" }), admin.Patch($"pipelines/{pipeline}", new JsonObject { ["stages"] = without }));
            replies.Count(r => r.Status == HttpStatusCode.OK).ShouldBe(1, string.Join('\n', replies.Select(r => r.Text)));
            // Who loses hears it from the decision or, in the last instant, from the database.
            replies.Single(r => r.Status != HttpStatusCode.OK)["code"]!.ToString().ShouldBeOneOf("stage_in_use", "unknown_stage");
            await using var database = NpgsqlDataSource.Create(app.ConnectionString);
            await using var command = database.CreateCommand(
                "select count(*) from pipeline.opportunity_stages o where pipeline_id = $1 and open_kind is not null and not exists (select from pipeline.stages s where s.pipeline_id = o.pipeline_id and s.code = o.stage)");
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = pipeline });
            (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(0L);
        }
    }

    [Fact]
    public async Task the_past_keeps_its_stages()
    {
        var admin = await app.As("admin");
        var pipeline = await app.Pipeline();
        var before = app.Store.Now;
        var stages = (await admin.Get($"pipelines/{pipeline}"))["stages"]!.AsArray().DeepClone().AsArray();
        stages[0]!["name"] = "潜在";
        (await admin.Patch($"pipelines/{pipeline}", new JsonObject { ["stages"] = stages })).Is(HttpStatusCode.OK);
        (await admin.Get($"pipelines/{pipeline}?asOf={before.Url()}"))["stages"]![0]!["name"]!.ToString().ShouldBe("线索");
        (await admin.Get($"opportunities/board?pipelineId={pipeline}&asOf={before.Url()}")).Stage("lead")["name"]!.ToString().ShouldBe("线索");
        (await admin.Get($"opportunities/board?pipelineId={pipeline}")).Stage("lead")["name"]!.ToString().ShouldBe("潜在");
        (await admin.Get($"pipelines/{pipeline}/history")).Column("type").ShouldBe(["pipeline_stages_changed", "pipeline_defined"]);
    }

    [Fact]
    public async Task product_codes_are_unique()
    {
        var admin = await app.As("admin");
        var first = (await admin.Post("products", new { code = "GTX-Pro", name = "GTX Pro", series = "GTX", unitPrice = new { amount = 4821, currency = "USD" } })).Is(HttpStatusCode.Created);
        first["active"]!.GetValue<bool>().ShouldBeTrue();
        (await admin.Post("products", new { code = " gtx-pro", name = "Copy" })).IsProblem(409, "product_code_taken")["candidates"]![0]!["id"]!.GetValue<Guid>().ShouldBe(first.Id);
        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => admin.Post("products", new { code = "MG-1", name = $"MG {i}" })));
        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        foreach (var reply in replies.Where(r => r.Status != HttpStatusCode.Created)) reply.IsProblem(409, "product_code_taken");

        (await admin.Patch($"products/{first.Id}", """{"active":false,"unitPrice":null}""")).Is(HttpStatusCode.OK)["unitPrice"].ShouldBeNull();
        (await admin.Get("products?q=gtx")).Column("code").ShouldBe(["GTX-Pro"]);
        (await admin.Delete($"products/{first.Id}")).Is(HttpStatusCode.NoContent);
        (await admin.Get("products?q=gtx")).Column("code").ShouldBeEmpty();
        (await admin.Post($"products/{first.Id}/restore")).Is(HttpStatusCode.OK);
        (await admin.Get($"products/{first.Id}/history")).Column("type").ShouldBe(["product_undeleted", "product_deleted", "product_changed", "product_added"]);
    }
}
