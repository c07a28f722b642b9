using System.Globalization;
using System.Text;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Analytics;

/// <summary>By what the figures of a report are split.</summary>
internal enum GroupBy
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By responsible user.</summary>
    Owner,

    /// <summary>By the responsible user's department.</summary>
    Department,

    /// <summary>By calendar month of the organisation.</summary>
    Month,
}

/// <summary>Days from the first to the last, both included; an absent first day is the beginning of time.</summary>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
internal sealed record Period(DateOnly? From, DateOnly To)
{
    /// <summary>
    /// The period to compare with: as many whole calendar months before if it is whole months, else as many days before. Null without a first day.
    /// </summary>
    public Period? Before()
    {
        if (From is not { } from) return null;
        if (from.Day != 1 || To.AddDays(1).Day != 1)
            return from.DayNumber - (To.DayNumber - from.DayNumber + 1) < 1 ? null : new Period(from.AddDays(from.DayNumber - To.DayNumber - 1), from.AddDays(-1));
        var months = (To.Year - from.Year) * 12 + To.Month - from.Month + 1;
        return (from.Year - 1) * 12 + from.Month <= months ? null : new Period(from.AddMonths(-months), from.AddDays(-1));
    }
}

/// <summary>What a report is asked about: a period of business days, and the instant and axis of what is true or known.</summary>
internal sealed record ReportQuery
{
    /// <summary>Days of a report that asks for a period and is told none.</summary>
    public const int DefaultDays = 90;

    private const int MostMonths = 120;

    private static readonly DateTimeOffset Epoch = new(1900, 1, 2, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The report, for links.</summary>
    public required string Report { get; init; }

    /// <summary>The instant; now unless stated.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether the instant is a past one rather than now.</summary>
    public required bool IsPast { get; init; }

    /// <summary>The axis of the instant.</summary>
    public required Basis Basis { get; init; }

    /// <summary>The period, on business days.</summary>
    public required Period Period { get; init; }

    /// <summary>What selects opportunities of nobody, and of people without a department.</summary>
    public const string Nobody = "none";

    /// <summary>Only this responsible user's identity, or <see cref="Nobody"/>.</summary>
    public string? Owner { get; init; }

    /// <summary>Only this department, or <see cref="Nobody"/>.</summary>
    public string? Department { get; init; }

    /// <summary>Only this pipeline.</summary>
    public Guid? PipelineId { get; init; }

    /// <summary>Whose opportunities the reader may see: figures are made of these and no others, past ones too.</summary>
    public RowReach Opportunities { get; init; } = RowReach.All;

    /// <summary>The same of tickets.</summary>
    public RowReach Tickets { get; init; } = RowReach.All;

    /// <summary>The currency of sums; null lets the report choose.</summary>
    public string? Currency { get; init; }

    /// <summary>The split.</summary>
    public GroupBy GroupBy { get; init; }

    /// <summary>The organisation's zone.</summary>
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>Whether texts are wanted in Chinese.</summary>
    public required bool Chinese { get; init; }

    /// <summary>First instant of the period.</summary>
    public DateTimeOffset? Start => Period.From is { } from ? StartOf(from) : null;

    /// <summary>First instant after the period.</summary>
    public DateTimeOffset End => StartOf(Period.To.AddDays(1));

    /// <summary>Reads a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="report">The report's name.</param>
    /// <param name="needsPeriod">Whether a period without a first day is the last <see cref="DefaultDays"/> days rather than everything.</param>
    /// <exception cref="ProblemException">400 naming the parameter.</exception>
    public static ReportQuery Of(HttpContext http, string report, bool needsPeriod)
    {
        var store = http.RequestServices.GetRequiredService<DocumentStore>();
        var (at, basis) = AsOf.Of(http);
        var now = store.Now;
        // What is later than now is not known yet; before the epoch there was nothing.
        if (at > now) at = now;
        if (at < Epoch) at = Epoch;
        var (from, to) = (Day(http, "from"), Day(http, "to"));
        var last = to ?? store.DayOf(at ?? now);
        if (from > last) throw ProblemException.Invalid("query.from", "invalid_period", "from 不能晚于 to。", "from must not be after to.");
        var groupBy = Text(http, "groupBy") switch
        {
            null => GroupBy.None,
            "owner" => GroupBy.Owner,
            "department" => GroupBy.Department,
            "month" => GroupBy.Month,
            _ => throw ProblemException.Invalid("query.groupBy", "unknown_value", "groupBy 只能是 owner、department 或 month。", "groupBy must be owner, department or month."),
        };
        if (from is null && groupBy == GroupBy.Month) from = new DateOnly(last.Year, last.Month, 1).AddMonths(-11);
        if (from is null && needsPeriod) from = last.AddDays(1 - DefaultDays);
        if (groupBy == GroupBy.Month && (last.Year - from!.Value.Year) * 12 + last.Month - from.Value.Month >= MostMonths)
            throw ProblemException.Invalid("query.groupBy", "period_too_long", $"按月分组最多 {MostMonths} 个月。", $"A report by month covers at most {MostMonths} months.");
        return new ReportQuery
        {
            Report = report,
            At = at ?? now,
            IsPast = at is not null,
            Basis = basis,
            Period = new Period(from, last),
            Owner = Text(http, "ownerId") is Nobody ? Nobody : Id(http, "ownerId")?.ToString(),
            Department = Text(http, "departmentId"),
            PipelineId = Id(http, "pipelineId"),
            Currency = CurrencyOf(http),
            GroupBy = groupBy,
            Zone = store.TimeZone,
            Chinese = Language.IsChinese(http),
            Opportunities = Access.Of(http).Rows(Right.View("opportunities")),
            Tickets = Access.Of(http).Rows(Right.View("tickets")),
        };
    }

    /// <summary>First instant of a day of the organisation.</summary>
    public DateTimeOffset StartOf(DateOnly day)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        while (Zone.IsInvalidTime(local)) local = local.AddMinutes(30);
        return new DateTimeOffset(local, Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>One of two texts by the caller's language.</summary>
    public string Pick(string zh, string en) => Chinese ? zh : en;

    /// <summary>The address of the rows behind a figure: the same question, pinned to the same instant, so that the rows make up the figure for good.</summary>
    public string Rows(string figure, params (string Name, string? Value)[] more)
    {
        var url = new StringBuilder($"/api/v1/reports/{Report}/rows?figure={figure}");
        (string Name, string? Value)[] all =
        [
            .. more, ("from", Period.From?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ("to", Period.To.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            ("asOf", EventSerializer.InstantText(At)), ("basis", Basis == Basis.Recorded ? "recorded" : "effective"), ("ownerId", Owner), ("departmentId", Department),
            ("pipelineId", PipelineId?.ToString()),
        ];
        foreach (var (name, value) in all.DistinctBy(p => p.Name))
            if (value is not null) url.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return url.ToString();
    }

    private static string? Text(HttpContext http, string name) => http.Request.Query[name].ToString() is { Length: > 0 } text
        ? text.Length <= 200 && !text.Contains('\0', StringComparison.Ordinal) ? text : throw Wrong(name)
        : null;

    private static Guid? Id(HttpContext http, string name) => Text(http, name) is not { } text ? null : Guid.TryParse(text, out var id) ? id : throw Wrong(name);

    private static DateOnly? Day(HttpContext http, string name) =>
        Text(http, name) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 1900 and < 9999 ? day
        : throw ProblemException.Invalid("query." + name, "invalid_date", $"{name} 必须是 1900 年以后的日期 YYYY-MM-DD。", $"{name} must be a date from 1900 on, YYYY-MM-DD.");

    private static string? CurrencyOf(HttpContext http) => Text(http, "currency") is not { } text ? null
        : text.Length == 3 && text.All(char.IsAsciiLetterUpper) ? text
        : throw ProblemException.Invalid("query.currency", "invalid_value", "currency 必须是 ISO 4217 代码，例如 CNY。", "currency must be an ISO 4217 code, for example CNY.");

    private static ProblemException Wrong(string name) => ProblemException.Invalid("query." + name, "invalid_value", $"{name} 的值不正确。", $"The value of {name} is not valid.");
}
