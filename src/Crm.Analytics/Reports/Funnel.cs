using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Analytics;

/// <summary>The pipeline of a report.</summary>
internal sealed record ReportPipeline(Guid Id, string Name);

/// <summary>One stage of a funnel; see <c>formula</c> for what each figure means.</summary>
/// <param name="Code">The stage's code.</param>
/// <param name="Name">Its Chinese name.</param>
/// <param name="NameEn">Its English name.</param>
/// <param name="Kind"><c>open won lost</c>.</param>
/// <param name="Count">Opportunities standing in it.</param>
/// <param name="Amount">Their sum in the report's currency.</param>
/// <param name="OtherAmounts">Their sums in other currencies.</param>
/// <param name="Entered">Entries in the period.</param>
/// <param name="Advanced">Those that went on: the numerator of <paramref name="Conversion"/>.</param>
/// <param name="Conversion">Share that went on, 0 to 1; null without entries and for closed stages.</param>
/// <param name="MedianDaysInStage">Days; null if none has left.</param>
/// <param name="Rows">The opportunities behind count and amount.</param>
/// <param name="EnteredRows">The entries behind the other figures.</param>
internal sealed record FunnelStage(
    string Code, string Name, string NameEn, string Kind, long Count, Money Amount, IReadOnlyList<Money> OtherAmounts, long Entered, long Advanced, decimal? Conversion,
    decimal? MedianDaysInStage, string Rows, string EnteredRows);

/// <summary>The figures of one owner, department or month.</summary>
internal sealed record FunnelGroup(string Key, string Name, IReadOnlyList<FunnelStage> Stages);

/// <summary>A funnel (S063): what stands where, and how it moves on.</summary>
internal sealed record FunnelReport(
    ReportPipeline? Pipeline, DateTimeOffset AsOf, Basis Basis, DateOnly? From, DateOnly To, string Currency, IReadOnlyList<FunnelStage> Stages,
    IReadOnlyDictionary<string, string> Formula, IReadOnlyList<FunnelGroup>? Groups);

/// <summary>The funnel at any instant, as it was or as it was known (E2, E12).</summary>
internal static class FunnelFeature
{
    public static void Map(IEndpointRouteBuilder reports)
    {
        reports.MapGet("funnel", async (HttpContext http, DocumentStore store) => Results.Json(await ReportAsync(ReportQuery.Of(http, "funnel", needsPeriod: false), store, http.RequestAborted), EventSerializer.Documents))
            .Requires(Right.View("reports")).Reads(OpportunityIntervals.ProjectionName, PeopleStates.ProjectionName, CustomerNames.ProjectionName)
            .WithName("Funnel").Produces<FunnelReport>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
        OpportunityRows.Map(reports, "funnel", needsPeriod: false);
    }

    public static async Task<FunnelReport> ReportAsync(ReportQuery query, DocumentStore store, CancellationToken ct)
    {
        var pipeline = await StageFigures.PipelineAsync(store.DataSource, query.PipelineId, ct);
        if (pipeline is null) return new FunnelReport(null, query.At, query.Basis, query.Period.From, query.Period.To, query.Currency ?? Currencies.Default, [], Formulas.Stages(query), null);
        query = query with { PipelineId = pipeline.Id };
        var figures = await StageFigures.LoadAsync(store.DataSource, query, ct);
        var total = figures[0];
        var currency = query.Currency ?? Currencies.MostFrequent(total.Standing.Select(s => (s.Currency, s.Count)));
        var stages = pipeline.Stages.Where(d => !d.Removed || total.Standing.Any(s => s.Stage == d.Code) || total.Entries.Any(e => e.Stage == d.Code)).ToList();
        return new FunnelReport(
            new ReportPipeline(pipeline.Id, pipeline.Name), query.At, query.Basis, query.Period.From, query.Period.To, currency, Stages(total, stages, currency, query, query), Formulas.Stages(query),
            query.GroupBy == GroupBy.None ? null : [.. figures.Skip(1).Select(g => Group(g, stages, currency, query))]);
    }

    private static FunnelGroup Group(StageFigures group, IReadOnlyList<StageDefinition> stages, string currency, ReportQuery query)
    {
        var (standing, entered) = Narrow(query, group.Key!);
        return new FunnelGroup(group.Key!, Name(query, group), Stages(group, stages, currency, standing, entered));
    }

    private static IReadOnlyList<FunnelStage> Stages(StageFigures figures, IReadOnlyList<StageDefinition> stages, string currency, ReportQuery standing, ReportQuery entered) =>
    [
        .. from d in stages
           let here = figures.Standing.Where(s => s.Stage == d.Code).ToList()
           let entries = figures.Entries.FirstOrDefault(e => e.Stage == d.Code) ?? new Entries(d.Code, 0, 0, 0, 0, 0, null)
           select new FunnelStage(
               d.Code, d.Name, d.NameEn, d.Kind, here.Sum(s => s.Count), new Money(here.Where(s => s.Currency == currency).Sum(s => s.Amount), currency),
               [.. here.Where(s => s.Currency is not null && s.Currency != currency).OrderBy(s => s.Currency, StringComparer.Ordinal).Select(s => new Money(s.Amount, s.Currency!))],
               entries.Entered, entries.Advanced, d.Kind == "open" ? Ratio.Of(entries.Advanced, entries.Entered) : null, entries.MedianDays is { } days ? Math.Round((decimal)days, 3) : null,
               standing.Rows("count", ("stage", d.Code)), entered.Rows("entered", ("stage", d.Code))),
    ];

    /// <summary>The question narrowed to a group: for what stands, and for what entered.</summary>
    internal static (ReportQuery Standing, ReportQuery Entered) Narrow(ReportQuery query, string key)
    {
        switch (query.GroupBy)
        {
            case GroupBy.Owner:
                var owner = query with { Owner = key.Length == 0 ? ReportQuery.Nobody : key };
                return (owner, owner);
            case GroupBy.Department:
                var department = query with { Department = key.Length == 0 ? ReportQuery.Nobody : key };
                return (department, department);
            case GroupBy.Month:
                var month = Month.Of(query).First(m => m.Key == key);
                return (query with { At = month.Standing, Period = month.Days }, query with { Period = month.Days });
            default:
                return (query, query);
        }
    }

    internal static string Name(ReportQuery query, StageFigures group) =>
        group.Name ?? (group.Key is { Length: > 0 } key ? key : query.GroupBy == GroupBy.Owner ? query.Pick("无负责人", "No owner") : query.Pick("无部门", "No department"));
}

/// <summary>Which currency a report sums.</summary>
internal static class Currencies
{
    /// <summary>The organisation's currency (X12), where no amount says otherwise.</summary>
    public const string Default = "CNY";

    /// <summary>The currency of most opportunities; of equals the first by code. Sums are never made across currencies.</summary>
    public static string MostFrequent(IEnumerable<(string? Currency, long Count)> counts) =>
        counts.Where(c => c.Currency is not null).GroupBy(c => c.Currency!).OrderByDescending(g => g.Sum(c => c.Count)).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault()?.Key ?? Default;
}

/// <summary>Shares.</summary>
internal static class Ratio
{
    /// <summary>The quotient to six places; null if there is nothing to divide by.</summary>
    public static decimal? Of(decimal numerator, decimal denominator) => denominator == 0 ? null : Math.Round(numerator / denominator, 6);
}
