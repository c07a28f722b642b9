using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Testing;
using CsvHelper;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

/// <summary>The four files of a real sales team through the whole application; what is expected is computed from the files by another reader.</summary>
public sealed class importing_the_sales_data(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task brings_every_row_in_and_shows_what_is_doubtful()
    {
        var admin = await app.As("admin");
        var pipeline = Rows("sales_pipeline.csv");
        var won = pipeline.Where(r => r["deal_stage"] == "Won").ToList();

        var users = await ImportAsync(admin, "sales_teams.csv", "users");
        Created(users).ShouldBe(35);
        var products = await ImportAsync(admin, "products.csv", "products");
        Created(products).ShouldBe(7);
        var accounts = await ImportAsync(admin, "accounts.csv", "customers");
        Created(accounts).ShouldBe(85);
        accounts["values"]!.AsArray().ShouldContain(v => (string?)v!["from"] == "technolgy" && (string?)v["to"] == "technology" && (bool?)v["applied"] == false);

        var import = await CheckedAsync(admin, "sales_pipeline.csv", "opportunities");
        import["values"]!.AsArray().Single(v => (string?)v!["field"] == "product")!.ToJsonString().ShouldContain("\"from\":\"GTXPro\",\"to\":\"GTX Pro\",\"rows\":1480");
        var notes = import["notes"]!.AsArray().ToDictionary(n => (string)n!["code"]!, n => (int)n!["rows"]!);
        notes["no_customer"].ShouldBe(pipeline.Count(r => r["account"].Length == 0));
        notes["no_customer"].ShouldBe(1425);
        notes["pipeline_proposed"].ShouldBe(8800);
        import = await CommittedAsync(admin, import);
        import["totals"]!.ToJsonString().ShouldBe("""{"rows":8800,"created":8800,"updated":0,"unchanged":0,"skipped":0,"failed":0,"warnings":1425}""");
        await app.Settled();

        foreach (var (stage, count) in pipeline.CountBy(r => r["deal_stage"]))
            (await CountAsync($"select count(*) from pipeline.opportunities o join pipeline.stages s on s.pipeline_id = o.pipeline_id and s.code = o.stage where s.name = '{stage}' and not o.deleted")).ShouldBe(count, stage);
        (await CountAsync("select count(*) from pipeline.opportunities where customer_id is null")).ShouldBe(1425);
        (await CountAsync("select sum(amount) from pipeline.opportunities where kind = 'won'")).ShouldBe(won.Sum(r => decimal.Parse(r["close_value"], CultureInfo.InvariantCulture)));
        (await CountAsync("select sum(amount) from pipeline.opportunities where kind = 'won'")).ShouldBe(10_005_534);
        (await CountAsync("select count(*) from customer.customers c join customer.customers p on p.id = (c.doc->>'parentId')::uuid")).ShouldBe(Rows("accounts.csv").Count(r => r["subsidiary_of"].Length > 0));

        await PastIsInPlaceAsync(admin, pipeline[0]);
        await SecondImportChangesNothingAsync(admin);
        await RevertLeavesNothingAsync(admin, import);
    }

    private async Task PastIsInPlaceAsync(Api admin, Dictionary<string, string> row)
    {
        var list = await admin.Get($"opportunities?q={row["opportunity_id"]}");
        var deal = list["data"]![0]!;
        ((string?)deal["openedOn"], (string?)deal["closedOn"], (string?)deal["stageKind"], (string?)deal["customerName"], (string?)deal["ownerName"])
            .ShouldBe((Iso(row["engage_date"]), Iso(row["close_date"]), "won", row["account"], row["sales_agent"]));
        var then = await admin.Get($"opportunities/{deal["id"]}?asOf=2016-12-31T00:00:00Z");
        ((string?)then["stage"], (string?)then["stageKind"]).ShouldBe(("engaging", "open"));
        (await admin.Get($"opportunities/{deal["id"]}?asOf=2016-10-01T00:00:00Z")).Status.ShouldBe(HttpStatusCode.NotFound);
        var board = await admin.Get($"opportunities/board?pipelineId={deal["pipelineId"]}");
        board["stages"]!.AsArray().Select(s => (string?)s!["name"]).ShouldBe(["Prospecting", "Engaging", "Won", "Lost"]);
    }

    private async Task SecondImportChangesNothingAsync(Api admin)
    {
        foreach (var (file, target) in new[] { ("sales_teams.csv", "users"), ("products.csv", "products"), ("accounts.csv", "customers"), ("sales_pipeline.csv", "opportunities") })
        {
            var again = await ImportAsync(admin, file, target);
            var totals = again["totals"]!;
            ((int?)totals["unchanged"]).ShouldBe((int?)totals["rows"], $"{file} {totals.ToJsonString()}");
        }
        (await CountAsync("select count(distinct pipeline_id) from pipeline.stages")).ShouldBe(3);
    }

    private async Task RevertLeavesNothingAsync(Api admin, JsonNode import)
    {
        (await admin.Post($"imports/{import["id"]}/revert")).Is(HttpStatusCode.OK);
        var reverted = await UntilAsync(admin, import, "reverted");
        reverted["revert"]!.ToJsonString().ShouldBe("""{"deleted":8800,"restored":0,"kept":0}""");
        await app.Settled();
        (await CountAsync("select count(*) from pipeline.opportunities where not deleted")).ShouldBe(0);
    }

    private static string Iso(string date) => DateOnly.ParseExact(date, "dd-MM-yyyy", CultureInfo.InvariantCulture).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static int Created(JsonNode import) => (int)import["totals"]!["created"]!;

    private static List<Dictionary<string, string>> Rows(string file)
    {
        using var csv = new CsvReader(new StreamReader(Files.SalesPath(file)), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        var rows = new List<Dictionary<string, string>>();
        while (csv.Read()) rows.Add(csv.HeaderRecord!.ToDictionary(h => h, h => csv.GetField(h)!));
        return rows;
    }

    private static async Task<JsonNode> ImportAsync(Api api, string file, string target) => await CommittedAsync(api, await CheckedAsync(api, file, target));

    private static async Task<JsonNode> CheckedAsync(Api api, string file, string target)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(await File.ReadAllBytesAsync(Files.SalesPath(file))), "file", file } };
        using var answer = await api.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var import = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        ((string?)import["target"], (bool?)import["targetGuessed"]).ShouldBe((target, true));
        return await UntilAsync(api, import, "checked");
    }

    private static async Task<JsonNode> CommittedAsync(Api api, JsonNode import)
    {
        (await api.Post($"imports/{import["id"]}/commit")).Is(HttpStatusCode.OK);
        return await UntilAsync(api, import, "completed");
    }

    private static async Task<JsonNode> UntilAsync(Api api, JsonNode import, string status)
    {
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            var now = (await api.Get($"imports/{import["id"]}")).Is(HttpStatusCode.OK).Json;
            if ((string?)now["status"] == status) return now;
            ((string?)now["status"]).ShouldNotBe("failed");
            await Task.Delay(100, patience.Token);
        }
    }

    private async Task<decimal> CountAsync(string sql)
    {
        await using var db = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = db.CreateCommand(sql);
        return Convert.ToDecimal(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
