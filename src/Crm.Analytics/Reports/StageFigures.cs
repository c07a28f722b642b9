using Crm.Http;
using Npgsql;

namespace Crm.Analytics;

/// <summary>A stage of a pipeline as it is defined now.</summary>
internal sealed record StageDefinition(string Code, string Name, string NameEn, string Kind, bool Removed);

/// <summary>A pipeline of the reports.</summary>
internal sealed record PipelineDefinition(Guid Id, string Name, IReadOnlyList<StageDefinition> Stages);

/// <summary>Opportunities standing in a stage in one currency.</summary>
internal sealed record Standing(string Stage, string? Currency, long Count, decimal Amount);

/// <summary>What became of the entries into a stage.</summary>
internal sealed record Entries(string Stage, long Entered, long Advanced, long Left, long Lost, long Waiting, double? MedianDays);

/// <summary>The figures of all stages: of everything (key null), or of one group.</summary>
internal sealed record StageFigures(string? Key, string? Name, IReadOnlyList<Standing> Standing, IReadOnlyList<Entries> Entries)
{
    /// <summary>The figures of a question: everything first, then the groups by name.</summary>
    public static async Task<IReadOnlyList<StageFigures>> LoadAsync(NpgsqlDataSource database, ReportQuery query, CancellationToken ct)
    {
        var months = query.GroupBy == GroupBy.Month ? Month.Of(query) : [];
        var standing = await StandingAsync(database, query, ct);
        if (months.Count > 0) standing.AddRange(await StandingByMonthAsync(database, query, months, ct));
        var entries = await EntriesAsync(database, query, months, ct);
        // A month in which nothing happened is a figure too.
        var names = months.Select(m => (Key: (string?)m.Key, Name: (string?)null)).Concat(standing.Select(s => (s.Key, s.Name))).Concat(entries.Select(e => (e.Key, e.Name)))
            .Where(p => p.Key is not null).DistinctBy(p => p.Key).OrderBy(p => p.Key!.Length == 0).ThenBy(p => p.Name ?? p.Key, StringComparer.Ordinal);
        return [.. names.Prepend((null, null)).Select(p => new StageFigures(
            p.Key, p.Name, [.. standing.Where(s => s.Key == p.Key).Select(s => s.Row)], [.. entries.Where(e => e.Key == p.Key).Select(e => e.Row)]))];
    }

    /// <summary>The pipeline asked for, else the default one; null if there is none at all.</summary>
    /// <exception cref="ProblemException">400: there is no such pipeline.</exception>
    public static async Task<PipelineDefinition?> PipelineAsync(NpgsqlDataSource database, Guid? id, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select p.id, p.name, s.code, s.name, s.name_en, s.kind, s.removed
            from (select id, name from analytics.pipelines where $1::uuid is null or id = $1 order by is_default desc, number limit 1) p
            join analytics.stages s on s.pipeline_id = p.id order by s.removed, s.position, s.code
            """);
        command.Parameters.Add(Crm.EventStore.Statement.Parameter(id));
        await using var reader = await command.ExecuteReaderAsync(ct);
        PipelineDefinition? pipeline = null;
        var stages = new List<StageDefinition>();
        while (await reader.ReadAsync(ct))
        {
            pipeline ??= new PipelineDefinition(reader.GetGuid(0), reader.GetString(1), stages);
            stages.Add(new StageDefinition(reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetBoolean(6)));
        }
        return pipeline is null && id is not null ? throw ProblemException.Invalid("query.pipelineId", "unknown_pipeline", "没有这个销售流程。", "There is no such pipeline.") : pipeline;
    }

    private static Task<List<(string? Key, string? Name, Standing Row)>> StandingAsync(NpgsqlDataSource database, ReportQuery query, CancellationToken ct)
    {
        var sql = new ReportSql(query);
        var split = query.GroupBy is GroupBy.Owner or GroupBy.Department;
        var (key, name) = ReportSql.Group(query.GroupBy, "s");
        return sql.ReadAsync(database, $"""
            with {sql.Standing(split)}, split as (select {key} as k, {name} as n, s.stage, s.currency, s.amount from standing s)
            select {(split ? "k, max(n)" : "null::text, null::text")}, stage, currency, count(*), coalesce(sum(amount), 0)
            from split group by {(split ? "grouping sets ((stage, currency), (k, stage, currency))" : "stage, currency")}
            """, ReadStanding, ct);
    }

    /// <summary>Where opportunities stood at the end of each month: the same figure at other instants.</summary>
    private static Task<List<(string? Key, string? Name, Standing Row)>> StandingByMonthAsync(NpgsqlDataSource database, ReportQuery query, IReadOnlyList<Month> months, CancellationToken ct)
    {
        var sql = new ReportSql(query);
        var ends = sql.Value("ends", months.Select(m => m.Standing).ToArray());
        // A row stands at the ends from the first not before it began to the last before it ended; most rows lie between two ends and drop out.
        return sql.ReadAsync(database, $"""
            with spans as (
              select s.*, width_bucket(s.{sql.Axis}_from - interval '1 microsecond', {ends}) as lo, width_bucket(s.{sql.Axis}_to - interval '1 microsecond', {ends}) as hi
              from analytics.opportunity_states s),
            ends as (select s.*, i, ({ends})[i] as at from spans s cross join lateral generate_series(s.lo + 1, s.hi) i where s.lo < s.hi)
            select ({sql.Value("months", months.Select(m => m.Key).ToArray())})[s.i], null::text, s.stage, s.currency, count(*), coalesce(sum(s.amount), 0)
            from ends s {(query.Department is null ? "" : $"left join analytics.people_states p on p.id = s.owner_id and p.{sql.Axis}_from <= s.at and p.{sql.Axis}_to > s.at")}
            where true {sql.Filter("s", "p")} group by s.i, s.stage, s.currency
            """, ReadStanding, ct);
    }

    /// <summary>
    /// Entries of the period and what became of them. Stays are measured in hundredths of a day, as the rows show them, so that the median is found
    /// by counting lengths instead of sorting every stay.
    /// </summary>
    private static Task<List<(string? Key, string? Name, Entries Row)>> EntriesAsync(NpgsqlDataSource database, ReportQuery query, IReadOnlyList<Month> months, CancellationToken ct)
    {
        var sql = new ReportSql(query);
        var split = query.GroupBy != GroupBy.None;
        var (key, name) = months.Count > 0 ? ("m.k", "null::text") : ReportSql.Group(query.GroupBy, "s");
        var join = months.Count == 0 ? "" : $"""
            join unnest({sql.Value("months", months.Select(m => m.Key).ToArray())}, {sql.Value("starts", months.Select(m => m.Start).ToArray())}, {sql.Value("ends", months.Select(m => m.End).ToArray())}) m(k, f, t)
              on y.entered_true >= m.f and y.entered_true < m.t
            """;
        return sql.ReadAsync(database, $"""
            with {sql.Standing(split && months.Count == 0)}, entries as (
              select {(split ? $"{key} as k, {name} as n, " : "")}y.stage, y.advanced_{sql.Axis} <= {sql.At} as advanced, y.left_{sql.Axis} <= {sql.At} as "left", s.kind = 'lost' as lost,
                case when y.left_{sql.Axis} <= {sql.At} then round(date_part('epoch', y.left_true - y.entered_true) / 864) end as stayed
              from analytics.stage_stays y join standing s on s.opportunity_id = y.opportunity_id {join}
              where y.entered_{sql.Axis} <= {sql.At} and {sql.InPeriod("y.entered_true")}),
            lengths as (
              select {(split ? "k, max(n) as n" : "null::text as k, null::text as n")}, stage, stayed, count(*) as entered, count(*) filter (where advanced) as advanced,
                count(*) filter (where "left") as "left", count(*) filter (where lost and not advanced) as lost, count(*) filter (where not "left" and not lost) as waiting
              from entries group by {(split ? "grouping sets ((stage, stayed), (k, stage, stayed))" : "stage, stayed")}),
            ranked as (
              select *, sum("left") over (partition by k, stage order by stayed) as upto, sum("left") over (partition by k, stage) as total from lengths)
            select k, max(n), stage, sum(entered)::bigint, sum(advanced)::bigint, sum("left")::bigint, sum(lost)::bigint, sum(waiting)::bigint,
              (min(stayed) filter (where upto >= div(total + 1, 2)) + min(stayed) filter (where upto >= div(total, 2) + 1)) / 200
            from ranked group by k, stage
            """, r => (Text(r, 0), Text(r, 1), new Entries(
                r.GetString(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), r.IsDBNull(8) ? null : r.GetDouble(8))), ct);
    }

    private static (string? Key, string? Name, Standing Row) ReadStanding(NpgsqlDataReader r) =>
        (Text(r, 0), Text(r, 1), new Standing(r.GetString(2), Text(r, 3), r.GetInt64(4), r.GetDecimal(5)));

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}

/// <summary>A calendar month of a period.</summary>
/// <param name="Key"><c>2026-03</c>.</param>
/// <param name="Days">The days of the period that lie in it.</param>
/// <param name="Start">Its first instant within the period.</param>
/// <param name="End">The first instant after it or after the period.</param>
/// <param name="Standing">The instant at which opportunities standing are counted: its last, or the instant of the report if that is earlier.</param>
internal sealed record Month(string Key, Period Days, DateTimeOffset Start, DateTimeOffset End, DateTimeOffset Standing)
{
    /// <summary>The months of a period up to the instant of the report.</summary>
    public static IReadOnlyList<Month> Of(ReportQuery query)
    {
        var months = new List<Month>();
        for (var first = query.Period.From!.Value; first <= query.Period.To && query.StartOf(first) <= query.At; first = new DateOnly(first.Year, first.Month, 1).AddMonths(1))
        {
            var last = new DateOnly(first.Year, first.Month, 1).AddMonths(1).AddDays(-1);
            if (last > query.Period.To) last = query.Period.To;
            var end = query.StartOf(last.AddDays(1));
            // To the microsecond, as the database keeps it.
            var standing = end.AddMicroseconds(-1);
            months.Add(new Month(first.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture), new Period(first, last), query.StartOf(first), end, standing < query.At ? standing : query.At));
        }
        return months;
    }
}
