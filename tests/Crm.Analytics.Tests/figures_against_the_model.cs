using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Testing;
using Shouldly;
using Xunit;

namespace Crm.Analytics.Tests;

/// <summary>Reports of generated histories at random instants on both axes, compared with a model that folds events one by one.</summary>
public sealed class figures_against_the_model(PostgresFixture postgres) : AnalyticsTest(postgres)
{
    public static readonly TheoryData<int> Seeds = [1, 2, 3];

    private static readonly string[] Codes = ["lead", "proposal", "quote", "talk", "won", "lost"];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task are_the_same(int seed)
    {
        var history = new History(seed);
        var model = new Model(history.Events);
        await Write(history.Events);
        var random = new Random(seed);
        for (var i = 0; i < 20; i++)
        {
            var query = Question(random, history, i);
            var because = $"seed {seed}, question {i}: {query.GroupBy} {query.Basis} {query.At:O} {query.Period} owner {query.Owner} department {query.Department}";
            await Compare(query, model, because, rows: i % 3 == 0);
        }
    }

    [Fact]
    public async Task now_is_the_same_as_the_instant_of_now()
    {
        var history = new History(11);
        await Write(history.Events);
        var now = history.End.AddMinutes(1);
        foreach (var basis in new[] { Basis.Effective, Basis.Recorded })
            Json(await FunnelFeature.ReportAsync(Ask("funnel", now, basis, past: false), Store, Ct)).ShouldBe(Json(await FunnelFeature.ReportAsync(Ask("funnel", now, basis), Store, Ct)));
    }

    [Fact]
    public async Task rebuilt_rows_are_the_live_rows()
    {
        var history = new History(12);
        await Write(history.Events);
        foreach (var (projection, tables) in new (string, string[])[]
        {
            (OpportunityIntervals.ProjectionName, ["analytics.pipelines", "analytics.stages", "analytics.opportunity_states", "analytics.stage_stays"]), (PeopleStates.ProjectionName, ["analytics.people_states"]),
        })
        {
            var live = new List<string>();
            foreach (var table in tables) live.Add(await Rows(table));
            live[0].ShouldNotBeEmpty();
            await Store.Daemon.RebuildAsync(projection, "test", "test", Ct);
            await Settled();
            for (var i = 0; i < tables.Length; i++) (await Rows(tables[i])).ShouldBe(live[i], tables[i]);
        }
    }

    private static ReportQuery Question(Random random, History history, int number)
    {
        // Sometimes exactly at an event: an instant belongs to what begins there.
        var e = history.Events[random.Next(history.Events.Count)];
        var at = random.Next(3) switch { 0 => e.Known, 1 => e.Effective(History.Zone), _ => History.Begin + (history.End - History.Begin) * random.NextDouble() };
        at = new DateTimeOffset(at.UtcTicks / 10 * 10, TimeSpan.Zero);
        var to = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, History.Zone).DateTime).AddDays(-random.Next(10));
        var groupBy = (GroupBy)(number % 4);
        DateOnly? from = groupBy == GroupBy.Month || random.Next(2) == 0 ? to.AddDays(-random.Next(1, 120)) : null;
        return Ask("funnel", at, random.Next(2) == 0 ? Basis.Effective : Basis.Recorded, from, to) with
        {
            GroupBy = groupBy,
            Owner = random.Next(4) == 0 ? random.Next(3) == 0 ? ReportQuery.Nobody : history.Users[random.Next(3)].ToString() : null,
            Department = random.Next(5) == 0 ? random.Next(3) == 0 ? ReportQuery.Nobody : "华东" : null,
        };
    }

    private async Task Compare(ReportQuery query, Model model, string because, bool rows)
    {
        var funnel = await FunnelFeature.ReportAsync(query, Store, Ct);
        var standing = Standing(model, query, query.At);
        Same(funnel.Stages, standing, standing, query.Period, funnel.Currency, because);
        if (rows) await SameRows(query, funnel.Stages, because);
        foreach (var group in funnel.Groups ?? [])
        {
            if (query.GroupBy == GroupBy.Month)
            {
                var month = Month.Of(query).Single(m => m.Key == group.Key);
                Same(group.Stages, Standing(model, query, month.Standing), standing, month.Days, funnel.Currency, $"{because} {group.Key}");
            }
            else
            {
                var members = standing.Where(s => (query.GroupBy == GroupBy.Owner ? s.Owner?.ToString() : s.Department) == (group.Key.Length == 0 ? null : group.Key)).ToList();
                Same(group.Stages, members, members, query.Period, funnel.Currency, $"{because} {group.Key}");
            }
        }
        if (query.GroupBy is GroupBy.Owner or GroupBy.Department)
            for (var s = 0; s < funnel.Stages.Count; s++) funnel.Groups!.Sum(g => g.Stages[s].Count).ShouldBe(funnel.Stages[s].Count, because);
        if (query.GroupBy == GroupBy.Month)
            for (var s = 0; s < funnel.Stages.Count; s++) funnel.Groups!.Sum(g => g.Stages[s].Entered).ShouldBe(funnel.Stages[s].Entered, because);

        var conversion = await ConversionFeature.ReportAsync(query, Store, Ct);
        foreach (var stage in conversion.Stages)
        {
            var entries = Entries(standing, stage.Code, query.Period).ToList();
            (stage.Entered, stage.Advanced, stage.Lost, stage.Waiting).ShouldBe((
                entries.Count, entries.Count(e => e.Stay.Advanced), entries.Count(e => !e.Stay.Advanced && e.State.Kind == StageKind.Lost),
                entries.Count(e => e.Stay.Left is null)), because);
            (stage.Advanced + stage.Lost + stage.Waiting + stage.Back).ShouldBe(stage.Entered, because);
        }
        await SameKeyFigures(query with { Report = "key-figures", GroupBy = GroupBy.None, Period = query.Period with { From = query.Period.From ?? query.Period.To.AddDays(-89) } }, model, because);
    }

    private static void Same(IReadOnlyList<FunnelStage> stages, List<Model.State> standing, List<Model.State> later, Period period, string currency, string because)
    {
        foreach (var code in Codes)
        {
            var stage = stages.Single(s => s.Code == code);
            var here = standing.Where(s => s.Stage == code).ToList();
            stage.Count.ShouldBe(here.Count, because + " " + code);
            stage.Amount.ShouldBe(new Money(here.Where(s => s.Amount?.Currency == currency).Sum(s => s.Amount!.Amount), currency), because + " " + code);
            stage.OtherAmounts.Sum(m => m.Amount).ShouldBe(here.Where(s => s.Amount is not null && s.Amount.Currency != currency).Sum(s => s.Amount!.Amount), because);
            var entries = Entries(later, code, period).ToList();
            (stage.Entered, stage.Advanced).ShouldBe((entries.Count, entries.Count(e => e.Stay.Advanced)), because + " " + code);
            stage.Conversion.ShouldBe(entries.Count == 0 || code is "won" or "lost" ? null : Math.Round((decimal)stage.Advanced / entries.Count, 6), because);
            var days = entries.Where(e => e.Stay.Left is not null).Select(e => (decimal)Math.Round((e.Stay.Left!.Value - e.Stay.Entered).TotalSeconds / 864) / 100).Order().ToList();
            if (days.Count == 0) stage.MedianDaysInStage.ShouldBeNull(because);
            else stage.MedianDaysInStage.ShouldBe((days[(days.Count - 1) / 2] + days[days.Count / 2]) / 2, because);
        }
    }

    /// <summary>The rows behind a figure make up the figure.</summary>
    private async Task SameRows(ReportQuery query, IReadOnlyList<FunnelStage> stages, string because)
    {
        query = query with { PipelineId = History.Pipeline };
        foreach (var stage in stages)
        {
            var standing = await Walk(query, "count", stage.Code);
            standing.Count.ShouldBe((int)stage.Count, because);
            standing.Where(r => r["amount"]?["currency"]?.ToString() == stage.Amount.Currency).Sum(r => r["amount"]!["amount"]!.GetValue<decimal>()).ShouldBe(stage.Amount.Amount, because);
            var entered = await Walk(query, "entered", stage.Code);
            entered.Count.ShouldBe((int)stage.Entered, because);
            var days = entered.Where(r => r["leftAt"] is not null).Select(r => r["days"]!.GetValue<decimal>()).Order().ToList();
            stage.MedianDaysInStage.ShouldBe(days.Count == 0 ? null : (days[(days.Count - 1) / 2] + days[days.Count / 2]) / 2, because);
            (await Walk(query, "advanced", stage.Code)).Count.ShouldBe((int)stage.Advanced, because);
        }
    }

    /// <summary>All rows, page by page; each of them once.</summary>
    private async Task<List<JsonNode>> Walk(ReportQuery query, string figure, string? stage)
    {
        var rows = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var list = ListQuery.Of(new JsonObject { ["limit"] = 7, ["cursor"] = cursor, ["count"] = "exact" });
            var page = await OpportunityRows.ListAsync(query, figure, stage, list, Store, Ct);
            rows.AddRange(page.Data.Select(d => JsonNode.Parse(d)!));
            cursor = page.Next;
            if (cursor is null) page.Count.ShouldBe(rows.Count);
        }
        while (cursor is not null);
        return rows;
    }

    private async Task SameKeyFigures(ReportQuery query, Model model, string because)
    {
        var report = await KeyFigureFeature.ReportAsync(query, Store, Ct);
        var standing = Standing(model, query, query.At);
        Check(report.Figures, query.Period, f => (f.Numerator, (decimal)f.Denominator));
        if (query.Period.Before() is not { } before) return;
        var compared = await KeyFigureFeature.ReportAsync(query with { Period = before, Currency = report.Figures[1].Currency }, Store, Ct);
        report.Figures.Select(f => f.Previous).ShouldBe(compared.Figures.Select(f => f.Value), because);
        var won = (await Walk(query, "won", null)).Count;
        won.ShouldBe((int)report.Figures[2].Denominator, because);
        (await Walk(query, "leads", null)).Count.ShouldBe((int)report.Figures[0].Denominator, because);
        (await Walk(query, "closed", null)).Count.ShouldBe((int)report.Figures[3].Denominator, because);

        void Check(IReadOnlyList<KeyFigure> figures, Period period, Func<KeyFigure, (decimal, decimal)> of)
        {
            var won = standing.Where(s => s.Kind == StageKind.Won && Within(s.Entered, period)).ToList();
            var lost = standing.Count(s => s.Kind == StageKind.Lost && Within(s.Entered, period));
            var paid = won.Where(s => s.Amount?.Currency == figures[1].Currency).ToList();
            of(figures[0]).ShouldBe((won.Select(s => s.Key).Distinct().Count(), standing.Count(s => Within(s.Opened, period))), because);
            of(figures[1]).ShouldBe((paid.Sum(s => s.Amount!.Amount), paid.Select(s => s.Key).Distinct().Count()), because);
            ((double)figures[2].Numerator).ShouldBe(won.Sum(s => (s.Entered - s.Opened).TotalDays), 0.001, because);
            of(figures[3]).ShouldBe((won.Count, won.Count + lost), because);
        }
    }

    private static List<Model.State> Standing(Model model, ReportQuery query, DateTimeOffset at) =>
    [
        .. model.At(at, query.Basis)
            .Where(s => query.Owner is null || s.Owner?.ToString() == (query.Owner == ReportQuery.Nobody ? null : query.Owner))
            .Where(s => query.Department is null || s.Department == (query.Department == ReportQuery.Nobody ? null : query.Department)),
    ];

    private static IEnumerable<(Model.State State, Model.Stay Stay)> Entries(List<Model.State> standing, string stage, Period period) =>
        from state in standing from stay in state.Stays where stay.Stage == stage && Within(stay.Entered, period) select (state, stay);

    private static bool Within(DateTimeOffset at, Period period)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, History.Zone).DateTime);
        return (period.From is null || day >= period.From) && day <= period.To;
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, EventSerializer.Documents);
}
