using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Crm.Testing;

namespace Crm.Pipeline.Tests;

/// <summary>What scenarios need before they begin: customers, pipelines, opportunities.</summary>
internal static class Sales
{
    private static int number;

    /// <summary>A name nobody else in the run has.</summary>
    public static string Unique(string name) => $"{name}{Interlocked.Increment(ref number)}";

    /// <summary>A day relative to today in Shanghai.</summary>
    public static string Day(int days) => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).DateTime).AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static async Task<Guid> Customer(this Api api, string? name = null) =>
        (await api.Post("customers", new { kind = "company", name = name ?? Unique("客户") }, ("X-Allow-Duplicate", "true"))).Is(HttpStatusCode.Created).Id;

    /// <summary>A pipeline of its own, so that scenarios do not see each other's cards.</summary>
    public static async Task<Guid> Pipeline(this CrmApp app) => (await (await app.As("admin")).Post("pipelines", new
    {
        name = Unique("流程"),
        stages = new object[]
        {
            new { code = "lead", name = "线索", nameEn = "Lead", kind = "open", probability = 10 }, new { code = "proposal", name = "方案", nameEn = "Proposal", kind = "open", probability = 40 },
            new { code = "won", name = "成交", nameEn = "Won", kind = "won" }, new { code = "lost", name = "输单", nameEn = "Lost", kind = "lost" },
        },
    })).Is(HttpStatusCode.Created).Id;

    public static async Task<Reply> Opportunity(this Api api, Guid pipeline, decimal? amount = null, string? businessDate = null, string stage = "lead", string? name = null) => (await api.Post("opportunities", new
    {
        name = name ?? Unique("商机"),
        customerId = await api.Customer(),
        pipelineId = pipeline,
        stage,
        businessDate,
        amount = amount is null ? null : new { amount, currency = "CNY" },
    })).Is(HttpStatusCode.Created);

    public static JsonNode Stage(this Reply board, string code) => board["stages"]!.AsArray().Single(s => s!["code"]!.ToString() == code)!;

    /// <summary>Count, sum and names of the cards of a column.</summary>
    public static (int Count, decimal Sum, string Names) Lane(this Reply board, string code)
    {
        var stage = board.Is(HttpStatusCode.OK).Stage(code);
        return (stage["count"]!.GetValue<int>(), stage["amount"]!["amount"]!.GetValue<decimal>(), string.Join(' ', stage["cards"]!.AsArray().Select(c => c!["name"])));
    }

    public static string Url(this DateTimeOffset instant) => Uri.EscapeDataString(instant.ToString("O", CultureInfo.InvariantCulture));
}
