namespace Crm.Contracts;

/// <summary>That one customer is within another, for both turned out to be the same.</summary>
/// <param name="Id">Identity of the merge; by it the merge is taken back.</param>
/// <param name="SourceId">The customer that was merged away. Its stream stays as it was and goes on when the merge is taken back.</param>
/// <param name="TargetId">The customer it was merged into; that one may have been merged into another since.</param>
/// <param name="At">When, UTC.</param>
public sealed record CustomerMerge(Guid Id, Guid SourceId, Guid TargetId, DateTimeOffset At);

/// <summary>
/// Another customer was merged into this one (S031). The event begins its merge: the <see cref="Changes"/> events after it on the stream are what the other one brought,
/// in the words of the ordinary commands, so that whoever reads customers need not know of merges. A replay that leaves a merge out leaves out these as well.
/// </summary>
public sealed record CustomerMerged
{
    /// <summary>Identity of the merge.</summary>
    public required Guid MergeId { get; init; }

    /// <summary>The customer that was merged away.</summary>
    public required Guid SourceId { get; init; }

    /// <summary>The version of its stream that was merged; events beyond belong to no merge.</summary>
    public required long SourceVersion { get; init; }

    /// <summary>JSON names of the fields of which the other one's value was chosen although there was one here.</summary>
    public string[]? Fields { get; init; }

    /// <summary>The merges that came along, those of customers within the other one.</summary>
    public CustomerMerge[]? Within { get; init; }

    /// <summary>How many follow-ups both have together.</summary>
    public int FollowUps { get; init; }

    /// <summary>When somebody was last in touch with either, UTC.</summary>
    public DateTimeOffset? LastFollowUpAt { get; init; }

    /// <summary>What is to happen next.</summary>
    public FollowUpPlan? Next { get; init; }

    /// <summary>How many of the events that follow on this stream are part of the merge.</summary>
    public required int Changes { get; init; }
}

/// <summary>This customer was merged into another: it answers with a redirect to that one, and commands on it with 409 <c>merged</c>, until the merge is taken back.</summary>
/// <param name="MergeId">Identity of the merge.</param>
/// <param name="TargetId">The other customer.</param>
public sealed record CustomerMergedInto(Guid MergeId, Guid TargetId);

/// <summary>
/// A merge was taken back, and this is a customer that held what it brought. The <see cref="Changes"/> events after it take away what came with the merge and was not
/// changed since; a replay leaves them out together with the merge.
/// </summary>
public sealed record CustomerUnmerged
{
    /// <summary>Identity of the merge.</summary>
    public required Guid MergeId { get; init; }

    /// <summary>The customer that is one of its own again.</summary>
    public required Guid SourceId { get; init; }

    /// <summary>The contacts that went with it.</summary>
    public Guid[]? Contacts { get; init; }

    /// <summary>The consents that went with it.</summary>
    public Guid[]? Consents { get; init; }

    /// <summary>The events made since the merge, on this stream or on that of a customer within, that are the other one's: they are on its stream again, in the same words.</summary>
    public Guid[]? Assigned { get; init; }

    /// <summary>How many follow-ups are left.</summary>
    public int FollowUps { get; init; }

    /// <summary>When somebody was last in touch with this customer, UTC.</summary>
    public DateTimeOffset? LastFollowUpAt { get; init; }

    /// <summary>What is to happen next.</summary>
    public FollowUpPlan? Next { get; init; }

    /// <summary>How many of the events that follow on this stream are part of taking the merge back.</summary>
    public required int Changes { get; init; }
}

/// <summary>Somebody said that this customer and another are two, whatever they have in common.</summary>
/// <param name="OtherId">The other customer.</param>
/// <param name="Reasons">What they had in common then: <c>phone email name pinyin domain</c>; for another reason they may be asked about again.</param>
public sealed record DuplicateDismissed(Guid OtherId, string[] Reasons);

/// <summary>That two customers are two was taken back.</summary>
/// <param name="OtherId">The other customer.</param>
public sealed record DuplicateReopened(Guid OtherId);

/// <summary>This customer is one of its own again. Later changes that are its own follow on its stream, with the circumstances they were made in.</summary>
/// <param name="MergeId">Identity of the merge that was taken back.</param>
/// <param name="TargetId">The customer it was merged into.</param>
/// <param name="HolderId">The customer that held it in the end: the same, or the one that was merged into.</param>
/// <param name="Contacts">Its contacts, which are at this customer again.</param>
/// <param name="Within">The customers within it, which it holds again.</param>
public sealed record CustomerUnmergedFrom(Guid MergeId, Guid TargetId, Guid HolderId, Guid[] Contacts, Guid[] Within);
