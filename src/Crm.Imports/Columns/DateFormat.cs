using System.Globalization;

namespace Crm.Imports;

/// <summary>In which order day, month and year are written.</summary>
[Flags]
internal enum DateOrders
{
    None = 0,
    YearMonthDay = 1,
    DayMonthYear = 2,
    MonthDayYear = 4,
    Compact = 8,
    Serial = 16,
    NamedMonth = 32,
}

/// <summary>How the dates of one column are written, for example <c>dd-MM-yyyy</c>. Year-first dates are never ambiguous and are always accepted.</summary>
internal sealed class DateFormat
{
    private readonly DateOrders order;

    private DateFormat(string text, DateOrders order)
    {
        Text = text;
        this.order = order;
    }

    /// <summary>The pattern shown to people, in .NET letters; <c>excelSerial</c> for day numbers.</summary>
    public string Text { get; }

    /// <summary>ISO 8601.</summary>
    public static DateFormat Iso { get; } = new("yyyy-MM-dd", DateOrders.YearMonthDay);

    /// <summary>Reads a pattern that a person or a proposal names; null if it is not understood.</summary>
    public static DateFormat? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (text.Equals("excelSerial", StringComparison.OrdinalIgnoreCase)) return new DateFormat("excelSerial", DateOrders.Serial);
        if (text.Equals("yyyyMMdd", StringComparison.Ordinal)) return new DateFormat(text, DateOrders.Compact);
        var (y, m, d) = (text.IndexOf('y', StringComparison.OrdinalIgnoreCase), text.IndexOf('M', StringComparison.Ordinal), text.IndexOf('d', StringComparison.OrdinalIgnoreCase));
        if (y < 0 || m < 0 || d < 0) return null;
        if (text.Contains("MMM", StringComparison.Ordinal)) return new DateFormat(text, DateOrders.NamedMonth);
        if (y < m && m < d) return new DateFormat(text, DateOrders.YearMonthDay);
        if (d < m && m < y) return new DateFormat(text, DateOrders.DayMonthYear);
        return m < d && d < y ? new DateFormat(text, DateOrders.MonthDayYear) : null;
    }

    /// <summary>Reads one value; a time of day after the date is allowed and not used.</summary>
    public bool TryRead(string value, out DateOnly date)
    {
        foreach (var candidate in DateText.Read(value))
        {
            if (candidate.Order != order && candidate.Order != DateOrders.YearMonthDay) continue;
            date = candidate.Date;
            return true;
        }
        date = default;
        return false;
    }

    internal static DateFormat Of(DateOrders order, char separator) => order switch
    {
        DateOrders.YearMonthDay => new(separator switch { '年' => "yyyy年M月d日", '/' => "yyyy/M/d", '.' => "yyyy.M.d", _ => "yyyy-MM-dd" }, order),
        DateOrders.DayMonthYear => new($"dd{separator}MM{separator}yyyy", order),
        DateOrders.MonthDayYear => new($"MM{separator}dd{separator}yyyy", order),
        DateOrders.Compact => new("yyyyMMdd", order),
        DateOrders.Serial => new("excelSerial", order),
        _ => new("d MMM yyyy", DateOrders.NamedMonth),
    };
}

/// <summary>Every way in which one text can be a date.</summary>
internal static class DateText
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    public static IEnumerable<(DateOrders Order, DateOnly Date, char Separator)> Read(string value)
    {
        var text = WithoutTime(value.AsSpan().Trim());
        if (text.Length is < 5 or > 20) return [];
        var found = new List<(DateOrders, DateOnly, char)>(2);
        Span<int> numbers = stackalloc int[3];
        Span<int> lengths = stackalloc int[3];
        var count = Split(text, numbers, lengths, out var separator, out var month, out var monthAt);
        if (month > 0) Named(found, numbers, lengths, count, month, monthAt);
        else if (count == 3 && lengths[0] == 4) Add(found, DateOrders.YearMonthDay, numbers[0], numbers[1], numbers[2], separator);
        else if (count == 3 && lengths[2] == 4)
        {
            Add(found, DateOrders.DayMonthYear, numbers[2], numbers[1], numbers[0], separator);
            Add(found, DateOrders.MonthDayYear, numbers[2], numbers[0], numbers[1], separator);
        }
        else if (count == 1 && lengths[0] == 8) Add(found, DateOrders.Compact, numbers[0] / 10_000, numbers[0] / 100 % 100, numbers[0] % 100, separator);
        else if (count == 1 && lengths[0] == 5 && ExcelSerial.TryToDate(numbers[0], out var day)) found.Add((DateOrders.Serial, day, separator));
        return found;
    }

    private static void Named(List<(DateOrders, DateOnly, char)> found, Span<int> numbers, Span<int> lengths, int count, int month, int monthAt)
    {
        if (count != 2) return;
        var (day, year) = lengths[0] == 4 ? (numbers[1], numbers[0]) : (numbers[0], numbers[1]);
        if (monthAt <= 1 && Math.Max(lengths[0], lengths[1]) == 4) Add(found, DateOrders.NamedMonth, year, month, day, ' ');
    }

    private static void Add(List<(DateOrders, DateOnly, char)> found, DateOrders order, int year, int month, int day, char separator)
    {
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return;
        found.Add((order, new DateOnly(year, month, day), separator));
    }

    /// <summary>Digit groups with separators between; an English month name counts apart. Returns 0 when another character occurs.</summary>
    private static int Split(ReadOnlySpan<char> text, Span<int> numbers, Span<int> lengths, out char separator, out int month, out int monthAt)
    {
        (separator, month, monthAt) = ('-', 0, 0);
        var count = 0;
        var first = true;
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            if (i > start)
            {
                if (count == 3 || i - start > 8) return 0;
                numbers[count] = int.Parse(text[start..i], NumberStyles.None, CultureInfo.InvariantCulture);
                lengths[count++] = i - start;
                continue;
            }
            while (i < text.Length && char.IsAsciiLetter(text[i])) i++;
            if (i > start)
            {
                month = MonthOf(text[start..i]);
                monthAt = count;
                if (month == 0) return 0;
                continue;
            }
            if (text[i] is not ('-' or '/' or '.' or ' ' or ',' or '年' or '月' or '日')) return 0;
            if (first) separator = text[i];
            first = false;
            i++;
        }
        return count;
    }

    private static int MonthOf(ReadOnlySpan<char> word)
    {
        for (var i = 0; i < Months.Length; i++)
        {
            if (word.Length >= 3 && word.StartsWith(Months[i], StringComparison.OrdinalIgnoreCase)) return i + 1;
        }
        return 0;
    }

    private static ReadOnlySpan<char> WithoutTime(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        if (colon < 0) return text;
        var cut = text[..colon].LastIndexOfAny('T', ' ');
        if (cut < 0) return text;
        foreach (var c in text[(cut + 1)..])
        {
            if (!char.IsAsciiDigit(c) && c is not (':' or '.' or '+' or '-' or 'Z')) return text;
        }
        return text[..cut].TrimEnd();
    }
}
