using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Analytics;

/// <summary>What became of the entries into one stage; see <c>formula</c>.</summary>
/// <param name="Code">The stage's code.</param>
/// <param name="Name">Its Chinese name.</param>
/// <param name="NameEn">Its English name.</param>
/// <param name="Kind">Always <c>open</c>: closed stages lead nowhere.</param>
/// <param name="Entered">Entries in the period.</param>
/// <param name="Advanced">Those that went on to a later stage or a win.</param>
/// <param name="Lost">Those that did not and are lost.</param>
/// <param name="Waiting">Those that still stay.</param>
/// <param name="Back">Those that went back to an earlier stage and are not lost.</param>
/// <param name="Conversion">Advanced ÷ entered, 0 to 1; null without entries.</param>
/// <param name="MedianDaysInStage">Days; null if none has left.</param>
/// <param name="Rows">The entries.</param>
internal sealed record ConversionStage(
    string Code, string Name, string NameEn, string Kind, long Entered, long Advanced, long Lost, long Waiting, long Back, decimal? Conversion, decimal? MedianDaysInStage, string Rows);

/// <summary>The conversion of one owner, department or month.</summary>
internal sealed record ConversionGroup(string Key, string Name, IReadOnlyList<ConversionStage> Stages);

/// <summary>Conversion from stage to stage.</summary>
internal sealed record ConversionReport(
    ReportPipeline? Pipeline, DateTimeOffset AsOf, Basis Basis, DateOnly? From, DateOnly To, IReadOnlyList<ConversionStage> Stages, IReadOnlyDictionary<string, string> Formula,
    IReadOnlyList<ConversionGroup>? Groups);

/// <summary>How entries into each stage of a period went on.</summary>
internal static class ConversionFeature
{
    public static void Map(IEndpointRouteBuilder reports)
    {
        reports.MapGet("conversion", async (HttpContext http, DocumentStore store) => Results.Json(await ReportAsync(ReportQuery.Of(http, "conversion", needsPeriod: false), store, http.RequestAborted), EventSerializer.Documents))
            .Requires(Right.View("reports")).Reads(OpportunityIntervals.ProjectionName, PeopleStates.ProjectionName, CustomerNames.ProjectionName)
            .WithName("Conversion").Produces<ConversionReport>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
        OpportunityRows.Map(reports, "conversion", needsPeriod: false);
    }

    public static async Task<ConversionReport> ReportAsync(ReportQuery query, DocumentStore store, CancellationToken ct)
    {
        var pipeline = await StageFigures.PipelineAsync(store.DataSource, query.PipelineId, ct);
        if (pipeline is null) return new ConversionReport(null, query.At, query.Basis, query.Period.From, query.Period.To, [], Formulas.Stages(query), null);
        query = query with { PipelineId = pipeline.Id };
        var figures = await StageFigures.LoadAsync(store.DataSource, query, ct);
        var stages = pipeline.Stages.Where(d => d.Kind == "open" && (!d.Removed || figures[0].Entries.Any(e => e.Stage == d.Code))).ToList();
        return new ConversionReport(
            new ReportPipeline(pipeline.Id, pipeline.Name), query.At, query.Basis, query.Period.From, query.Period.To, Stages(figures[0], stages, query), Formulas.Stages(query),
            query.GroupBy == GroupBy.None ? null
                : [.. figures.Skip(1).Select(g => new ConversionGroup(g.Key!, FunnelFeature.Name(query, g), Stages(g, stages, FunnelFeature.Narrow(query, g.Key!).Entered)))]);
    }

    private static IReadOnlyList<ConversionStage> Stages(StageFigures figures, IReadOnlyList<StageDefinition> stages, ReportQuery query) =>
    [
        .. from d in stages
           let e = figures.Entries.FirstOrDefault(e => e.Stage == d.Code) ?? new Entries(d.Code, 0, 0, 0, 0, 0, null)
           select new ConversionStage(
               d.Code, d.Name, d.NameEn, d.Kind, e.Entered, e.Advanced, e.Lost, e.Waiting, e.Entered - e.Advanced - e.Lost - e.Waiting, Ratio.Of(e.Advanced, e.Entered),
               e.MedianDays is { } days ? Math.Round((decimal)days, 3) : null, query.Rows("entered", ("stage", d.Code))),
    ];
}
