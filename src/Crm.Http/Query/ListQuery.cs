using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>How a count is made, if at all.</summary>
public enum CountMode { None, Exact, Estimate }

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

    /// <summary>The instant at which the list is seen (C17); null for the present.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>How <see cref="AsOf"/> is meant.</summary>
    public Basis Basis { get; init; }

    /// <summary>Where the parameters stood, for error messages: <c>query</c> or <c>body</c>.</summary>
    internal string Place { get; private init; } = "query";

    /// <summary>Binds a request; the body is read for POST only.</summary>
    /// <exception cref="ProblemException">400 naming the parameter; 413 or 415 for the body.</exception>
    public static async ValueTask<ListQuery> BindAsync(HttpContext context) => HttpMethods.IsPost(context.Request.Method)
        ? Of((await JsonBody.ReadAsync(context)).Json)
        : Of("query", name => context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null);

    /// <summary>Reads the body of a search; a name that is not a list parameter is refused.</summary>
    /// <exception cref="ProblemException">400 naming the parameter.</exception>
    public static ListQuery Of(JsonObject body)
    {
        foreach (var (name, node) in body)
        {
            if (!Names.Contains(name)) throw QueryError.UnknownField(name, name).ToProblem("body");
            if (Text(node) is null)
                throw QueryError.At(name, "invalid_value", $"“{name}”的类型不对", $"'{name}' has the wrong type", field: name).ToProblem("body");
        }
        return Of("body", name => Text(body[name]));
    }

    private static ListQuery Of(string place, Func<string, string?> parameter)
    {
        // Empty is the same as absent.
        string? Value(string name)
        {
            var value = parameter(name);
            if (value is not null && FilterParser.FirstInvalid(value) is { } bad)
                throw QueryError.At(name, "invalid_character", "含有不允许的字符", "It contains a character that is not allowed", bad);
            return string.IsNullOrWhiteSpace(value) ? null : value;
        }

        try
        {
            var (asOf, basis) = Crm.Http.AsOf.Of(place, Value("asOf"), Value("basis"));
            return new()
            {
                Q = Value("q") is not { Length: > SearchText.MaxQuery } ? Value("q")
                    : throw QueryError.At("q", "too_long", $"搜索词最长 {SearchText.MaxQuery} 个字符", $"At most {SearchText.MaxQuery} characters are searched for", fact: ("max", SearchText.MaxQuery)),
                Filter = Value("filter"),
                Sort = Value("sort"),
                Fields = Value("fields"),
                Cursor = Value("cursor"),
                Limit = Value("limit") is not { } limit ? DefaultLimit
                    : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaxLimit ? number
                    : throw QueryError.At("limit", "limit_out_of_range", $"limit 须为 1 到 {MaxLimit} 的整数", $"limit must be a whole number from 1 to {MaxLimit}", fact: ("max", MaxLimit)),
                Count = Value("count") switch
                {
                    null => CountMode.None,
                    "exact" => CountMode.Exact,
                    "estimate" => CountMode.Estimate,
                    _ => throw QueryError.At("count", "unknown_value", "count 须为 exact 或 estimate", "count must be exact or estimate"),
                },
                AsOf = asOf,
                Basis = basis,
                Place = place,
            };
        }
        catch (QueryException e)
        {
            throw e.ToProblem(place);
        }
    }

    private static string? Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray items when items.All(i => i?.GetValueKind() == JsonValueKind.String) => string.Join(',', items.Select(i => i!.GetValue<string>())),
        JsonValue plain when plain.GetValueKind() == JsonValueKind.String => plain.GetValue<string>(),
        JsonValue plain when plain.GetValueKind() == JsonValueKind.Number => plain.ToJsonString(),
        _ => null,
    };
}
