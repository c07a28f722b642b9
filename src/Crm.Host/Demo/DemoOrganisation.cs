using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;

namespace Crm.Host;

/// <summary>
/// Fills an empty demo: a small Chinese organisation with dates relative to today, and a public sales data set by the same import
/// a user would run. Everything goes through the public API; an interrupted load goes on at the next start.
/// </summary>
internal sealed class DemoOrganisation(NpgsqlDataSource database, TimeProvider clock, TimeZoneInfo zone, ILogger<DemoOrganisation> logger)
{
    private static readonly (string File, string Target)[] Files =
        [("sales_teams.csv", "users"), ("products.csv", "products"), ("accounts.csv", "customers"), ("sales_pipeline.csv", "opportunities")];

    public async Task LoadAsync(Uri address, string password, CancellationToken ct)
    {
        if (await Done("all", ct)) return;
        logger.LogInformation("The demo organisation is being loaded; the page can be used meanwhile.");
        using var sales = await DemoClient.SignInAsync(address, "sales", password, ct);
        using var manager = await DemoClient.SignInAsync(address, "manager", password, ct);
        using var service = await DemoClient.SignInAsync(address, "service", password, ct);
        using var admin = await DemoClient.SignInAsync(address, "admin", password, ct);

        if (!await Done("organisation", ct))
        {
            var today = await FirstDay(ct);
            var products = new List<JsonObject>();
            foreach (var (code, name, price) in DemoData.Products)
                products.Add(await admin.PostAsync("/api/v1/products", $"product:{code}", new { code, name, unitPrice = new { amount = price, currency = "CNY" } }, ct));
            var story = new DemoStory(today, sales, manager, service, products);
            await story.TellAsync(ct);
            await MarkDone("organisation", ct);
            logger.LogInformation("The Chinese organisation is complete; the sales data set follows.");
        }
        foreach (var (file, target) in Files)
        {
            if (await Done(file, ct)) continue;
            await Import(admin, file, target, ct);
            if (target == "users") await GatherOffices(admin, ct);
            await MarkDone(file, ct);
        }
        await MarkDone("all", ct);
        logger.LogInformation("The demo organisation is complete.");
    }

    /// <summary>Uploads, waits for the check, commits and waits for the end, as the import wizard does.</summary>
    private async Task Import(DemoClient admin, string file, string target, CancellationToken ct)
    {
        await using var open = await database.OpenConnectionAsync(ct);
        var id = await open.ExecuteScalarAsync<string?>("select split_part(step, ':', 3) from host.demo where step like @step", new { step = $"import:{file}:%" });
        if (id is null)
        {
            await using var content = Assembly.GetExecutingAssembly().GetManifestResourceStream("demo/" + file)!;
            id = (await admin.UploadAsync(file, target, content, ct))["id"]!.GetValue<string>();
            await MarkDone($"import:{file}:{id}", ct);
        }
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        while (await tick.WaitForNextTickAsync(ct))
        {
            var import = await admin.GetAsync($"/api/v1/imports/{id}", ct);
            switch (import["status"]!.GetValue<string>())
            {
                case "checked":
                    await admin.PostAsync($"/api/v1/imports/{id}/commit", $"commit:{id}", new { }, ct);
                    break;
                case "completed":
                    logger.LogInformation("{File} is imported: {Totals}", file, import["totals"]!.ToJsonString());
                    return;
                case "failed" or "cancelled" or "reverted":
                    throw new InvalidOperationException($"The import of {file} ended as {import["status"]}.");
            }
        }
    }

    /// <summary>The regional offices of the data set belong to the sales department, so that its manager sees what they sell.</summary>
    private static async Task GatherOffices(DemoClient admin, CancellationToken ct)
    {
        var departments = (await admin.GetAsync("/api/v1/departments?limit=500", ct))["data"]!.AsArray();
        var sales = departments.First(d => d!["name"]!.GetValue<string>() == "销售部")!["id"]!.GetValue<string>();
        foreach (var office in departments.Where(d => d!["name"]!.GetValue<string>() is "Central" or "East" or "West" && d["parentId"] is null))
            await admin.PatchAsync($"/api/v1/departments/{office!["id"]!.GetValue<string>()}", new { parentId = sales }, ct);
    }

    /// <summary>The day the load began on: a load that goes on the next day must repeat the same commands.</summary>
    private async Task<DateOnly> FirstDay(CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(clock.GetUtcNow(), zone).DateTime);
        await using var connection = await database.OpenConnectionAsync(ct);
        var begun = await connection.ExecuteScalarAsync<string?>("select substr(step, 5) from host.demo where step like 'day:%'");
        if (begun is not null) return DateOnly.ParseExact(begun, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        await MarkDone($"day:{today:yyyy-MM-dd}", ct);
        return today;
    }

    private async Task<bool> Done(string step, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<bool>("select exists (select from host.demo where step = @step)", new { step });
    }

    private async Task MarkDone(string step, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("insert into host.demo (step) values (@step) on conflict do nothing", new { step }, cancellationToken: ct));
    }
}
