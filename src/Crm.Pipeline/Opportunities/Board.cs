using System.Globalization;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Pipeline;

/// <summary>The board of one pipeline at one instant.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="AsOf">The instant asked for; null for now.</param>
/// <param name="Stages">Its stages in order.</param>
internal sealed record Board(BoardPipeline Pipeline, DateTimeOffset? AsOf, IReadOnlyList<BoardStage> Stages);

/// <summary>The pipeline of a board.</summary>
internal sealed record BoardPipeline(Guid Id, string Name, bool IsDefault);

/// <summary>One column.</summary>
/// <param name="Code">The stage's code.</param>
/// <param name="Name">Its Chinese name.</param>
/// <param name="NameEn">Its English name.</param>
/// <param name="Kind">What being in it means.</param>
/// <param name="Probability">Its chance of winning, percent.</param>
/// <param name="Count">All opportunities in it, not only the cards.</param>
/// <param name="Amount">The sum of their amounts in the board's main currency, the one most of its opportunities have.</param>
/// <param name="Amounts">The sums in every currency that occurs: amounts of different currencies are never added up.</param>
/// <param name="Cards">The first of them, last entered first.</param>
/// <param name="HasMore">Whether there are more than the cards.</param>
internal sealed record BoardStage(
    string Code, string Name, string NameEn, StageKind Kind, int Probability, long Count, Money Amount, IReadOnlyList<Money> Amounts, IReadOnlyList<BoardCard> Cards, bool HasMore);

/// <summary>One card.</summary>
/// <param name="DaysInStage">Whole days since it entered the stage; null if closed.</param>
/// <param name="Warnings"><c>overdue</c>: open after its expected date; <c>stale</c>: 30 days in an open stage; <c>noCustomer</c>.</param>
internal sealed record BoardCard(
    Guid Id, long Version, string Name, Guid? CustomerId, string? CustomerName, Guid? OwnerId, string? OwnerName, Money? Amount, int? DaysInStage,
    DateOnly? ExpectedCloseDate, string? NextStep, IReadOnlyList<string> Warnings);

/// <summary>What a board shows: which pipeline, whose opportunities, at what instant, how many cards in a column.</summary>
/// <param name="PipelineId">The pipeline.</param>
/// <param name="OwnerId">Only this user's; null for everybody's.</param>
/// <param name="Q">Quick search.</param>
/// <param name="At">The instant; null for now.</param>
/// <param name="Basis">The axis of the instant.</param>
/// <param name="Limit">Cards in a column.</param>
/// <param name="Visible">The condition that the caller may see an opportunity; null where all may be seen.</param>
internal sealed record BoardQuery(Guid PipelineId, Guid? OwnerId, string? Q, DateTimeOffset? At, Basis Basis, int Limit, Func<SqlParameters, string>? Visible = null);

internal static class BoardFeature
{
    /// <summary>Days without a move after which an open card is marked.</summary>
    private const int StaleAfterDays = 30;

    public static void Map(IEndpointRouteBuilder opportunities) => opportunities
        .MapGet("board", async (HttpContext http, DocumentStore store, Resource<Opportunity> opportunity, string? pipelineId, string? ownerId, string? q, string? asOf, string? basis, string? limit) =>
        {
            var (at, axis) = AsOf.Of(http);
            if (q?.Length > SearchText.MaxQuery) throw ProblemException.Invalid("query.q", "too_long", $"搜索词最长 {SearchText.MaxQuery} 个字符。", $"q has at most {SearchText.MaxQuery} characters.");
            var pipeline = Id("pipelineId", pipelineId) ?? await DefaultAsync(store.DataSource, http.RequestAborted);
            var query = new BoardQuery(pipeline, Id("ownerId", ownerId), string.IsNullOrWhiteSpace(q) ? null : q, at, axis, Cards(limit),
                Access.Of(http).Visible(opportunity, "d", Opportunities.TableName, at is not null));
            http.Response.Headers.CacheControl = "private, no-cache";
            var board = await ReadAsync(query, store, http.RequestAborted);
            return Results.Json(Trimmed(board, Access.Of(http).Limits), EventSerializer.Documents);
        })
        .Requires(Right.View("opportunities")).Reads(Opportunities.TableName).WithName("GetBoard").Produces<Board>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    /// <summary>Cards without what is hidden from the caller; a sum of amounts that may not be seen is none.</summary>
    private static Board Trimmed(Board board, FieldLimits limits)
    {
        var hidden = limits.Of("opportunities").Where(l => l.Value <= FieldLevel.Masked).Select(l => l.Key).ToHashSet();
        if (hidden.Count == 0) return board;
        var noAmount = hidden.Contains("amount") || hidden.Contains("amount.amount");
        return board with
        {
            Stages = [.. board.Stages.Select(s => s with
            {
                Amount = noAmount ? s.Amount with { Amount = 0 } : s.Amount,
                Amounts = noAmount ? [] : s.Amounts,
                Cards = [.. s.Cards.Select(c => c with
                {
                    Amount = noAmount ? null : c.Amount,
                    NextStep = hidden.Contains("nextStep") ? null : c.NextStep,
                    ExpectedCloseDate = hidden.Contains("expectedCloseDate") ? null : c.ExpectedCloseDate,
                })],
            })],
        };
    }

    /// <summary>Reads a board in one round trip beside the pipeline's own stream.</summary>
    public static async Task<Board> ReadAsync(BoardQuery query, DocumentStore store, CancellationToken ct)
    {
        var events = await store.Query.FetchStreamAsync(query.PipelineId, 0, ct);
        if (Fold.All<SalesPipeline>(events) is null) throw ProblemException.NotFound();
        // Facts may be dated before the pipeline was configured: its first shape then stands for the time before.
        var pipeline = Fold.All<SalesPipeline>(EventReader.At(events, null, query.At, query.Basis)) ?? Fold.All<SalesPipeline>(events.Take(1))!;
        var known = Known(events);
        var at = query.At ?? store.Now;

        await using var batch = store.DataSource.CreateBatch();
        string[] codes = [.. known.Keys];
        batch.BatchCommands.Add(Totals(query, at, codes));
        batch.BatchCommands.Add(CardRows(query, at, codes));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var totals = new List<(string Stage, string? Currency, long Count, decimal? Sum)>();
        while (await reader.ReadAsync(ct))
            totals.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetDecimal(3)));
        await reader.NextResultAsync(ct);
        var cards = new List<(string Stage, BoardCard Card)>();
        while (await reader.ReadAsync(ct)) cards.Add((reader.GetString(0), Card(reader, at, store.DayOf(at))));

        var currency = totals.Where(t => t.Currency is not null).GroupBy(t => t.Currency!).OrderByDescending(g => g.Sum(t => t.Count)).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault()?.Key ?? "CNY";
        var (total, card) = (totals.ToLookup(t => t.Stage), cards.ToLookup(c => c.Stage, c => c.Card));
        // A stage that the pipeline has no longer, or not yet, still shows what is in it.
        var stages = pipeline.Stages.Concat(known.Values.Where(s => pipeline.Stage(s.Code) is null && total.Contains(s.Code)));
        return new Board(new(query.PipelineId, pipeline.Name, pipeline.IsDefault), query.At,
        [
            .. stages.Select(s => new BoardStage(
                s.Code, s.Name, s.NameEn, s.Kind, s.Probability, total[s.Code].Sum(t => t.Count),
                new Money(total[s.Code].FirstOrDefault(t => t.Currency == currency).Sum ?? 0, currency),
                [.. total[s.Code].Where(t => t.Currency is not null).OrderBy(t => t.Currency, StringComparer.Ordinal).Select(t => new Money(t.Sum!.Value, t.Currency!))],
                [.. card[s.Code].Take(query.Limit)], card[s.Code].Count() > query.Limit)),
        ]);
    }

    /// <summary>Every stage the pipeline ever had, as last defined, in the order in which they came.</summary>
    private static Dictionary<string, PipelineStage> Known(IReadOnlyList<Event> events)
    {
        var known = new Dictionary<string, PipelineStage>();
        foreach (var stage in events.SelectMany(e => e.Data switch { PipelineDefined x => x.Stages, PipelineStagesChanged x => x.Stages, _ => [] })) known[stage.Code] = stage;
        return known;
    }

    private static NpgsqlBatchCommand Totals(BoardQuery query, DateTimeOffset at, string[] stages)
    {
        var parameters = new SqlParameters();
        var rows = Rows(query, at, parameters);
        var codes = parameters.Add(stages, NpgsqlDbType.Array | NpgsqlDbType.Text);
        return Command($"select d.stage, d.currency, count(*), sum(d.amount) {rows} and d.stage = any({codes}) group by d.stage, d.currency", parameters);
    }

    private static NpgsqlBatchCommand CardRows(BoardQuery query, DateTimeOffset at, string[] stages)
    {
        var parameters = new SqlParameters();
        var rows = Rows(query, at, parameters);
        var codes = parameters.Add(stages, NpgsqlDbType.Array | NpgsqlDbType.Text);
        var limit = parameters.Add(query.Limit + 1, NpgsqlDbType.Integer);
        return Command($"""
            select s.code, d.id, d.version, d.doc->>'name', d.customer_id, c.name, d.owner_id, u.name, d.amount, d.currency, d.kind = 'open', d.entered::timestamptz,
              (d.doc->>'expectedCloseDate')::date, d.doc->>'nextStep'
            from unnest({codes}) with ordinality s(code, position)
            cross join lateral (select d.* {rows} and d.stage = s.code order by d.entered desc, d.id desc limit {limit}) d
            left join pipeline.customers c on c.id = d.customer_id
            left join pipeline.users u on u.id = d.owner_id
            order by s.position, d.entered desc, d.id desc
            """, parameters);
    }

    private static string Rows(BoardQuery query, DateTimeOffset at, SqlParameters parameters)
    {
        var sql = $"from {Opportunities.TableName}{(query.At is null ? "" : "_states")} d where d.pipeline_id = {parameters.Add(query.PipelineId, NpgsqlDbType.Uuid)} and not d.deleted";
        if (query.At is not null)
        {
            var (axis, instant) = (query.Basis == Basis.Recorded ? "known" : "true", parameters.Add(at.UtcDateTime, NpgsqlDbType.TimestampTz));
            sql += $" and d.{axis}_from <= {instant} and d.{axis}_to > {instant}";
            // A state never holds before its stage was entered, on either axis: the index is entered at the instant instead of at its newest end.
            sql += $" and d.entered <= {parameters.Add(EventSerializer.InstantText(at), NpgsqlDbType.Text)}";
        }
        if (query.OwnerId is { } owner) sql += $" and d.owner_id = {parameters.Add(owner, NpgsqlDbType.Uuid)}";
        if (query.Visible is { } visible) sql += $" and {visible(parameters)}";
        if (query.Q is { } q) sql += $" and {OpportunityListFeature.BySearchText(q, parameters)}";
        return sql;
    }

    private static NpgsqlBatchCommand Command(string sql, SqlParameters parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        parameters.CopyTo(command);
        return command;
    }

    private static BoardCard Card(NpgsqlDataReader reader, DateTimeOffset at, DateOnly today)
    {
        T? Value<T>(int column) where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        var (open, customer, expected) = (reader.GetBoolean(10), Value<Guid>(4), Value<DateOnly>(12));
        int? days = open ? (int)Math.Floor((at - reader.GetFieldValue<DateTimeOffset>(11)).TotalDays) : null;
        var warnings = new List<string>();
        if (open && expected < today) warnings.Add("overdue");
        if (days >= StaleAfterDays) warnings.Add("stale");
        if (customer is null) warnings.Add("noCustomer");
        return new BoardCard(
            reader.GetGuid(1), reader.GetInt64(2), reader.GetString(3), customer, Text(5), Value<Guid>(6), Text(7),
            Value<decimal>(8) is { } amount ? new Money(amount, reader.GetString(9)) : null, days, expected, Text(13), warnings);
    }

    private static async Task<Guid> DefaultAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select pipeline_id from pipeline.stages where is_default limit 1");
        return await command.ExecuteScalarAsync(ct) as Guid? ?? throw ProblemException.NotFound();
    }

    private static Guid? Id(string name, string? text) => string.IsNullOrEmpty(text) ? null
        : Guid.TryParse(text, out var id) ? id
        : throw ProblemException.Invalid("query." + name, "invalid_value", $"{name} 必须是标识符。", $"{name} must be an id.");

    private static int Cards(string? limit) => string.IsNullOrEmpty(limit) ? 50
        : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var cards) && cards is >= 1 and <= 500 ? cards
        : throw ProblemException.Invalid("query.limit", "limit_out_of_range", "limit 必须在 1 到 500 之间。", "limit must be between 1 and 500.");
}
