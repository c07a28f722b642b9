namespace Crm.Http;

/// <summary>
/// Why a list request is refused (400): the parameter at fault, a stable code, the message in both languages and, where there is one,
/// the place: <c>context.position</c> is the offset in the parameter counted from 0, <c>context.field</c> the field as the caller wrote it (C2, C5).
/// </summary>
/// <param name="In">The parameter at fault: <c>filter sort fields cursor limit count q</c>.</param>
/// <param name="Code">Stable: <c>invalid_filter unknown_field forbidden_field invalid_value invalid_operator not_sortable invalid_sort invalid_cursor limit_out_of_range unknown_value too_long invalid_character search_not_supported</c>.</param>
/// <param name="Zh">The message in Chinese.</param>
/// <param name="En">The message in English.</param>
/// <param name="Context">Facts for a program: position, field, max, allowed.</param>
public sealed record QueryError(string In, string Code, string Zh, string En, IReadOnlyDictionary<string, object?> Context)
{
    internal static QueryException At(string place, string code, string zh, string en, int? position = null, string? field = null, (string Key, object? Value)? fact = null)
    {
        var context = new Dictionary<string, object?>();
        if (position is { } offset)
        {
            context["position"] = offset;
            (zh, en) = ($"{zh}（位置 {offset}）", $"{en} (position {offset})");
        }
        if (field is not null) context["field"] = field;
        if (fact is { } known) context[known.Key] = known.Value;
        return new(new(place, code, zh + "。", en + ".", context));
    }

    internal static QueryException Filter(int position, string zh, string en) => At("filter", "invalid_filter", zh, en, position);

    internal static QueryException UnknownField(string place, string field, int? position = null) =>
        At(place, "unknown_field", $"没有字段“{field}”", $"There is no field '{field}'", position, field);

    internal static QueryException ForbiddenField(string place, string field, int? position = null) =>
        At(place, "forbidden_field", $"您不能使用字段“{field}”", $"You may not use the field '{field}'", position, field);

    internal static QueryException Value(string field, int position, string zh, string en, (string, object?)? fact = null) =>
        At("filter", "invalid_value", $"字段“{field}”{zh}", $"The field '{field}' {en}", position, field, fact);
}

/// <summary>
/// Ends the reading of a list request that cannot be answered, like ASP.NET's own <c>BadHttpRequestException</c>. Nothing has been read or changed when it is thrown.
/// </summary>
public sealed class QueryException(QueryError error) : Exception(error.En)
{
    /// <summary>What the answer says.</summary>
    public QueryError Error { get; } = error;

    /// <summary>The 400 problem; <paramref name="place"/> is <c>query</c> or <c>body</c>.</summary>
    public ProblemException ToProblem(string place) => new(400, Error.Code, Error.Zh, Error.En)
    {
        Errors = [($"{place}.{Error.In}", Error.Code, Error.Zh, Error.En)],
        Context = Error.Context,
    };
}
