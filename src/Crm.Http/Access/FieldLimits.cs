using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;

namespace Crm.Http;

/// <summary>
/// The fields of which a caller sees less than everything, or which a caller may not change. Of several roles that let the caller see the resource the
/// most generous counts.
/// </summary>
public sealed class FieldLimits
{
    private static readonly FrozenDictionary<string, FieldLevel> Free = FrozenDictionary<string, FieldLevel>.Empty;
    private readonly FrozenDictionary<string, FrozenDictionary<string, FieldLevel>> limits;

    private FieldLimits(IReadOnlyList<RoleGrants> roles) => limits = roles.SelectMany(r => r.Fields).Select(f => f.Resource).Distinct()
        .ToFrozenDictionary(resource => resource, resource =>
        {
            var seeing = roles.Where(r => r.Grants.Any(g => g.Right == Right.View(resource).Code)).ToList();
            FieldLevel Level(RoleGrants role, string field) => role.Fields.FirstOrDefault(f => f.Resource == resource && f.Field == field)?.Level ?? FieldLevel.Change;
            return seeing.SelectMany(r => r.Fields).Where(f => f.Resource == resource).Select(f => f.Field).Distinct()
                .Select(f => KeyValuePair.Create(f, seeing.Max(r => Level(r, f)))).Where(f => f.Value < FieldLevel.Change).ToFrozenDictionary();
        });

    /// <summary>The limits of roles together.</summary>
    public static FieldLimits Of(IReadOnlyList<RoleGrants> roles) => new(roles);

    /// <summary>The fields of a resource that are limited, by JSON name; those of a part with the list before them: <c>contacts.phone</c>.</summary>
    public IReadOnlyDictionary<string, FieldLevel> Of(string resource) => limits.GetValueOrDefault(resource, Free);

    /// <summary>Every limit.</summary>
    public IReadOnlyList<RoleField> All => [.. limits.SelectMany(r => r.Value.Select(f => new RoleField(r.Key, f.Key, f.Value)))];

    /// <summary>Takes out what is hidden and masks what is masked.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="record">A record, or one item of <paramref name="part"/>.</param>
    /// <param name="part">The list that the item is of, if it is one.</param>
    public void Show(string resource, JsonObject record, string? part = null)
    {
        foreach (var (field, level) in Of(resource))
        {
            if (level > FieldLevel.Masked) continue;
            if (part is null) Show(record, field, level);
            else if (field.StartsWith(part + ".", StringComparison.Ordinal)) Show(record, field[(part.Length + 1)..], level);
        }
    }

    /// <summary>The same of a list's row, which is JSON text.</summary>
    public string Show(string resource, string document)
    {
        if (Of(resource).Count == 0) return document;
        var record = JsonNode.Parse(document)!.AsObject();
        Show(resource, record);
        return record.ToJsonString(EventStore.EventSerializer.Documents);
    }

    /// <summary>The same of what an event changed; null if the change is hidden.</summary>
    public FieldChange? Show(string resource, FieldChange change)
    {
        if (Of(resource).Count == 0) return change;
        if (Of(resource).TryGetValue(change.Field, out var level) && level <= FieldLevel.Masked)
            return level == FieldLevel.Hidden ? null : change with { Before = Mask(change.Before), After = Mask(change.After) };
        var list = change.Field.Split('.')[0];
        foreach (var value in new[] { change.Before, change.After })
            if (value is JsonObject part) Show(resource, part, list);
        return change;
    }

    /// <summary>Insists that a command changes no field that the caller may not change.</summary>
    /// <exception cref="ProblemException">403 <c>field_forbidden</c> naming the fields.</exception>
    public void Check(string resource, JsonObject body, string? part = null)
    {
        if (Of(resource).Count == 0) return;
        var sent = body.SelectMany(m => m.Value is JsonObject { Count: > 0 } o ? o.Select(inner => $"{m.Key}.{inner.Key}").Append(m.Key) : [m.Key]);
        var refused = sent.Where(m => Of(resource).ContainsKey(part is null ? m : $"{part}.{m}")).ToList();
        if (refused.Count == 0) return;
        throw new ProblemException(403, "field_forbidden", $"您不能修改字段：{string.Join("、", refused)}。", $"You may not change the fields {string.Join(", ", refused)}.")
        {
            Errors = [.. refused.Select(f => ("body." + f, "field_forbidden", "您不能修改这个字段。", "You may not change this field."))],
        };
    }

    private static void Show(JsonObject record, string path, FieldLevel level)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            if (!record.ContainsKey(path)) return;
            if (level == FieldLevel.Hidden) record.Remove(path);
            else record[path] = Mask(record[path]);
            return;
        }
        switch (record[path[..dot]])
        {
            case JsonObject inner: Show(inner, path[(dot + 1)..], level); break;
            case JsonArray items:
                foreach (var item in items.OfType<JsonObject>()) Show(item, path[(dot + 1)..], level);
                break;
        }
    }

    /// <summary>A part of a text; of anything else nothing, as a part of a number tells too much or the wrong thing.</summary>
    private static JsonValue? Mask(JsonNode? value) =>
        value is JsonValue text && text.GetValueKind() == JsonValueKind.String ? JsonValue.Create(Mask(text.GetValue<string>())) : null;

    /// <summary>Of a number of seven or more digits the first three and last four (S097), of an address its first letter and the domain, else the first letter.</summary>
    public static string Mask(string text)
    {
        if (text.Length == 0) return text;
        if (text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at) return $"{text[0]}***{text[at..]}";
        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        if (digits.Length >= 7 && text.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or ' ' or '(' or ')' or 'X' or 'x'))
            return $"{text[..3]}****{text[^4..]}";
        var first = char.IsHighSurrogate(text[0]) && text.Length > 1 ? text[..2] : text[..1];
        return first + "***";
    }
}
