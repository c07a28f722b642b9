namespace Crm.Contracts;

/// <summary>What a condition of a tag rule asks of a customer at an instant (S015–S018, X6).</summary>
public enum TagConditionKind
{
    /// <summary>Won at least <see cref="TagCondition.AtLeast"/> CNY within the last <see cref="TagCondition.Days"/> days, by business date; what was reopened or deleted does not count from then on.</summary>
    WonAmount,

    /// <summary>At least <see cref="TagCondition.AtLeast"/> tickets of the types <see cref="TagCondition.Values"/> came in within the last <see cref="TagCondition.Days"/> days.</summary>
    TicketsOpened,

    /// <summary>At least <see cref="TagCondition.AtLeast"/> tickets of the types <see cref="TagCondition.Values"/> are neither solved nor closed.</summary>
    OpenTickets,

    /// <summary>At least <see cref="TagCondition.AtLeast"/> opportunities are open.</summary>
    OpenOpportunities,

    /// <summary>The last follow-up, or the registration, lies more than <see cref="TagCondition.Times"/> times the cadence back (S040–S043, X4).</summary>
    FollowUpOverdue,

    /// <summary>The lifecycle is one of <see cref="TagCondition.Values"/> (S014).</summary>
    Lifecycle,
}

/// <summary>One condition of a tag rule. Members that its kind does not take are null.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="AtLeast">CNY or a number of records, above zero.</param>
/// <param name="Days">Length of the window in days of 24 hours.</param>
/// <param name="Times">How many times the cadence, above zero.</param>
/// <param name="Values">Types of tickets, or lifecycles; null for any.</param>
public sealed record TagCondition(TagConditionKind Kind, decimal? AtLeast = null, int? Days = null, decimal? Times = null, string[]? Values = null);

/// <summary>A tag came into the catalogue (S019). The stream's identity is the tag's.</summary>
/// <param name="Name">Its name, unique among tags and their former names.</param>
/// <param name="Dimension"><c>value need status</c> or a dimension of the organisation's own.</param>
/// <param name="Color">A hue of the page: <c>blue green gold orange red purple cyan default</c>.</param>
/// <param name="Conditions">All that must hold for a customer to have it; null for a tag that is set by hand.</param>
public sealed record TagDefined(string Name, string Dimension, string Color, TagCondition[]? Conditions);

/// <summary>A tag has another name; customers that had it have it by the new name, now and in the past.</summary>
/// <param name="From">The name before.</param>
/// <param name="Name">The new name.</param>
public sealed record TagRenamed(string From, string Name);

/// <summary>A tag is shown elsewhere or in another colour; absent members stayed.</summary>
/// <param name="Dimension">The new dimension.</param>
/// <param name="Color">The new colour.</param>
public sealed record TagMoved(string? Dimension, string? Color);

/// <summary>Another rule decides who has a tag, for all of the past as well (E13).</summary>
/// <param name="Conditions">The new conditions.</param>
public sealed record TagRuleChanged(TagCondition[] Conditions);

/// <summary>A tag is not given any more: a rule ends now, customers tagged by hand keep it.</summary>
/// <param name="Name">Its name.</param>
public sealed record TagRetired(string Name);

/// <summary>From what won amount on a customer belongs to which value tier (S021, X4), for all of the past as well; less than <paramref name="C"/> or nothing is D.</summary>
/// <param name="A">CNY for A.</param>
/// <param name="B">CNY for B.</param>
/// <param name="C">CNY for C; anything above zero for 0.</param>
/// <param name="Days">Within how many days, by business date.</param>
public sealed record TierRuleChanged(decimal A, decimal B, decimal C, int Days);

/// <summary>A group of customers was saved under a name (S020). The stream's identity is the segment's.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Filter">Who belongs to it, in the grammar of lists; fields that tell something of a person are refused.</param>
/// <param name="Shared">Whether everybody sees it, or only who saved it.</param>
public sealed record SegmentSaved(string Name, string Filter, bool Shared);

/// <summary>A segment changed; absent members stayed.</summary>
/// <param name="Name">The new name.</param>
/// <param name="Filter">The new filter.</param>
/// <param name="Shared">Whether everybody sees it from now on.</param>
public sealed record SegmentChanged(string? Name, string? Filter, bool? Shared);

/// <summary>The members of a segment were settled: they do not follow its filter any more.</summary>
/// <param name="Members">The customers, as whoever settled them sees them.</param>
public sealed record SegmentFrozen(Guid[] Members);

/// <summary>A settled segment follows its filter again.</summary>
public sealed record SegmentThawed;

/// <summary>A segment is gone.</summary>
public sealed record SegmentRemoved;
