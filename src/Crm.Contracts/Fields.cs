namespace Crm.Contracts;

/// <summary>What a custom field holds, and so how it is entered, compared and kept in <c>custom</c>.</summary>
public enum CustomFieldType
{
    /// <summary>A text of at most 2,000 characters.</summary>
    Text,

    /// <summary>A JSON number.</summary>
    Number,

    /// <summary>An amount with its currency, <c>{"amount": 12.5, "currency": "CNY"}</c> (X12).</summary>
    Money,

    /// <summary>A day, <c>yyyy-MM-dd</c> (S012).</summary>
    Date,

    /// <summary>The code of one choice.</summary>
    Choice,

    /// <summary>An array of codes of choices, each once.</summary>
    MultiChoice,

    /// <summary>The id of another record.</summary>
    Reference,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,
}

/// <summary>One of the values a choice has.</summary>
/// <param name="Code">What is stored; never used for anything else again.</param>
/// <param name="Zh">As people read it in Chinese.</param>
/// <param name="En">As people read it in English.</param>
/// <param name="Retired">Whether it cannot be chosen any more; records that have it keep it.</param>
public sealed record CustomFieldChoice(string Code, string Zh, string En, bool Retired = false);

/// <summary>When a field is to be filled at all: when another field of the record has one of some values.</summary>
/// <param name="Field">The other field: of customers <c>kind lifecycle tier industry size source</c>, of contacts <c>position decisionRole isPrimary</c>, of opportunities <c>stage stageKind</c>, of tickets <c>channel type priority status</c>, or <c>custom.x</c>.</param>
/// <param name="Values">The values, as text.</param>
public sealed record FieldCondition(string Field, string[] Values);

/// <summary>What can be changed of a custom field.</summary>
public sealed record CustomFieldSettings
{
    /// <summary>Its name in Chinese.</summary>
    public required string Zh { get; init; }

    /// <summary>Its name in English.</summary>
    public required string En { get; init; }

    /// <summary>The heading it stands under in forms; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Its place among the fields of its target, ascending.</summary>
    public int Order { get; init; }

    /// <summary>Help for who fills it, in Chinese.</summary>
    public string? HelpZh { get; init; }

    /// <summary>Help for who fills it, in English.</summary>
    public string? HelpEn { get; init; }

    /// <summary>The choices of <c>choice</c> and <c>multiChoice</c>; null for other types.</summary>
    public CustomFieldChoice[]? Choices { get; init; }

    /// <summary>Whether it must be filled when a record is entered (S008); only where it is visible.</summary>
    public bool Required { get; init; }

    /// <summary>The regular expression a text must match as a whole; without back-references and look-around, so that it takes linear time.</summary>
    public string? Pattern { get; init; }

    /// <summary>The least number or amount, or the fewest characters of a text.</summary>
    public decimal? Min { get; init; }

    /// <summary>The greatest number or amount, or the most characters of a text.</summary>
    public decimal? Max { get; init; }

    /// <summary>When it is visible; null for always.</summary>
    public FieldCondition? VisibleWhen { get; init; }

    /// <summary>Whether it tells something of a person (S095, S097): shown masked until somebody who may says why; of customers and contacts only. Null for no.</summary>
    public bool? Personal { get; init; }
}

/// <summary>The organisation got a field of its own (S009); it is there at once, on every node.</summary>
/// <param name="Target">Whose field it is: <c>customers contacts opportunities tickets</c>.</param>
/// <param name="Key">Its key in <c>custom</c>; never used for another field of the target again.</param>
/// <param name="Type">What it holds.</param>
/// <param name="ReferenceTo">For a reference, to what: <c>customers users opportunities products</c>.</param>
/// <param name="Unique">Whether two live records cannot have the same value.</param>
/// <param name="Settings">What can be changed of it later.</param>
public sealed record CustomFieldDefined(string Target, string Key, CustomFieldType Type, string? ReferenceTo, bool Unique, CustomFieldSettings Settings);

/// <summary>A custom field was renamed, or its choices or rules changed; values on file stay as they are.</summary>
/// <param name="Settings">All of what can be changed, as it is from now on.</param>
public sealed record CustomFieldChanged(CustomFieldSettings Settings);

/// <summary>A custom field takes no new values any more; those on file stay and are shown.</summary>
public sealed record CustomFieldRetired;

/// <summary>A retired custom field takes values again.</summary>
public sealed record CustomFieldRestored;

/// <summary>When a validation rule is looked at.</summary>
public enum RuleWhen
{
    /// <summary>Whenever the record is entered or the field changes.</summary>
    Always,

    /// <summary>When a customer moves to a place in the lifecycle, and while it stands there.</summary>
    Lifecycle,

    /// <summary>For customers of one kind.</summary>
    Kind,

    /// <summary>When an opportunity enters a stage, and while it is in it.</summary>
    Stage,

    /// <summary>When a ticket comes to a status, and while it stands there.</summary>
    Status,
}

/// <summary>What a validation rule asks of its field.</summary>
public enum RuleCheck
{
    /// <summary>That it is filled.</summary>
    Required,

    /// <summary>That its text matches a regular expression as a whole.</summary>
    Pattern,

    /// <summary>That its text has at least so many characters.</summary>
    MinLength,

    /// <summary>That it has one of some values.</summary>
    OneOf,

    /// <summary>That it is a Chinese mobile number: 11 digits, with or without blanks, hyphens and +86 (S011).</summary>
    Mobile,

    /// <summary>That it is the number of an identity card: 18 characters of which the last checks the others (GB 11643, S097).</summary>
    IdNumber,
}

/// <summary>What a validation rule says (S010–S013).</summary>
/// <param name="Zh">Its name in Chinese.</param>
/// <param name="En">Its name in English.</param>
/// <param name="When">When it is looked at.</param>
/// <param name="Value">The lifecycle, kind, stage or status of <paramref name="When"/>; null for always.</param>
/// <param name="Field">The field: a field of the record or <c>custom.x</c>.</param>
/// <param name="Check">What is asked of it. All but <c>required</c> let an empty field pass.</param>
/// <param name="Pattern">For <c>pattern</c>: the regular expression.</param>
/// <param name="Length">For <c>minLength</c>: how many characters.</param>
/// <param name="Values">For <c>oneOf</c>: the values.</param>
/// <param name="MessageZh">What is answered when the rule is broken, in Chinese.</param>
/// <param name="MessageEn">The same in English.</param>
/// <param name="Active">Whether it holds.</param>
public sealed record ValidationRuleSettings(
    string Zh, string En, RuleWhen When, string? Value, string Field, RuleCheck Check, string? Pattern, int? Length, string[]? Values, string MessageZh, string MessageEn, bool Active);

/// <summary>The organisation got a validation rule.</summary>
/// <param name="Target">Of what records: <c>customers contacts opportunities tickets</c>.</param>
/// <param name="Settings">What it says.</param>
public sealed record ValidationRuleDefined(string Target, ValidationRuleSettings Settings);

/// <summary>A validation rule says something else from now on; records on file are not looked at again until somebody changes them.</summary>
/// <param name="Settings">All of what it says.</param>
public sealed record ValidationRuleChanged(ValidationRuleSettings Settings);

/// <summary>A validation rule was removed.</summary>
public sealed record ValidationRuleRemoved;

/// <summary>What counts for the completeness of a customer's file was settled (S028, S029).</summary>
/// <param name="Company">The counted fields of a company: the places of the built-in score and <c>custom.x</c>.</param>
/// <param name="Person">The counted fields of a person.</param>
/// <param name="Target">The share of complete customers' score that is aimed at, 0 to 1.</param>
public sealed record CompletenessDefined(string[] Company, string[] Person, decimal Target);
