using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Crm.Benchmarks;

/// <summary>A file of customers through the API: upload, dry run, commit, until the last of them is in the list.</summary>
internal static class Importing
{
    public static IEnumerable<Workload> All =>
    [
        new("import", "upload a CSV of customers, check it, commit it, until all are in the list",
            new Yardstick("copy-import", "COPY of the same rows into one plain table", Copy),
            async bench =>
            {
                await using var app = await App.StartAsync(bench);
                await app.Settled();
                var file = File(bench.Options.Rows);
                var measured = await Measuring.Pass(bench.Options.Rows, () => Import(app, file));
                Bench.Check(await bench.Scalar<long>("select count(*) from customer.customers"), bench.Options.Rows, "customers on file");
                return measured;
            }) { Unit = " rows/s" },
        new("import-revert", "take back an import of which half the rows were updates, until nothing of it is in the list", null,
            async bench =>
            {
                await using var app = await App.StartAsync(bench);
                var rows = bench.Options.Rows;
                await Import(app, File(rows));
                var second = await Import(app, File(rows, from: rows / 2, industry: "Other"));
                var measured = await Measuring.Pass(rows, async () =>
                {
                    await app.Json(HttpMethod.Post, $"imports/{second}/revert");
                    await Until(app, await app.Json(HttpMethod.Get, $"imports/{second}"), "reverted");
                    await app.Settled();
                });
                Bench.Check(await bench.Scalar<long>("select count(*) from customer.customers where not deleted and doc->>'industry' not like 'Other%'"), rows, "customers as before");
                return measured;
            }) { Unit = " rows/s" },
        new("bulk-tag", "give a tag to every customer at once and take it back, until it is in no list", null,
            async bench =>
            {
                await using var app = await App.StartAsync(bench);
                await Import(app, File(bench.Options.Rows));
                var clock = System.Diagnostics.Stopwatch.StartNew();
                var given = TimeSpan.Zero;
                var measured = await Measuring.Pass(bench.Options.Rows, async () =>
                {
                    var job = await app.Json(HttpMethod.Post, "customers/bulk", JsonContent.Create(new { command = "addTag", tag = "bench", query = new { }, reason = "bench" }));
                    await UntilJob(app, job, "done");
                    await app.Settled();
                    given = clock.Elapsed;
                    Bench.Check(await bench.Scalar<long>("select count(*) from customer.customers where doc->'tags' ? 'bench'"), bench.Options.Rows, "customers with the tag");
                    await app.Json(HttpMethod.Post, $"customers/bulk/{job["id"]}/undo");
                    await UntilJob(app, job, "undone");
                    await app.Settled();
                });
                Console.Error.WriteLine($"given in {given.TotalSeconds:N1} s, taken back in {(clock.Elapsed - given).TotalSeconds:N1} s");
                Bench.Check(await bench.Scalar<long>("select count(*) from customer.customers where doc->'tags' ? 'bench'"), 0L, "customers with the tag");
                return measured;
            }) { Unit = " rows/s" },
    ];

    private static async Task UntilJob(App app, JsonNode job, string state)
    {
        while (true)
        {
            var now = (await app.Json(HttpMethod.Get, $"customers/bulk/{job["id"]}"))["state"]!.ToString();
            if (now == state) return;
            if (now is "failed" or "cancelled") throw new InvalidOperationException($"The job {now}.");
            await Task.Delay(50);
        }
    }

    /// <summary>The least that a database does with the file: six columns of text, no key and no index.</summary>
    private static async Task<Measurement> Copy(Bench bench)
    {
        var csv = Encoding.UTF8.GetString(File(bench.Options.Rows));
        await bench.Execute("create table plain (name text, phone text, email text, industry text, address text, needs text)");
        await using var connection = await bench.DataSource.OpenConnectionAsync();
        return await Measuring.Pass(bench.Options.Rows, async () =>
        {
            await using var copy = await connection.BeginTextImportAsync("copy plain from stdin (format csv, header true)");
            await copy.WriteAsync(csv);
        });
    }

    /// <summary>Uploads, tries, commits, and waits for the lists; says where the time went.</summary>
    public static async Task<string> Import(App app, byte[] file)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "file", "customers.csv" }, { new StringContent("customers"), "target" } };
        var before = Environment.WorkingSet >> 20;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var import = await app.Json(HttpMethod.Post, "imports", form);
        var uploaded = clock.Elapsed;
        await Until(app, import, "checked");
        var @checked = clock.Elapsed;
        await app.Json(HttpMethod.Post, $"imports/{import["id"]}/commit");
        await Until(app, import, "completed");
        var committed = clock.Elapsed;
        await app.Settled();
        var rows = (int)(await app.Json(HttpMethod.Get, $"imports/{import["id"]}"))["totals"]!["rows"]!;
        Console.Error.WriteLine($"{rows / (committed - @checked).TotalSeconds:N0} rows/s committed and in the lists; working set {before} MB before; upload {uploaded.TotalSeconds:N1} s, dry run {(@checked - uploaded).TotalSeconds:N1} s, commit {(committed - @checked).TotalSeconds:N1} s, lists {(clock.Elapsed - committed).TotalSeconds:N1} s; working set {Environment.WorkingSet >> 20} MB");
        return import["id"]!.ToString();
    }

    private static async Task Until(App app, JsonNode import, string status)
    {
        for (var now = import; ; await Task.Delay(200), now = await app.Json(HttpMethod.Get, $"imports/{import["id"]}"))
        {
            var reached = now["status"]!.ToString();
            if (reached == status) return;
            if (reached is "failed" or "cancelled") throw new InvalidOperationException($"The import {reached}: {now.ToJsonString()}");
        }
    }

    private static byte[] File(int rows, int from = 0, string industry = "Industry")
    {
        var csv = new StringBuilder("name,phone,email,industry,address,needs\n");
        for (var i = from; i < from + rows; i++) csv.Append(null, $"客户 {i:000000} 有限公司,1380{i:0000000},customer{i}@example.com,{industry} {i % 100},\"Example Road {i % 900}, Shanghai\",A first call about volumes\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }
}
