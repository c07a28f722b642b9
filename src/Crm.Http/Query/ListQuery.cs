using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>How a count is made, if at all.</summary>
public enum CountMode { None, Exact, Estimate }

/// <summary>Whose time the past is seen in: what was true on that day, or what was known on that day.</summary>
public enum Basis { Effective, Recorded }

/// <summary>
/// A list request (C1): from the query string, or the same names as a JSON body of <c>POST …/search</c>. Bound by minimal APIs as a plain parameter.
/// Field names are checked when the list is read, because only the resource knows them.
/// </summary>
public sealed record ListQuery
{
    /// <summary>Records on a page when the caller does not say.</summary>
    public const int DefaultLimit = 50;

    /// <summary>Most records on a page; more is refused, never cut (C3).</summary>
    public const int MaxLimit = 500;

    private static readonly string[] Names = ["q", "filter", "sort", "fields", "cursor", "limit", "count", "asOf", "basis"];
    private static readonly string[] Counts = ["exact", "estimate"];
    private static readonly string[] Bases = ["effective", "recorded"];

    /// <summary>Quick search.</summary>
    public string? Q { get; init; }

    /// <summary>The filter as written.</summary>
    public string? Filter { get; init; }

    /// <summary>The order as written; null for the resource's own.</summary>
    public string? Sort { get; init; }

    /// <summary>The fields to answer with, as written; null for all.</summary>
    public string? Fields { get; init; }

    /// <summary>The token of the page before.</summary>
    public string? Cursor { get; init; }

    /// <summary>Records on the page, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>Whether the total is wanted.</summary>
    public CountMode Count { get; init; }

    /// <summary>The instant at which the list is seen (C17); null for the present. The list itself decides how to show it.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>How <see cref="AsOf"/> is meant.</summary>
    public Basis Basis { get; init; }

    /// <summary>Binds a request; a body is read for POST only.</summary>
    /// <exception cref="QueryException">A parameter is not valid.</exception>
    /// <exception cref="BadHttpRequestException">415: the body is not JSON.</exception>
    public static async ValueTask<ListQuery> BindAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
            return Of(name => context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null);
        if (!context.Request.HasJsonContentType())
            throw new BadHttpRequestException("The body must be application/json.", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            return Of(body.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw QueryError.At("body", "invalid_json", "请求正文不是有效的 JSON", "The body is not valid JSON");
        }
    }

    /// <summary>Reads the body of a search; a name that is not a list parameter is refused.</summary>
    /// <exception cref="QueryException">A parameter is not valid.</exception>
    public static ListQuery Of(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw QueryError.At("body", "invalid_json", "请求正文须为 JSON 对象", "The body must be a JSON object");
        var values = new Dictionary<string, string?>();
        foreach (var property in body.EnumerateObject())
        {
            if (!Names.Contains(property.Name)) throw QueryError.UnknownField("body", property.Name);
            values[property.Name] = Text(property.Value) ?? throw QueryError.At(
                "body", "invalid_value", $"“{property.Name}”的类型不对", $"'{property.Name}' has the wrong type", field: property.Name);
        }
        return Of(values.GetValueOrDefault);
    }

    /// <summary>Reads the parameters by name; empty is the same as absent.</summary>
    /// <exception cref="QueryException">A parameter is not valid.</exception>
    public static ListQuery Of(Func<string, string?> parameter)
    {
        string? Value(string name)
        {
            var value = parameter(name);
            if (value is not null && FilterParser.FirstInvalid(value) is { } bad)
                throw QueryError.At(name, "invalid_text", "含有不允许的字符", "It contains a character that is not allowed", bad);
            return string.IsNullOrWhiteSpace(value) ? null : value;
        }

        return new()
        {
            Q = Value("q") is not { Length: > SearchText.MaxQuery } ? Value("q")
                : throw QueryError.At("q", "invalid_text", $"搜索词最长 {SearchText.MaxQuery} 个字符", $"At most {SearchText.MaxQuery} characters", fact: ("max", SearchText.MaxQuery)),
            Filter = Value("filter"),
            Sort = Value("sort"),
            Fields = Value("fields"),
            Cursor = Value("cursor"),
            Limit = Value("limit") is not { } limit ? DefaultLimit
                : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaxLimit ? number
                : throw QueryError.At("limit", "invalid_limit", $"limit 须为 1 到 {MaxLimit} 的整数", $"limit must be a whole number from 1 to {MaxLimit}", fact: ("max", MaxLimit)),
            Count = Value("count") switch
            {
                null => CountMode.None,
                "exact" => CountMode.Exact,
                "estimate" => CountMode.Estimate,
                _ => throw QueryError.At("count", "invalid_count", "count 须为 exact 或 estimate", "count must be exact or estimate", fact: ("allowed", Counts)),
            },
            AsOf = Value("asOf") is not { } asOf ? null
                : Point.Parse(asOf, new(default, TimeZoneInfo.Utc)) is { IsDay: false } at ? at.Start
                : throw QueryError.At("asOf", "invalid_value", "asOf 须为带时区的时间，例如 2026-03-01T00:00:00+08:00", "asOf takes a time with its offset, for example 2026-03-01T00:00:00+08:00"),
            Basis = Value("basis") switch
            {
                null or "effective" => Basis.Effective,
                "recorded" => Basis.Recorded,
                _ => throw QueryError.At("basis", "invalid_value", "basis 须为 effective 或 recorded", "basis must be effective or recorded", fact: ("allowed", Bases)),
            },
        };
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.Array when value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String) => string.Join(',', value.EnumerateArray().Select(v => v.GetString())),
        _ => null,
    };
}
