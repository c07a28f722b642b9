namespace Crm.Http;

/// <summary>One key of an order. Empty comes last in both directions.</summary>
internal sealed record SortKey(Field Field, bool Descending)
{
    /// <summary>
    /// The order of a column <c>k</c>. A field that is never empty orders without <c>nulls last</c>, so that one ascending index serves both directions.
    /// </summary>
    public string Order(string expression) => expression + (Descending ? " desc" : " asc") + (Descending && Field.Nullable ? " nulls last" : "");
}

/// <summary><c>sort=-createdAt,name</c>: at most <see cref="MaxKeys"/> fields, <c>-</c> for descending; <c>id</c> always decides last.</summary>
internal static class Sort
{
    public const int MaxKeys = 5;

    public static IReadOnlyList<SortKey> Parse(string text, FieldMap map)
    {
        var keys = new List<SortKey>();
        var position = 0;
        foreach (var part in text.Split(','))
        {
            var written = part.Trim();
            var descending = written.StartsWith('-');
            var name = written.TrimStart(descending ? '-' : '+').Trim();
            if (name.Length == 0) throw QueryError.At("sort", "invalid_sort", "排序缺少字段名", "A field name is missing", position);
            if (map.Forbids(name)) throw QueryError.ForbiddenField("sort", name, position);
            if (map.Find(name) is not (var field, null)) throw QueryError.UnknownField("sort", name, position);
            if (!field.Sortable) throw QueryError.At("sort", "not_sortable", $"不能按“{name}”排序", $"A list cannot be sorted by '{name}'", position, name);
            if (keys.Any(k => k.Field.Name == name)) throw QueryError.At("sort", "invalid_sort", $"“{name}”出现了两次", $"'{name}' occurs twice", position, name);
            keys.Add(new(field, descending));
            if (name == "id") return keys;
            if (keys.Count > MaxKeys) throw QueryError.At("sort", "invalid_sort", $"最多按 {MaxKeys} 个字段排序", $"At most {MaxKeys} fields", position, fact: ("max", MaxKeys));
            position += part.Length + 1;
        }
        // Following the last direction lets an index on (field, id) be read backwards.
        keys.Add(new(map.Fields["id"], keys[^1].Descending));
        return keys;
    }
}
