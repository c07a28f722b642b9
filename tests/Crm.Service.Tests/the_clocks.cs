using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Crm.Service.Tests;

/// <summary>Clocks are pure functions of when they ran and of the instant asked about.</summary>
public sealed class the_clocks
{
    private static readonly DateTimeOffset Start = new(2026, 3, 16, 1, 0, 0, TimeSpan.Zero);

    /// <summary>Minutes between stops and starts, and the instant asked about; sometimes exactly on the limit.</summary>
    private static readonly Arbitrary<(int[] Steps, int Asked)> Histories = Arb.From(
        from steps in Gen.ArrayOf(Gen.OneOf(Gen.Choose(0, 60 * 30), Gen.Constant(120), Gen.Constant(1440)))
        from asked in Gen.OneOf(Gen.Choose(-60, 60 * 80), Gen.Elements(0, 120, 1440))
        select (steps, asked));

    private static Clock After(int[] steps, TimeSpan limit)
    {
        var clock = Clock.Start(Clock.Solution, limit, Start);
        var at = Start;
        foreach (var step in steps)
        {
            at += TimeSpan.FromMinutes(step);
            clock = clock.StoppedAt is null ? clock.Stop(at) : clock.GoOn(at);
        }
        return clock;
    }

    /// <summary>The same told minute by minute, as slowly and plainly as can be.</summary>
    private static (int Elapsed, bool Runs) MinuteByMinute(int[] steps, int asked)
    {
        var (elapsed, runs, next, index) = (0, true, 0, 0);
        var changes = new List<int>();
        foreach (var step in steps) changes.Add(next += step);
        for (var minute = 0; minute <= asked; minute++)
        {
            while (index < changes.Count && changes[index] == minute)
            {
                runs = !runs;
                index++;
            }
            if (minute < asked && runs) elapsed++;
        }
        return (elapsed, runs);
    }

    private static void Always(Action<int[], int> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Histories, history => property(history.Steps, history.Asked)));

    [Fact]
    public void stand_at_every_instant_as_a_count_of_minutes_says() => Always((steps, asked) =>
    {
        var clock = After(steps, TimeSpan.FromHours(24));
        var at = Start.AddMinutes(asked);
        if (asked < 0)
        {
            (clock.StateAt(at), clock.Elapsed(at)).ShouldBe((ClockState.Running, TimeSpan.Zero));
            return;
        }
        var (elapsed, runs) = MinuteByMinute(steps, asked);
        clock.Elapsed(at).ShouldBe(TimeSpan.FromMinutes(elapsed));
        clock.StateAt(at).ShouldBe(elapsed > 24 * 60 ? ClockState.Breached : runs ? ClockState.Running : ClockState.Met);
    });

    [Fact]
    public void have_segments_that_sum_to_what_elapsed() => Always((steps, asked) =>
    {
        var clock = After(steps, TimeSpan.FromHours(2));
        var at = Start.AddMinutes(asked).AddSeconds(37);
        var view = ClockView.Of(clock, at);
        view.Segments.Sum(s => s.Minutes).ShouldBe(view.ElapsedMinutes);
        view.ElapsedMinutes.ShouldBe((long)clock.Elapsed(at).TotalMinutes);
        view.Segments.ShouldAllBe(s => s.Minutes >= 0);
    });

    [Fact]
    public void are_due_when_they_turn_breached_and_stay_breached() => Always((steps, _) =>
    {
        var clock = After(steps, TimeSpan.FromHours(24));
        var last = clock.StoppedAt ?? clock.DueAt.AddHours(1);
        if (clock.BreachAt is not { } breach)
        {
            clock.StateAt(last).ShouldBe(ClockState.Met);
            clock.StateAt(last.AddYears(1)).ShouldBe(ClockState.Met);
            return;
        }
        breach.ShouldBe(clock.DueAt);
        clock.StateAt(breach).ShouldNotBe(ClockState.Breached, "to the second is in time");
        clock.StateAt(breach.AddTicks(1)).ShouldBe(ClockState.Breached);
        clock.StateAt(breach.AddYears(1)).ShouldBe(ClockState.Breached);
    });

    [Fact]
    public void know_of_the_past_only_what_had_happened() => Always((steps, asked) =>
    {
        var at = Start.AddMinutes(asked);
        var then = After([.. steps.TakeWhile((_, i) => steps.Take(i + 1).Sum() <= asked)], TimeSpan.FromHours(24));
        var now = After(steps, TimeSpan.FromHours(24));
        (then.StateAt(at), then.Elapsed(at)).ShouldBe((now.StateAt(at), now.Elapsed(at)));
    });
}
