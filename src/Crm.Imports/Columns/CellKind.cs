namespace Crm.Imports;

/// <summary>What one value can be, beside text.</summary>
[Flags]
internal enum CellKinds
{
    None = 0,
    Number = 1,
    Date = 2,
    Email = 4,
    Phone = 8,
    Boolean = 16,
    Money = 32,
}

internal static class CellKind
{
    private static readonly HashSet<string> Yes = new(StringComparer.OrdinalIgnoreCase) { "true", "yes", "y", "是", "有" };
    private static readonly HashSet<string> No = new(StringComparer.OrdinalIgnoreCase) { "false", "no", "n", "否", "无" };

    public static bool? Boolean(string value) => Yes.Contains(value) ? true : No.Contains(value) ? false : null;

    public static CellKinds Of(string value)
    {
        var kinds = CellKinds.None;
        if (NumberFormat.Point.TryRead(value, out _, out var currency) || NumberFormat.Comma.TryRead(value, out _, out currency)) kinds |= CellKinds.Number;
        if (currency is not null && kinds != CellKinds.None) kinds |= CellKinds.Money;
        if (DateText.Read(value).Any(d => d.Order is not (DateOrders.Serial or DateOrders.Compact))) kinds |= CellKinds.Date;
        if (IsEmail(value)) kinds |= CellKinds.Email;
        if (IsPhone(value)) kinds |= CellKinds.Phone;
        if (Boolean(value) is not null) kinds |= CellKinds.Boolean;
        return kinds;
    }

    /// <summary>Something before and after one at sign, a dot in the domain, no spaces: enough to tell a column of addresses.</summary>
    public static bool IsEmail(string value)
    {
        var at = value.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at == value.LastIndexOf('@') && value.IndexOf('.', at) is var dot && dot > at + 1 && dot < value.Length - 1 && !value.Any(char.IsWhiteSpace);
    }

    /// <summary>A Chinese mobile number, or 7 to 15 digits (E.164) that carry a telephone's punctuation: plain digits could be any number.</summary>
    public static bool IsPhone(string value)
    {
        var digits = value.Count(char.IsAsciiDigit);
        if (digits is < 7 or > 15 || value.Length > 24) return false;
        if (value.Any(c => !char.IsAsciiDigit(c) && c is not ('+' or '-' or ' ' or '(' or ')' or '（' or '）'))) return false;
        if (digits == value.Length) return value.Length == 11 && value[0] == '1' && value[1] >= '3';
        return (value[0] is '+' or '0' or '(' or '（' || value.Any(c => c is '-' or ' ')) && !DateText.Read(value).Any();
    }
}
