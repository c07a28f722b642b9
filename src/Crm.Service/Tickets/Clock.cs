namespace Crm.Service;

/// <summary>How a clock stands at an instant.</summary>
internal enum ClockState
{
    /// <summary>It runs and there is time left.</summary>
    Running,

    /// <summary>It stopped within its limit.</summary>
    Met,

    /// <summary>It ran longer than its limit, whether it stopped since or not.</summary>
    Breached,
}

/// <summary>A time during which a clock ran.</summary>
/// <param name="From">When it began to run.</param>
/// <param name="To">When it stopped; null while it runs.</param>
internal sealed record ClockSegment(DateTimeOffset From, DateTimeOffset? To)
{
    /// <summary>How long it ran up to an instant.</summary>
    public TimeSpan Until(DateTimeOffset at)
    {
        var end = To is { } to && to < at ? to : at;
        return end > From ? end - From : TimeSpan.Zero;
    }
}

/// <summary>
/// A promise measured on the literal clock, seven days of 24 hours (X5). It holds facts only, the times during which it ran; how it
/// stands is computed for the instant that is asked about and is stored nowhere.
/// </summary>
/// <param name="Name"><c>firstResponse</c> (S074) or <c>solution</c> (S075).</param>
/// <param name="LimitMinutes">The promise in minutes; reaching it exactly keeps it.</param>
/// <param name="Segments">The times during which it ran, in order; at least one.</param>
internal sealed record Clock(string Name, int LimitMinutes, ClockSegment[] Segments)
{
    public const string FirstResponse = "firstResponse";
    public const string Solution = "solution";

    /// <summary>A clock that begins to run.</summary>
    public static Clock Start(string name, TimeSpan limit, DateTimeOffset at) => new(name, (int)limit.TotalMinutes, [new ClockSegment(at, null)]);

    /// <summary>When it first began to run.</summary>
    public DateTimeOffset StartedAt => Segments[0].From;

    /// <summary>When it stopped; null while it runs.</summary>
    public DateTimeOffset? StoppedAt => Segments[^1].To;

    /// <summary>The instant at which its running time reaches the limit if it runs on from where it ran last.</summary>
    public DateTimeOffset DueAt
    {
        get
        {
            var left = TimeSpan.FromMinutes(LimitMinutes);
            foreach (var segment in Segments[..^1])
            {
                var ran = segment.Until(DateTimeOffset.MaxValue);
                // Once broken, a promise stays due when it was.
                if (ran > left) return segment.From + left;
                left -= ran;
            }
            return Segments[^1].From + left;
        }
    }

    /// <summary>The instant after which it counts as breached for good; null if it stopped in time. Never goes stale while it runs.</summary>
    public DateTimeOffset? BreachAt => StoppedAt is { } stopped && StateAt(stopped) == ClockState.Met ? null : DueAt;

    /// <summary>The clock stopped; a stopped clock stays as it is.</summary>
    public Clock Stop(DateTimeOffset at) => StoppedAt is not null ? this : this with { Segments = [.. Segments[..^1], Segments[^1] with { To = at }] };

    /// <summary>The clock goes on where it stopped; a running clock stays as it is.</summary>
    public Clock GoOn(DateTimeOffset at) => StoppedAt is null ? this : this with { Segments = [.. Segments, new ClockSegment(at, null)] };

    /// <summary>How long it had run at an instant: the sum of its segments up to then.</summary>
    public TimeSpan Elapsed(DateTimeOffset at) => Segments.Aggregate(TimeSpan.Zero, (sum, segment) => sum + segment.Until(at));

    /// <summary>How it stood at an instant.</summary>
    public ClockState StateAt(DateTimeOffset at) =>
        Elapsed(at) > TimeSpan.FromMinutes(LimitMinutes) ? ClockState.Breached
        : Array.Exists(Segments, s => s.From <= at && (s.To is null || s.To > at)) || at < StartedAt ? ClockState.Running
        : ClockState.Met;
}

/// <summary>A clock as it is shown: how it stands at the instant asked about.</summary>
/// <param name="Name"><c>firstResponse</c> or <c>solution</c>.</param>
/// <param name="State">How it stands.</param>
/// <param name="LimitMinutes">The promise in minutes.</param>
/// <param name="DueAt">When the promise ends or ended.</param>
/// <param name="StartedAt">When it first began to run.</param>
/// <param name="StoppedAt">When it stopped, null while it runs.</param>
/// <param name="ElapsedMinutes">Whole minutes it has run.</param>
/// <param name="Segments">The times during which it ran; their minutes sum to <paramref name="ElapsedMinutes"/>.</param>
internal sealed record ClockView(
    string Name, ClockState State, int LimitMinutes, DateTimeOffset DueAt, DateTimeOffset StartedAt, DateTimeOffset? StoppedAt, long ElapsedMinutes, ClockSegmentView[] Segments)
{
    public static ClockView Of(Clock clock, DateTimeOffset at)
    {
        var segments = new ClockSegmentView[clock.Segments.Length];
        var (sum, minutes) = (TimeSpan.Zero, 0L);
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = clock.Segments[i];
            sum += segment.Until(at);
            // Rounded where the sum stands, so that the parts always add up to the whole.
            var before = minutes;
            minutes = sum.Ticks / TimeSpan.TicksPerMinute;
            segments[i] = new(segment.From, segment.To, minutes - before, "running");
        }
        return new(clock.Name, clock.StateAt(at), clock.LimitMinutes, clock.DueAt, clock.StartedAt, clock.StoppedAt, minutes, segments);
    }
}

/// <summary>A time during which a clock ran, as it is shown.</summary>
/// <param name="From">When it began to run.</param>
/// <param name="To">When it stopped, null while it runs.</param>
/// <param name="Minutes">Whole minutes that count.</param>
/// <param name="State"><c>running</c>: the literal clock knows no pauses within a segment.</param>
internal sealed record ClockSegmentView(DateTimeOffset From, DateTimeOffset? To, long Minutes, string State);
