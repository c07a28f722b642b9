using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>What a field holds and therefore how it compares. Money is a number (its amount) with <c>.currency</c> beside it.</summary>
public enum FieldType
{
    /// <summary>Text: <c>=</c> exact with <c>*</c> at either end, <c>:</c> contains in any case.</summary>
    Text,

    /// <summary>One of a closed set of codes (a C# enum).</summary>
    Code,

    /// <summary>A number, exact.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A calendar date, kept in the document as <c>yyyy-MM-dd</c>.</summary>
    Date,

    /// <summary>An instant, kept in the document as <see cref="EventSerializer.InstantText"/>.</summary>
    Instant,

    /// <summary>An id.</summary>
    Uuid,

    /// <summary>A list of texts: <c>tags:"x"</c> asks whether it has the element.</summary>
    TextList,

    /// <summary>An object whose keys are the organisation's: <c>custom.industryScale</c>. Its values compare by what they are.</summary>
    Open,

    /// <summary>An object or a list of objects: present or not, and a name for <c>fields=</c>.</summary>
    Structure,

    /// <summary>One value of an <see cref="Open"/> object.</summary>
    Any,
}

/// <summary>A field of a resource.</summary>
/// <param name="Name">The name in the API, with dots for nested fields.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Sql">The expression compared and sorted by; an index that should serve the field is made on exactly this expression without the alias.</param>
/// <param name="Nullable">May be empty; a field that is never empty pages a little cheaper.</param>
/// <param name="IsColumn">Dates and instants have their own SQL types (<c>date</c>, <c>timestamptz</c>), where the document holds text.</param>
/// <param name="Codes">The codes allowed, for <see cref="FieldType.Code"/>.</param>
/// <param name="Key">The key in <paramref name="Sql"/>, for <see cref="FieldType.Any"/>.</param>
/// <param name="Personal">The document holds it encrypted: it can be asked whether it is there, and whether it equals a value if it has a <paramref name="Blind"/> index.</param>
/// <param name="Masked">Whoever has not <see cref="Right.PersonalPlain"/> sees a mask of it.</param>
/// <param name="Blind">The hash among the record's grams by which a value is found; null for a value that cannot be one.</param>
/// <param name="Element">Where a list of texts is rows of a table: the column of an element, <paramref name="Sql"/> being the sub-select of the rows, which ends in a condition.</param>
/// <param name="Expand">What an id stands for: another filter on the same record; null for an id that stands for nothing.</param>
/// <param name="Inside">For one of the organisation's own fields, the object that holds them all and its key there: what an index on the whole object serves.</param>
/// <param name="IsUnsorted">A list is not ordered by it: it is joined to more rows than can be put in order while somebody waits.</param>
public sealed record Field(string Name, FieldType Type, string Sql, bool Nullable = true, bool IsColumn = false, IReadOnlyList<string>? Codes = null, string? Key = null,
    bool Personal = false, Func<string, string?>? Blind = null, bool Masked = false, string? Element = null, Func<Guid, Filter?>? Expand = null, (string Json, string Key)? Inside = null, bool IsUnsorted = false)
{
    /// <summary>Can a list be ordered by it?</summary>
    public bool Sortable => !Personal && !IsUnsorted && Expand is null && Type is not (FieldType.TextList or FieldType.Open or FieldType.Structure);
}

/// <summary>Another resource one hop away.</summary>
/// <param name="Fields">Its fields, under its own alias.</param>
/// <param name="Select">The rows reached, as the beginning of a sub-select that ends in a condition, for example
/// <c>select 1 from pipeline.customers customer where customer.id = (d.doc->>'customerId')::uuid</c>.</param>
/// <param name="Resource">The resource it leads to, where somebody is responsible for its records: the field <c>ownerId</c> tells who. A record that the
/// caller may not see is then as good as none.</param>
public sealed record Relation(FieldMap Fields, string Select, string? Resource = null);

/// <summary>
/// The fields by which a resource is filtered, sorted and trimmed: read once at start from its document's record type, then corrected by its module.
/// The expression of a field over the document <c>doc</c> is canonical, so that a module can create the matching index (shown without alias):
/// text, code, date and instant <c>(doc->>'stage')</c>; number <c>((doc->>'probability')::numeric)</c>; money <c>((doc->'amount'->>'amount')::numeric)</c>;
/// boolean <c>((doc->>'archived')::boolean)</c>; id of another record <c>((doc->>'ownerId')::uuid)</c>; list of texts <c>(doc->'tags')</c>, index with
/// <c>using gin ((doc->'tags') jsonb_path_ops)</c>. The record's own <c>id</c> is the column.
/// Ascending order puts empty last and is served by an index on <c>(expression, id)</c>; descending order also puts empty last and is served by the
/// same index if the field is never empty, else by one on <c>(expression desc nulls last, id desc)</c>.
/// </summary>
public sealed class FieldMap
{
    private readonly Dictionary<string, Field> fields = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Relation> relations = new(StringComparer.Ordinal);
    private IReadOnlyList<CustomField> own = [];
    private IReadOnlyDictionary<string, FieldLevel> limits = System.Collections.Frozen.FrozenDictionary<string, FieldLevel>.Empty;
    private IReadOnlyDictionary<Relation, RowReach> reaches = System.Collections.Frozen.FrozenDictionary<Relation, RowReach>.Empty;

    private FieldMap(string alias) => Alias = alias;

    /// <summary>The alias of the table that has the columns <c>id</c> and <c>doc</c>.</summary>
    public string Alias { get; }

    /// <summary>Every field by name.</summary>
    public IReadOnlyDictionary<string, Field> Fields => fields;

    /// <summary>
    /// Reads the public properties of a record, camelCase as in its JSON. What is joined in only for the answer (<c>ownerName</c>) is not in the
    /// document: give its expression with <see cref="Add"/>.
    /// </summary>
    public static FieldMap Of<T>(string alias = "d")
    {
        var map = new FieldMap(alias);
        map.Read(typeof(T), "", $"{alias}.doc", false, 0);
        return map.Add("id", FieldType.Uuid, $"{alias}.id", nullable: false);
    }

    /// <summary>Adds a field or replaces its expression, which has the SQL type of the field, for example a joined column: <c>Add("ownerName", FieldType.Text, "u.name")</c>.</summary>
    public FieldMap Add(string name, FieldType type, string sql, bool nullable = true)
    {
        fields[name] = new(name, type, sql, nullable, IsColumn: true);
        return this;
    }

    /// <summary>A list of texts whose elements are rows: <c>List("tags", "select from customer.tag_periods t where t.customer_id = d.id", "t.tag")</c>.</summary>
    public FieldMap List(string name, string rows, string element)
    {
        fields[name] = new(name, FieldType.TextList, rows, Element: element);
        return this;
    }

    /// <summary>A field that stands for another filter: <c>segment = "id"</c>.</summary>
    public FieldMap Expand(string name, Func<Guid, Filter?> filter)
    {
        fields[name] = new(name, FieldType.Uuid, "null", Expand: filter);
        return this;
    }

    /// <summary>Makes an encrypted field comparable with <c>=</c> by a hash that stands among the record's grams.</summary>
    /// <param name="name">The field.</param>
    /// <param name="hash">The hash of a value, or null if it cannot be one.</param>
    public FieldMap Blind(string name, Func<string, string?> hash)
    {
        fields[name] = fields[name] with { Blind = hash };
        return this;
    }

    /// <summary>Takes fields from those a list can be ordered by.</summary>
    public FieldMap Unsorted(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) fields[name] = fields[name] with { IsUnsorted = true };
        return this;
    }

    /// <summary>Takes a field out that lists do not answer with, such as a long part of the document.</summary>
    public FieldMap Without(string name)
    {
        foreach (var known in fields.Keys.Where(k => k == name || k.StartsWith(name + ".", StringComparison.Ordinal)).ToList()) fields.Remove(known);
        return this;
    }

    /// <summary>Makes the fields of another resource reachable one hop away: <c>customer.tier = "A"</c>.</summary>
    public FieldMap Relation(string name, FieldMap target, string select, string? resource = null)
    {
        relations[name] = new(target, select, resource);
        return this;
    }

    /// <summary>
    /// The same fields for one caller: limited ones are no ground to filter or sort by, hidden ones not to be asked for, one hop away there is only
    /// what the caller may see, and custom fields are compared by what they were defined as.
    /// </summary>
    public FieldMap For(Access access, string resource)
    {
        var limited = access.Limits.Of(resource).Concat(relations.Where(r => r.Value.Resource is not null)
            .SelectMany(r => access.Limits.Of(r.Value.Resource!).Select(l => KeyValuePair.Create($"{r.Key}.{l.Key}", l.Value)))).ToDictionary();
        var unseen = relations.Values.Where(r => r.Resource is not null && !access.Rows(Right.View(r.Resource)).IsAll).ToDictionary(r => r, r => access.Rows(Right.View(r.Resource!)));
        var defined = fields.ContainsKey("custom") ? access.Picture.Fields.Of(resource) : [];
        if (limited.Count == 0 && unseen.Count == 0 && defined.Count == 0) return this;
        var map = new FieldMap(Alias) { limits = limited, reaches = unseen, own = defined };
        foreach (var (name, field) in fields) map.fields[name] = field;
        foreach (var (name, relation) in relations) map.relations[name] = relation;
        return map;
    }

    /// <summary>The same fields with some in place of those of their names.</summary>
    public FieldMap With(params ReadOnlySpan<Field> others)
    {
        var map = new FieldMap(Alias) { limits = limits, reaches = reaches, own = own };
        foreach (var (name, field) in fields) map.fields[name] = field;
        foreach (var (name, relation) in relations) map.relations[name] = relation;
        foreach (var field in others) map.fields[field.Name] = field;
        return map;
    }

    /// <summary>The condition that the caller may see the record one hop away, to be added to others.</summary>
    internal string Seen(Relation via, SqlParameters parameters)
    {
        if (!reaches.TryGetValue(via, out var rows)) return "";
        var owner = via.Fields.fields["ownerId"].Sql;
        return $" and ({owner} = any({parameters.Add(rows.Owners, NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Uuid)}){(rows.OfNobody ? $" or {owner} is null" : "")})";
    }

    /// <summary>Whether the caller may not learn from a field, or from the one it is a part of, what is above <paramref name="most"/>.</summary>
    internal bool Forbids(string path, FieldLevel most = FieldLevel.Masked) => limits.Any(l => l.Value <= most &&
        (path == l.Key || path.StartsWith(l.Key + ".", StringComparison.Ordinal)));

    /// <summary>Finds a field by its path; null when there is none. A relation is returned only when the path crosses it.</summary>
    internal (Field Field, Relation? Via)? Find(string path)
    {
        if (fields.TryGetValue(path, out var field)) return (field, null);
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return null;
        var (first, rest) = (path[..dot], path[(dot + 1)..]);
        if (fields.TryGetValue(first, out var open) && open.Type == FieldType.Open)
        {
            var (key, part) = rest.IndexOf('.', StringComparison.Ordinal) is > 0 and var at ? (rest[..at], rest[(at + 1)..]) : (rest, null);
            if (first == "custom" && own.FirstOrDefault(f => f.Key == key) is { } defined) return defined.Compared(open.Sql, part) is { } typed ? (typed, null) : null;
            return rest.Length is > 0 and <= 100 ? (new(path, FieldType.Any, open.Sql, Key: rest), null) : null;
        }
        return relations.TryGetValue(first, out var via) && via.Fields.Find(rest) is (var target, null) ? (target, via) : null;
    }

    private void Read(Type record, string prefix, string json, bool nullable, int depth)
    {
        var nullability = new NullabilityInfoContext();
        foreach (var property in record.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || property.GetCustomAttribute<JsonIgnoreAttribute>() is not null) continue;
            var key = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var name = prefix + key;
            var type = System.Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var empty = nullable || nullability.Create(property).ReadState != NullabilityState.NotNull;
            var text = $"({json}->>'{key}')";
            var inner = $"({json}->'{key}')";
            fields[name] = TypeOf(type) switch
            {
                FieldType.Number => new(name, FieldType.Number, $"({text}::numeric)", empty),
                FieldType.Boolean => new(name, FieldType.Boolean, $"({text}::boolean)", empty),
                FieldType.Uuid => new(name, FieldType.Uuid, $"({text}::uuid)", empty),
                FieldType.Code => new(name, FieldType.Code, text, empty, Codes: [.. Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)]),
                var plain and (FieldType.Text or FieldType.Date or FieldType.Instant) => new(name, plain, text, empty),
                var nested => new(name, nested, inner, empty),
            };
            if (property.GetCustomAttribute<PersonalAttribute>() is { } personal) fields[name] = fields[name] with { Personal = true, Masked = Masking.Mask((char)personal.Kind, "x") is not null };
            if (fields[name].Type != FieldType.Structure || typeof(IEnumerable).IsAssignableFrom(type) || depth == 2) continue;
            Read(type, name + ".", $"{json}->'{key}'", empty, depth + 1);
            if (IsMoney(type)) fields[name] = fields[name + ".amount"] with { Name = name };
        }
    }

    private static bool IsMoney(Type type) =>
        type.GetProperty("Amount")?.PropertyType == typeof(decimal) && type.GetProperty("Currency")?.PropertyType == typeof(string);

    private static FieldType TypeOf(Type type) => type switch
    {
        _ when type == typeof(string) => FieldType.Text,
        { IsEnum: true } => FieldType.Code,
        _ when type == typeof(bool) => FieldType.Boolean,
        _ when type == typeof(Guid) => FieldType.Uuid,
        _ when type == typeof(DateOnly) => FieldType.Date,
        _ when type == typeof(DateTimeOffset) || type == typeof(DateTime) => FieldType.Instant,
        _ when type == typeof(decimal) || type == typeof(double) || type == typeof(long) || type == typeof(int) || type == typeof(short) => FieldType.Number,
        _ when type == typeof(JsonElement) || typeof(JsonNode).IsAssignableFrom(type) || IsDictionary(type) => FieldType.Open,
        _ when typeof(IEnumerable<string>).IsAssignableFrom(type) => FieldType.TextList,
        _ => FieldType.Structure,
    };

    private static bool IsDictionary(Type type) => type.GetInterfaces().Append(type).Any(i =>
        i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) || i.GetGenericTypeDefinition() == typeof(IDictionary<,>)));
}
