using System.Text;
using System.Text.Json.Nodes;

namespace Crm.Benchmarks;

/// <summary>Every customer as a file through the API: asked for, written in the background, fetched.</summary>
internal sealed partial class CustomerPages
{
    // The columns of the file, as the database alone would write them: neither rights nor masks, words or guards against formulas.
    private const string Copied = """
        copy (select d.doc->>'name', d.doc->>'kind', d.doc->>'lifecycle', d.doc->>'tier', d.doc->>'industry', d.doc->>'size', d.doc->>'source', d.doc->>'phone', d.doc->>'email', o.name,
          d.doc->>'createdAt', d.id from customer.customers d left join customer.users o on o.id = d.doc->>'ownerId' where not (d.doc->>'deleted')::boolean order by d.doc->>'createdAt' desc, d.id desc)
        to stdout (format csv)
        """;

    private IEnumerable<Workload> Exports => ((string[])["csv", "xlsx"]).Select(format => new Workload("export-" + format, $"{options.Customers:N0} customers with 12 columns as {format}, asked for and fetched",
        new Yardstick("copy-export", "COPY TO of the same columns in the same order", async _ =>
        {
            if (app is null) await Prepare();
            return await Measuring.Pass(options.Customers, async () =>
            {
                await using var connection = await bench!.DataSource.OpenConnectionAsync();
                using var copy = await connection.BeginTextExportAsync(Copied);
                var buffer = new char[65_536];
                while (await copy.ReadAsync(buffer) > 0) { }
            });
        }),
        async _ => await Measuring.Pass(options.Customers, () => Export(format)))
    { Unit = " rows/s" });

    private async Task Export(string format)
    {
        var body = new JsonObject
        {
            ["resource"] = "customers", ["format"] = format, ["reason"] = "benchmark",
            ["columns"] = new JsonArray("name", "kind", "lifecycle", "tier", "industry", "size", "source", "phone", "email", "ownerName", "createdAt", "id"),
        };
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        var export = await app!.Json(HttpMethod.Post, "exports", content);
        for (; export["status"]!.ToString() is "waiting" or "running"; await Task.Delay(50)) export = await app.Json(HttpMethod.Get, $"exports/{export["id"]}");
        Bench.Check((long)export["written"]!, options.Customers, "customers in the file");
        using var answer = await app.Http.GetAsync(new Uri($"/api/v1/exports/{export["id"]}/file", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await using var file = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        var (buffer, length) = (new byte[65_536], 0L);
        for (int read; (read = await file.ReadAsync(buffer)) > 0;) length += read;
        if (length < options.Customers * 10L) throw new InvalidOperationException($"A file of {length} bytes.");
    }
}
