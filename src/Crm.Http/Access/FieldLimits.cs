using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;

namespace Crm.Http;

/// <summary>
/// The fields of which a caller sees less than everything, or which a caller may not change. Of several roles that let the caller see the resource the
/// most generous counts. What the organisation marked as personal is masked beside for whoever does not see personal data in plain; that can be changed and revealed.
/// </summary>
public sealed class FieldLimits
{
    private static readonly FrozenDictionary<string, FieldLevel> Free = FrozenDictionary<string, FieldLevel>.Empty;
    private readonly FrozenDictionary<string, FrozenDictionary<string, FieldLevel>> limits;
    private readonly FrozenSet<(string Resource, string Field)> personal;

    private FieldLimits(IReadOnlyList<RoleGrants> roles, IReadOnlySet<string> masked)
    {
        var ofRoles = OfRoles(roles);
        var ofCustomers = ofRoles.GetValueOrDefault("customers", Free);
        personal = masked.Where(f => !ofCustomers.ContainsKey(f)).Select(f => ("customers", f)).ToFrozenSet();
        limits = masked.Count == 0 ? ofRoles : ofRoles.Where(r => r.Key != "customers")
            .Append(KeyValuePair.Create("customers", ofCustomers.Where(f => !masked.Contains(f.Key)).Concat(masked.Select(f => KeyValuePair.Create(f, ofCustomers.GetValueOrDefault(f, FieldLevel.Masked) is FieldLevel.Hidden ? FieldLevel.Hidden : FieldLevel.Masked))).ToFrozenDictionary()))
            .ToFrozenDictionary();
    }

    private static FrozenDictionary<string, FrozenDictionary<string, FieldLevel>> OfRoles(IReadOnlyList<RoleGrants> roles) => roles.SelectMany(r => r.Fields).Select(f => f.Resource).Distinct()
        .ToFrozenDictionary(resource => resource, resource =>
        {
            var seeing = roles.Where(r => r.Grants.Any(g => g.Right == Right.View(resource).Code)).ToList();
            FieldLevel Level(RoleGrants role, string field) => role.Fields.FirstOrDefault(f => f.Resource == resource && f.Field == field)?.Level ?? FieldLevel.Change;
            return seeing.SelectMany(r => r.Fields).Where(f => f.Resource == resource).Select(f => f.Field).Distinct()
                .Select(f => KeyValuePair.Create(f, seeing.Max(r => Level(r, f)))).Where(f => f.Value < FieldLevel.Change).ToFrozenDictionary();
        });

    /// <summary>The limits of roles together.</summary>
    /// <param name="roles">The roles.</param>
    /// <param name="masked">Fields of customers that are personal and not shown in plain.</param>
    public static FieldLimits Of(IReadOnlyList<RoleGrants> roles, IReadOnlySet<string>? masked = null) => new(roles, masked ?? FrozenSet<string>.Empty);

    /// <summary>The fields of a resource that are limited, by JSON name; those of a part with the list before them: <c>contacts.phone</c>.</summary>
    public IReadOnlyDictionary<string, FieldLevel> Of(string resource) => limits.GetValueOrDefault(resource, Free);

    /// <summary>Every limit of the roles.</summary>
    public IReadOnlyList<RoleField> All => [.. limits.SelectMany(r => r.Value.Where(f => !personal.Contains((r.Key, f.Key))).Select(f => new RoleField(r.Key, f.Key, f.Value)))];

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
        Refuse(sent.Where(m => (part is null ? m : $"{part}.{m}") is var field && Of(resource).ContainsKey(field) && !personal.Contains((resource, field))), "您不能修改字段：", "You may not change the fields");
    }

    /// <summary>Insists that the caller may see fields in full: a reveal opens what is masked for everybody, not what a role masks or hides.</summary>
    /// <exception cref="ProblemException">403 <c>field_forbidden</c> naming the fields.</exception>
    public void CheckSeen(string resource, IEnumerable<string> fields, string? part = null) =>
        Refuse(fields.Where(f => (part is null ? f : $"{part}.{f}") is var field && Of(resource).TryGetValue(field, out var level) && level <= FieldLevel.Masked && !personal.Contains((resource, field))), "您不能查看字段：", "You may not see the fields");

    private static void Refuse(IEnumerable<string> fields, string zh, string en)
    {
        var refused = fields.ToList();
        if (refused.Count == 0) return;
        throw new ProblemException(403, "field_forbidden", $"{zh}{string.Join("、", refused)}。", $"{en} {string.Join(", ", refused)}.")
        {
            Errors = [.. refused.Select(f => ("body." + f, "field_forbidden", $"{zh}{f}。", $"{en} {f}."))],
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
        value is JsonValue text && text.GetValueKind() == JsonValueKind.String ? JsonValue.Create(Masking.Mask(text.GetValue<string>())) : null;
}
