using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

/// <summary>How rows find the records they mean, and what is not guessed.</summary>
public sealed class importing_into_the_modules(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task customers_from_a_chinese_workbook_text_in_gbk()
    {
        var csv = "客户名称,手机,所属行业,负责人,标签,上级公司,备注\n杭州青禾科技有限公司,13800138001,互联网,李晓燕,\"重点,华东\",,首批\n青禾云服务有限公司,0571-88001234,互联网,李晓燕,,杭州青禾科技有限公司,\n";
        var import = await ImportAsync(Files.Gb18030.GetBytes(csv));
        ((string?)import["format"]!["encoding"], (int?)import["totals"]!["created"]).ShouldBe(("GB18030", 2));
        var sales = await app.As("sales");
        var child = (await sales.Get("customers?q=青禾云"))["data"]![0]!;
        ((string?)child["parentName"], (string?)child["ownerName"]).ShouldBe(("杭州青禾科技有限公司", "李晓燕"));
        var parent = (await sales.Get("customers?q=青禾科技"))["data"]![0]!;
        parent["tags"]!.AsArray().Select(t => (string?)t).ShouldBe(["重点", "华东"], ignoreOrder: true);
        ((string?)parent["custom"]!["备注"], (string?)parent["kind"]).ShouldBe(("首批", "company"));
    }

    [Fact]
    public async Task a_customer_that_merely_resembles_one_on_file_is_shown_and_not_doubled()
    {
        await ImportAsync("客户名称,电话\n宁波海川贸易有限公司,13800138002\n");
        var import = await ImportAsync("客户名称,电话\n宁波海川贸易集团,\n海川物流,13800138002\n宁波海川贸易有限公司,13800138002\n");
        import["totals"]!.ToJsonString().ShouldBe("""{"rows":3,"created":0,"updated":0,"unchanged":1,"skipped":2,"failed":0,"warnings":2}""");
        (await RowsAsync(import, "verdict=skip")).Select(r => (string?)r!["messages"]![0]!["code"]).ShouldBe(["possible_duplicate", "possible_duplicate"]);
        var insisted = await ImportAsync("客户名称,电话\n宁波海川贸易集团,\n", """{"options":{"duplicates":"create"}}""");
        ((int?)insisted["totals"]!["created"]).ShouldBe(1);
    }

    [Fact]
    public async Task persons_of_one_name_are_told_apart_by_telephone()
    {
        var import = await ImportAsync("姓名,类型,手机\n张伟,个人,13800138010\n张伟,个人,13800138011\n张伟,个人,13800138010\n");
        import["totals"]!.ToJsonString().ShouldBe("""{"rows":3,"created":2,"updated":0,"unchanged":0,"skipped":1,"failed":0,"warnings":1}""");
        var again = await ImportAsync("姓名,类型,手机\n张伟,个人,13800138011\n张伟,个人,13800138012\n");
        again["totals"]!.ToJsonString().ShouldBe("""{"rows":2,"created":1,"updated":0,"unchanged":1,"skipped":0,"failed":0,"warnings":0}""");
    }

    [Fact]
    public async Task bad_cells_are_refused_by_the_rules_of_the_form()
    {
        var import = await ImportAsync("客户名称,邮箱,负责人\n甲公司,not-a-mail,\n乙公司,,没有此人\n丙公司,a@b.cn,\n");
        ((int?)import["totals"]!["created"], (int?)import["totals"]!["failed"]).ShouldBe((1, 2));
        (await RowsAsync(import, "verdict=error")).Select(r => (string?)r!["messages"]![0]!["code"]).ShouldBe(["invalid_email", "unknown_user"]);
    }

    [Fact]
    public async Task opportunities_move_with_a_newer_file_and_come_back_with_a_revert()
    {
        await ImportAsync("客户名称\n苏州远帆机电有限公司\n");
        await ImportAsync("deal id,deal name,account,stage,amount,created date\nQ1,机床改造,苏州远帆机电有限公司,方案,¥120000,2026-01-05\n");
        var import = await ImportAsync("deal id,deal name,account,stage,amount,created date,close date\nQ1,机床改造,苏州远帆机电有限公司,成交,¥118000,2026-01-05,2026-02-20\n");
        import["totals"]!.ToJsonString().ShouldBe("""{"rows":1,"created":0,"updated":1,"unchanged":0,"skipped":0,"failed":0,"warnings":0}""");
        var admin = await app.As("admin");
        var deal = (await admin.Get("opportunities?q=机床改造"))["data"]![0]!;
        ((string?)deal["stage"], (string?)deal["closedOn"], (decimal?)deal["amount"]!["amount"]).ShouldBe(("won", "2026-02-20", 118000m));
        (await admin.Post($"imports/{import["id"]}/revert")).Is(HttpStatusCode.OK);
        (await UntilAsync(import, "reverted"))["revert"]!.ToJsonString().ShouldBe("""{"deleted":0,"restored":1,"kept":0}""");
        deal = (await admin.Get($"opportunities/{deal["id"]}")).Json;
        ((string?)deal["stage"], (string?)deal["closedOn"], (decimal?)deal["amount"]!["amount"]).ShouldBe(("proposal", null, 120000m));
    }

    [Fact]
    public async Task own_fields_of_opportunities_are_read_by_their_headings_and_held_to_their_rules()
    {
        var admin = await app.As("admin");
        (await admin.Post("custom-fields", new { target = "opportunities", key = "tender", type = "text", zh = "招标号", en = "Tender", unique = true })).Is(HttpStatusCode.Created);
        (await admin.Post("custom-fields", new { target = "opportunities", key = "parts", type = "multiChoice", zh = "标段", en = "Lots", choices = new[] { new { code = "n", zh = "北区", en = "North" }, new { code = "s", zh = "南区", en = "South" } } })).Is(HttpStatusCode.Created);
        (await admin.Post("custom-fields", new { target = "opportunities", key = "persons", type = "number", zh = "人天", en = "Person days", max = 500 })).Is(HttpStatusCode.Created);
        var rule = (await admin.Post("validation-rules", new { target = "opportunities", zh = "规则", en = "Rule", when = "stage", value = "proposal", field = "custom.persons", check = "required", messageZh = "方案阶段要有人天。", messageEn = "State the person days." })).Is(HttpStatusCode.Created);
        var import = await ImportAsync("商机编号,商机名称,阶段,招标号,标段,人天\nT1,自有一,线索,Z-1,北区；South,30\nT2,自有二,线索,z-1,,\nT3,自有三,线索,Z-3,,900\nT4,自有四,方案,Z-4,,\n");
        import["columns"]!.AsArray().Select(c => (string?)c!["field"]).ShouldBe(["externalKeys.import", "name", "stage", "custom.tender", "custom.parts", "custom.persons"]);
        ((int?)import["totals"]!["created"], (int?)import["totals"]!["failed"]).ShouldBe((1, 3));
        (await RowsAsync(import, "verdict=error")).SelectMany(r => r!["messages"]!.AsArray()).Select(m => (string?)m!["code"]).Where(c => c is "custom_value_taken" or "out_of_range" or "rule_violated").Order().ShouldBe(["custom_value_taken", "out_of_range", "rule_violated"]);
        // Stage and what it asks for come in one row.
        var again = await ImportAsync("商机编号,商机名称,阶段,招标号,人天\nT1,自有一,方案,Z-1,40\n");
        ((int?)again["totals"]!["updated"], (int?)again["totals"]!["failed"]).ShouldBe((1, 0));
        var deal = (await admin.Get("opportunities?filter=" + Uri.EscapeDataString("custom.tender = \"Z-1\" AND custom.parts:\"s\"")))["data"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)deal["stage"], (int?)deal["custom"]!["persons"]).ShouldBe(("proposal", 40));
        (await admin.Delete($"validation-rules/{rule.Id}")).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task opportunities_without_a_key_are_not_doubled_by_a_second_import()
    {
        const string csv = "opportunity name,company,deal stage,start date\n年度维保,,谈判,2026-01-08\n备件采购,,线索,2026-01-09\n";
        ((int?)(await ImportAsync(csv))["totals"]!["created"]).ShouldBe(2);
        var again = await ImportAsync(csv);
        ((int?)again["totals"]!["skipped"], (string?)(await RowsAsync(again, "verdict=skip"))[0]!["messages"]!.AsArray().Last()!["code"]).ShouldBe((2, "possible_duplicate"));
    }

    [Fact]
    public async Task a_named_customer_must_exist_and_stages_can_be_mapped_into_another_pipeline()
    {
        var admin = await app.As("admin");
        var standard = (string?)(await admin.Get("pipelines?filter=isDefault = true"))["data"]![0]!["id"];
        var import = await CheckedAsync("deal id,deal name,account,deal stage\nS1,甲项目,不存在的公司,Discovery\nS2,乙项目,,Discovery\nS3,丙项目,,Won\n");
        import["notes"]!.AsArray().ShouldContain(n => (string?)n!["code"] == "pipeline_proposed");
        (await admin.Patch($"imports/{import["id"]}", $$"""{"options":{"pipelineId":"{{standard}}"},"values":[{"field":"stage","from":"Discovery","to":"requirement"}]}""")).Is(HttpStatusCode.OK);
        import = await UntilAsync(import, "checked");
        (await admin.Post($"imports/{import["id"]}/commit")).Is(HttpStatusCode.OK);
        import = await UntilAsync(import, "completed");
        ((int?)import["totals"]!["created"], (int?)import["totals"]!["failed"]).ShouldBe((2, 1));
        (await RowsAsync(import, "verdict=error"))[0]!["messages"]!.AsArray().ShouldContain(m => (string?)m!["code"] == "unknown_customer");
        ((string?)(await admin.Get("opportunities?q=乙项目"))["data"]![0]!["stage"]).ShouldBe("requirement");
    }

    [Fact]
    public async Task users_get_names_to_sign_in_with_and_no_access()
    {
        var import = await ImportAsync("sales_agent,manager,regional_office\nZoë Müller,王建国,East\n欧阳明日,王建国,华东\n");
        ((int?)import["totals"]!["created"]).ShouldBe(2);
        var users = (await (await app.As("admin")).Get("users?filter=managerName = \"王建国\""))["data"]!.AsArray();
        users.Select(u => ((string?)u!["userName"], (bool?)u["canSignIn"], (string?)u["role"])).ShouldBe([("ouyangmingri", false, "sales"), ("zoe.muller", false, "sales")], ignoreOrder: true);
    }

    [Fact]
    public async Task only_those_who_may_create_and_change_a_record_may_import_it()
    {
        var sales = await app.As("sales");
        using var form = new MultipartFormDataContent { { new ByteArrayContent("姓名\n某人\n"u8.ToArray()), "file", "u.csv" }, { new StringContent("users"), "target" } };
        using var answer = await sales.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await sales.Get("imports/targets")).Json.AsArray().Select(t => (string?)t!["target"]).ShouldBe(["customers", "opportunities"]);
        using var anonymous = await app.Anonymous.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form);
        anonymous.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private Task<JsonNode> ImportAsync(string csv, string? patch = null) => ImportAsync(Encoding.UTF8.GetBytes(csv), patch);

    private async Task<JsonNode> ImportAsync(byte[] file, string? patch = null)
    {
        var admin = await app.As("admin");
        var import = await CheckedAsync(file);
        if (patch is not null)
        {
            (await admin.Patch($"imports/{import["id"]}", patch)).Is(HttpStatusCode.OK);
            import = await UntilAsync(import, "checked");
        }
        (await admin.Post($"imports/{import["id"]}/commit")).Is(HttpStatusCode.OK);
        return await UntilAsync(import, "completed");
    }

    private Task<JsonNode> CheckedAsync(string csv) => CheckedAsync(Encoding.UTF8.GetBytes(csv));

    private async Task<JsonNode> CheckedAsync(byte[] file)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "file", "导入.csv" } };
        using var answer = await (await app.As("admin")).Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await UntilAsync((await answer.Content.ReadFromJsonAsync<JsonNode>())!, "checked");
    }

    private async Task<JsonNode> UntilAsync(JsonNode import, string status)
    {
        var admin = await app.As("admin");
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            var now = (await admin.Get($"imports/{import["id"]}")).Is(HttpStatusCode.OK).Json;
            if ((string?)now["status"] == status) return now;
            ((string?)now["status"]).ShouldNotBe("failed");
            await Task.Delay(50, patience.Token);
        }
    }

    private async Task<JsonArray> RowsAsync(JsonNode import, string query) => (await (await app.As("admin")).Get($"imports/{import["id"]}/rows?{query}"))["data"]!.AsArray();
}
