using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Crm.Contracts;

namespace Crm.Http;

/// <summary>What is wrong with values of custom fields, and which kept values go because they became invisible.</summary>
/// <param name="Fault">Why the values are refused; null if they are not.</param>
/// <param name="Hidden">Keys whose kept value is emptied, since the field is not visible any more.</param>
public sealed record CustomValuesCheck(Rejection? Fault, IReadOnlyList<string> Hidden);

/// <summary>Checks values of custom fields, the same for people, API, imports and jobs.</summary>
public static class CustomFieldValues
{
    private const int LongestText = 2000;

    /// <summary>Checks a record that is entered or changed.</summary>
    /// <param name="fields">The fields of its target.</param>
    /// <param name="before">Its own values before; null for a new record.</param>
    /// <param name="after">Its own values after.</param>
    /// <param name="builtInBefore">The text of a built-in field before.</param>
    /// <param name="builtInAfter">The text of a built-in field after.</param>
    /// <param name="carries">Whether what is decided could carry values; a move to another stage cannot, so that it is not asked for what becomes visible by it.</param>
    /// <remarks>
    /// A value that was there before stays good whatever was settled since. What is required is asked for on entry, when it is emptied, and when it becomes visible,
    /// so that a rule of today does not stand in the way of whoever corrects a telephone number.
    /// </remarks>
    public static CustomValuesCheck Check(IReadOnlyList<CustomField> fields, IReadOnlyDictionary<string, JsonElement>? before, IReadOnlyDictionary<string, JsonElement> after,
        Func<string, string?> builtInBefore, Func<string, string?> builtInAfter, bool carries = true)
    {
        var was = before ?? FrozenDictionary<string, JsonElement>.Empty;
        var known = fields.ToDictionary(f => f.Key);
        var faults = new List<Rejection>();
        // In one order for everybody, whatever the caller's.
        foreach (var (key, value) in after.OrderBy(v => fields.TakeWhile(f => f.Key != v.Key).Count()).ThenBy(v => v.Key, StringComparer.Ordinal))
        {
            if (was.TryGetValue(key, out var kept) && JsonElement.DeepEquals(kept, value)) continue;
            if (known.TryGetValue(key, out var field)) faults.AddRange(Fault(field, value, was.TryGetValue(key, out var old) ? old : null) is { } fault ? [fault] : []);
            else if (!IsPlain(value))
                faults.Add(At(key, "invalid_value", "自定义字段的值只能是文本（最多 2000 个字符）、数字或 true/false。", "The value of a custom field is a text of at most 2,000 characters, a number, or true or false."));
        }
        var hidden = Hidden(fields, after, builtInAfter);
        HashSet<string> hiddenBefore = before is null ? [] : Hidden(fields, was, builtInBefore);
        var emptied = new List<string>();
        foreach (var field in fields)
        {
            var (had, has) = (Has(was, field.Key), Has(after, field.Key));
            if (hidden.Contains(field.Key))
            {
                if (!has) continue;
                if (!had || !JsonElement.DeepEquals(was[field.Key], after[field.Key]))
                    faults.Add(At(field.Key, "field_hidden", $"按现在的填写内容，字段“{field.Zh}”不显示，不能填写。", $"The field '{field.En}' is not visible as the record stands and cannot be filled."));
                else if (before is not null && !hiddenBefore.Contains(field.Key)) emptied.Add(field.Key);
            }
            else if (field is { Required: true, Retired: false } && !has
                && (before is null || had || (carries && hiddenBefore.Contains(field.Key))))
                faults.Add(At(field.Key, "required", $"请填写“{field.Zh}”。", $"'{field.En}' is required."));
        }
        return new CustomValuesCheck(faults is [] ? null : faults[0] with { Others = faults.Count == 1 ? null : faults[1..] }, emptied);
    }

    /// <summary>The value of a field as text, for conditions and rules; null if it has none. A list is its codes.</summary>
    public static string? Text(IReadOnlyDictionary<string, JsonElement> values, string key) => !values.TryGetValue(key, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Object => value.TryGetProperty("amount", out var amount) ? amount.GetRawText() : value.GetRawText(),
        JsonValueKind.Array => value.GetArrayLength() == 0 ? null : string.Join(',', value.EnumerateArray().Select(v => v.ToString())),
        _ => value.GetRawText(),
    };

    /// <summary>Whether a value is one that some field could have; what its own field takes is checked with the record.</summary>
    public static bool IsShape(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() <= 100 && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String && v.GetString()!.Length <= 100),
        JsonValueKind.Object => value.EnumerateObject().Count() == 2,
        _ => IsPlain(value),
    };

    /// <summary>What a value is known by where it must be unique: texts without regard to case and blanks around them.</summary>
    public static string Folded(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!.Trim().Normalize(System.Text.NormalizationForm.FormKC).ToUpperInvariant()
        : value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) ? (number / 1.000000000000000000000000000000m).ToString(CultureInfo.InvariantCulture) : value.GetRawText();

    /// <summary>The fields that are not visible as the record stands: one may be visible by another that is not itself.</summary>
    private static HashSet<string> Hidden(IReadOnlyList<CustomField> fields, IReadOnlyDictionary<string, JsonElement> values, Func<string, string?> builtIn)
    {
        var hidden = new HashSet<string>();
        // Each round hides one more at least.
        for (var rounds = fields.Count; rounds > 0; rounds--)
        {
            var found = fields.Where(f => !hidden.Contains(f.Key) && f.VisibleWhen is not null && !IsVisible(f, values, builtIn, hidden)).Select(f => f.Key).ToList();
            if (found.Count == 0) break;
            hidden.UnionWith(found);
        }
        return hidden;
    }

    private static bool Has(IReadOnlyDictionary<string, JsonElement> values, string key) => Text(values, key) is not null;

    private static bool IsVisible(CustomField field, IReadOnlyDictionary<string, JsonElement> values, Func<string, string?> builtIn, HashSet<string> hidden)
    {
        if (field.VisibleWhen is not { } condition) return true;
        if (!condition.Field.StartsWith("custom.", StringComparison.Ordinal)) return builtIn(condition.Field) is { } text && condition.Values.Contains(text);
        var key = condition.Field["custom.".Length..];
        if (hidden.Contains(key) || !values.TryGetValue(key, out var value)) return false;
        return value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Any(v => v.ValueKind == JsonValueKind.String && condition.Values.Contains(v.GetString()))
            : Text(values, key) is { } other && condition.Values.Contains(other);
    }

    private static Rejection? Fault(CustomField field, JsonElement value, JsonElement? before)
    {
        if (field.Retired) return At(field.Key, "field_retired", $"字段“{field.Zh}”已停用，不能再填写。", $"The field '{field.En}' is retired and takes no new values.");
        if (field.Personal && value.ValueKind == JsonValueKind.String && value.GetString()!.Contains("***", StringComparison.Ordinal))
            return At(field.Key, "masked_value", "这是脱敏后的值。请填写新的值，或不提交这个字段。", "This is the masked value. Send a new one, or leave the field out.");
        return field.Type switch
        {
            CustomFieldType.Text => Text(field, value),
            CustomFieldType.Number => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) ? InRange(field, number) : Misfit(field, "应为数字。", "It takes a number."),
            CustomFieldType.Money => Money(field, value),
            CustomFieldType.Date => value.ValueKind == JsonValueKind.String && DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
                ? null : Misfit(field, "应为日期，格式为 YYYY-MM-DD。", "It takes a date as YYYY-MM-DD."),
            CustomFieldType.Choice => value.ValueKind == JsonValueKind.String ? Choice(field, value.GetString()!, []) : Misfit(field, "应为一个选项的代码。", "It takes the code of one choice."),
            CustomFieldType.MultiChoice => Choices(field, value, before),
            CustomFieldType.Reference => value.ValueKind == JsonValueKind.String && Guid.TryParseExact(value.GetString(), "D", out _) ? null : Misfit(field, "应为一条记录的编号（UUID）。", "It takes the id of a record."),
            _ => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : Misfit(field, "应为 true 或 false。", "It takes true or false."),
        };
    }

    private static Rejection? Text(CustomField field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return Misfit(field, "应为文本。", "It takes a text.");
        var text = value.GetString()!;
        if (text.Length > Math.Min(LongestText, field.Max ?? LongestText))
            return At(field.Key, "too_long", $"最多 {Math.Min(LongestText, field.Max ?? LongestText):0} 个字符。", $"It has at most {Math.Min(LongestText, field.Max ?? LongestText):0} characters.");
        if (text.Length > 0 && text.Length < field.Min) return At(field.Key, "too_short", $"至少 {field.Min:0} 个字符。", $"It has at least {field.Min:0} characters.");
        return text.Length == 0 || field.Matches(text) ? null : At(field.Key, "pattern", $"“{field.Zh}”的格式不正确。{field.HelpZh}", $"The format of '{field.En}' is not valid. {field.HelpEn}".TrimEnd());
    }

    private static Rejection? Money(CustomField field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() != 2 || !value.TryGetProperty("amount", out var amount) || amount.ValueKind != JsonValueKind.Number
            || !amount.TryGetDecimal(out var number) || !value.TryGetProperty("currency", out var currency) || currency.ValueKind != JsonValueKind.String
            || currency.GetString() is not { Length: 3 } code || !code.All(char.IsAsciiLetterUpper))
            return Misfit(field, "应为金额和币种，例如 {\"amount\": 100, \"currency\": \"CNY\"}。", "It takes an amount and a currency: {\"amount\": 100, \"currency\": \"CNY\"}.");
        return InRange(field, number);
    }

    private static Rejection? Choices(CustomField field, JsonElement value, JsonElement? before)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > 100 || value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.String))
            return Misfit(field, "应为选项代码的列表。", "It takes a list of codes of choices.");
        var codes = value.EnumerateArray().Select(v => v.GetString()!).ToList();
        if (codes.Distinct().Count() != codes.Count) return Misfit(field, "同一个选项只能出现一次。", "Each choice occurs once.");
        string[] kept = before is { ValueKind: JsonValueKind.Array } old ? [.. old.EnumerateArray().Select(v => v.ToString())] : [];
        return codes.Select(c => Choice(field, c, kept)).FirstOrDefault(f => f is not null);
    }

    private static Rejection? Choice(CustomField field, string code, string[] kept) => field.Choices.FirstOrDefault(c => c.Code == code) switch
    {
        null => At(field.Key, "unknown_value", $"没有选项“{code}”，可选：{Shown(field, c => c.Zh)}。", $"There is no choice '{code}'; there are {Shown(field, c => c.En)}."),
        { Retired: true } choice when !kept.Contains(code) => At(field.Key, "choice_retired", $"选项“{choice.Zh}”已停用，请选择其他选项。", $"The choice '{choice.En}' is retired; take another one."),
        _ => null,
    };

    private static string Shown(CustomField field, Func<CustomFieldChoice, string> name) => string.Join(", ", field.Choices.Where(c => !c.Retired).Take(20).Select(c => $"{name(c)} ({c.Code})"));

    private static Rejection? InRange(CustomField field, decimal number) => number < field.Min || number > field.Max
        ? At(field.Key, "out_of_range", $"应在 {field.Min?.ToString(CultureInfo.InvariantCulture) ?? "…"} 到 {field.Max?.ToString(CultureInfo.InvariantCulture) ?? "…"} 之间。",
            $"It must be between {field.Min?.ToString(CultureInfo.InvariantCulture) ?? "…"} and {field.Max?.ToString(CultureInfo.InvariantCulture) ?? "…"}.")
        : null;

    private static Rejection Misfit(CustomField field, string zh, string en) => At(field.Key, "invalid_type", $"“{field.Zh}”{zh}", $"'{field.En}': {en}");

    private static Rejection At(string key, string code, string zh, string en) => new(code, zh, en, 400, "custom." + key);

    private static bool IsPlain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Length <= LongestText,
        JsonValueKind.Number => value.TryGetDecimal(out _),
        JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null => true,
        _ => false,
    };
}
