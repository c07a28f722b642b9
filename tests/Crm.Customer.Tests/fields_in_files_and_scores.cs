using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Customers.Tests;

/// <summary>Custom fields beyond the record: in files that come and go, in the description of the API, and in what counts for completeness.</summary>
public sealed class fields_in_files_and_scores(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    private async Task Define(object field) => (await (await app.As("admin")).Post("custom-fields", field)).Is(HttpStatusCode.Created);

    [Fact]
    public async Task a_file_is_read_by_their_names_and_types_and_held_to_the_same_rules()
    {
        await Define(new { target = "customers", key = "fleet", type = "number", zh = "车队规模", en = "Fleet", max = 500 });
        await Define(new { target = "customers", key = "grade", type = "choice", zh = "合作等级", en = "Grade", choices = new[] { new { code = "gold", zh = "金牌", en = "Gold" }, new { code = "silver", zh = "银牌", en = "Silver" } } });
        await Define(new { target = "customers", key = "lines", type = "multiChoice", zh = "产品线", en = "Lines", choices = new[] { new { code = "erp", zh = "企业管理", en = "ERP" }, new { code = "crm", zh = "客户管理", en = "CRM" } } });
        await Define(new { target = "customers", key = "signed", type = "date", zh = "签约日", en = "Signed" });
        await Define(new { target = "customers", key = "contractNo", type = "text", zh = "合同号", en = "Contract", unique = true });
        var admin = await app.As("admin");
        await Define(new { target = "contacts", key = "signet", type = "choice", zh = "用印权限", en = "Signet", choices = new[] { new { code = "full", zh = "全部", en = "Full" } } });
        var file = "客户名称,车队规模,合作等级,产品线,签约日,合同号,联系人姓名,联系人用印权限\n导入甲,120,金牌,企业管理；CRM,2025-06-01,C-1,钱七,全部\n导入乙,900,银牌,,2025-06-02,C-2,,\n导入丙,5,铜牌,,,C-3,,\n导入丁,6,银牌,,,c-1,,\n";
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(file)), "file", "客户.csv" }, { new StringContent("customers"), "target" } };
        using var answer = await admin.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form, Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Ct));
        var id = (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!["id"]!.ToString();
        var import = await Until(admin, $"imports/{id}", "checked");
        import["columns"]!.AsArray().Select(c => (string?)c!["field"]).ShouldBe(["name", "custom.fleet", "custom.grade", "custom.lines", "custom.signed", "custom.contractNo", "contact.name", "contact.custom.signet"]);
        (await admin.Post($"imports/{id}/commit")).Is(HttpStatusCode.OK);
        var done = await Until(admin, $"imports/{id}", "completed");
        (done["totals"]!["created"]!.GetValue<int>(), done["totals"]!["failed"]!.GetValue<int>()).ShouldBe((1, 3));
        var faults = (await admin.Get($"imports/{id}/rows?verdict=error"))["data"]!.AsArray().SelectMany(r => r!["messages"]!.AsArray()).Select(m => $"{m!["field"]} {m["code"]}").ToList();
        faults.ShouldContain("custom.fleet out_of_range");
        faults.ShouldContain("custom.contractNo custom_value_taken");
        await app.Settled();
        var made = (await admin.Get("customers?filter=" + Uri.EscapeDataString("custom.lines:\"crm\" AND custom.grade = \"gold\""))).Is(HttpStatusCode.OK)["data"]!.AsArray().ShouldHaveSingleItem()!;
        made["custom"]!.ToJsonString().ShouldContain("\"signed\":\"2025-06-01\"");
        (made["contacts"]![0]!["name"]!.ToString(), made["contacts"]![0]!["custom"]!["signet"]!.ToString()).ShouldBe(("钱七", "full"));

        var columns = (await admin.Get("exports/resources")).Is(HttpStatusCode.OK).Json.AsArray().Single(r => (string?)r!["resource"] == "customers")!["columns"]!.AsArray();
        columns.Single(c => (string?)c!["field"] == "custom.grade")!["name"]!.ToString().ShouldBe("合作等级");
        var export = (await admin.Post("exports", new { resource = "customers", format = "csv", filter = "custom.fleet = 120", columns = new[] { "name", "custom.grade", "custom.lines", "custom.signed" }, reason = "盘点" }, ("Accept-Language", "zh-CN"))).Is(HttpStatusCode.Accepted);
        await Until(admin, $"exports/{export.Id}", "completed");
        var text = await admin.Http.GetStringAsync(new Uri($"/api/v1/exports/{export.Id}/file", UriKind.Relative), Ct);
        text.ShouldContain("合作等级");
        text.ShouldContain("金牌");
        text.ShouldContain("企业管理、客户管理");
    }

    [Fact]
    public async Task the_description_of_the_api_has_the_fields_of_the_moment()
    {
        var http = app.Anonymous.Http;
        await Define(new { target = "customers", key = "described", type = "choice", zh = "写明", en = "Described", choices = new[] { new { code = "a", zh = "甲", en = "A" } } });
        var custom = JsonNode.Parse(await http.GetStringAsync(new Uri("/swagger/v1/swagger.json", UriKind.Relative), Ct))!["components"]!["schemas"]!["RegisterCustomer"]!["properties"]!["custom"]!;
        custom["properties"]!["described"]!["enum"]!.AsArray().Select(e => e!.ToString()).ShouldBe(["a"]);
        await Define(new { target = "contacts", key = "describedToo", type = "date", zh = "写明", en = "Described" });
        JsonNode.Parse(await http.GetStringAsync(new Uri("/swagger/v1/swagger.json", UriKind.Relative), Ct))!["components"]!["schemas"]!["AddContact"]!["properties"]!["custom"]!["properties"]!["describedToo"]!["format"]!.ToString().ShouldBe("date");
    }

    [Fact]
    public async Task what_counts_is_settled_and_the_list_says_what_the_record_says()
    {
        var admin = await app.As("admin");
        await Define(new { target = "customers", key = "segmentCode", type = "text", zh = "细分代码", en = "Segment code" });
        var full = (await admin.Post("customers", new { kind = "company", name = "完整公司", phone = "13811112222", industry = "软件", ownerId = await app.UserId("admin"), custom = new { segmentCode = "S" } })).Is(HttpStatusCode.Created);
        var bad = (await admin.Post("customers", new { kind = "company", name = "空号公司", phone = "13811113333", custom = new { segmentCode = "" } })).Is(HttpStatusCode.Created);
        await admin.Patch($"customers/{bad.Id}", new { phoneInvalid = true });
        var left = (await admin.Post("customers", new { kind = "company", name = "离职公司", industry = "软件" })).Is(HttpStatusCode.Created);
        var contact = (await admin.Post($"customers/{left.Id}/contacts", new { name = "张三", position = "经理", email = "zs@example.com" })).Is(HttpStatusCode.Created);
        var person = (await admin.Post("customers", new { kind = "person", name = "某先生", address = "上海" })).Is(HttpStatusCode.Created);
        (await admin.Put("completeness-settings", new { company = new[] { "name", "nothing" }, person = new[] { "name" }, target = 0.9 })).IsProblem(400, "unknown_field");
        (await admin.Put("completeness-settings", new { company = new[] { "name", "contact", "position", "reachable", "phone", "industry", "owner", "custom.segmentCode" }, person = new[] { "name", "address" }, target = 0.5 })).Is(HttpStatusCode.OK);
        await app.Settled();
        await SameInListAndRecord(admin, full.Id, bad.Id, left.Id, person.Id);
        (await admin.Get($"customers/{left.Id}"))["missing"]!.AsArray().Select(m => m!.ToString()).ShouldBe(["phone", "owner", "custom.segmentCode"]);
        (await admin.Patch($"customers/{left.Id}/contacts/{contact.Id}", new { emailInvalid = true })).Is(HttpStatusCode.OK);
        (await admin.Get($"customers/{left.Id}"))["missing"]!.AsArray().Select(m => m!.ToString()).ShouldBe(["reachable", "phone", "owner", "custom.segmentCode"]);
        (await admin.Patch($"customers/{left.Id}/contacts/{contact.Id}", new { leftAt = "2026-01-05" })).Is(HttpStatusCode.OK);
        await app.Settled();
        await SameInListAndRecord(admin, full.Id, bad.Id, left.Id, person.Id);
        (await admin.Get($"customers/{bad.Id}"))["missing"]!.AsArray().Select(m => m!.ToString()).ShouldContain("phone");

        var figures = (await admin.Get("customers/completeness")).Is(HttpStatusCode.OK);
        var all = (await admin.Get("customers?limit=500&fields=completeness,missing")).Is(HttpStatusCode.OK)["data"]!.AsArray();
        figures["count"]!.GetValue<int>().ShouldBe(all.Count);
        figures["average"]!.GetValue<decimal>().ShouldBe(Math.Round(all.Average(c => c!["completeness"]!.GetValue<decimal>()), 4, MidpointRounding.AwayFromZero));
        figures["atTarget"]!.GetValue<decimal>().ShouldBe(Math.Round(all.Count(c => c!["completeness"]!.GetValue<decimal>() >= 0.5m) / (decimal)all.Count, 4, MidpointRounding.AwayFromZero));
        foreach (var gap in figures["missing"]!.AsArray())
        {
            gap!["count"]!.GetValue<int>().ShouldBe(all.Count(c => c!["missing"]!.AsArray().Any(m => m!.ToString() == gap["field"]!.ToString())), gap["field"]!.ToString());
            (await admin.Get("customers?count=exact&limit=1&filter=" + Uri.EscapeDataString(gap["filter"]!.ToString()))).Is(HttpStatusCode.OK)["count"]!.GetValue<int>().ShouldBe(gap["count"]!.GetValue<int>());
        }
        var lowest = (await admin.Get("customers?sort=completeness&limit=500&fields=completeness")).Is(HttpStatusCode.OK)["data"]!.AsArray().Select(c => c!["completeness"]!.GetValue<decimal>()).ToList();
        lowest.ShouldBe(lowest.Order());
        (await admin.Get("customers/completeness?groupBy=department")).Is(HttpStatusCode.OK)["groups"]!.AsArray().Sum(g => g!["count"]!.GetValue<int>()).ShouldBe(all.Count);
        // Who sees nothing of them counts nothing of them.
        var outsider = await app.Hire("completeness-outsider", "sales");
        (await outsider.Get("customers/completeness")).Is(HttpStatusCode.OK)["count"]!.GetValue<int>().ShouldBe(0);
    }

    private static async Task SameInListAndRecord(Api api, params Guid[] ids)
    {
        var listed = (await api.Get("customers?limit=500"))["data"]!.AsArray().ToDictionary(c => c!["id"]!.GetValue<Guid>(), c => c!);
        foreach (var id in ids)
        {
            var record = (await api.Get($"customers/{id}")).Is(HttpStatusCode.OK);
            listed[id]["completeness"]!.GetValue<decimal>().ShouldBe(record["completeness"]!.GetValue<decimal>(), record["name"]!.ToString());
            listed[id]["missing"]!.ToJsonString().ShouldBe(record["missing"]!.ToJsonString());
        }
    }

    private static async Task<JsonNode> Until(Api api, string path, string status)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience.Limit);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(30));
        while (await tick.WaitForNextTickAsync(patience.Token))
        {
            var now = (await api.Get(path)).Is(HttpStatusCode.OK).Json;
            if ((string?)now["status"] == status) return now;
            ((string?)now["status"]).ShouldNotBe("failed");
        }
        throw new TimeoutException(path);
    }
}
