using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Analytics;

/// <summary>One opportunity, or one entry of an opportunity into a stage, behind a figure.</summary>
/// <param name="Id">The opportunity.</param>
/// <param name="Name">Its name.</param>
/// <param name="CustomerId">Its customer.</param>
/// <param name="CustomerName">The customer's name now.</param>
/// <param name="OwnerId">Its owner at the instant asked about.</param>
/// <param name="OwnerName">The owner's name.</param>
/// <param name="Department">The owner's department.</param>
/// <param name="Stage">The stage the row is about.</param>
/// <param name="Kind">The stage's kind.</param>
/// <param name="Amount">The amount at the instant asked about.</param>
/// <param name="OpenedAt">When the opportunity was opened, by business date.</param>
/// <param name="EnteredAt">When it entered the stage.</param>
/// <param name="LeftAt">When it left the stage, as far as true or known at the instant; null for opportunities standing there.</param>
/// <param name="AdvancedAt">When it first went on to a later stage or a win.</param>
/// <param name="Days">Days from entering to leaving, else to the instant asked about; of a won opportunity in the key figures, from opening to winning.</param>
internal sealed record OpportunityRow(
    Guid Id, string Name, Guid? CustomerId, string? CustomerName, Guid? OwnerId, string? OwnerName, string? Department, string Stage, string Kind, Money? Amount,
    DateTimeOffset OpenedAt, DateTimeOffset EnteredAt, DateTimeOffset? LeftAt, DateTimeOffset? AdvancedAt, decimal Days);

/// <summary>The rows behind the figures of a report; a figure's <c>rows</c> leads here. Their number, sum or mean is the figure.</summary>
internal static class OpportunityRows
{
    private static readonly string[] Entries = ["entered", "advanced", "left", "lost", "waiting"];
    private static readonly string[] States = ["count", "leads", "won", "closed"];

    public static void Map(IEndpointRouteBuilder reports, string report, bool needsPeriod) =>
        reports.MapGet(report + "/rows", async (HttpContext http, DocumentStore store, string? figure, string? stage) =>
            {
                var query = ReportQuery.Of(http, report, needsPeriod);
                if (figure == "ratings") return await RatingRows.ListAsync(query, await ListQuery.BindAsync(http), store, http.RequestAborted);
                if (figure is null || !(Entries.Contains(figure) || States.Contains(figure)))
                    throw ProblemException.Invalid("query.figure", "unknown_value", $"figure 只能是 {string.Join("、", [.. States, .. Entries, "ratings"])}。", $"figure must be one of {string.Join(", ", [.. States, .. Entries, "ratings"])}.");
                if (!needsPeriod && query.PipelineId is null) query = query with { PipelineId = (await StageFigures.PipelineAsync(store.DataSource, null, http.RequestAborted))?.Id };
                return await ListAsync(query, figure, stage, await ListQuery.BindAsync(http), store, http.RequestAborted);
            })
            .Requires(Right.View("reports")).Reads(OpportunityIntervals.ProjectionName, PeopleStates.ProjectionName, CustomerNames.ProjectionName, Ratings.ProjectionName)
            .WithName(report + "Rows").Produces<ListAnswer<OpportunityRow>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    public static async Task<ListPage> ListAsync(ReportQuery query, string figure, string? stage, ListQuery list, DocumentStore store, CancellationToken ct)
    {
        var after = RowCursor.Parse(list.Cursor);
        var isEntry = Entries.Contains(figure);
        var sql = new ReportSql(query);
        var rows = $"""
            with {sql.Standing(withPeople: true)}, behind as (
              select s.opportunity_id, {(isEntry ? "y.version" : "s.version")} as version, s.name, s.customer_id, s.owner_id, s.owner_name, s.department,
                {(isEntry ? "y.stage, y.kind" : "s.stage, s.kind")}, s.amount, s.currency, s.opened_true, {(isEntry ? "y.entered_true" : "s.entered_true")},
                {(isEntry ? $"case when y.left_{sql.Axis} <= {sql.At} then y.left_true end" : "null::timestamptz")} as left_true,
                {(isEntry ? $"case when y.advanced_{sql.Axis} <= {sql.At} then y.advanced_true end" : "null::timestamptz")} as advanced_true
              from standing s {(isEntry ? "join analytics.stage_stays y on y.opportunity_id = s.opportunity_id" : "")}
              where {Condition(figure, sql, query)}{(stage is null ? "" : $" and {(isEntry ? "y" : "s")}.stage = {sql.Value("stage", stage)}")})
            """;
        long? count = null;
        if (list.Count != CountMode.None) count = (await sql.ReadAsync(store.DataSource, rows + " select count(*) from behind", r => r.GetInt64(0), ct))[0];
        var beyond = after is null ? "" : $"where (b.entered_true, b.opportunity_id, b.version) < ({sql.Value("afterAt", after.At)}, {sql.Value("afterId", after.Id)}, {sql.Value("afterVersion", after.Version)})";
        var page = await sql.ReadAsync(store.DataSource, $"""
            {rows}
            select b.opportunity_id, b.version, b.name, b.customer_id, b.owner_id, b.owner_name, b.department, b.stage, b.kind, b.amount, b.opened_true, b.entered_true,
              b.left_true, b.advanced_true, c.name, b.currency from (
              select * from behind b {beyond} order by b.entered_true desc, b.opportunity_id desc, b.version desc limit {sql.Value("limit", list.Limit + 1)}) b
            left join analytics.customers c on c.id = b.customer_id order by b.entered_true desc, b.opportunity_id desc, b.version desc
            """, r => Read(r, query, fromOpening: figure is "won"), ct);
        var hasMore = page.Count > list.Limit;
        if (hasMore) page.RemoveAt(page.Count - 1);
        var next = hasMore ? new RowCursor(page[^1].Row.EnteredAt, page[^1].Row.Id, page[^1].Version).ToString() : null;
        return new ListPage([.. page.Select(p => JsonSerializer.Serialize(p.Row, EventSerializer.Documents))], next, hasMore, count);
    }

    private static string Condition(string figure, ReportSql sql, ReportQuery query) => figure switch
    {
        "count" => "true",
        "leads" => sql.InPeriod("s.opened_true"),
        "won" => "s.kind = 'won' and " + sql.InPeriod("s.entered_true") + (query.Currency is { } currency ? $" and s.currency = {sql.Value("currency", currency)}" : ""),
        "closed" => "s.kind <> 'open' and " + sql.InPeriod("s.entered_true"),
        _ => $"y.entered_{sql.Axis} <= {sql.At} and {sql.InPeriod("y.entered_true")}" + figure switch
        {
            "advanced" => $" and y.advanced_{sql.Axis} <= {sql.At}",
            "left" => $" and y.left_{sql.Axis} <= {sql.At}",
            "lost" => $" and s.kind = 'lost' and y.advanced_{sql.Axis} > {sql.At}",
            "waiting" => $" and y.left_{sql.Axis} > {sql.At}",
            _ => "",
        },
    };

    private static (OpportunityRow Row, long Version) Read(NpgsqlDataReader r, ReportQuery query, bool fromOpening)
    {
        var (opened, entered, left) = (Instant(r, 10)!.Value, Instant(r, 11)!.Value, Instant(r, 12));
        var days = fromOpening ? entered - opened : (left ?? query.At) - entered;
        return (new OpportunityRow(
            r.GetGuid(0), r.GetString(2), Id(r, 3), Text(r, 14), Id(r, 4), Text(r, 5), Text(r, 6), r.GetString(7), r.GetString(8),
            r.IsDBNull(9) ? null : new Money(r.GetDecimal(9), r.GetString(15)), opened, entered, left, Instant(r, 13), Days(days)), r.GetInt64(1));
    }

    /// <summary>Days to two places, exactly as the reports measure them.</summary>
    private static decimal Days(TimeSpan time) => (decimal)Math.Round(time.Ticks / TimeSpan.TicksPerMicrosecond / 1e6 / 864) / 100;

    private static DateTimeOffset? Instant(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : new DateTimeOffset(r.GetDateTime(column));

    private static Guid? Id(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetGuid(column);

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
