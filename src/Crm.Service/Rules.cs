using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Http;
using FluentValidation;

namespace Crm.Service;

/// <summary>The formats that several commands of the module share.</summary>
internal static partial class Rules
{
    /// <summary>Text of one line: no line breaks or other control characters, at most <paramref name="most"/> UTF-16 units.</summary>
    public static IRuleBuilderOptions<T, string?> Line<T>(this IRuleBuilder<T, string?> rule, int most) => rule
        .MaximumLength(most)
        .Must(text => text is null || !text.Any(char.IsControl)).WithErrorCode("invalid_character").WithMessage(_ => Pick("不能含有换行或控制字符。", "It must not contain line breaks or control characters."));

    /// <summary>Names the rule before it as one about emptiness.</summary>
    public static IRuleBuilderOptions<T, TMember> Required<T, TMember>(this IRuleBuilderOptions<T, TMember> rule) =>
        rule.WithErrorCode("required").WithMessage(_ => Pick("不能为空。", "It must not be empty."));

    /// <summary>The organisation's own fields (S009): plain names, and text, numbers or truth values.</summary>
    public static IRuleBuilderOptions<T, IReadOnlyDictionary<string, JsonElement>?> OwnFields<T>(this IRuleBuilder<T, IReadOnlyDictionary<string, JsonElement>?> rule) => rule
        .Must(custom => custom is null || custom.Count <= 100).WithErrorCode("too_many").WithMessage(_ => Pick("自定义字段最多 100 个。", "There are at most 100 custom fields."))
        .Must(custom => custom is null || custom.Keys.All(k => FieldName().IsMatch(k))).WithErrorCode("invalid_name")
        .WithMessage(_ => Pick("自定义字段名只能用字母、数字、_ 和 -，以字母开头，最多 64 个字符。", "The name of a custom field has letters, digits, _ and - only, begins with a letter and has at most 64 characters."))
        .Must(custom => custom is null || custom.Values.All(CustomFieldValues.IsShape)).WithErrorCode("invalid_value")
        .WithMessage(_ => Pick("自定义字段的值只能是文本（最多 2000 个字符）、数字或 true/false。", "The value of a custom field is a text of at most 2,000 characters, a number, or true or false."));

    /// <summary>The text without blanks around it, or null if nothing is left.</summary>
    public static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim().Normalize(NormalizationForm.FormC);

    /// <summary>One of two texts by the language in which the command is validated.</summary>
    public static string Pick(string zh, string en) => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? en : zh;

    [GeneratedRegex(@"^\p{L}[\p{L}\p{N}_-]{0,63}$")]
    private static partial Regex FieldName();
}
