namespace Crm.Imports;

/// <summary>
/// Collects what a column holds, value by value, and decides its type and format over all of them: one value with a 25th month-place proves the
/// order of day and month for the whole column, and if none does the column is reported as ambiguous.
/// </summary>
internal sealed class ColumnProfiler(string name, int index)
{
    /// <summary>Up to this many different values are counted exactly.</summary>
    public const int DistinctLimit = 200_000;

    private const int ValueLimit = 5_000;
    private const int SampleCount = 5;
    private const double MostValues = 0.9;

    private static readonly DateOrders[] Orders =
        [DateOrders.YearMonthDay, DateOrders.DayMonthYear, DateOrders.MonthDayYear, DateOrders.NamedMonth, DateOrders.Compact, DateOrders.Serial];

    private readonly List<string> samples = [];
    private readonly HashSet<ulong> hashes = [];
    private readonly Dictionary<DateOrders, int> dates = [];
    private readonly Dictionary<char, int> separators = [];
    private Dictionary<string, int>? values = [];
    private int filled;
    private int blanks;
    private int pointNumbers;
    private int commaNumbers;
    private int proofOfPoint;
    private int proofOfComma;
    private int readTwoWays;
    private int money;
    private int emails;
    private int phones;
    private int booleans;

    /// <summary>Adds one cell.</summary>
    public void Add(string value)
    {
        if (value.Length == 0)
        {
            blanks++;
            return;
        }
        filled++;
        if (samples.Count < SampleCount && !samples.Contains(value)) samples.Add(value.Length > 100 ? value[..100] : value);
        if (hashes.Count < DistinctLimit) hashes.Add(Hash(value));
        if (values is not null) CountValue(value);
        Classify(value);
    }

    /// <summary>The judgement over all values added so far.</summary>
    public ColumnProfile Profile()
    {
        var (type, format, alternatives, fitting) = Decide();
        return new ColumnProfile(name, index, samples, type, format, alternatives, alternatives.Count > 0, filled - fitting,
            values?.Count ?? hashes.Count, blanks, values);
    }

    private void CountValue(string value)
    {
        values![value] = values.GetValueOrDefault(value) + 1;
        if (values.Count > ValueLimit || value.Length > 200) values = null;
    }

    private void Classify(string value)
    {
        if (value.Length > 64)
        {
            if (CellKind.IsEmail(value)) emails++;
            return;
        }
        var point = NumberFormat.Point.TryRead(value, out var asPoint, out var currency);
        var comma = NumberFormat.Comma.TryRead(value, out var asComma, out var other);
        if (point) pointNumbers++;
        if (comma) commaNumbers++;
        if (point && !comma) proofOfPoint++;
        if (comma && !point) proofOfComma++;
        if (point && comma && asPoint != asComma) readTwoWays++;
        if ((point || comma) && (currency ?? other) is not null) money++;
        foreach (var (order, _, separator) in DateText.Read(value))
        {
            dates[order] = dates.GetValueOrDefault(order) + 1;
            separators[separator] = separators.GetValueOrDefault(separator) + 1;
        }
        if (CellKind.IsEmail(value)) emails++;
        if (CellKind.IsPhone(value)) phones++;
        if (CellKind.Boolean(value) is not null) booleans++;
    }

    private (ColumnType Type, string? Format, IReadOnlyList<string> Alternatives, int Fitting) Decide()
    {
        if (filled == 0) return (ColumnType.Empty, null, [], 0);
        if (IsMost(emails)) return (ColumnType.Email, null, [], emails);
        if (booleans == filled) return (ColumnType.Boolean, null, [], booleans);
        if (BestDate() is { } date) return date;
        if (phones == filled || (IsMost(phones) && phones > Math.Max(pointNumbers, commaNumbers) / 2)) return (ColumnType.Phone, null, [], phones);
        var numbers = Math.Max(pointNumbers, commaNumbers);
        if (!IsMost(numbers)) return (ColumnType.Text, null, [], filled);
        var format = proofOfComma > proofOfPoint ? NumberFormat.Comma : NumberFormat.Point;
        var ambiguous = readTwoWays > 0 && proofOfPoint == 0 && proofOfComma == 0;
        return (IsMost(money) ? ColumnType.Money : ColumnType.Number, format.Text, ambiguous ? [NumberFormat.Comma.Text] : [], numbers);
    }

    private (ColumnType, string?, IReadOnlyList<string>, int)? BestDate()
    {
        var separator = separators.Count == 0 ? '-' : separators.MaxBy(s => s.Value).Key;
        var best = Orders.Where(o => IsPlausible(o)).OrderByDescending(o => dates.GetValueOrDefault(o)).FirstOrDefault();
        var count = dates.GetValueOrDefault(best);
        if (best == DateOrders.None || !IsMost(count)) return null;
        var rivals = best is DateOrders.DayMonthYear or DateOrders.MonthDayYear
            ? Orders.Where(o => o is DateOrders.DayMonthYear or DateOrders.MonthDayYear && o != best && dates.GetValueOrDefault(o) == count)
            : [];
        return (ColumnType.Date, DateFormat.Of(best, separator).Text, rivals.Select(o => DateFormat.Of(o, separator).Text).ToList(), count);
    }

    /// <summary>Digits alone are a date only if every value is one and, for day numbers, the column's name says so.</summary>
    private bool IsPlausible(DateOrders order) => order switch
    {
        DateOrders.Compact => dates.GetValueOrDefault(order) == filled && NameTells.Date(name),
        DateOrders.Serial => dates.GetValueOrDefault(order) == filled && NameTells.Date(name),
        _ => dates.GetValueOrDefault(order) > 0,
    };

    /// <summary>FNV-1a over 64 bits: among 200,000 values a collision is a one in a billion event, so the count is exact for every purpose.</summary>
    private static ulong Hash(string value)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var c in value) hash = unchecked((hash ^ c) * 1_099_511_628_211UL);
        return hash;
    }

    private bool IsMost(int count) => count > 0 && count >= filled * MostValues;
}

/// <summary>What a column's name says about its values.</summary>
internal static class NameTells
{
    private static readonly string[] DateWords = ["date", "day", "日期", "时间", "time", "生日", "birthday", "_at", "_on", "年月"];

    public static bool Date(string name) => DateWords.Any(w => name.Contains(w, StringComparison.OrdinalIgnoreCase));
}
