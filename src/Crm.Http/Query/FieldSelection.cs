using NpgsqlTypes;

namespace Crm.Http;

/// <summary>
/// <c>fields=name,amount.currency,custom.industryScale</c>: the parts of the document to answer with. Every field asked for is in the answer, null where empty.
/// </summary>
internal sealed class FieldSelection
{
    // jsonb_build_object takes 100 arguments.
    private const int PairsPerObject = 50;

    private readonly SortedDictionary<string, FieldSelection> parts = new(StringComparer.Ordinal);
    private bool whole;

    /// <exception cref="QueryException"><c>unknown_field</c> naming the field.</exception>
    public static FieldSelection Parse(string text, FieldMap map)
    {
        var root = new FieldSelection();
        var position = 0;
        foreach (var written in text.Split(','))
        {
            var path = written.Trim();
            if (map.Forbids(path, Contracts.FieldLevel.Hidden)) throw QueryError.ForbiddenField("fields", path, position);
            if (map.Find(path) is not (var field, null)) throw QueryError.UnknownField("fields", path, position);
            var place = root;
            foreach (var key in field.Key is null ? path.Split('.') : [path[..path.IndexOf('.', StringComparison.Ordinal)], field.Key])
            {
                if (!place.parts.TryGetValue(key, out var next)) place.parts[key] = next = new();
                place = next;
            }
            place.whole = true;
            position += written.Length + 1;
        }
        return root;
    }

    /// <summary>An SQL expression of the trimmed object.</summary>
    public string Sql(string json, SqlParameters parameters) => string.Join(" || ", parts.Chunk(PairsPerObject).Select(chunk =>
        "jsonb_build_object(" + string.Join(", ", chunk.Select(part =>
        {
            var key = parameters.Add(part.Key, NpgsqlDbType.Text);
            var value = $"{json} -> {key}";
            return $"{key}, {(part.Value.whole ? value : part.Value.Sql($"({value})", parameters))}";
        })) + ")"));
}
