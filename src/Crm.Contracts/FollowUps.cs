namespace Crm.Contracts;

/// <summary>How somebody was in touch with a customer (S044).</summary>
public enum FollowUpMethod
{
    /// <summary>电话: a call.</summary>
    Phone,

    /// <summary>拜访: a visit.</summary>
    Visit,

    /// <summary>邮件: an e-mail.</summary>
    Email,

    /// <summary>A message, for example by WeChat or SMS.</summary>
    Message,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>What is to happen next with a customer (S046).</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Goal">What for.</param>
/// <param name="OwnerId">Who does it; null is the customer's owner.</param>
public sealed record FollowUpPlan(DateTimeOffset At, [property: Personal(PersonalKind.Text)] string? Goal, Guid? OwnerId);

/// <summary>Somebody was in touch with a customer (S044–S046).</summary>
public sealed record FollowUpLogged
{
    /// <summary>Identity of the follow-up within the customer.</summary>
    public required Guid FollowUpId { get; init; }

    /// <summary>When it happened, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>By what means.</summary>
    public required FollowUpMethod Method { get; init; }

    /// <summary>What was said.</summary>
    [Personal(PersonalKind.Text, Required = true)]
    public required string Summary { get; init; }

    /// <summary>异议: what the customer objected to.</summary>
    [Personal(PersonalKind.Text)]
    public string? Objections { get; init; }

    /// <summary>需求变更: how the needs changed.</summary>
    [Personal(PersonalKind.Text)]
    public string? ChangedNeeds { get; init; }

    /// <summary>承诺: what was promised.</summary>
    [Personal(PersonalKind.Text)]
    public string? Promises { get; init; }

    /// <summary>参与人员: names of those who took part.</summary>
    [Personal(PersonalKind.Text)]
    public string[]? Participants { get; init; }

    /// <summary>Users who took part.</summary>
    public Guid[]? ParticipantUserIds { get; init; }

    /// <summary>Contacts of the customer who took part.</summary>
    public Guid[]? ParticipantContactIds { get; init; }

    /// <summary>What is to happen next, if it was agreed.</summary>
    public FollowUpPlan? Next { get; init; }

    /// <summary>Files of the customer that belong to it.</summary>
    public Guid[]? AttachmentIds { get; init; }
}

/// <summary>What is to happen next was agreed, moved or given to somebody else without a follow-up (S046).</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Goal">What for.</param>
/// <param name="OwnerId">Who does it; null is the customer's owner.</param>
public sealed record FollowUpPlanned(DateTimeOffset At, [property: Personal(PersonalKind.Text)] string? Goal, Guid? OwnerId);

/// <summary>What was planned will not happen.</summary>
/// <param name="At">When it was planned for, UTC.</param>
public sealed record FollowUpPlanDropped(DateTimeOffset At);

/// <summary>What was written down of a follow-up was wrong: from now on this holds, and what it said before stays in the history (S044, S045).</summary>
public sealed record FollowUpCorrected
{
    /// <summary>The follow-up.</summary>
    public required Guid FollowUpId { get; init; }

    /// <summary>When it happened, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>By what means.</summary>
    public required FollowUpMethod Method { get; init; }

    /// <summary>What was said.</summary>
    [Personal(PersonalKind.Text, Required = true)]
    public required string Summary { get; init; }

    /// <summary>异议: what the customer objected to.</summary>
    [Personal(PersonalKind.Text)]
    public string? Objections { get; init; }

    /// <summary>需求变更: how the needs changed.</summary>
    [Personal(PersonalKind.Text)]
    public string? ChangedNeeds { get; init; }

    /// <summary>承诺: what was promised.</summary>
    [Personal(PersonalKind.Text)]
    public string? Promises { get; init; }

    /// <summary>参与人员: names of those who took part.</summary>
    [Personal(PersonalKind.Text)]
    public string[]? Participants { get; init; }

    /// <summary>Users who took part.</summary>
    public Guid[]? ParticipantUserIds { get; init; }

    /// <summary>Contacts of the customer who took part.</summary>
    public Guid[]? ParticipantContactIds { get; init; }

    /// <summary>When somebody was last in touch with the customer, all follow-ups considered, UTC.</summary>
    public required DateTimeOffset LastAt { get; init; }
}

/// <summary>A follow-up never happened; what it said stays in the history. The plan stays as it is.</summary>
/// <param name="FollowUpId">The follow-up.</param>
/// <param name="LastAt">When somebody was last in touch with the customer, without this one, UTC; null for never.</param>
public sealed record FollowUpRemoved(Guid FollowUpId, DateTimeOffset? LastAt);
