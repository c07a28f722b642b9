using System.Collections.Frozen;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Npgsql;

namespace Crm.Http;

/// <summary>
/// What the organisation has settled about fields, at one moment; unchangeable. It is a part of the <see cref="AccessPicture"/>, so that lists, commands and
/// jobs have it in memory and it is read anew when an event that changes it was seen, on every node.
/// </summary>
public sealed class FieldSettings
{
    private readonly FrozenDictionary<string, CustomField[]> fields;
    private readonly FrozenDictionary<(string Target, string Key), CustomField> byKey;
    private readonly FrozenDictionary<string, ValidationRule[]> rules;

    /// <summary>Settings of these.</summary>
    public FieldSettings(IEnumerable<CustomField> fields, IEnumerable<ValidationRule> rules, CompletenessSettings? completeness)
    {
        List<CustomField> all = [.. fields.OrderBy(f => f.Order).ThenBy(f => f.Key, StringComparer.Ordinal)];
        this.fields = all.GroupBy(f => f.Target).ToFrozenDictionary(g => g.Key, g => g.ToArray());
        byKey = all.ToFrozenDictionary(f => (f.Target, f.Key));
        this.rules = rules.Where(r => r is { Active: true, Deleted: false }).GroupBy(r => r.Target).ToFrozenDictionary(g => g.Key, g => g.ToArray());
        Completeness = completeness;
        Personal = all.Where(f => f.Personal).Select(f => f.Target == "contacts" ? "contacts." + f.Path : f.Path).ToFrozenSet();
    }

    /// <summary>Nothing was settled.</summary>
    public static FieldSettings Empty { get; } = new([], [], null);

    /// <summary>The events that change it.</summary>
    public static IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomFieldDefined), typeof(CustomFieldChanged), typeof(CustomFieldRetired), typeof(CustomFieldRestored),
        typeof(ValidationRuleDefined), typeof(ValidationRuleChanged), typeof(ValidationRuleRemoved), typeof(CompletenessDefined),
    ];

    /// <summary>What counts for completeness; null for what is built in.</summary>
    public CompletenessSettings? Completeness { get; }

    /// <summary>The custom fields of a target in their order, retired ones included.</summary>
    public IReadOnlyList<CustomField> Of(string target) => fields.GetValueOrDefault(target, []);

    /// <summary>The custom field of a key.</summary>
    public CustomField? Find(string target, string key) => byKey.GetValueOrDefault((target, key));

    /// <summary>The rules of a target that hold.</summary>
    public IReadOnlyList<ValidationRule> Rules(string target) => rules.GetValueOrDefault(target, []);

    /// <summary>Whether nothing was settled about records of a target.</summary>
    public bool IsQuiet(string target) => !fields.ContainsKey(target) && !rules.ContainsKey(target);

    /// <summary>The fields that tell something of a person, as limits name them: <c>custom.x</c> of customers, <c>contacts.custom.x</c> for those of their contacts.</summary>
    public FrozenSet<string> Personal { get; }

    /// <summary>Those of some keys that are unique; null for none.</summary>
    public string[]? UniqueOf(string target, IEnumerable<string> keys) => keys.Where(k => Find(target, k)?.Unique == true).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } found ? found : null;

    /// <summary>Reads them as they are now, in one statement.</summary>
    public static async Task<FieldSettings> LoadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            select 'field', doc::text from http.custom_fields
            union all select 'rule', doc::text from http.validation_rules
            union all select 'completeness', doc::text from http.completeness
            """);
        List<CustomField> fields = [];
        List<ValidationRule> rules = [];
        CompletenessSettings? completeness = null;
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            var doc = row.GetString(1);
            switch (row.GetString(0))
            {
                case "field": fields.Add(JsonSerializer.Deserialize<CustomField>(doc, EventSerializer.Documents)!); break;
                case "rule": rules.Add(JsonSerializer.Deserialize<ValidationRule>(doc, EventSerializer.Documents)!); break;
                default: completeness = JsonSerializer.Deserialize<CompletenessSettings>(doc, EventSerializer.Documents); break;
            }
        }
        return new FieldSettings(fields, rules, completeness);
    }
}
