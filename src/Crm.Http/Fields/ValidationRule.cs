using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>A rule of the organisation's own about a field (S010–S013). What is built in, such as the form of a telephone number, holds beside it.</summary>
public sealed partial record ValidationRule : Document, IAggregate<ValidationRule>
{
    private readonly Lazy<Regex?> form;

    /// <summary>A rule that says nothing.</summary>
    public ValidationRule() => form = new(() => Pattern is null ? null : FieldPattern.Of(Pattern));

    /// <summary>Of what records: <c>customers contacts opportunities tickets</c>.</summary>
    public string Target { get; init; } = "";

    /// <summary>Its name in Chinese.</summary>
    public string Zh { get; init; } = "";

    /// <summary>Its name in English.</summary>
    public string En { get; init; } = "";

    /// <summary>When it is looked at.</summary>
    public RuleWhen When { get; init; }

    /// <summary>The lifecycle, kind, stage or status of <see cref="When"/>.</summary>
    public string? Value { get; init; }

    /// <summary>The field it is about.</summary>
    public string Field { get; init; } = "";

    /// <summary>What it asks of the field.</summary>
    public RuleCheck Check { get; init; }

    /// <summary>For <c>pattern</c>: the regular expression.</summary>
    public string? Pattern { get; init; }

    /// <summary>For <c>minLength</c>: how many characters.</summary>
    public int? Length { get; init; }

    /// <summary>For <c>oneOf</c>: the values.</summary>
    public ImmutableArray<string> Values { get; init; } = [];

    /// <summary>What is answered when it is broken, in Chinese.</summary>
    public string MessageZh { get; init; } = "";

    /// <summary>The same in English.</summary>
    public string MessageEn { get; init; } = "";

    /// <summary>Whether it holds.</summary>
    public bool Active { get; init; }

    /// <summary>Whether it was removed.</summary>
    public bool Deleted { get; init; }

    /// <summary>
    /// The rules that a record breaks by being entered or changed: those whose field changed or that were not looked at before, so that a rule of today does not stand
    /// in the way of a change of something else.
    /// </summary>
    /// <param name="rules">The rules of the record's target.</param>
    /// <param name="before">The text of a field before; null for a new record.</param>
    /// <param name="after">The text of a field after.</param>
    public static Rejection? Fault(IReadOnlyList<ValidationRule> rules, Func<string, string?>? before, Func<string, string?> after)
    {
        var broken = rules.Where(r => r.Holds(after) && !r.Passes(after(r.Field)) && (before is null || !r.Holds(before) || before(r.Field) != after(r.Field)))
            .Select(r => new Rejection("rule_violated", r.MessageZh, r.MessageEn, 409, r.Field)).ToList();
        return broken is [] ? null : broken[0] with { Others = broken.Count == 1 ? null : broken[1..] };
    }

    /// <inheritdoc />
    public static ValidationRule? Evolve(ValidationRule? state, Event e) => (state, e.Data) switch
    {
        (null, ValidationRuleDefined x) => Of(new ValidationRule { Target = x.Target }, x.Settings),
        ({ } rule, ValidationRuleChanged x) => Of(rule, x.Settings),
        ({ } rule, ValidationRuleRemoved) => rule with { Deleted = true },
        _ => state,
    };

    internal ValidationRuleSettings Settings() => new(Zh, En, When, Value, Field, Check, Pattern, Length, Values.IsEmpty ? null : [.. Values], MessageZh, MessageEn, Active);

    private static ValidationRule Of(ValidationRule rule, ValidationRuleSettings x) => new()
    {
        Id = rule.Id, Version = rule.Version, CreatedAt = rule.CreatedAt, CreatedBy = rule.CreatedBy, UpdatedAt = rule.UpdatedAt, Target = rule.Target,
        Zh = x.Zh, En = x.En, When = x.When, Value = x.Value, Field = x.Field, Check = x.Check, Pattern = x.Pattern, Length = x.Length, Values = [.. x.Values ?? []],
        MessageZh = x.MessageZh, MessageEn = x.MessageEn, Active = x.Active,
    };

    private bool Holds(Func<string, string?> text) => When switch
    {
        RuleWhen.Lifecycle => text("lifecycle") == Value,
        RuleWhen.Kind => text("kind") == Value,
        RuleWhen.Stage => text("stage") == Value,
        RuleWhen.Status => text("status") == Value,
        _ => true,
    };

    private bool Passes(string? text) => Check switch
    {
        RuleCheck.Required => text is not null,
        RuleCheck.Pattern => text is null || form.Value!.IsMatch(text),
        RuleCheck.MinLength => text is null || text.Length >= Length,
        RuleCheck.Mobile => text is null || Mobile().IsMatch(text),
        RuleCheck.IdNumber => text is null || IdentityCard.IsValid(text.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant()),
        _ => text is null || Values.Contains(text),
    };

    [GeneratedRegex(@"^(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]){8}\z")]
    private static partial Regex Mobile();
}

internal sealed class ValidationRuleResource : Resource<ValidationRule>
{
    public override string Name => "validation-rules";

    public override Ownership<ValidationRule>? Ownership => null;

    public override bool IsGone(ValidationRule state) => state.Deleted;
}

/// <summary>The rules, written with the events: the next command is decided by them.</summary>
internal sealed class ValidationRules : DocumentProjection<ValidationRule>
{
    public const string TableName = "http.validation_rules";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(ValidationRuleDefined), typeof(ValidationRuleChanged), typeof(ValidationRuleRemoved)];

    public override IEnumerable<string?> SearchTexts(ValidationRule document) => [document.Zh, document.En];
}
