using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Analytics;

/// <summary>One key figure of the period, with how it is made and what it is made of.</summary>
/// <param name="Code"><c>leadConversion averageDealSize salesCycle winRate satisfaction</c> (S109–S111, S116, S114).</param>
/// <param name="Name">Its name in the caller's language.</param>
/// <param name="Value">Numerator ÷ denominator; null when there is nothing to divide by.</param>
/// <param name="Unit"><c>ratio money days score</c>.</param>
/// <param name="Currency">Of money.</param>
/// <param name="Numerator">The numerator: customers, amount, days, opportunities or the sum of scores.</param>
/// <param name="Denominator">The denominator.</param>
/// <param name="Formula">How it is made, in words.</param>
/// <param name="Rows">The rows it is made of: of a share, those of the denominator.</param>
/// <param name="NumeratorRows">The rows of the numerator where they are others.</param>
/// <param name="Previous">The value of the period before.</param>
/// <param name="OtherCurrencies">The same figure in other currencies; sums are never made across them.</param>
internal sealed record KeyFigure(
    string Code, string Name, decimal? Value, string Unit, string? Currency, decimal Numerator, long Denominator, string Formula, string Rows, string? NumeratorRows, decimal? Previous,
    IReadOnlyList<Money>? OtherCurrencies);

/// <summary>The key figures of a period and the period they are compared with.</summary>
internal sealed record KeyFigureReport(
    DateOnly? From, DateOnly To, DateTimeOffset AsOf, Basis Basis, DateOnly? PreviousFrom, DateOnly? PreviousTo, IReadOnlyList<KeyFigure> Figures);

/// <summary>The figures of the home page at any instant: what was true of a period, or what was known of it.</summary>
internal static class KeyFigureFeature
{
    public static void Map(IEndpointRouteBuilder reports)
    {
        reports.MapGet("key-figures", async (HttpContext http, DocumentStore store) => Results.Json(await ReportAsync(ReportQuery.Of(http, "key-figures", needsPeriod: true), store, http.RequestAborted), EventSerializer.Documents))
            .Requires(Right.View("reports")).Reads(OpportunityIntervals.ProjectionName, PeopleStates.ProjectionName, CustomerNames.ProjectionName, Ratings.ProjectionName)
            .WithName("KeyFigures").Produces<KeyFigureReport>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
        OpportunityRows.Map(reports, "key-figures", needsPeriod: true);
    }

    private sealed record Deals(long Leads, long Customers, long Won, long Lost, decimal CycleDays);

    private sealed record Sales(string Currency, long Deals, decimal Amount, long Customers);

    private sealed record Scores(long Count, long Sum);

    public static async Task<KeyFigureReport> ReportAsync(ReportQuery query, DocumentStore store, CancellationToken ct)
    {
        var before = query.Period.Before() is { } previous ? query with { Period = previous } : null;
        var (deals, sales, scores) = (await DealsAsync(store.DataSource, query, before, ct), await SalesAsync(store.DataSource, query, before, ct), await ScoresAsync(store.DataSource, query, before, ct));
        var currency = query.Currency ?? Currencies.MostFrequent(sales.Select(s => ((string?)s.Row.Currency, s.Row.Deals)));
        Deals Of(int n) => deals.FirstOrDefault(d => d.Period == n).Row ?? new(0, 0, 0, 0, 0);
        Sales SalesOf(int n) => sales.FirstOrDefault(s => s.Period == n && s.Row.Currency == currency).Row ?? new(currency, 0, 0, 0);
        Scores ScoresOf(int n) => scores.FirstOrDefault(s => s.Period == n).Row ?? new(0, 0);
        var (now, then) = (Of(0), Of(1));

        KeyFigure Figure(string code, string unit, Func<int, (decimal Numerator, long Denominator)> of, string rows, string? numeratorRows = null, bool money = false)
        {
            var (name, formula) = Formulas.Figure(code, query);
            var (numerator, denominator) = of(0);
            var compared = before is null ? null : of(1) is var (n, d) ? Ratio.Of(n, d) : null;
            return new KeyFigure(code, name, Ratio.Of(numerator, denominator), unit, money ? currency : null, numerator, denominator, formula, rows, numeratorRows, compared,
                money ? [.. sales.Where(s => s.Period == 0 && s.Row.Currency != currency).OrderBy(s => s.Row.Currency, StringComparer.Ordinal).Select(s => new Money(Ratio.Of(s.Row.Amount, s.Row.Customers) ?? 0, s.Row.Currency))] : null);
        }

        return new KeyFigureReport(query.Period.From, query.Period.To, query.At, query.Basis, before?.Period.From, before?.Period.To,
        [
            Figure("leadConversion", "ratio", n => n == 0 ? (now.Customers, now.Leads) : (then.Customers, then.Leads), query.Rows("leads"), query.Rows("won")),
            Figure("averageDealSize", "money", n => (SalesOf(n).Amount, SalesOf(n).Customers), query.Rows("won", ("currency", currency)), money: true),
            Figure("salesCycle", "days", n => n == 0 ? (now.CycleDays, now.Won) : (then.CycleDays, then.Won), query.Rows("won")),
            Figure("winRate", "ratio", n => n == 0 ? (now.Won, now.Won + now.Lost) : (then.Won, then.Won + then.Lost), query.Rows("closed"), query.Rows("won")),
            Figure("satisfaction", "score", n => (ScoresOf(n).Sum, ScoresOf(n).Count), query.Rows("ratings")),
        ]);
    }

    /// <summary>Counts of opportunities opened, won and lost: in the period (0) and in the one before (1).</summary>
    private static Task<List<(int Period, Deals Row)>> DealsAsync(NpgsqlDataSource database, ReportQuery query, ReportQuery? before, CancellationToken ct)
    {
        var sql = new ReportSql(query);
        return sql.ReadAsync(database, $"""
            with {sql.Standing(withPeople: false)}, {Periods(sql, query, before)}
            select n, count(*) filter (where s.opened_true >= f and s.opened_true < t),
              count(distinct coalesce(s.customer_id, s.opportunity_id)) filter (where s.kind = 'won' and s.entered_true >= f and s.entered_true < t),
              count(*) filter (where s.kind = 'won' and s.entered_true >= f and s.entered_true < t), count(*) filter (where s.kind = 'lost' and s.entered_true >= f and s.entered_true < t),
              coalesce(sum(extract(epoch from s.entered_true - s.opened_true)) filter (where s.kind = 'won' and s.entered_true >= f and s.entered_true < t), 0) / 86400
            from standing s join periods on (s.opened_true >= f and s.opened_true < t) or (s.kind <> 'open' and s.entered_true >= f and s.entered_true < t) group by n
            """, r => (r.GetInt32(0), new Deals(r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), Math.Round(r.GetDecimal(5), 6))), ct);
    }

    /// <summary>Won opportunities that have an amount, by currency.</summary>
    private static Task<List<(int Period, Sales Row)>> SalesAsync(NpgsqlDataSource database, ReportQuery query, ReportQuery? before, CancellationToken ct)
    {
        var sql = new ReportSql(query);
        return sql.ReadAsync(database, $"""
            with {sql.Standing(withPeople: false)}, {Periods(sql, query, before)}
            select n, s.currency, count(*), sum(s.amount), count(distinct coalesce(s.customer_id, s.opportunity_id))
            from standing s join periods on s.entered_true >= f and s.entered_true < t where s.kind = 'won' and s.currency is not null group by n, s.currency
            """, r => (r.GetInt32(0), new Sales(r.GetString(1), r.GetInt64(2), r.GetDecimal(3), r.GetInt64(4))), ct);
    }

    private static Task<List<(int Period, Scores Row)>> ScoresAsync(NpgsqlDataSource database, ReportQuery query, ReportQuery? before, CancellationToken ct)
    {
        var sql = new ReportSql(query);
        return sql.ReadAsync(database, $"""
            with {RatingRows.Standing(sql)}, {Periods(sql, query, before)}
            select n, count(*), sum(r.score) from rated r join periods on r.true_from >= f and r.true_from < t group by n
            """, r => (r.GetInt32(0), new Scores(r.GetInt64(1), r.GetInt64(2))), ct);
    }

    private static string Periods(ReportSql sql, ReportQuery query, ReportQuery? before) =>
        $"periods (n, f, t) as (values (0, {sql.Value("start", query.Start!.Value)}, {sql.Value("end", query.End)})"
        + (before is null ? ")" : $", (1, {sql.Value("beforeStart", before.Start!.Value)}, {sql.Value("beforeEnd", before.End)}))");
}
