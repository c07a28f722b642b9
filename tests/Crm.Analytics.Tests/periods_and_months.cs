using Crm.EventStore;
using Shouldly;
using Xunit;

namespace Crm.Analytics.Tests;

public sealed class periods_and_months
{
    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd");

    [Theory]
    [InlineData("2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28")]
    [InlineData("2026-01-01", "2026-03-31", "2025-10-01", "2025-12-31")]
    [InlineData("2026-03-02", "2026-03-31", "2026-01-31", "2026-03-01")]
    [InlineData("2026-03-15", "2026-03-15", "2026-03-14", "2026-03-14")]
    [InlineData("2024-02-01", "2024-02-29", "2024-01-01", "2024-01-31")]
    public void a_period_is_compared_with_as_much_before(string from, string to, string beforeFrom, string beforeTo) =>
        new Period(Day(from), Day(to)).Before().ShouldBe(new Period(Day(beforeFrom), Day(beforeTo)));

    [Theory]
    [InlineData("0002-01-01", "9998-12-31")]
    [InlineData("0002-01-02", "9998-12-30")]
    public void the_beginning_of_time_has_nothing_before_it(string from, string to) => new Period(Day(from), Day(to)).Before().ShouldBeNull();

    [Fact]
    public void everything_has_nothing_before_it() => new Period(null, Day("2026-03-31")).Before().ShouldBeNull();

    [Fact]
    public void months_are_cut_to_the_period_and_stand_at_their_end_or_now()
    {
        var now = new DateTimeOffset(2026, 3, 10, 4, 0, 0, TimeSpan.Zero);
        var query = new ReportQuery
        {
            Report = "funnel", At = now, IsPast = true, Basis = Basis.Effective, Zone = History.Zone, Chinese = true, Period = new Period(Day("2026-01-15"), Day("2026-05-05")),
        };
        var months = Month.Of(query);
        months.Select(m => m.Key).ShouldBe(["2026-01", "2026-02", "2026-03"], "what has not begun is no month");
        months[0].Days.ShouldBe(new Period(Day("2026-01-15"), Day("2026-01-31")));
        months[0].Start.ShouldBe(new DateTimeOffset(2026, 1, 14, 16, 0, 0, TimeSpan.Zero));
        months[1].Start.ShouldBe(months[0].End);
        months[1].Standing.ShouldBe(new DateTimeOffset(2026, 2, 28, 16, 0, 0, TimeSpan.Zero).AddMicroseconds(-1));
        months[2].Standing.ShouldBe(now);
    }
}
