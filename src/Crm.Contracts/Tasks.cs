namespace Crm.Contracts;

/// <summary>How urgent a task is.</summary>
public enum TaskPriority
{
    /// <summary>It can wait.</summary>
    Low,

    /// <summary>As most are.</summary>
    Normal,

    /// <summary>Before others.</summary>
    High,

    /// <summary>Before everything.</summary>
    Urgent,
}

/// <summary>How often a task comes back.</summary>
public enum TaskFrequency
{
    /// <summary>Every n-th day.</summary>
    Daily,

    /// <summary>Every n-th week on the same day of the week.</summary>
    Weekly,

    /// <summary>Every n-th month on the same day, or the last day of a month that is too short.</summary>
    Monthly,
}

/// <summary>That a task comes back when it is done.</summary>
/// <param name="Frequency">Days, weeks or months.</param>
/// <param name="Interval">How many of them lie between, 1 to 99.</param>
/// <param name="Until">The last day on which it may be due; null for no end.</param>
public sealed record TaskRepeat(TaskFrequency Frequency, int Interval, DateOnly? Until);

/// <summary>A step of a task.</summary>
/// <param name="Text">What is to be done.</param>
/// <param name="Done">Whether it is done.</param>
public sealed record TaskStep([property: Personal(PersonalKind.Text, Required = true)] string Text, bool Done);

/// <summary>Somebody is to do something (S050). The stream's identity is the task's; its words are encrypted under a key of its own.</summary>
public sealed record TaskCreated
{
    /// <summary>What is to be done, in one line.</summary>
    [Personal(PersonalKind.Text, Required = true)]
    public required string Title { get; init; }

    /// <summary>The whole of it.</summary>
    [Personal(PersonalKind.Text)]
    public string? Description { get; init; }

    /// <summary>The day on which it is due; null for no day.</summary>
    public DateOnly? DueDate { get; init; }

    /// <summary>The time of that day in the organisation's zone, <c>HH:mm</c>; null for any time.</summary>
    public string? DueTime { get; init; }

    /// <summary>The instant after which it is overdue, UTC: day and time, or the end of the day.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Who does it.</summary>
    public Guid? AssigneeId { get; init; }

    /// <summary>How urgent it is.</summary>
    public required TaskPriority Priority { get; init; }

    /// <summary>Whether it comes back.</summary>
    public TaskRepeat? Repeat { get; init; }

    /// <summary>Its steps.</summary>
    public TaskStep[]? Checklist { get; init; }

    /// <summary>The customer it is about, also by way of the opportunity or ticket.</summary>
    public Guid? CustomerId { get; init; }

    /// <summary>The opportunity it is about.</summary>
    public Guid? OpportunityId { get; init; }

    /// <summary>The ticket it is about.</summary>
    public Guid? TicketId { get; init; }
}

/// <summary>A task changed. Absent members stayed; <see cref="Cleared"/> names those that were emptied.</summary>
public sealed record TaskChanged
{
    /// <summary>The new title.</summary>
    [Personal(PersonalKind.Text)]
    public string? Title { get; init; }

    /// <summary>The new description.</summary>
    [Personal(PersonalKind.Text)]
    public string? Description { get; init; }

    /// <summary>The new day.</summary>
    public DateOnly? DueDate { get; init; }

    /// <summary>The new time, <c>HH:mm</c>.</summary>
    public string? DueTime { get; init; }

    /// <summary>The new instant after which it is overdue, UTC.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The new priority.</summary>
    public TaskPriority? Priority { get; init; }

    /// <summary>How it comes back from now on.</summary>
    public TaskRepeat? Repeat { get; init; }

    /// <summary>All its steps from now on.</summary>
    public TaskStep[]? Checklist { get; init; }

    /// <summary>JSON names of the members that were emptied.</summary>
    public string[]? Cleared { get; init; }
}

/// <summary>Somebody else is to do it.</summary>
/// <param name="From">Who was to do it, null if nobody.</param>
/// <param name="To">Who is to do it.</param>
public sealed record TaskAssigned(Guid? From, Guid To);

/// <summary>A task is done. One that comes back is open again at once, for its next day; what was done stays in the history.</summary>
/// <param name="Title">What was done.</param>
/// <param name="CustomerId">The customer it is about.</param>
/// <param name="DueDate">The day it was due.</param>
/// <param name="NextDueDate">The day it is due again; null if it does not come back.</param>
/// <param name="NextDueAt">The instant after which it is then overdue, UTC.</param>
public sealed record TaskCompleted([property: Personal(PersonalKind.Text, Required = true)] string Title, Guid? CustomerId, DateOnly? DueDate, DateOnly? NextDueDate, DateTimeOffset? NextDueAt);

/// <summary>A task that was done or cancelled is open again.</summary>
public sealed record TaskReopened;

/// <summary>A task is not to be done any more.</summary>
public sealed record TaskCancelled;

/// <summary>A task was deleted: it answers 404 and is in no list.</summary>
public sealed record TaskDeleted;

/// <summary>What a task said was taken away for good, with the customer it is about: its key is destroyed.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Placeholder">What stands for the title from now on.</param>
public sealed record TaskErased(Guid CustomerId, string Placeholder);

/// <summary>A user chose of what to be told by mail; one stream for each user.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Mail">Of <c>followUps tasks birthdays assigned</c> those that the mail of the morning tells of; none is no mail.</param>
public sealed record NotificationPreferencesChosen(Guid UserId, string[] Mail);

/// <summary>A message: a mail to a user, whose address only the sender looks up. It holds nothing about a customer, as mails lie in many places.</summary>
/// <param name="UserId">The user; without an address, or no longer active, there is no mail.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">The text, to which the page's address is added.</param>
public sealed record MailUser(Guid UserId, string Subject, string Text);
