using System.Net;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Exports.Tests;

/// <summary>The ledger of a customer answers which file held them (E16), and an erasure leaves no file (E7).</summary>
public sealed class who_had_whom_in_a_file(PostgresFixture postgres)
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact, Trait("Category", "Long")]
    public async Task the_ledger_of_each_customer_knows_and_of_others_does_not()
    {
        await using var app = new CrmApp(postgres);
        await app.InitializeAsync();
        var (admin, manager) = (await app.As("admin"), await app.As("manager"));
        var held = (await manager.Post("customers", new { kind = "person", name = "在册", phone = "13922220001", source = "台账" })).Is(HttpStatusCode.Created).Id;
        var other = (await manager.Post("customers", new { kind = "person", name = "不在册", phone = "13922220002" })).Is(HttpStatusCode.Created).Id;
        (await manager.Post("opportunities", new { name = "台账商机", customerId = held })).Is(HttpStatusCode.Created);

        await DoneAsync(admin, new { resource = "customers", format = "csv", filter = "source = \"台账\"", columns = new[] { "name", "phone", "tier" }, reason = "寄样册" });
        // Who sees masks has seen no number.
        await DoneAsync(manager, new { resource = "customers", format = "csv", filter = "source = \"台账\"", columns = new[] { "name", "phone" }, reason = "部门名单" });
        await DoneAsync(admin, new { resource = "opportunities", format = "xlsx", columns = new[] { "name", "customerName" }, reason = "商机表" });
        await DoneAsync(admin, new { resource = "customers", format = "csv", filter = "source = \"台账\"", columns = new[] { "tier", "industry" }, reason = "只有等级" });
        await app.Settled();

        var ledger = (await admin.Get($"customers/{held}/access-ledger")).Is(HttpStatusCode.OK)["data"]!.AsArray();
        ledger.Select(l => (l!["kind"]!.ToString(), l["reason"]!.ToString(), string.Join(',', l["fields"]!.AsArray().Select(f => f!.ToString())))).ShouldBe(
            [("exported", "商机表", "customerName"), ("exported", "部门名单", "name"), ("exported", "寄样册", "name,phone")]);
        ledger[^1]!["actorName"]!.ToString().ShouldNotBeEmpty();
        ledger[^1]!["source"]!.ToString().ShouldStartWith("export:");
        (await admin.Get($"customers/{other}/access-ledger"))["data"]!.AsArray().ShouldBeEmpty();
        var report = (await admin.Get($"customers/{held}/data-subject-report")).Is(HttpStatusCode.OK);
        report["accesses"]!.AsArray().Count(l => l!["kind"]!.ToString() == "exported").ShouldBe(4, "three files and the report itself");
    }

    [Fact]
    public async Task an_erasure_takes_every_file_and_nothing_of_the_person_is_left_in_a_dump()
    {
        await using var app = new CrmApp(postgres);
        await app.InitializeAsync();
        var admin = await app.As("admin");
        var id = (await admin.Post("customers", new { kind = "person", name = "要消失的人", phone = "13922229999", needs = "消失的需求" })).Is(HttpStatusCode.Created).Id;
        var request = new { resource = "customers", format = "csv", filter = "phone = \"13922229999\"", columns = new[] { "name", "phone", "needs" }, reason = "删除之前" };
        var before = await DoneAsync(admin, request);
        Files.Csv(await Files.BytesAsync(admin, before))[1].ShouldBe(["要消失的人", "13922229999", "消失的需求"]);
        var log = (await admin.Post("operation-log/exports", new { reason = "删除之前" })).Is(HttpStatusCode.Accepted).Id;
        using (var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20)))
            while (await tick.WaitForNextTickAsync(Ct) && (await admin.Get($"operation-log/exports/{log}"))["state"]!.ToString() != "done") { }
        (await admin.Get($"operation-log/exports/{log}/file")).Is(HttpStatusCode.OK).Text.ShouldContain("要消失的人");
        string[] secrets = ["13922229999", "消失的需求"];
        (await DumpAsync(app)).ShouldSatisfyAllConditions(d => d.ShouldNotContain(secrets[0]), d => d.ShouldNotContain(secrets[1]), d => d.ShouldContain("要消失的人"));

        (await admin.Post($"customers/{id}/erase", new { reason = "request" })).Is(HttpStatusCode.OK);
        (await admin.Get($"exports/{before.Id}/file")).IsProblem(410, "export_gone");
        (await admin.Get($"operation-log/exports/{log}/file")).IsProblem(404, "not_found");
        // Asked for in the same moment, while the lists may still show the person.
        var after = await DoneAsync(admin, new { resource = "customers", format = "csv", filter = "erased = true", columns = new[] { "name", "phone" }, reason = "删除之后" });
        Files.Csv(await Files.BytesAsync(admin, after))[1][0].ShouldStartWith("已删除客户");
        await app.Settled();
        var dump = await DumpAsync(app);
        foreach (var secret in (string[])[.. secrets, "要消失的人"]) dump.ShouldNotContain(secret);
    }

    private static async Task<Reply> DoneAsync(Api api, object request) => await Files.DoneAsync(api, (await api.Post("exports", request)).Is(HttpStatusCode.Accepted));

    /// <summary>Every row of every table; bytes as text too.</summary>
    private static async Task<string> DumpAsync(CrmApp app)
    {
        await using var connection = await app.Store.DataSource.OpenConnectionAsync(Ct);
        var tables = new List<string>();
        await using (var command = new Npgsql.NpgsqlCommand("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')", connection))
        {
            await using var reader = await command.ExecuteReaderAsync(Ct);
            while (await reader.ReadAsync(Ct)) tables.Add(reader.GetString(0));
        }
        var dump = new System.Text.StringBuilder();
        foreach (var table in tables)
        {
            using var copy = await connection.BeginTextExportAsync($"copy {table} to stdout", Ct);
            var text = await copy.ReadToEndAsync(Ct);
            dump.Append(text);
            foreach (var part in text.Split('\t', '\n').Where(p => p.StartsWith(@"\\x", StringComparison.Ordinal) && p.Length % 2 == 1)) dump.Append(System.Text.Encoding.UTF8.GetString(Convert.FromHexString(part[3..])));
        }
        return dump.ToString();
    }
}
