using System.Text.RegularExpressions;
using Crm.Contracts;
using FluentValidation;

namespace Crm.Http;

/// <summary>What is entered of a custom field, when it is defined and when it is changed.</summary>
internal abstract partial record CustomFieldForm
{
    internal static readonly string[] Targets = ["customers", "contacts", "opportunities", "tickets"];
    internal static readonly string[] References = ["customers", "users", "opportunities", "products"];

    /// <summary>Its name in Chinese, 1 to 60 characters.</summary>
    public string? Zh { get; init; }

    /// <summary>Its name in English, 1 to 60 characters.</summary>
    public string? En { get; init; }

    /// <summary>The heading it stands under in forms, at most 60 characters.</summary>
    public string? Group { get; init; }

    /// <summary>Its place among the fields of its target, ascending, 0 to 10,000.</summary>
    public int? Order { get; init; }

    /// <summary>Help for who fills it, in Chinese, at most 300 characters.</summary>
    public string? HelpZh { get; init; }

    /// <summary>Help for who fills it, in English, at most 300 characters.</summary>
    public string? HelpEn { get; init; }

    /// <summary>The choices of <c>choice</c> and <c>multiChoice</c>, 1 to 200; none may be left out once it is there, but retired.</summary>
    public CustomFieldChoice[]? Choices { get; init; }

    /// <summary>Whether it must be filled where it is visible.</summary>
    public bool? Required { get; init; }

    /// <summary>The regular expression a text must match as a whole, at most 200 characters, without back-references and look-around.</summary>
    public string? Pattern { get; init; }

    /// <summary>The least number or amount, or the fewest characters of a text.</summary>
    public decimal? Min { get; init; }

    /// <summary>The greatest number or amount, or the most characters of a text.</summary>
    public decimal? Max { get; init; }

    /// <summary>When it is visible; null for always.</summary>
    public FieldCondition? VisibleWhen { get; init; }

    /// <summary>
    /// Whether it tells something of a person (S095, S097): masked in lists, records and files, and no ground to filter or sort by, for whoever does not see personal data in plain; shown by
    /// <c>reveal</c>. For customers and contacts.
    /// </summary>
    public bool? Personal { get; init; }

    internal sealed class FormRules : AbstractValidator<CustomFieldForm>
    {
        public FormRules()
        {
            RuleFor(x => x.Zh).MaximumLength(60);
            RuleFor(x => x.En).MaximumLength(60);
            RuleFor(x => x.Group).MaximumLength(60);
            RuleFor(x => x.Order).InclusiveBetween(0, 10_000);
            RuleFor(x => x.HelpZh).MaximumLength(300);
            RuleFor(x => x.HelpEn).MaximumLength(300);
            RuleFor(x => x.Pattern).MaximumLength(200);
            RuleFor(x => x.Pattern).Must(p => FieldPattern.IsValid(p!)).When(x => x.Pattern is { Length: > 0 and <= 200 }).WithErrorCode("invalid_pattern")
                .WithMessage(_ => Text("正则表达式无效，或使用了不支持的回溯引用、环视。", "The regular expression is not valid, or uses back-references or look-around."));
            RuleFor(x => x.Choices).Must(c => c is null || c.Length <= 200).WithErrorCode("too_many").WithMessage(_ => Text("最多 200 个选项。", "There are at most 200 choices."));
            RuleFor(x => x.Choices).Must(c => c is null || c.All(o => o.Code is not null && ChoiceCode().IsMatch(o.Code) && o.Zh is { Length: > 0 and <= 60 } && o.En is { Length: > 0 and <= 60 })).WithErrorCode("invalid_value")
                .WithMessage(_ => Text("每个选项要有代码（字母、数字、_ 和 -，最多 40 个）和中英文名称。", "Each choice has a code of at most 40 letters, digits, _ and -, and a name in Chinese and English."));
            RuleFor(x => x.Choices).Must(c => c is null || c.Select(o => o.Code).Distinct().Count() == c.Length).WithErrorCode("duplicate_code").WithMessage(_ => Text("选项代码不能重复。", "Codes of choices are unique."));
            RuleFor(x => x.VisibleWhen).Must(c => c is null || (c.Field is not null && IsField(c.Field) && c.Values is { Length: > 0 and <= 50 } && c.Values.All(v => v is { Length: > 0 and <= 100 }))).WithErrorCode("invalid_value")
                .WithMessage(_ => Text("显示条件要有另一个字段和 1 到 50 个取值。", "The condition names another field and 1 to 50 values."));
        }

        private static bool IsField(string field) => RuleTarget.All.Values.Any(t => t.Deciders.Contains(field)) || (field.StartsWith("custom.", StringComparison.Ordinal) && FieldKey().IsMatch(field["custom.".Length..]));
    }

    internal static string Text(string zh, string en) => System.Globalization.CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? en : zh;

    /// <summary>Why the settings cannot be for a field of a type; null if they can.</summary>
    internal static Rejection? Fault(string target, string key, CustomFieldType type, CustomFieldSettings settings, IReadOnlyList<CustomField> others)
    {
        var isChoice = type is CustomFieldType.Choice or CustomFieldType.MultiChoice;
        if (isChoice && settings.Choices is null or []) return Invalid("choices", "required", "请至少给出一个选项。", "Give one choice at least.");
        if (!isChoice && settings.Choices is not null) return Invalid("choices", "not_for_type", "只有单选和多选字段有选项。", "Only choices have choices.");
        if (settings.Pattern is not null && type != CustomFieldType.Text) return Invalid("pattern", "not_for_type", "只有文本字段可以设置格式。", "Only a text has a pattern.");
        if ((settings.Min ?? settings.Max) is not null && type is not (CustomFieldType.Text or CustomFieldType.Number or CustomFieldType.Money))
            return Invalid("min", "not_for_type", "只有文本、数字和金额字段可以设置范围。", "Only texts, numbers and money have a range.");
        if (settings.Personal == true && target is not ("customers" or "contacts")) return Invalid("personal", "not_for_target", "只有客户和联系人的字段可以标为个人信息。", "Only fields of customers and contacts can be personal.");
        if (settings.Personal == true && type is not (CustomFieldType.Text or CustomFieldType.Date)) return Invalid("personal", "not_for_type", "只有文本和日期字段可以标为个人信息。", "Only texts and dates can be personal.");
        if (settings.Min > settings.Max) return Invalid("min", "out_of_range", "最小值不能大于最大值。", "The least cannot be more than the most.");
        if (settings.VisibleWhen is not { } condition) return null;
        if (!condition.Field.StartsWith("custom.", StringComparison.Ordinal))
            return RuleTarget.All[target].Deciders.Contains(condition.Field) ? null : Invalid("visibleWhen", "unknown_field", $"没有字段“{condition.Field}”。", $"There is no field '{condition.Field}'.");
        // Along the conditions one must arrive at a field that is always there, never at this one again.
        var seen = new HashSet<string> { key };
        for (var next = condition.Field["custom.".Length..]; ;)
        {
            if (!seen.Add(next)) return Invalid("visibleWhen", "condition_cycle", "显示条件不能绕回到字段自己。", "The condition leads back to the field itself.");
            if (others.FirstOrDefault(f => f.Key == next) is not { } field) return Invalid("visibleWhen", "unknown_field", $"没有自定义字段“{next}”。", $"There is no custom field '{next}'.");
            if (field.VisibleWhen is not { } further || !further.Field.StartsWith("custom.", StringComparison.Ordinal)) return null;
            next = further.Field["custom.".Length..];
        }
    }

    internal static Rejection Invalid(string field, string code, string zh, string en) => new(code, zh, en, 400, field);

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,39}$")]
    internal static partial Regex FieldKey();

    [GeneratedRegex(@"^[\p{L}\p{N}][\p{L}\p{N}_-]{0,39}$")]
    private static partial Regex ChoiceCode();
}
