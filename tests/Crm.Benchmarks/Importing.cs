using System.Text;
using System.Text.Json.Nodes;

namespace Crm.Benchmarks;

/// <summary>A file of customers through the API: upload, dry run, commit, until the last of them is in the list.</summary>
internal static class Importing
{
    public static IEnumerable<Workload> All =>
    [
        new("import", "upload a CSV of customers, check it, commit it, until all are in the list",
            new Yardstick("copy-import", "COPY of as many rows", bench => bench.Copy(bench.Options.Rows)),
            async bench =>
            {
                await using var app = await App.StartAsync(bench);
                await app.Settled();
                var file = File(bench.Options.Rows);
                var measured = await Measuring.Pass(bench.Options.Rows, () => Import(app, file));
                Bench.Check(await bench.Scalar<long>("select count(*) from customer.customers"), bench.Options.Rows, "customers on file");
                return measured;
            }) { Unit = " rows/s" },
    ];

    public static async Task Import(App app, byte[] file)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "file", "customers.csv" }, { new StringContent("customers"), "target" } };
        var import = await app.Json(HttpMethod.Post, "imports", form);
        await Until(app, import, "checked");
        await app.Json(HttpMethod.Post, $"imports/{import["id"]}/commit");
        await Until(app, import, "completed");
        await app.Settled();
    }

    private static async Task Until(App app, JsonNode import, string status)
    {
        for (var now = import; ; await Task.Delay(50), now = await app.Json(HttpMethod.Get, $"imports/{import["id"]}"))
        {
            var reached = now["status"]!.ToString();
            if (reached == status) return;
            if (reached is "failed" or "cancelled") throw new InvalidOperationException($"The import {reached}: {now.ToJsonString()}");
        }
    }

    private static byte[] File(int rows)
    {
        var csv = new StringBuilder("name,phone,email,industry,address,needs\n");
        for (var i = 0; i < rows; i++) csv.Append(null, $"客户 {i:000000} 有限公司,1380{i:0000000},customer{i}@example.com,Industry {i % 100},\"Example Road {i % 900}, Shanghai\",A first call about volumes\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }
}
