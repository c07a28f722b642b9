using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Host.Tests;

/// <summary>What a file held of people: in plain for whoever uploaded it, masked for others, and not kept where nobody could ask for its erasure.</summary>
public sealed class rows_of_imports(PostgresFixture postgres)
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task are_masked_for_others_and_emptied_after_a_while_unless_they_became_somebody()
    {
        await using var app = new CrmApp(postgres) { Settings = ["--Crm:Imports:KeepRefusedRowsDays=0"] };
        await app.InitializeAsync();
        var (admin, sales) = (await app.As("admin"), await app.As("sales"));
        var role = (await admin.Post("roles", new { code = "onlooker", name = "看导入", grants = new[] { new { right = "imports.view", scope = "all" } } })).Is(HttpStatusCode.Created)["code"]!.ToString();
        var other = await app.Hire("onlooker", role);
        var id = await ImportAsync(sales, "客户名称,类型,手机,备注\n周瑜,个人,13822280001,小乔 xiao@qiao.example 2026-01-05\n,个人,13822280002,打 138-2228-0003\n");

        foreach (var path in new[] { $"imports/{id}", $"imports/{id}/rows" })
        {
            (await sales.Get(path)).Is(HttpStatusCode.OK).Text.ShouldContain("13822280002", customMessage: "the uploader has the file");
            var seen = (await other.Get(path)).Is(HttpStatusCode.OK).Text;
            seen.ShouldContain("138****0002");
            if (path.EndsWith("rows", StringComparison.Ordinal)) seen.ShouldContain("2026-01-05");
            foreach (var secret in new[] { "13822280001", "13822280002", "2228-0003", "xiao@" }) seen.ShouldNotContain(secret, customMessage: path);
        }
        (await CsvAsync(sales, id)).ShouldContain("13822280002");
        (await CsvAsync(other, id)).ShouldContain("138****0002");
        (await CsvAsync(other, id)).ShouldNotContain("2228-0003");

        (await admin.Post("operations/recurring/remove-old-import-rows/run")).Is(HttpStatusCode.NoContent);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await tick.WaitForNextTickAsync(Ct))
            if (!(await sales.Get($"imports/{id}/rows")).Text.Contains("13822280002", StringComparison.Ordinal)) break;
        var rows = (await sales.Get($"imports/{id}/rows"))["data"]!.AsArray();
        rows.Select(r => r!["values"]!["手机"]!.ToString()).ShouldBe(["13822280001", ""], "what became a customer goes with the customer");
        rows.Select(r => r!["verdict"]!.ToString()).ShouldBe(["create", "error"]);
        (await sales.Get($"imports/{id}"))["columns"]!.AsArray().SelectMany(c => c!["samples"]!.AsArray()).ShouldBeEmpty();
    }

    private static async Task<string> CsvAsync(Api api, string id) => await api.Http.GetStringAsync(new Uri($"/api/v1/imports/{id}/errors.csv", UriKind.Relative), Ct);

    private static async Task<string> ImportAsync(Api api, string csv)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(csv)), "file", "rows.csv" } };
        using var answer = await api.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form, Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await answer.Content.ReadFromJsonAsync<JsonNode>(Ct))!["id"]!.ToString();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        foreach (var (status, command) in new[] { ("checked", "commit"), ("completed", null) })
        {
            while (await tick.WaitForNextTickAsync(Ct))
                if ((await api.Get($"imports/{id}"))["status"]!.ToString() == status) break;
            if (command is not null) (await api.Post($"imports/{id}/{command}")).Is(HttpStatusCode.OK);
        }
        return id;
    }
}
