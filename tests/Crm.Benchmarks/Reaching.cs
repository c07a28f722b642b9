using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Crm.Benchmarks;

/// <summary>
/// What rights cost: the first page of all customers for somebody who reaches a part of them, beside the same page for an administrator, who reaches all.
/// Both are decrypted; only the first is also masked. The customers come through an import, so that they are encrypted and owned as the product does it.
/// </summary>
internal sealed class Reaching(string server, BenchOptions options) : IAsyncDisposable
{
    private const string List = "/api/v1/customers?limit=50";
    private const int Departments = 10;
    private const int People = 10;

    private Bench? bench;
    private App? app;
    private HttpClient? manager;
    private HttpClient? salesperson;

    public IEnumerable<Workload> All =>
    [
        Of("R1", $"whose rights reach a department of {People}, 10 %", () => manager!, options.Customers / Departments) with { Target = 1 / 1.3 },
        Of("R1-own", "who sees the customers in charge, 1 %", () => salesperson!, options.Customers / (Departments * People)),
    ];

    public async ValueTask DisposeAsync()
    {
        manager?.Dispose();
        salesperson?.Dispose();
        if (app is not null) await app.DisposeAsync();
        if (bench is not null) await bench.DisposeAsync();
    }

    private Workload Of(string name, string who, Func<HttpClient> caller, int within) => new(name,
        $"GET /customers, 50 of {options.Customers:N0}, for somebody {who}, 8 readers", new Yardstick("R1", "the same for an administrator", async _ =>
        {
            if (app is null) await Prepare();
            return await Read(app!.Http, options.Customers);
        }),
        async _ => await Read(caller(), within));

    private async Task<Measurement> Read(HttpClient caller, int within)
    {
        var counted = await caller.GetFromJsonAsync<JsonNode>(List + "&count=exact");
        Bench.Check(counted!["count"]!.GetValue<long>(), within, "customers within reach");
        return await Measuring.ClosedLoop(8, options, _ => Task.FromResult<Func<Task>>(async () =>
        {
            using var answer = await caller.GetAsync(new Uri(List, UriKind.Relative));
            var body = await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            if (body.Length < 5_000) throw new InvalidOperationException($"A page of {body.Length} bytes.");
        }));
    }

    private async Task Prepare()
    {
        bench = await Bench.OpenAsync(server, options);
        app = await App.StartAsync(bench);
        await app.Settled();
        var first = "";
        for (var department = 0; department < Departments; department++)
        {
            var id = (await Post("departments", new { name = $"Department {department}" }))["id"]!.ToString();
            if (department == 0) first = id;
            // The demo's salesperson is one of the first department's people.
            for (var person = department == 0 ? 1 : 0; person < People; person++)
                await Post("users", new { userName = Name(department, person), displayName = Name(department, person), role = "sales", departmentId = id });
        }
        var own = "";
        foreach (var userName in (string[])["manager", "sales"])
        {
            var user = (await app.Json(HttpMethod.Get, $"users?filter={Uri.EscapeDataString($"userName = \"{userName}\"")}"))["data"]![0]!;
            own = user["displayName"]!.ToString();
            await app.Json(HttpMethod.Patch, $"users/{user["id"]}", new StringContent($$"""{"departmentId":"{{first}}"}""", null, "application/merge-patch+json"));
        }
        await app.Settled();
        await Importing.Import(app, File(own));
        await bench.Execute("vacuum analyze customer.customers");
        manager = await app.SignInAsync("manager");
        salesperson = await app.SignInAsync("sales");
    }

    private async Task<JsonNode> Post(string path, object body) => await app!.Json(HttpMethod.Post, path, JsonContent.Create(body));

    private static string Name(int department, int person) => $"person-{department}-{person}";

    /// <summary>Every person has as many customers, the demo's salesperson too.</summary>
    private byte[] File(string own)
    {
        string Owner(int department, int person) => department == 0 && person == 0 ? own : Name(department, person);
        var csv = new StringBuilder("name,phone,email,industry,address,needs,owner\n");
        for (var i = 0; i < options.Customers; i++)
            csv.Append(CultureInfo.InvariantCulture, $"客户 {i:000000} 有限公司,1380{i:0000000},customer{i}@example.com,Industry {i % 100},\"Example Road {i % 900}, Shanghai\",A first call about volumes,{Owner(i % Departments, i / Departments % People)}\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }
}
