using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Http;

/// <summary>The positional parameters of one statement. As a format provider it turns the holes of an interpolated predicate into parameters.</summary>
public sealed class SqlParameters : IFormatProvider, ICustomFormatter
{
    private readonly List<NpgsqlParameter> list = [];

    /// <summary>Adds a value; answers its placeholder <c>$n</c>.</summary>
    public string Add(object? value, NpgsqlDbType? type = null)
    {
        var parameter = new NpgsqlParameter { Value = value ?? DBNull.Value };
        if (type is { } known) parameter.NpgsqlDbType = known;
        list.Add(parameter);
        return $"${list.Count.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>SQL of an interpolated predicate such as <c>$"d.owner_id = {ownerId}"</c>; every hole becomes a parameter, unless it is a predicate itself.</summary>
    public string Sql(FormattableString predicate) => predicate.ToString(this);

    /// <summary>Gives a command these parameters.</summary>
    public void CopyTo(NpgsqlBatchCommand command) => list.ForEach(p => command.Parameters.Add(p));

    object? IFormatProvider.GetFormat(Type? formatType) => this;

    string ICustomFormatter.Format(string? format, object? arg, IFormatProvider? formatProvider) => arg is FormattableString part ? part.ToString(this) : Add(arg);
}

/// <summary>
/// Writes a filter as an SQL condition over the fields of a resource. Values and the names of open fields travel as parameters only.
/// SQL's third truth value counts as false: <c>is not true</c> is the complement.
/// </summary>
public static class FilterSql
{
    /// <summary>The condition, complete with its own parentheses.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="map">The fields it may name.</param>
    /// <param name="parameters">Receives the values.</param>
    /// <param name="clock">What relative times and plain dates refer to.</param>
    /// <param name="search">What a bare word means; null for <see cref="SearchText.Predicate"/>.</param>
    /// <exception cref="QueryException"><c>unknown_field</c>, <c>invalid_value</c> or <c>invalid_operator</c> with field and position.</exception>
    public static string Write(Filter filter, FieldMap map, SqlParameters parameters, QueryClock clock, Func<string, SqlParameters, string>? search = null) => filter switch
    {
        Filter.All => "true",
        Filter.And all => "(" + string.Join(" and ", all.Terms.Select(t => Write(t, map, parameters, clock, search))) + ")",
        Filter.Or any => "(" + string.Join(" or ", any.Terms.Select(t => Write(t, map, parameters, clock, search))) + ")",
        Filter.Not not => $"({Write(not.Term, map, parameters, clock, search)} is not true)",
        Filter.Search word => search?.Invoke(word.Text, parameters) ?? SearchText.Predicate(word.Text, map.Alias, parameters),
        Filter.Compare compare => Compare(compare, map, parameters, clock, search),
        _ => throw new UnreachableException(),
    };

    /// <summary>The SQL expression of a field; the key of an open field becomes a parameter.</summary>
    internal static string Expression(Field field, SqlParameters parameters) =>
        field.Type == FieldType.Any ? $"nullif({field.Sql} -> {parameters.Add(field.Key, NpgsqlDbType.Text)}, 'null')" : field.Sql;

    private static string Compare(Filter.Compare compare, FieldMap map, SqlParameters parameters, QueryClock clock, Func<string, SqlParameters, string>? search)
    {
        if (map.Forbids(compare.Path)) throw QueryError.ForbiddenField("filter", compare.Path, compare.Position);
        if (map.Find(compare.Path) is not var (field, via)) throw QueryError.UnknownField("filter", compare.Path, compare.Position);
        if (field.Expand is { } expand && via is null) return Expanded(compare, expand, map, parameters, clock, search);
        var positive = compare.Comparator == Comparator.NotEqual ? compare with { Comparator = Comparator.Equal } : compare;
        var equal = positive.Comparator is Comparator.Equal or Comparator.Has;
        var sql = positive.Value switch
        {
            Operand.Null or Operand.Any when !equal => throw QueryError.Value(compare.Path, compare.ValuePosition, "不能与 null 或 * 比大小", "cannot be more or less than null or *"),
            Operand.Null or Operand.Any => Present(field, parameters),
            _ => new Comparison(positive, field, (via?.Fields ?? map).Alias, parameters, clock).Sql(),
        };
        // The module's sub-select reaches the related row; a record without one has empty fields there.
        if (via is not null) sql = $"exists ({via.Select} and {sql}{map.Seen(via, parameters)})";
        var negated = (compare.Comparator == Comparator.NotEqual) != (compare.Value is Operand.Null);
        return negated ? $"({sql} is not true)" : sql;
    }

    private static string Expanded(Filter.Compare compare, Func<Guid, Filter?> expand, FieldMap map, SqlParameters parameters, QueryClock clock, Func<string, SqlParameters, string>? search)
    {
        var filter = compare is { Comparator: Comparator.Equal or Comparator.NotEqual or Comparator.Has, Value: Operand.Literal { OpenStart: false, OpenEnd: false } literal } && Guid.TryParseExact(literal.Value, "D", out var id)
            ? expand(id) : null;
        if (filter is null) throw QueryError.Value(compare.Path, compare.ValuePosition, "没有这个分组", "has nothing of this id");
        var sql = Write(filter, map, parameters, clock, search);
        return compare.Comparator == Comparator.NotEqual ? $"({sql} is not true)" : sql;
    }

    private static string Present(Field field, SqlParameters parameters) =>
        field.Element is not null ? $"exists ({field.Sql})"
        : field.Type is FieldType.TextList or FieldType.Open or FieldType.Structure
            ? $"({field.Sql} not in ('[]', '{{}}', 'null'))"
            : $"({Expression(field, parameters)} is not null)";

    private sealed class Comparison(Filter.Compare compare, Field field, string alias, SqlParameters parameters, QueryClock clock)
    {
        public string Sql() => Contained() is { } contained ? $"({contained} and {Compared()})" : Compared();

        /// <summary>An own field that equals a value, said once more so that the index on all own fields finds it.</summary>
        private string? Contained()
        {
            if (field.Inside is not var (json, key) || compare.Comparator is not (Comparator.Equal or Comparator.Has) || Unadorned() is not { } value) return null;
            JsonNode? held = field.Type switch
            {
                FieldType.Text when compare.Comparator == Comparator.Equal => value,
                FieldType.Code => value,
                FieldType.Uuid => value.ToLowerInvariant(),
                FieldType.Number when Number() is { } number => number,
                FieldType.Boolean => value == "true",
                FieldType.TextList => new JsonArray(value),
                _ => null,
            };
            return held is null ? null : $"({json} @> {parameters.Add(new JsonObject { [key] = held }.ToJsonString(), NpgsqlDbType.Jsonb)})";
        }

        private string Compared() => field.Personal ? Personal() : field.Type switch
        {
            FieldType.Text => Text(field.Sql),
            FieldType.Code => Code(),
            FieldType.Number => Ordered(Number() ?? throw Invalid("须为数字，例如 10000 或 -2.5", "takes a number, for example 10000 or -2.5"), NpgsqlDbType.Numeric),
            FieldType.Boolean => Exact(Unadorned() switch
            {
                "true" => true,
                "false" => false,
                _ => throw Invalid("须为 true 或 false", "takes true or false"),
            }, NpgsqlDbType.Boolean),
            FieldType.Uuid => Exact(Guid.TryParseExact(Unadorned(), "D", out var id) ? id : throw Invalid("须为 UUID", "takes a UUID"), NpgsqlDbType.Uuid),
            FieldType.Date => Date(),
            FieldType.Instant => Instant(),
            FieldType.TextList => Has(),
            FieldType.Any => Any(),
            FieldType.Open or FieldType.Structure => throw Operator("只能用 = null 或 :* 判断有无", "can only be tested with = null or :*"),
            _ => throw new UnreachableException(),
        };

        private string Personal()
        {
            if (field.Blind is null || compare.Comparator != Comparator.Equal || Unadorned() is not { } value)
                throw Operator(field.Blind is null ? "加密保存，只能用 = null 或 :* 判断有无" : "加密保存，只能用 = 或 != 比较完整的值", field.Blind is null ? "is kept encrypted and can only be tested with = null or :*" : "is kept encrypted and compares with = and != and the whole value only");
            return field.Blind(value) is { } hash ? $"({alias}.grams @> {parameters.Add(new[] { hash }, NpgsqlDbType.Array | NpgsqlDbType.Text)})" : "false";
        }

        private string Text(string sql)
        {
            var literal = compare.Value as Operand.Literal
                ?? throw Invalid("是文本，不能与时间表达式比较", "is text and cannot be compared with a time");
            if (compare.Comparator == Comparator.Has) return $"({sql} ilike {Pattern(true, literal.Value, true)})";
            if (!literal.OpenStart && !literal.OpenEnd) return $"({sql} {Sign} {parameters.Add(literal.Value, NpgsqlDbType.Text)})";
            if (compare.Comparator != Comparator.Equal) throw Invalid("用 * 时只能与 =、!= 或 : 搭配", "takes * only with =, != or :");
            return $"({sql} like {Pattern(literal.OpenStart, literal.Value, literal.OpenEnd)})";
        }

        private string Pattern(bool openStart, string value, bool openEnd) =>
            parameters.Add((openStart ? "%" : "") + SearchText.EscapeLike(value) + (openEnd ? "%" : ""), NpgsqlDbType.Text);

        private string Code()
        {
            var code = Unadorned();
            if (!field.Codes!.Contains(code))
                throw Invalid($"没有取值“{code}”", $"has no code '{code}'", ("allowed", field.Codes));
            return Exact(code!, NpgsqlDbType.Text);
        }

        private decimal? Number() =>
            decimal.TryParse(Unadorned(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) ? number : null;

        private string Date()
        {
            if (Time() is not { } point) throw Invalid("须为日期，例如 2026-01-31 或 today-7d", "takes a date, for example 2026-01-31 or today-7d");
            return field.IsColumn ? Ordered(point.Day, NpgsqlDbType.Date) : Ordered(Iso(point), NpgsqlDbType.Text);
        }

        // A day against an instant means the whole day: "= 2026-01-31" is from its midnight to the next, "> 2026-01-31" is after it.
        private string Instant()
        {
            if (Time() is not { } point)
                throw Invalid("须为日期、带时区的时间或 now-30d 之类", "takes a date, a time with its offset, or something like now-30d");
            string Bound(DateTimeOffset at) => field.IsColumn
                ? parameters.Add(at.UtcDateTime, NpgsqlDbType.TimestampTz)
                : parameters.Add(EventSerializer.InstantText(at), NpgsqlDbType.Text);
            return (compare.Comparator, point.IsDay) switch
            {
                (Comparator.Equal or Comparator.Has, true) => $"({field.Sql} >= {Bound(point.Start)} and {field.Sql} < {Bound(point.End)})",
                (Comparator.Greater, true) => $"({field.Sql} >= {Bound(point.End)})",
                (Comparator.LessOrEqual, true) => $"({field.Sql} < {Bound(point.End)})",
                _ => $"({field.Sql} {Sign} {Bound(point.Start)})",
            };
        }

        private string Has()
        {
            if (compare.Comparator != Comparator.Has) throw Operator("是列表，请用 : 判断是否含有", "is a list: ask with : whether it has the value");
            if (Unadorned() is not { } item) throw Invalid("不支持 *", "does not take *");
            if (field.Element is { } element) return $"exists ({field.Sql} and {element} = {parameters.Add(item, NpgsqlDbType.Text)})";
            return $"({field.Sql} @> {parameters.Add(JsonSerializer.Serialize<string[]>([item]), NpgsqlDbType.Jsonb)})";
        }

        // An open field compares as what the caller wrote: quotes make text; a bare number meets numbers, and text that reads the same.
        private string Any()
        {
            var text = $"({field.Sql} ->> {parameters.Add(field.Key, NpgsqlDbType.Text)})";
            var kind = $"jsonb_typeof({Expression(field, parameters)})";
            var equal = compare.Comparator is Comparator.Equal or Comparator.Has;
            if (compare.Value is Operand.Literal { Quoted: false } && Number() is { } number)
            {
                var numeric = $"({kind} = 'number' and {Expression(field, parameters)} {Sign} {parameters.Add(number.ToString(CultureInfo.InvariantCulture), NpgsqlDbType.Jsonb)})";
                return equal ? $"({numeric} or {text} = {parameters.Add(Unadorned(), NpgsqlDbType.Text)})" : numeric;
            }
            if (compare.Value is Operand.Relative)
            {
                if (Time() is not { } point) throw Invalid("的时间无效", "takes a valid time here");
                return $"({text} {Sign} {parameters.Add(Iso(point), NpgsqlDbType.Text)})";
            }
            return equal ? Text(text) : $"({kind} = 'string' and {Text(text)})";
        }

        private string Ordered(object value, NpgsqlDbType type) => $"({field.Sql} {Sign} {parameters.Add(value, type)})";

        private string Exact(object value, NpgsqlDbType type) =>
            compare.Comparator is Comparator.Equal or Comparator.Has ? Ordered(value, type) : throw Operator("只能用 =、!= 比较", "compares with = and != only");

        private Point? Time() => compare.Value switch
        {
            Operand.Relative relative => relative.Moment.Resolve(clock),
            _ when Unadorned() is { } text => Moment.Parse(text, null) is { } moment ? moment.Resolve(clock) : Point.Parse(text, clock),
            _ => null,
        };

        private static string Iso(Point point) => point.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        private string? Unadorned() => compare.Value is Operand.Literal { OpenStart: false, OpenEnd: false } literal ? literal.Value : null;

        private string Sign => compare.Comparator switch
        {
            Comparator.Less => "<",
            Comparator.LessOrEqual => "<=",
            Comparator.Greater => ">",
            Comparator.GreaterOrEqual => ">=",
            _ => "=",
        };

        private QueryException Invalid(string zh, string en, (string, object?)? fact = null) => QueryError.Value(compare.Path, compare.ValuePosition, zh, en, fact);

        private QueryException Operator(string zh, string en) =>
            QueryError.At("filter", "invalid_operator", $"字段“{compare.Path}”{zh}", $"The field '{compare.Path}' {en}", compare.Position, compare.Path);
    }
}
