using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Http;

/// <summary>
/// Where a resource's list comes from: the tables of a document projection (<see cref="DocumentProjection{T}"/>), under the alias of <paramref name="Fields"/>.
/// In every piece of SQL here and in <paramref name="Fields"/>, <c>{at}</c> stands for the instant of the list (<c>asOf</c> or now) as <c>timestamptz</c>.
/// </summary>
/// <param name="Fields">The fields of the resource.</param>
/// <param name="Table">Schema and table of the newest states; <c>…_states</c> has the past ones.</param>
public sealed partial record ListSource(FieldMap Fields, string Table)
{
    /// <summary>
    /// What is joined, one row a record, each <c>left join</c> on a line of its own: <c>left join customer.users u on u.id = (d.doc->>'ownerId')::uuid</c>.
    /// Records are looked for without what nothing is asked of.
    /// </summary>
    public string Joins { get; init; } = "";

    /// <summary>What is joined to past states in place of <see cref="Joins"/>; null where that is the same.</summary>
    public string? PastJoins { get; init; }

    /// <summary>Projections beside that of the table which the list reads, and so waits for.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>Fields of a joined row that need not be there: a list sorted by one holds the records that have the row, so that an index on the field can be walked.</summary>
    public IReadOnlySet<string> DatedFields { get; init; } = System.Collections.Frozen.FrozenSet<string>.Empty;

    /// <summary>What is answered for a record, as jsonb: <c>d.doc || jsonb_build_object('ownerName', u.name)</c>.</summary>
    public string Select { get; init; } = $"{Fields.Alias}.doc";

    /// <summary>What is answered beside <see cref="Select"/>, in its place where it has the name too: names, each with SQL. What is not asked for is not worked out.</summary>
    public IReadOnlyDictionary<string, string> Beside { get; init; } = System.Collections.Frozen.FrozenDictionary<string, string>.Empty;

    /// <summary>What a record must meet to be in the list at all: <c>not (d.doc->>'deleted')::boolean</c>.</summary>
    public string Where { get; init; } = "true";

    /// <summary>Truth values that take a record out of the list unless the filter speaks of them: <c>archived</c>.</summary>
    public IReadOnlyList<string> HiddenBy { get; init; } = [];

    /// <summary>The order when the caller names none. Ids are made in the order of time.</summary>
    public string Sort { get; init; } = "-id";

    /// <summary>How quick search, also a bare word of a filter, finds a record: by its own texts, unless the resource is found by more than those.</summary>
    public Func<string, SqlParameters, string> Search { get; init; } = (query, parameters) => SearchText.Predicate(query, Fields.Alias, parameters);

    /// <summary>The <see cref="Search"/> of lists whose rows have no texts of their own: refuses <c>q</c> and bare words.</summary>
    /// <exception cref="QueryException">Always.</exception>
    public static string NotSearched(string query, SqlParameters parameters) =>
        throw QueryError.At("q", "search_not_supported", "这个列表不支持关键词搜索，请用 filter 按字段筛选", "This list is not searched by words; filter it by its fields");

    /// <summary>The condition that the caller may see a row; null where the caller sees all.</summary>
    public Func<SqlParameters, string>? Visible { get; init; }

    /// <summary>What of it follows from the organisation's settings, such as an expression that is made of them; null where nothing does.</summary>
    public Func<FieldSettings, ListSource, ListSource>? Settled { get; init; }

    /// <summary>The list as one caller asks it: with the settings of the moment and the caller's limits.</summary>
    public ListSource For(Access access, string resource)
    {
        var settled = Settled?.Invoke(access.Picture.Fields, this) ?? this;
        return settled with { Fields = settled.Fields.For(access, resource) };
    }

    internal string TableOf(ListQuery query) => query.AsOf is null ? Table : Table + "_states";

    internal string JoinsOf(ListQuery query) => query.AsOf is null ? Joins : PastJoins ?? Joins;

    /// <summary>The records that meet the conditions, with what these or the order ask of.</summary>
    internal string Rows(ListQuery query, string conditions, IReadOnlyList<SortKey>? keys)
    {
        var alias = Fields.Alias;
        var axis = query.Basis == Basis.Recorded ? "known" : "true";
        var where = (query.AsOf is null ? "" : $"({alias}.{axis}_from <= {{at}} and {alias}.{axis}_to > {{at}}) and ") + $"({Where}) and {conditions}";
        var asked = string.Join('\n', keys?.Select(k => k.Field.Sql).Prepend(where) ?? [where]);
        var held = keys?.FirstOrDefault(k => DatedFields.Contains(k.Field.Name))?.Field.Sql.Split('.')[0];
        return $"from {TableOf(query)} {alias} {Needed(JoinsOf(query), asked, held)} where {where}";
    }

    /// <summary>What is answered for a record as jsonb, and what must be joined for it.</summary>
    /// <param name="joins">All that may be joined.</param>
    /// <param name="fields">The fields that are asked for, as paths; null for all.</param>
    internal (string Document, string Joins) Showing(string joins, IEnumerable<string>? fields)
    {
        var asked = fields?.Select(path => path.Split('.')[0]).ToHashSet(StringComparer.Ordinal);
        var beside = string.Join(", ", Beside.Where(shown => asked?.Contains(shown.Key) != false).Select(shown => $"'{shown.Key}', {shown.Value}"));
        var document = beside.Length == 0 ? Select : $"{Select} || jsonb_build_object({beside})";
        return (document, Needed(joins, document, null));
    }

    // The joins without those of which nothing is asked; a row that is held must be there.
    private static string Needed(string joins, string asked, string? held)
    {
        var needed = new List<string>();
        // From the last on, for one may be joined by way of another.
        foreach (var join in joins.Split('\n').Reverse())
        {
            if (SimpleJoin().Match(join) is { Success: true, Groups: [_, { Value: var joined }] } && !Regex.IsMatch(asked, $@"\b{joined}\.")) continue;
            needed.Add(held is not null && SimpleJoin().Match(join).Groups[1].Value == held ? join.Replace("left join", "join", StringComparison.Ordinal) : join);
            asked += join;
        }
        needed.Reverse();
        return string.Join('\n', needed);
    }

    // One table a line; a lateral one takes several and is never left out.
    [GeneratedRegex(@"^\s*left join (?!lateral\b)\S+ (\w+) on (?!.*\bjoin\b)")]
    private static partial Regex SimpleJoin();
}

/// <summary>Reads pages of documents: one statement a page, one more in the same round trip for a count. Documents stay JSON text from table to answer.</summary>
public static class ListReader
{
    /// <summary>Reads one page.</summary>
    /// <param name="query">The request.</param>
    /// <param name="db">The read side.</param>
    /// <param name="source">The resource.</param>
    /// <param name="clock">Now, and the organisation's zone.</param>
    /// <param name="where">A further condition, such as what the caller may see; its holes become parameters.</param>
    /// <param name="ct">Ends the request.</param>
    /// <exception cref="ProblemException">400: an unknown field, a wrong comparison, a cursor that is not valid.</exception>
    public static async Task<ListPage> ReadAsync(this ListQuery query, NpgsqlDataSource db, ListSource source, QueryClock clock, FormattableString? where = null, CancellationToken ct = default)
    {
        try
        {
            return await ReadPageAsync(query, db, source, clock, where, ct);
        }
        catch (QueryException e)
        {
            throw e.ToProblem(query.Place);
        }
    }

    private static async Task<ListPage> ReadPageAsync(ListQuery query, NpgsqlDataSource db, ListSource source, QueryClock clock, FormattableString? where, CancellationToken ct)
    {
        var sort = query.Sort ?? source.Sort;
        var keys = Sort.Parse(sort, source.Fields);
        var identity = string.Join('\n', source.Table, sort, query.Q, query.Filter, query.AsOf?.UtcTicks, query.Basis);
        var cursor = query.Cursor is null ? null : Cursor.Read(query.Cursor, identity, keys);
        if (cursor is not null) clock = clock with { Now = cursor.Now };

        await using var batch = db.CreateBatch();
        void Add(Func<string, SqlParameters, string> statement, bool dated)
        {
            var parameters = new SqlParameters();
            var at = parameters.Add((query.AsOf ?? clock.Now).UtcDateTime, NpgsqlDbType.TimestampTz);
            var rows = Rows(query, source, clock, where, parameters, dated ? keys : null);
            var command = new NpgsqlBatchCommand(statement(rows, parameters).Replace("{at}", at, StringComparison.Ordinal));
            parameters.CopyTo(command);
            batch.BatchCommands.Add(command);
        }

        Add((rows, parameters) => PageSql(query, source, keys, cursor, rows, parameters), dated: true);
        if (query.Count == CountMode.Exact) Add((rows, _) => $"select count(*) {rows}", dated: false);
        if (query.Count == CountMode.Estimate) Add((rows, _) => $"explain (format json) select 1 {rows}", dated: false);

        var data = new List<string>(query.Limit);
        var ids = new List<Guid>(query.Limit);
        string?[]? last = null;
        var hasMore = false;
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            hasMore = data.Count == query.Limit;
            if (hasMore) break;
            data.Add(reader.GetString(0));
            last = [.. Enumerable.Range(1, keys.Count).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))];
            // The id is the last key of every order.
            if (Guid.TryParse(last[^1], out var id)) ids.Add(id);
        }
        long? count = null;
        if (await reader.NextResultAsync(ct) && await reader.ReadAsync(ct))
            count = query.Count == CountMode.Exact ? reader.GetInt64(0) : PlannedRows(reader.GetString(0));
        return new(data, hasMore ? new Cursor(clock.Now, last!).Write(identity) : null, hasMore, count) { Ids = ids };
    }

    /// <summary>The ids of the records of a list in its order, settled in one statement; at most <paramref name="most"/>.</summary>
    /// <param name="query">The request; its page does not count.</param>
    /// <param name="database">The database.</param>
    /// <param name="source">The list, for its reader.</param>
    /// <param name="clock">Now, and the organisation's zone.</param>
    /// <param name="most">How many; ask for one more than there may be to know whether there are.</param>
    /// <param name="picked">Only these records; null for all.</param>
    /// <param name="ct">Cancels the reading.</param>
    /// <exception cref="ProblemException">400: an unknown or forbidden field, a wrong comparison.</exception>
    public static async Task<Guid[]> IdsAsync(this ListQuery query, NpgsqlDataSource database, ListSource source, QueryClock clock, int most, Guid[]? picked, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        try
        {
            batch.BatchCommands.Add(query.Places(source, clock, (select, parameters) =>
            {
                var only = picked is null ? "" : $" and {source.Fields.Alias}.id = any({parameters.Add(picked, NpgsqlDbType.Array | NpgsqlDbType.Uuid)})";
                return $"select p.id from ({select}{only}) p order by p.place limit {parameters.Add(most, NpgsqlDbType.Integer)}";
            }));
        }
        catch (QueryException e)
        {
            throw e.ToProblem(query.Place);
        }
        var found = new List<Guid>();
        await using var row = await batch.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct)) found.Add(row.GetGuid(0));
        return [.. found];
    }

    /// <summary>
    /// The statement that says of every record of a list, in one snapshot, where it stands: <paramref name="write"/> is given a select of <c>id</c>, <c>version</c> and <c>place</c>, from 0.
    /// </summary>
    /// <param name="query">The request; its page does not matter.</param>
    /// <param name="source">The resource.</param>
    /// <param name="clock">Now, and the organisation's zone.</param>
    /// <param name="write">Makes the whole statement of the select, which ends in a condition.</param>
    /// <exception cref="QueryException">An unknown field or a wrong comparison.</exception>
    internal static NpgsqlBatchCommand Places(this ListQuery query, ListSource source, QueryClock clock, Func<string, SqlParameters, string> write)
    {
        var parameters = new SqlParameters();
        var at = parameters.Add((query.AsOf ?? clock.Now).UtcDateTime, NpgsqlDbType.TimestampTz);
        var keys = Sort.Parse(query.Sort ?? source.Sort, source.Fields);
        var rows = Rows(query, source, clock, null, parameters, keys);
        var order = string.Join(", ", keys.Select(k => k.Order(FilterSql.Expression(k.Field, parameters))));
        var alias = source.Fields.Alias;
        var sql = write($"select {alias}.id, {alias}.version, row_number() over (order by {order}) - 1 as place {rows}", parameters);
        var command = new NpgsqlBatchCommand(sql.Replace("{at}", at, StringComparison.Ordinal));
        parameters.CopyTo(command);
        return command;
    }

    private static string Rows(ListQuery query, ListSource source, QueryClock clock, FormattableString? where, SqlParameters parameters, IReadOnlyList<SortKey>? keys)
    {
        var filter = Filter.Parse(query.Filter);
        var conditions = string.Join(" and ",
            string.Join(" and ", source.HiddenBy.Where(f => !Names(filter, f)).Select(f => $"({source.Fields.Fields[f].Sql} is not true)").DefaultIfEmpty("true")),
            where is null ? "true" : $"({parameters.Sql(where)})",
            source.Visible?.Invoke(parameters) ?? "true",
            query.Q is null ? "true" : source.Search(query.Q, parameters),
            FilterSql.Write(filter, source.Fields, parameters, clock, source.Search));
        return source.Rows(query, conditions, keys);
    }

    /// <summary>
    /// Which records the page has, in their order, and only then what is answered for them: what is joined for showing is joined to a page, not to all that was looked through.
    /// The limit is no parameter: without it a plan for all values reckons with a tenth of the table. Behind an offset what is answered is worked out once, not for each field of it.
    /// </summary>
    private static string PageSql(ListQuery query, ListSource source, IReadOnlyList<SortKey> keys, Cursor? cursor, string rows, SqlParameters parameters)
    {
        var alias = source.Fields.Alias;
        var expressions = keys.Select(k => FilterSql.Expression(k.Field, parameters)).ToArray();
        var order = string.Join(", ", keys.Select((k, i) => k.Order(expressions[i])));
        // Says of a joined column that is never empty what the planner must know to walk its index.
        if (keys[0].Field is { Nullable: false, IsColumn: true }) rows = $"{rows} and {expressions[0]} is not null";
        var columns = string.Concat(expressions.Select((e, i) => $", {e} as k{i}"));
        var arms = Keyset.Arms(keys, expressions, cursor, parameters).Select((after, part) =>
            $"(select {alias}.ctid as place, {part} as part{columns} {rows} and {after} order by {order} limit {Limit(query)})");
        var document = query.Fields is null ? "p.doc" : FieldSelection.Parse(query.Fields, source.Fields).Sql("p.doc", parameters);
        var (shown, joins) = source.Showing(source.JoinsOf(query), query.Fields?.Split(',', StringSplitOptions.TrimEntries));
        var texts = string.Concat(keys.Select((k, i) => $", {Cursor.Text(k.Field, $"p.k{i}")}"));
        string Places(string from) => $"{from}.part, {string.Join(", ", keys.Select((k, i) => k.Order($"{from}.k{i}")))}";
        return $"""
            select ({document})::text{texts} from (
              select {shown} as doc, page.*
              from (select * from ({string.Join(" union all ", arms)}) found order by {Places("found")} limit {Limit(query)}) page
              join {source.TableOf(query)} {alias} on {alias}.ctid = page.place {joins} offset 0) p
            order by {Places("p")}
            """;
    }

    private static string Limit(ListQuery query) => (query.Limit + 1).ToString(CultureInfo.InvariantCulture);

    private static bool Names(Filter filter, string field) => filter switch
    {
        Filter.And all => all.Terms.Any(t => Names(t, field)),
        Filter.Or any => any.Terms.Any(t => Names(t, field)),
        Filter.Not not => Names(not.Term, field),
        Filter.Compare compare => compare.Path == field,
        _ => false,
    };

    private static long PlannedRows(string plan)
    {
        using var json = JsonDocument.Parse(plan);
        return (long)json.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }
}

/// <summary>
/// The condition "after the last record of the page before". Written so that an index on the order is entered at the right place instead of being
/// walked from its beginning: a row comparison where directions agree, else a bound on the first key; and when the first key may be empty, the
/// empty ones are a second arm of a union, because "greater or empty" is no range of an index.
/// </summary>
internal static class Keyset
{
    public static IReadOnlyList<string> Arms(IReadOnlyList<SortKey> keys, string[] expressions, Cursor? cursor, SqlParameters parameters)
    {
        if (cursor is null) return ["true"];
        var values = keys.Select((k, i) => cursor.Values[i] is { } text && Cursor.Typed(k.Field, text) is var (value, type) ? parameters.Add(value, type) : null).ToArray();
        var first = expressions[0];
        if (values[0] is null) return [$"({first} is null and {After(keys, expressions, values, 1)})"];

        var comparison = keys[0].Descending ? "<" : ">";
        var agree = keys.Skip(1).All(k => !k.Field.Nullable && k.Descending == keys[0].Descending);
        var filled = agree
            ? $"(({string.Join(", ", expressions)}) {comparison} ({string.Join(", ", values)}))"
            : $"({first} {comparison}= {values[0]} and ({first} {comparison} {values[0]} or {After(keys, expressions, values, 1)}))";
        return keys[0].Field.Nullable ? [filled, $"({first} is null)"] : [filled];
    }

    // From key i on: after it, or level with it and after on the keys that follow. Nothing comes after empty. Ids are never level.
    private static string After(IReadOnlyList<SortKey> keys, string[] expressions, string?[] values, int i)
    {
        var (expression, value, comparison) = (expressions[i], values[i], keys[i].Descending ? "<" : ">");
        var rest = i + 1 < keys.Count ? After(keys, expressions, values, i + 1) : null;
        if (value is null) return rest is null ? "false" : $"({expression} is null and {rest})";
        var beyond = keys[i].Field.Nullable ? $"{expression} {comparison} {value} or {expression} is null" : $"{expression} {comparison} {value}";
        return rest is null ? $"({beyond})" : $"({beyond} or ({expression} = {value} and {rest}))";
    }
}
