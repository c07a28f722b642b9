using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;

namespace Crm.Imports.Tests;

/// <summary>Imports through the API of a whole installation, by its administrator.</summary>
internal static class ModuleImports
{
    /// <summary>Uploads a file, changes what is asked, and waits for the dry run.</summary>
    public static async Task<JsonNode> CheckAsync(this CrmApp app, string csv, string? patch = null)
    {
        var admin = await app.As("admin");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Encoding.UTF8.GetBytes(csv)), "file", "导入.csv" } };
        using var answer = await admin.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var import = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        if (patch is null) return await app.UntilAsync(import, "checked");
        if ((string?)import["status"] != "uploaded") await app.UntilAsync(import, "checked");
        (await admin.Patch($"imports/{import["id"]}", patch)).Is(HttpStatusCode.OK);
        return await app.UntilAsync(import, "checked");
    }

    /// <summary>The same and commits.</summary>
    public static async Task<JsonNode> ImportAsync(this CrmApp app, string csv, string? patch = null)
    {
        var import = await app.CheckAsync(csv, patch);
        (await (await app.As("admin")).Post($"imports/{import["id"]}/commit")).Is(HttpStatusCode.OK);
        return await app.UntilAsync(import, "completed");
    }

    public static async Task<JsonNode> RevertAsync(this CrmApp app, JsonNode import)
    {
        (await (await app.As("admin")).Post($"imports/{import["id"]}/revert")).Is(HttpStatusCode.OK);
        return await app.UntilAsync(import, "reverted");
    }

    public static async Task<JsonNode> UntilAsync(this CrmApp app, JsonNode import, string status)
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

    public static async Task<JsonArray> RowsAsync(this CrmApp app, JsonNode import, string query = "") =>
        (await (await app.As("admin")).Get($"imports/{import["id"]}/rows?limit=500&{query}"))["data"]!.AsArray();

    /// <summary>The counts of an import: created, updated, unchanged, skipped, failed.</summary>
    public static (int? Created, int? Updated, int? Unchanged, int? Skipped, int? Failed) Totals(this JsonNode import) =>
        ((int?)import["totals"]!["created"], (int?)import["totals"]!["updated"], (int?)import["totals"]!["unchanged"], (int?)import["totals"]!["skipped"], (int?)import["totals"]!["failed"]);

    /// <summary>The only customer with a name.</summary>
    public static async Task<JsonNode> CustomerAsync(this CrmApp app, string name) =>
        (await (await app.As("admin")).Get($"customers?filter=name = \"{name}\""))["data"]!.AsArray().ShouldHaveSingleItem()!;
}
