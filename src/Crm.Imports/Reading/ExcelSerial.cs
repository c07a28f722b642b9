using System.Globalization;

namespace Crm.Imports;

/// <summary>Spreadsheet day numbers: 1 is 1900-01-01, and 60 is a day that never was (29 February 1900), kept for compatibility with Lotus 1-2-3.</summary>
internal static class ExcelSerial
{
    /// <summary>The last day a spreadsheet can show, 9999-12-31.</summary>
    public const double Max = 2_958_465;

    public static bool TryToDate(double serial, out DateOnly date)
    {
        date = default;
        if (serial is < 1 or > Max) return false;
        var days = (int)Math.Floor(serial);
        if (days == 60) return false;
        date = new DateOnly(1899, 12, 30).AddDays(days < 60 ? days + 1 : days);
        return true;
    }

    /// <summary>ISO date, date and time, or time of day; a number that is no date is returned as a number.</summary>
    public static string ToText(double serial, bool from1904)
    {
        var rounded = Math.Round(serial * 86_400) / 86_400;
        var time = TimeSpan.FromSeconds(Math.Round((rounded - Math.Floor(rounded)) * 86_400));
        if (rounded is >= 0 and < 1 && !from1904) return time.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture);
        if (!TryToDate(from1904 ? rounded + 1462 : rounded, out var date)) return serial.ToString("R", CultureInfo.InvariantCulture);
        var day = date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return time == TimeSpan.Zero ? day : day + time.ToString(@"\Thh\:mm\:ss", CultureInfo.InvariantCulture);
    }
}
