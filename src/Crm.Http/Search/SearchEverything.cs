using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Http;

/// <summary>What is looked for, as a body: a telephone number or a name does not stand in an address, which is logged on its way.</summary>
/// <param name="Q">What was typed, at most 200 characters.</param>
/// <param name="Types">The resources to look in; all that the caller may see unless stated.</param>
/// <param name="Limit">Most hits of each type, 1 to 50; 6 unless stated.</param>
internal sealed record SearchBody(string? Q, string[]? Types, int? Limit);

/// <summary>What was found.</summary>
/// <param name="Groups">The types of which something was found, in one order always.</param>
internal sealed record SearchAnswer(IReadOnlyList<SearchGroup> Groups);

/// <summary>What was found of one type, best first.</summary>
/// <param name="Type">The resource: <c>customers opportunities tickets tasks</c>.</param>
/// <param name="Hits">The records.</param>
/// <param name="HasMore">Whether there are more; the resource's list has them all, with the same <c>q</c>.</param>
internal sealed record SearchGroup(string Type, IReadOnlyList<SearchHit> Hits, bool HasMore);

/// <summary>A record that was found.</summary>
/// <param name="Type">The resource.</param>
/// <param name="Id">The record; a contact is found as its customer.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Subtitle">What tells it from others of the name: who is responsible, its number, its customer.</param>
/// <param name="Matched">Which value was found; null where the caller may not see that value.</param>
/// <param name="Score">How near it is to what was typed: 1 the same, 0.9 begins with it, 0.8 has it, 0.7 its pinyin has it, 0.6 the initials have it, 0.4 similar.</param>
/// <param name="Similar">Whether it was found in spite of a typing error.</param>
/// <param name="Archived">Whether it is archived.</param>
internal sealed record SearchHit(string Type, Guid Id, string Title, string? Subtitle, Matched? Matched, decimal Score, bool Similar, bool Archived);

/// <summary>
/// <c>GET /search</c> and <c>POST /search</c>: records of every kind by what people remember of them, in one round trip. The nearest come first, among equals the caller's own,
/// then what changed last. Where little is found, so is what differs by one typing error. The caller finds what the lists would show him, and archived records beside.
/// </summary>
public static class SearchEverything
{
    private const int DefaultLimit = 6;
    private const int MaxLimit = 50;

    // Below, what is similar is looked for too.
    private const int Few = 5;

    // Who has typed a whole name of so many characters and sees it, meant nothing else; to look for what is close to it costs a part of a condition for each of them.
    private const int WholeName = 9;

    // A word that a third of the records have is not looked at in all of them, but in those that come first: so many that begin with it, so many of the caller's own, and those
    // among the last that changed. Only where these are too few are others looked for, and no more than are worth putting in order.
    private const int MostOfOne = 200;
    private const int MostOwn = 2000;
    private const int MostRecent = 600;
    private const int MostOfAny = 400;

    // More than are answered are read: which value was found, and so how near it is, is told from the documents.
    private const int Spare = 15;

    /// <summary>Maps the routes; to be called when every module is added.</summary>
    public static void MapSearch(this IEndpointRouteBuilder api)
    {
        var search = api.MapGroup("search").WithTags("search");
        SearchKind[] kinds = [.. api.ServiceProvider.GetServices<SearchKind>()];
        Describe(search.MapGet("", (HttpContext http, string? q, string? types, string? limit) =>
            ReadAsync(http, kinds, "query", q, types?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), limit)), "SearchEverything");
        Describe(search.MapPost("", async (HttpContext http) =>
        {
            var body = (await JsonBody.ReadAsync(http)).To<SearchBody>();
            return await ReadAsync(http, kinds, "body", body.Q, body.Types, body.Limit?.ToString(CultureInfo.InvariantCulture));
        }), "SearchEverythingPersonal").Accepts<SearchBody>("application/json");

        // Whoever works here may ask; what is found is a matter of the rights to each kind.
        RouteHandlerBuilder Describe(RouteHandlerBuilder route, string name) => route.Requires(Right.View("users")).Reads([.. kinds.Select(k => k.Rows.Table)]).WithName(name)
            .Produces<SearchAnswer>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);
    }

    private static async Task<SearchAnswer> ReadAsync(HttpContext http, IReadOnlyList<SearchKind> kinds, string place, string? text, string[]? types, string? most)
    {
        var query = Asked(place, text);
        var limit = most is null ? DefaultLimit : int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaxLimit ? number
            : throw ProblemException.Invalid(place + ".limit", "limit_out_of_range", $"limit 须为 1 到 {MaxLimit} 的整数。", $"limit must be a whole number from 1 to {MaxLimit}.");
        if (types?.FirstOrDefault(t => kinds.All(k => k.Type != t)) is { } unknown)
            throw ProblemException.Invalid(place + ".types", "unknown_value", $"不能在“{unknown}”中搜索。", $"There is no search in '{unknown}'.");

        http.Response.Headers.CacheControl = "private, no-cache";
        var store = http.RequestServices.GetRequiredService<DocumentStore>();
        var access = Access.Of(http);
        List<Looking> asked = [.. kinds.Where(k => access.May(Right.View(k.Type)) && types?.Contains(k.Type) != false).Select(k => new Looking(k, k.Rows.For(access, k.Type) with { Visible = k.Visible(access) }))];
        var found = await FindAsync(store, access, asked, query, limit, similar: false, http.RequestAborted);
        var hits = new Dictionary<string, List<SearchHit>>();
        foreach (var (kind, _) in asked) hits[kind.Type] = await HitsAsync(http, store, access, kind, query, found[kind.Type], similar: false);
        var few = asked.FindAll(l => found[l.Kind.Type].Count < Few && !hits[l.Kind.Type].Exists(h => query.Length >= WholeName && h.Matched?.By == MatchedBy.Exact));
        var alike = await FindAsync(store, access, few, query, limit, similar: true, http.RequestAborted);

        var groups = new List<SearchGroup>();
        foreach (var (kind, _) in asked)
        {
            var all = hits[kind.Type];
            var seen = all.Select(h => h.Id).ToHashSet();
            all.AddRange((await HitsAsync(http, store, access, kind, query, alike.GetValueOrDefault(kind.Type) ?? [], similar: true)).Where(h => seen.Add(h.Id)));
            if (all.Count == 0) continue;
            groups.Add(new(kind.Type, [.. all.Take(limit)], all.Count > limit));
            if (kind.Read is { } read) await read(http, store, new ListQuery { Q = query }, new([], null, false, null) { Ids = [.. groups[^1].Hits.Select(h => h.Id)] });
        }
        return new(groups);
    }

    private static string Asked(string place, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) throw ProblemException.Invalid(place + ".q", "required", "请输入要搜索的内容。", "Say what to search for.");
        if (FilterParser.FirstInvalid(text) is not null) throw ProblemException.Invalid(place + ".q", "invalid_character", "含有不允许的字符。", "It contains a character that is not allowed.");
        return text.Length <= SearchText.MaxQuery ? text
            : throw ProblemException.Invalid(place + ".q", "too_long", $"搜索词最长 {SearchText.MaxQuery} 个字符。", $"At most {SearchText.MaxQuery} characters are searched for.");
    }

    /// <summary>The best records of each kind as lists show them, one statement a kind, all in one round trip.</summary>
    private static async Task<Dictionary<string, List<string>>> FindAsync(DocumentStore store, Access access, List<Looking> asked, string query, int limit, bool similar, CancellationToken ct)
    {
        var found = asked.ToDictionary(l => l.Kind.Type, _ => new List<string>());
        await using var batch = store.DataSource.CreateBatch();
        var answers = new List<string>();
        foreach (var looking in asked)
        {
            if (Statement(looking, access.UserId, query, limit, store.Now, similar) is not { } statement) continue;
            batch.BatchCommands.Add(statement);
            answers.Add(looking.Kind.Type);
        }
        if (answers.Count == 0) return found;
        await using var reader = await batch.ExecuteReaderAsync(ct);
        foreach (var type in answers)
        {
            while (await reader.ReadAsync(ct)) found[type].Add(reader.GetString(0));
            await reader.NextResultAsync(ct);
        }
        return found;
    }

    private static NpgsqlBatchCommand? Statement(Looking looking, Guid? me, string query, int limit, DateTimeOffset now, bool similar)
    {
        var (kind, rows) = looking;
        var parameters = new SqlParameters();
        var at = parameters.Add(now.UtcDateTime, NpgsqlDbType.TimestampTz);
        var (d, table) = (rows.Fields.Alias, rows.Table);
        var has = similar ? SearchText.Similar(query, table, d, parameters) : kind.OwnTextsOnly ? SearchText.Predicate(query, d, parameters) : rows.Search(query, parameters);
        if (has is null) return null;
        var seen = string.Join(" and ", [$"({rows.Where})", .. rows.HiddenBy.Where(f => f != "archived").Select(f => $"({rows.Fields.Fields[f].Sql} is not true)"), rows.Visible?.Invoke(parameters) ?? "true"]);
        string Sql(string field) => rows.Fields.Fields[field].Sql;
        var mine = me is { } user ? $"{Sql(kind.Owner)} = {parameters.Add(user, NpgsqlDbType.Uuid)}" : "false";
        var found = $"select {d}.id from {table} {d} where {seen} and {has} limit {MostOfAny}";
        if (!similar)
        {
            // A record that changed lately and is visible must not be looked for among all that are not visible.
            List<string> arms = [$"select {d}.id from (select * from {table} {d} order by {d}.known_from desc limit {MostRecent}) {d} where {seen} and {has}"];
            // Told apart by hand: of words that come together the planner thinks that hardly any record has them, and would ask thousands whose they are.
            if (me is not null) arms.Add($"select {d}.id from (select * from {table} {d} where {mine} limit {MostOwn}) {d} where {seen} and {has} limit {MostOfOne}");
            foreach (var near in SearchText.Near(query, d, parameters)) arms.Add($"select {d}.id from {table} {d} where {seen} and {near} limit {MostOfOne}");
            if (kind.Key is { } key) arms.Add($"select {d}.id from {table} {d} where {seen} and {Sql(key)} = {parameters.Add(query.Trim(), NpgsqlDbType.Text)} limit {MostOfOne}");
            var first = string.Join(" union ", arms.Select(a => $"({a})"));
            // Only what these do not fill a page with is looked for among all.
            found = $"with first as materialized ({first}) select id from first union all (select {d}.id from {table} {d} where (select count(*) from first) < {limit + Spare} and {seen} and {has} limit {MostOfAny})";
        }
        var line = SearchText.Normalize(query);
        string Text(string pattern) => parameters.Add(pattern, NpgsqlDbType.Text);
        var escaped = SearchText.EscapeLike(line);
        var title = $"lower({Sql(kind.Title)})";
        var rank = similar ? "0" : $"""
            case when {title} = {Text(line)} then 0 when {d}.search like {Text($"%\n{escaped}\n%")} then 1 when {title} like {Text(escaped + "%")} then 2
                 when {d}.search like {Text($"%\n{escaped}%")} then 3 when {title} like {Text($"%{escaped}%")} then 4 else 5 end
            """;
        var most = limit + (similar ? 1 : Spare);
        var (shown, joins) = rows.Showing(rows.Joins, kind.Subtitle.Append(kind.Title));
        var sql = $"""
            select ({shown} || jsonb_build_object('own', best.own))::text
            from (select {d}.id, {rank} as rank, coalesce({mine}, false) as own, {d}.known_from as updated
                  from {table} {d} where {d}.id = any(array({found}))
                  order by rank, own desc, updated desc, {d}.id limit {most}) best
            join {table} {d} on {d}.id = best.id {joins}
            order by best.rank, best.own desc, best.updated desc, best.id
            """;
        var command = new NpgsqlBatchCommand(sql.Replace("{at}", at, StringComparison.Ordinal));
        parameters.CopyTo(command);
        return command;
    }

    /// <summary>The records as hits, best first.</summary>
    private static async Task<List<SearchHit>> HitsAsync(HttpContext http, DocumentStore store, Access access, SearchKind kind, string query, IReadOnlyList<string> documents, bool similar)
    {
        if (store.Personal is { } personal && (query.Contains('@', StringComparison.Ordinal) || query.Count(char.IsDigit) >= 4)) documents = await personal.OpenAsync(documents, null, http.RequestAborted);
        var hits = new List<(SearchHit Hit, bool Own, string Updated)>();
        foreach (var json in documents)
        {
            var document = JsonNode.Parse(json)!.AsObject();
            var matched = Matching.Of(document, kind.Fields, query, similar);
            if (similar && matched is null) continue;
            var by = matched?.By ?? MatchedBy.Contains;
            var (own, updated) = ((bool)document["own"]!, (string?)document["updatedAt"] ?? "");
            access.Limits.Show(kind.Type, document);
            var subtitle = string.Join(" · ", kind.Subtitle.Select(f => document[f]?.ToString()).Where(s => !string.IsNullOrEmpty(s)));
            hits.Add((new(kind.Type, document["id"]!.GetValue<Guid>(), document[kind.Title]?.ToString() ?? "", subtitle.Length == 0 ? null : subtitle,
                matched is null ? null : Seen(matched, kind, http, access), Score(by), similar, (bool?)document["archived"] ?? false), own, updated));
        }
        return [.. hits.OrderByDescending(h => h.Hit.Score).ThenByDescending(h => h.Own).ThenByDescending(h => h.Updated, StringComparer.Ordinal).Select(h => h.Hit)];
    }

    /// <summary>What was found as the caller may see it.</summary>
    private static Matched? Seen(Matched matched, SearchKind kind, HttpContext http, Access access)
    {
        var level = access.Limits.Of(kind.Type).Where(l => matched.Field == l.Key || matched.Field.StartsWith(l.Key + ".", StringComparison.Ordinal)).Select(l => (FieldLevel?)l.Value).Min() ?? FieldLevel.Change;
        if (level < FieldLevel.Masked) return null;
        var shown = matched.Value;
        if (kind.Fields.First(f => f.Path == matched.Field).Personal is { } personal && Masking.Of(http) is { } mask) shown = mask((char)personal, shown) ?? shown;
        if (level == FieldLevel.Masked) shown = Masking.Mask(shown);
        return shown.Length == matched.Value.Length ? matched with { Value = shown } : matched with { Value = shown, At = null, Length = null };
    }

    private static decimal Score(MatchedBy by) => by switch
    {
        MatchedBy.Exact => 1m,
        MatchedBy.Begins => 0.9m,
        MatchedBy.Contains => 0.8m,
        MatchedBy.Pinyin => 0.7m,
        MatchedBy.Initials => 0.6m,
        _ => 0.4m,
    };

    /// <summary>A kind as one caller asks it.</summary>
    private sealed record Looking(SearchKind Kind, ListSource Rows);
}
