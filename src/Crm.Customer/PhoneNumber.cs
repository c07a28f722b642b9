using System.Text;
using System.Text.RegularExpressions;

namespace Crm.Customers;

/// <summary>
/// Telephone numbers as people write them (S011): a Chinese mobile number has 11 digits, a land line its area code, an international
/// number a plus sign. Blanks, hyphens, dots and brackets may stand between the digits, in full or half width.
/// </summary>
internal static partial class PhoneNumber
{
    /// <summary>Whether the text is a number somebody can call.</summary>
    public static bool IsValid(string text) => Canonical(text) is not null;

    /// <summary>
    /// The number by which two spellings are the same: Chinese numbers without country code, others as E.164. An extension
    /// (<c>-801</c>, <c>转801</c>, <c>ext 801</c>) belongs to it. Null if it is none.
    /// </summary>
    public static string? Canonical(string text)
    {
        var folded = text.Normalize(NormalizationForm.FormKC).Trim();
        var (number, extension) = (folded, "");
        if (Extension().Match(folded) is { Success: true } match) (number, extension) = (folded[..match.Index], "x" + match.Groups[1].Value);
        if (!Written().IsMatch(number)) return null;
        var digits = string.Concat(number.Where(char.IsAsciiDigit));
        var international = number.TrimStart('(').StartsWith('+');
        if (digits.StartsWith("0086", StringComparison.Ordinal)) (digits, international) = (digits[2..], true);
        if (international && digits.StartsWith("86", StringComparison.Ordinal))
        {
            var national = digits[2..];
            // After the country code an area code loses its zero.
            return Chinese().IsMatch(national) ? national + extension : Chinese().IsMatch("0" + national) ? "0" + national + extension : null;
        }
        if (international) return E164().IsMatch(digits) ? "+" + digits + extension : null;
        if (digits.Length == 13 && digits.StartsWith("861", StringComparison.Ordinal)) digits = digits[2..];
        if (Chinese().IsMatch(digits)) return digits + extension;
        // 010-62345678-801: the last group is an extension.
        return LandLine().Match(number) is { Success: true } parts ? parts.Groups[1].Value + parts.Groups[2].Value + "x" + parts.Groups[3].Value : null;
    }

    // Mobile; land line with area code; 400 and 800 numbers; short service numbers such as 95588 and 10086.
    [GeneratedRegex(@"^(?:1[3-9]\d{9}|0(?:10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}|[48]00\d{7}|9[56]\d{3,4}|1\d{4})$")]
    private static partial Regex Chinese();

    [GeneratedRegex(@"^[1-9]\d{6,14}$")]
    private static partial Regex E164();

    [GeneratedRegex(@"^\(?\+?[\d\s()./-]*\d\)?$")]
    private static partial Regex Written();

    [GeneratedRegex(@"\s*(?:转|ext\.?|x|#)\s*(\d{1,6})$", RegexOptions.IgnoreCase)]
    private static partial Regex Extension();

    [GeneratedRegex(@"^\(?(0\d{2,3})\)?[\s-]*(\d{7,8})-(\d{1,6})$")]
    private static partial Regex LandLine();
}
