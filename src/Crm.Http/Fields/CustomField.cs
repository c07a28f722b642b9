using System.Collections.Immutable;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>A field of the organisation's own (S009): what it holds, how it is shown and what its values must be.</summary>
public sealed record CustomField : Document, IAggregate<CustomField>
{
    private readonly Lazy<Regex?> form;

    /// <summary>An undefined field.</summary>
    public CustomField() => form = new(() => Pattern is null ? null : FieldPattern.Of(Pattern));

    /// <summary>Whose field it is: <c>customers contacts opportunities tickets</c>.</summary>
    public string Target { get; init; } = "";

    /// <summary>Its key in <c>custom</c>.</summary>
    public string Key { get; init; } = "";

    /// <summary>What it holds.</summary>
    public CustomFieldType Type { get; init; }

    /// <summary>For a reference, to what: <c>customers users opportunities products</c>.</summary>
    public string? ReferenceTo { get; init; }

    /// <summary>Whether two live records cannot have the same value.</summary>
    public bool Unique { get; init; }

    /// <summary>Its name in Chinese.</summary>
    public string Zh { get; init; } = "";

    /// <summary>Its name in English.</summary>
    public string En { get; init; } = "";

    /// <summary>The heading it stands under in forms.</summary>
    public string? Group { get; init; }

    /// <summary>Its place among the fields of its target, ascending.</summary>
    public int Order { get; init; }

    /// <summary>Help for who fills it, in Chinese.</summary>
    public string? HelpZh { get; init; }

    /// <summary>Help for who fills it, in English.</summary>
    public string? HelpEn { get; init; }

    /// <summary>The choices of <c>choice</c> and <c>multiChoice</c>; empty for other types.</summary>
    public ImmutableArray<CustomFieldChoice> Choices { get; init; } = [];

    /// <summary>Whether it must be filled where it is visible.</summary>
    public bool Required { get; init; }

    /// <summary>The regular expression a text must match as a whole.</summary>
    public string? Pattern { get; init; }

    /// <summary>The least number or amount, or the fewest characters of a text.</summary>
    public decimal? Min { get; init; }

    /// <summary>The greatest number or amount, or the most characters of a text.</summary>
    public decimal? Max { get; init; }

    /// <summary>When it is visible; null for always.</summary>
    public FieldCondition? VisibleWhen { get; init; }

    /// <summary>Whether it tells something of a person, and is shown masked until somebody who may says why.</summary>
    public bool Personal { get; init; }

    /// <summary>Whether it takes no new values any more.</summary>
    public bool Retired { get; init; }

    /// <summary>Its name in the API.</summary>
    [JsonIgnore]
    public string Path => "custom." + Key;

    /// <summary>Whether a text matches its pattern.</summary>
    public bool Matches(string text) => form.Value is not { } regex || regex.IsMatch(text);

    /// <summary>The field by which lists compare and sort it; values of another kind, from before it was defined, count as none.</summary>
    /// <param name="json">The SQL expression of the object its values are kept in.</param>
    /// <param name="part">A part of the value: <c>amount</c> or <c>currency</c> of money.</param>
    internal Field? Compared(string json, string? part)
    {
        var (value, text) = ($"({json}->'{Key}')", $"({json}->>'{Key}')");
        var name = part is null ? Path : $"{Path}.{part}";
        if (Type == CustomFieldType.Money)
            return part switch
            {
                null or "amount" => new(name, FieldType.Number, $"(case when jsonb_typeof({value}->'amount') = 'number' then ({value}->>'amount')::numeric end)"),
                "currency" => new(name, FieldType.Text, $"({value}->>'currency')"),
                _ => null,
            };
        return part is not null ? null : (Type switch
        {
            CustomFieldType.Number => new(name, FieldType.Number, $"(case when jsonb_typeof({value}) = 'number' then {text}::numeric end)"),
            CustomFieldType.Boolean => new(name, FieldType.Boolean, $"(case when jsonb_typeof({value}) = 'boolean' then {text}::boolean end)"),
            CustomFieldType.Date => new(name, FieldType.Date, text),
            CustomFieldType.Choice => new(name, FieldType.Code, text, Codes: [.. Choices.Select(c => c.Code)]),
            CustomFieldType.MultiChoice => new(name, FieldType.TextList, value),
            CustomFieldType.Reference => new(name, FieldType.Uuid, $$"""(case when {{text}} ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then {{text}}::uuid end)"""),
            _ => new Field(name, FieldType.Text, text),
        }) with
        { Inside = (json, Key) };
    }

    /// <inheritdoc />
    public static CustomField? Evolve(CustomField? state, Event e) => (state, e.Data) switch
    {
        (null, CustomFieldDefined x) => new CustomField { Target = x.Target, Key = x.Key, Type = x.Type, ReferenceTo = x.ReferenceTo, Unique = x.Unique }.With(x.Settings),
        ({ } field, CustomFieldChanged x) => field.With(x.Settings),
        ({ } field, CustomFieldRetired) => field.With(true),
        ({ } field, CustomFieldRestored) => field.With(false),
        _ => state,
    };

    internal CustomFieldSettings Settings() => new()
    {
        Zh = Zh, En = En, Group = Group, Order = Order, HelpZh = HelpZh, HelpEn = HelpEn, Choices = Choices.IsEmpty ? null : [.. Choices], Required = Required, Pattern = Pattern, Min = Min, Max = Max,
        VisibleWhen = VisibleWhen, Personal = Personal ? true : null,
    };

    // Made new each time, so that the pattern is compiled anew with them.
    private CustomField With(CustomFieldSettings x) => Copy(x, Retired);

    private CustomField With(bool retired) => Copy(Settings(), retired);

    private CustomField Copy(CustomFieldSettings x, bool retired) => new()
    {
        Id = Id, Version = Version, CreatedAt = CreatedAt, CreatedBy = CreatedBy, UpdatedAt = UpdatedAt,
        Target = Target, Key = Key, Type = Type, ReferenceTo = ReferenceTo, Unique = Unique,
        Zh = x.Zh, En = x.En, Group = x.Group, Order = x.Order, HelpZh = x.HelpZh, HelpEn = x.HelpEn, Choices = [.. x.Choices ?? []], Required = x.Required, Pattern = x.Pattern, Min = x.Min, Max = x.Max,
        VisibleWhen = x.VisibleWhen, Personal = x.Personal == true, Retired = retired,
    };
}

/// <summary>Regular expressions that administrators write: matched against the whole text in linear time, so that none of them can hold a request up.</summary>
internal static class FieldPattern
{
    /// <summary>The expression.</summary>
    /// <exception cref="ArgumentException">It cannot be read, or needs more than linear time (<see cref="NotSupportedException"/>).</exception>
    public static Regex Of(string pattern) => new($"^(?:{pattern})\\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Whether a text is an expression that can be used.</summary>
    public static bool IsValid(string pattern)
    {
        try
        {
            // Alone first: a parenthesis too many must not close ours.
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            _ = Of(pattern);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}

internal sealed class CustomFieldResource : Resource<CustomField>
{
    public override string Name => "custom-fields";

    public override Ownership<CustomField>? Ownership => null;
}

/// <summary>The custom fields, written with the events: the next command is decided by them.</summary>
internal sealed class CustomFields : DocumentProjection<CustomField>
{
    public const string TableName = "http.custom_fields";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomFieldDefined), typeof(CustomFieldChanged), typeof(CustomFieldRetired), typeof(CustomFieldRestored)];

    public override IEnumerable<string?> SearchTexts(CustomField document) => [document.Key, document.Zh, document.En];
}

/// <summary>Takes a field's key in the transaction of the event, for ever: values under it could not be told from another field's.</summary>
internal sealed class CustomFieldKeys : TableProjection
{
    public override string Name => "http.custom_field_keys";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(CustomFieldDefined)];

    public override void Project(Event e, SqlBatch sql)
    {
        if (e.Data is CustomFieldDefined x) sql.Add($"insert into {sql.Table("http.custom_field_keys")} (target, key, field_id) values ({x.Target}, {x.Key}, {e.StreamId})");
    }
}
