using System.Globalization;

namespace Crm.Imports;

/// <summary>Which sign separates the decimals of one column: <c>1,234.56</c> or <c>1.234,56</c>.</summary>
internal sealed class NumberFormat
{
    private readonly char point;

    private NumberFormat(string text, char point)
    {
        Text = text;
        this.point = point;
    }

    /// <summary>An example that names the format: <c>1,234.56</c> or <c>1.234,56</c>.</summary>
    public string Text { get; }

    /// <summary>Decimal point, comma between thousands: Chinese and English usage.</summary>
    public static NumberFormat Point { get; } = new("1,234.56", '.');

    /// <summary>Decimal comma, point or space between thousands: continental European usage.</summary>
    public static NumberFormat Comma { get; } = new("1.234,56", ',');

    /// <summary>Reads a format that a person names; null if it is not understood.</summary>
    public static NumberFormat? Parse(string? text) => text switch
    {
        "1,234.56" => Point,
        "1.234,56" => Comma,
        _ => null,
    };

    /// <summary>Reads a number exactly. Currency signs and codes, spaces, a percent sign and accountants' parentheses are understood.</summary>
    public bool TryRead(string value, out decimal number) => TryRead(value, out number, out _);

    internal bool TryRead(string value, out decimal number, out string? currency)
    {
        number = 0;
        var text = CurrencySigns.Strip(value.AsSpan().Trim(), out currency);
        var negative = text is ['(', .., ')'];
        if (negative) text = text[1..^1].Trim();
        Span<char> plain = stackalloc char[40];
        var length = 0;
        var (integer, decimals, group) = (0, -1, -1);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsAsciiDigit(c))
            {
                if (decimals >= 0) decimals++;
                else if (group >= 0) group++;
                else integer++;
            }
            else if (c is '-' or '+' && i == 0 && text.Length > 1)
            {
            }
            else if (c == point && decimals < 0)
            {
                if (group is >= 0 and not 3) return false;
                (decimals, c) = (0, '.');
            }
            else if (IsGroup(c) && decimals < 0 && (group == 3 || (group < 0 && integer is >= 1 and <= 3)))
            {
                group = 0;
                continue;
            }
            else
            {
                return false;
            }
            if (length == plain.Length) return false;
            plain[length++] = c;
        }
        if (integer == 0 && decimals <= 0) return false;
        if (decimals < 0 && group is >= 0 and not 3) return false;
        if (!decimal.TryParse(plain[..length], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number)) return false;
        if (negative) number = -number;
        return true;
    }

    private bool IsGroup(char c) => c is ' ' or '\u00A0' or '\u202F' or '\'' || c == (point == '.' ? ',' : '.');
}

/// <summary>Signs and codes around an amount.</summary>
internal static class CurrencySigns
{
    private static readonly (string Sign, string Code)[] Known =
    [
        ("人民币", "CNY"), ("RMB", "CNY"), ("CNY", "CNY"), ("￥", "CNY"), ("¥", "CNY"), ("元", "CNY"), ("US$", "USD"), ("USD", "USD"), ("$", "USD"),
        ("EUR", "EUR"), ("€", "EUR"), ("GBP", "GBP"), ("£", "GBP"), ("HK$", "HKD"), ("HKD", "HKD"), ("JPY", "JPY"),
    ];

    public static ReadOnlySpan<char> Strip(ReadOnlySpan<char> text, out string? currency)
    {
        currency = null;
        if (text.IsEmpty || (char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1]))) return text;
        var sign = text[0] == '-' ? 1 : 0;
        foreach (var (mark, code) in Known)
        {
            if (text[sign..].StartsWith(mark, StringComparison.OrdinalIgnoreCase))
            {
                currency = code;
                var rest = text[(sign + mark.Length)..].Trim();
                return sign == 1 ? string.Concat("-", rest) : rest;
            }
            if (text.EndsWith(mark, StringComparison.OrdinalIgnoreCase))
            {
                currency = code;
                return text[..^mark.Length].Trim();
            }
        }
        return text;
    }
}
