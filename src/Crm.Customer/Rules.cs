using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Http;
using FluentValidation;

namespace Crm.Customers;

/// <summary>The formats that several commands of the module share.</summary>
internal static partial class Rules
{
    /// <summary>Text of one line: no line breaks or other control characters, at most <paramref name="most"/> UTF-16 units.</summary>
    public static IRuleBuilderOptions<T, string?> Line<T>(this IRuleBuilder<T, string?> rule, int most) => rule
        .MaximumLength(most)
        .Must(text => text is null || !text.Any(char.IsControl)).WithErrorCode("invalid_character").WithMessage(_ => Pick("不能含有换行或控制字符。", "It must not contain line breaks or control characters."));

    /// <summary>What is said of a value that is only the mask of one.</summary>
    public const string MaskedZh = "这是脱敏后的值。请填写新的值，或不提交这个字段。";

    /// <summary>The same in English.</summary>
    public const string MaskedEn = "This is the masked value. Send a new one, or leave the field out.";

    /// <summary>No value that was shown masked: it would replace the real one.</summary>
    public static IRuleBuilderOptions<T, string?> Unmasked<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(text => text is null || !text.Contains("***", StringComparison.Ordinal)).WithErrorCode("masked_value").WithMessage(_ => Pick(MaskedZh, MaskedEn));

    /// <summary>An identity card number: 17 digits with a day of birth that exists, and the check digit of ISO 7064 MOD 11-2 (GB 11643).</summary>
    public static IRuleBuilderOptions<T, string?> IdNumber<T>(this IRuleBuilder<T, string?> rule) => rule
        .Unmasked()
        .Must(text => string.IsNullOrWhiteSpace(text) || IdentityCard.IsValid(IdNumber(text)!)).WithErrorCode("invalid_id_number")
        .WithMessage(_ => Pick("身份证号不正确：应为 18 位，且校验位相符。", "The identity card number is not valid: it has 18 characters, the last of which checks the others."));

    /// <summary>The number without blanks, its check character in upper case; null if nothing is left.</summary>
    public static string? IdNumber(string? text) => Clean(text)?.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>A bank card number: 12 to 19 digits of which the last checks the others (Luhn).</summary>
    public static IRuleBuilderOptions<T, string?> BankCard<T>(this IRuleBuilder<T, string?> rule) => rule
        .Unmasked()
        .Must(text => string.IsNullOrWhiteSpace(text) || IsBankCard(BankCard(text)!)).WithErrorCode("invalid_bank_card")
        .WithMessage(_ => Pick("银行卡号不正确：应为 12 到 19 位数字，且校验位相符。", "The bank card number is not valid: it has 12 to 19 digits, the last of which checks the others."));

    /// <summary>The number without blanks and hyphens; null if nothing is left.</summary>
    public static string? BankCard(string? text) => Clean(text)?.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);

    private static bool IsBankCard(string number)
    {
        if (number.Length is < 12 or > 19 || !number.All(char.IsAsciiDigit)) return false;
        var sum = 0;
        for (var i = 0; i < number.Length; i++)
        {
            var digit = number[^(i + 1)] - '0';
            if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
            sum += digit;
        }
        return sum % 10 == 0;
    }

    /// <summary>A telephone number (S011); see <see cref="Customers.PhoneNumber"/>.</summary>
    public static IRuleBuilderOptions<T, string?> Phone<T>(this IRuleBuilder<T, string?> rule) => rule
        .Line(40)
        .Unmasked()
        .Must(text => string.IsNullOrWhiteSpace(text) || (text.Contains("***", StringComparison.Ordinal) || PhoneNumber.IsValid(text))).WithErrorCode("invalid_phone").WithMessage(_ => Pick(
            "电话格式不正确：手机号为 11 位数字，座机为 区号-号码（例如 010-62345678），国际号码以 + 和国家代码开头（例如 +1 415 555 0100）。",
            "The telephone number is not valid: a Chinese mobile number has 11 digits, a land line is area code and number (010-62345678), an international number begins with + and the country code (+1 415 555 0100)."));

    /// <summary>An e-mail address.</summary>
    public static IRuleBuilderOptions<T, string?> Email<T>(this IRuleBuilder<T, string?> rule) => rule
        .Line(254)
        .Unmasked()
        .Must(text => string.IsNullOrWhiteSpace(text) || EmailForm().IsMatch(text.Trim())).WithErrorCode("invalid_email")
        .WithMessage(_ => Pick("邮箱格式不正确，例如 name@example.com。", "The e-mail address is not valid; it looks like name@example.com."));

    /// <summary>A web address by http or https, with or without the scheme.</summary>
    public static IRuleBuilderOptions<T, string?> Website<T>(this IRuleBuilder<T, string?> rule) => rule
        .Line(300)
        .Must(text => string.IsNullOrWhiteSpace(text) || IsWebsite(text.Trim())).WithErrorCode("invalid_url")
        .WithMessage(_ => Pick("网址格式不正确，例如 https://www.example.com。", "The web address is not valid; it looks like https://www.example.com."));

    /// <summary>One of a few codes.</summary>
    public static IRuleBuilderOptions<T, string?> OneOf<T>(this IRuleBuilder<T, string?> rule, params string[] codes) => rule
        .Must(text => text is null || codes.Contains(text)).WithErrorCode("unknown_value")
        .WithMessage(_ => Pick($"只能是 {string.Join("、", codes)} 之一。", $"It must be one of {string.Join(", ", codes)}."));

    /// <summary>Those who took part in a follow-up: at most 50 of a kind.</summary>
    public static IRuleBuilderOptions<T, TWho[]?> Participants<T, TWho>(this IRuleBuilder<T, TWho[]?> rule) => rule
        .Must(who => who is null or { Length: <= 50 }).WithErrorCode("too_many").WithMessage(_ => Pick("最多 50 个参与人员。", "There are at most 50 participants."));

    /// <summary>A tag: one line, 1 to 50 characters.</summary>
    public static IRuleBuilderOptions<T, string?> Tag<T>(this IRuleBuilder<T, string?> rule) => rule.NotEmpty().Line(50);

    /// <summary>The organisation's own fields (S009): plain names, and no value that none of them could have; what each takes says its definition (<see cref="Http.CustomFieldValues"/>).</summary>
    public static IRuleBuilderOptions<T, IReadOnlyDictionary<string, JsonElement>?> OwnFields<T>(this IRuleBuilder<T, IReadOnlyDictionary<string, JsonElement>?> rule) => rule
        .Must(custom => custom is null || custom.Count <= 100).WithErrorCode("too_many").WithMessage(_ => Pick("自定义字段最多 100 个。", "There are at most 100 custom fields."))
        .Must(custom => custom is null || custom.Keys.All(k => FieldName().IsMatch(k))).WithErrorCode("invalid_name")
        .WithMessage(_ => Pick("自定义字段名只能用字母、数字、_ 和 -，以字母开头，最多 64 个字符。", "The name of a custom field has letters, digits, _ and - only, begins with a letter and has at most 64 characters."))
        .Must(custom => custom is null || custom.Values.All(CustomFieldValues.IsShape)).WithErrorCode("invalid_value")
        .WithMessage(_ => Pick("自定义字段的值只能是文本（最多 2000 个字符）、数字或 true/false。", "The value of a custom field is a text of at most 2,000 characters, a number, or true or false."));

    /// <summary>Keys in other systems: a short code, and a value of one line.</summary>
    public static IRuleBuilderOptions<T, IReadOnlyDictionary<string, string?>?> Keys<T>(this IRuleBuilder<T, IReadOnlyDictionary<string, string?>?> rule) => rule
        .Must(keys => keys is null || keys.Count <= 20).WithErrorCode("too_many").WithMessage(_ => Pick("外部编号最多 20 个。", "There are at most 20 external keys."))
        .Must(keys => keys is null || keys.Keys.All(k => SystemName().IsMatch(k))).WithErrorCode("invalid_name")
        .WithMessage(_ => Pick("系统代码只能用英文字母、数字、.、_ 和 -，以字母开头，最多 40 个字符。", "The code of a system has letters, digits, ., _ and - only, begins with a letter and has at most 40 characters."))
        .Must(keys => keys is null || keys.Values.All(v => v is null || IsExternalKey(v.Trim()))).WithErrorCode("invalid_value")
        .WithMessage(_ => Pick("外部编号的长度应为 1 到 200 个字符。", "An external key has 1 to 200 characters."));

    /// <summary>Whether a text can be the code of another system.</summary>
    public static bool IsSystemName(string text) => SystemName().IsMatch(text);

    /// <summary>Whether a text can be a key in another system.</summary>
    public static bool IsExternalKey(string text) => text.Length is >= 1 and <= 200 && !text.Any(c => char.IsControl(c) || char.IsSurrogate(c));

    /// <summary>The text without blanks around it, or null if nothing is left.</summary>
    public static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim().Normalize(NormalizationForm.FormC);

    /// <summary>One of two texts by the language in which the command is validated.</summary>
    public static string Pick(string zh, string en) => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? en : zh;

    private static bool IsWebsite(string text)
    {
        var hasScheme = text.Contains("://", StringComparison.Ordinal);
        return Uri.TryCreate(hasScheme ? text : "https://" + text, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.Host.Contains('.', StringComparison.Ordinal) && !text.Contains(' ', StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^[^\s@<>()\[\],;:""\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$")]
    private static partial Regex EmailForm();

    [GeneratedRegex(@"^\p{L}[\p{L}\p{N}_-]{0,63}$")]
    private static partial Regex FieldName();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9._-]{0,39}$")]
    private static partial Regex SystemName();
}
