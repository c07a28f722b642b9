using System.Globalization;

namespace Crm.Http;

/// <summary>What a list request calls now, and the organisation's zone, in which its days begin.</summary>
public sealed record QueryClock(DateTimeOffset Now, TimeZoneInfo Zone);

/// <summary>
/// A time relative to the request: <c>now</c> (an instant) or <c>today</c> (a day), plus offsets such as <c>-30d</c>, <c>+3M</c>, <c>-1y+2w</c>.
/// <c>s m h</c> are exact and only for <c>now</c>; <c>d w M y</c> follow the calendar of <paramref name="Zone"/> (IANA name), without it the organisation's.
/// </summary>
/// <param name="IsDay"><c>today</c> rather than <c>now</c>.</param>
/// <param name="Zone">The zone written in the filter, if any.</param>
/// <param name="Offsets">The offsets as written, for example <c>-30d</c>.</param>
public sealed record Moment(bool IsDay, string? Zone, string Offsets)
{
    /// <summary>Reads <c>now-30d</c> or <c>today+1w</c>; null when it is something else.</summary>
    public static Moment? Parse(string text, string? zone)
    {
        var isDay = text.StartsWith("today", StringComparison.Ordinal);
        if (!isDay && !text.StartsWith("now", StringComparison.Ordinal)) return null;
        var offsets = text[(isDay ? 5 : 3)..];
        for (var at = 0; at < offsets.Length; at++)
        {
            if (offsets[at] is not ('+' or '-')) return null;
            var first = ++at;
            while (at < offsets.Length && char.IsAsciiDigit(offsets[at])) at++;
            if (at - first is 0 or > 5 || at == offsets.Length || !(isDay ? "dwMy" : "smhdwMy").Contains(offsets[at], StringComparison.Ordinal)) return null;
        }
        return new(isDay, zone, offsets);
    }

    /// <summary>The time meant, or null: unknown zone, or outside the years 1 to 9999.</summary>
    internal Point? Resolve(QueryClock clock)
    {
        var zone = clock.Zone;
        if (Zone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out zone)) return null;
        try
        {
            var local = TimeZoneInfo.ConvertTime(clock.Now, zone).DateTime;
            var exact = TimeSpan.Zero;
            for (var at = 0; at < Offsets.Length; at++)
            {
                var first = at++;
                while (char.IsAsciiDigit(Offsets[at])) at++;
                var amount = int.Parse(Offsets.AsSpan(first, at - first), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                (local, exact) = Offsets[at] switch
                {
                    'y' => (local.AddYears(amount), exact),
                    'M' => (local.AddMonths(amount), exact),
                    'w' => (local.AddDays(7 * amount), exact),
                    'd' => (local.AddDays(amount), exact),
                    'h' => (local, exact + TimeSpan.FromHours(amount)),
                    'm' => (local, exact + TimeSpan.FromMinutes(amount)),
                    _ => (local, exact + TimeSpan.FromSeconds(amount)),
                };
            }
            var day = DateOnly.FromDateTime(local);
            if (IsDay) return Point.Of(day, zone);
            // Without calendar offsets the local time is not consulted: it would be ambiguous when clocks go back.
            var calendar = Offsets.AsSpan().ContainsAny("dwMy") ? Point.ToInstant(local, zone) : clock.Now;
            return new(calendar + exact, calendar + exact, zone);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}

/// <summary>An instant, or a whole day as the half-open interval between two instants.</summary>
internal readonly record struct Point(DateTimeOffset Start, DateTimeOffset End, TimeZoneInfo Zone)
{
    public bool IsDay => Start != End;

    /// <summary>The day in the zone that the point was written in.</summary>
    public DateOnly Day => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(Start, Zone).DateTime);

    public static Point Of(DateOnly day, TimeZoneInfo zone) =>
        new(ToInstant(day.ToDateTime(TimeOnly.MinValue), zone), ToInstant(day.AddDays(1).ToDateTime(TimeOnly.MinValue), zone), zone);

    /// <summary>Reads <c>2026-01-31</c> as a day of the organisation's zone and RFC 3339 with an offset as an instant; null for anything else.</summary>
    public static Point? Parse(string text, QueryClock clock)
    {
        try
        {
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return Of(day, clock.Zone);
            // The offset is demanded: a time without one would mean something else on another server.
            return text.Length > 19 && text[10] is 'T' or 't' && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
                ? new(instant, instant, clock.Zone)
                : null;
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>A local time that the clocks skip moves past the gap; of a time that comes twice the first is meant.</summary>
    public static DateTimeOffset ToInstant(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(30);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }
}
