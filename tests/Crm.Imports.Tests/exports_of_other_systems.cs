using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Imports.Tests;

/// <summary>What other systems export comes in as it is: recognised by its headers, with its ids as keys, and a second time as nothing new.</summary>
public sealed class exports_of_other_systems(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly string[] Files =
    [
        "salesforce-accounts", "salesforce-leads", "salesforce-contacts", "salesforce-opportunities", "hubspot-companies", "hubspot-contacts", "hubspot-deals", "espocrm-accounts", "espocrm-contacts", "espocrm-opportunities",
    ];

    [Fact]
    public async Task are_recognised_and_imported_without_a_touch()
    {
        var admin = await app.As("admin");
        foreach (var file in Files)
        {
            var import = await CommitAsync(file);
            ((string?)import["mappedBy"], (string?)import["target"]).ShouldBe((file.Split('-')[0], file.EndsWith("opportunities", StringComparison.Ordinal) || file.EndsWith("deals", StringComparison.Ordinal) ? "opportunities" : "customers"), file);
            var (created, updated, _, skipped, failed) = import.Totals();
            (created + updated, skipped, failed).ShouldBe(((int?)import["totals"]!["rows"], 0, 0), $"{file}: {(await app.RowsAsync(import)).ToJsonString()}");
        }
        await app.Settled();
        var harbour = await app.CustomerAsync("Harbour Light Ltd");
        ((string?)harbour["externalKeys"]!["salesforce"], (string?)harbour["address"], (string?)harbour["size"]).ShouldBe(("001A000001AAAAAIA1", "12 Quay Road", "120"));
        harbour["contacts"]!.AsArray().Select(c => ((string?)c!["name"], (string?)c["position"])).ShouldBe([("Ilse Brandt", "Buyer")]);
        var cedar = await app.CustomerAsync("Cedar Optics Inc");
        ((string?)cedar["externalKeys"]!["hubspot"], (string?)cedar["contacts"]![0]!["name"]).ShouldBe(("9100000001", "Noor Haddad"));
        var deal = (await admin.Get("opportunities?q=Lenses"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)deal["externalKeys"]!["hubspot"], (string?)deal["customerName"]).ShouldBe(("9300000001", "Cedar Optics Inc"));
        var again = await CommitAsync("salesforce-accounts");
        again.Totals().ShouldBe((0, 0, 2, 0, 0));
    }

    private async Task<JsonNode> CommitAsync(string file)
    {
        var admin = await app.As("admin");
        var content = await File.ReadAllBytesAsync(Path.Combine(Root(), "tests", "data", "exports", file + ".csv"));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(content), "file", file + ".csv" } };
        using var answer = await admin.Http.PostAsync(new Uri("/api/v1/imports", UriKind.Relative), form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var import = await app.UntilAsync((await answer.Content.ReadFromJsonAsync<JsonNode>())!, "checked");
        (await admin.Post($"imports/{import["id"]}/commit")).Is(HttpStatusCode.OK);
        return await app.UntilAsync(import, "completed");
    }

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Crm.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
