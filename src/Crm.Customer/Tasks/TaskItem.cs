using System.Collections.Immutable;
using System.Globalization;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>Where a task stands.</summary>
internal enum TaskStatus
{
    /// <summary>It is to be done.</summary>
    Open,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It is not to be done any more.</summary>
    Cancelled,
}

/// <summary>Something somebody is to do (S050). One that comes back is one record, whose history says when it was done.</summary>
[Person]
internal sealed record TaskItem : Document, IAggregate<TaskItem>
{
    public string Title { get; init; } = "";

    [Personal(PersonalKind.Text)]
    public string? Description { get; init; }

    public DateOnly? DueDate { get; init; }

    public string? DueTime { get; init; }

    /// <summary>The instant after which it is overdue.</summary>
    public DateTimeOffset? DueAt { get; init; }

    public Guid? AssigneeId { get; init; }

    public TaskPriority Priority { get; init; }

    public TaskStatus Status { get; init; }

    public TaskRepeat? Repeat { get; init; }

    /// <summary>The day from which repetitions are counted, so that a task of the 31st comes back on the 31st after a short month.</summary>
    public DateOnly? RepeatFrom { get; init; }

    public ImmutableArray<TaskStep> Checklist { get; init; } = [];

    public Guid? CustomerId { get; init; }

    public Guid? OpportunityId { get; init; }

    public Guid? TicketId { get; init; }

    /// <summary>When it was done last.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>How often it was done.</summary>
    public int CompletedCount { get; init; }

    public bool Deleted { get; init; }

    public bool Erased { get; init; }

    public static TaskItem? Evolve(TaskItem? state, Event e) => (state, e.Data) switch
    {
        (null, TaskCreated x) => new TaskItem
        {
            Title = x.Title, Description = x.Description, DueDate = x.DueDate, DueTime = x.DueTime, DueAt = x.DueAt, AssigneeId = x.AssigneeId, Priority = x.Priority,
            Repeat = x.Repeat, RepeatFrom = x.DueDate, Checklist = [.. x.Checklist ?? []], CustomerId = x.CustomerId, OpportunityId = x.OpportunityId, TicketId = x.TicketId,
        },
        (null, _) => null,
        ({ } t, TaskChanged x) => t.With(x),
        ({ } t, TaskAssigned x) => t with { AssigneeId = x.To },
        ({ } t, TaskCompleted { NextDueDate: { } next } x) => t with
        {
            DueDate = next,
            DueAt = x.NextDueAt,
            CompletedAt = e.EffectiveAt,
            CompletedCount = t.CompletedCount + 1,
            Checklist = [.. t.Checklist.Select(s => s with { Done = false })],
        },
        ({ } t, TaskCompleted) => t with { Status = TaskStatus.Done, CompletedAt = e.EffectiveAt, CompletedCount = t.CompletedCount + 1 },
        ({ } t, TaskReopened) => t with { Status = TaskStatus.Open },
        ({ } t, TaskCancelled) => t with { Status = TaskStatus.Cancelled },
        ({ } t, TaskDeleted) => t with { Deleted = true },
        ({ } t, TaskErased x) => t with { Title = x.Placeholder, Description = null, Checklist = [], Erased = true },
        _ => state,
    };

    private TaskItem With(TaskChanged x)
    {
        var cleared = x.Cleared ?? [];
        return this with
        {
            Title = x.Title ?? Title,
            Description = x.Description ?? (cleared.Contains("description") ? null : Description),
            DueDate = x.DueDate ?? (cleared.Contains("dueDate") ? null : DueDate),
            DueTime = x.DueTime ?? (cleared.Contains("dueTime") ? null : DueTime),
            DueAt = x.DueAt ?? (cleared.Contains("dueDate") ? null : DueAt),
            RepeatFrom = x.DueDate ?? (cleared.Contains("dueDate") ? null : RepeatFrom),
            Priority = x.Priority ?? Priority,
            Repeat = x.Repeat ?? (cleared.Contains("repeat") ? null : Repeat),
            Checklist = x.Checklist is { } steps ? [.. steps] : cleared.Contains("checklist") ? [] : Checklist,
        };
    }

    /// <summary>The instant after which a task is overdue: day and time in the zone, or the end of the day.</summary>
    public static DateTimeOffset? Due(DateOnly? date, string? time, TimeZoneInfo zone)
    {
        if (date is not { } day) return null;
        var local = time is null ? day.AddDays(1).ToDateTime(TimeOnly.MinValue) : day.ToDateTime(TimeOnly.ParseExact(time, "HH:mm", CultureInfo.InvariantCulture));
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>The day on which the task is due again once it is done today: the first of its days that lies after both. Null if it does not come back.</summary>
    public DateOnly? NextDay(DateOnly today)
    {
        if (Repeat is not { } repeat || DueDate is not { } due) return null;
        var (anchor, after) = (RepeatFrom ?? due, due > today ? due : today);
        var days = repeat.Frequency switch { TaskFrequency.Daily => 1, TaskFrequency.Weekly => 7, _ => 28 } * repeat.Interval;
        // A guess that is never too far, then on by single steps.
        for (var n = repeat.Frequency == TaskFrequency.Monthly ? Math.Max(0, (((after.Year - anchor.Year) * 12) + after.Month - anchor.Month) / repeat.Interval) : Math.Max(0, (after.DayNumber - anchor.DayNumber) / days); ; n++)
        {
            var next = repeat.Frequency == TaskFrequency.Monthly ? anchor.AddMonths(n * repeat.Interval) : anchor.AddDays(n * days);
            if (next > after) return next > repeat.Until ? null : next;
        }
    }
}

/// <summary>Why commands on tasks are refused.</summary>
internal static class TaskErrors
{
    public static readonly Rejection NotOpen = new("task_not_open", "任务已完成或已取消，请先重新打开。", "The task is done or cancelled; reopen it first.");

    public static readonly Rejection Erased = new("erased", "任务内容已随客户的个人信息永久删除。", "What the task said was erased for good with its customer.", 410);

    public static readonly Rejection UnknownAssignee = new("unknown_user", "没有这个用户，或其账号已停用。", "There is no such user, or the account is not active.", 400, "assigneeId");

    public static readonly Rejection RepeatWithoutDay = new("due_date_required", "重复任务必须有到期日。", "A task that comes back needs a due date.", 400, "dueDate");

    public static readonly Rejection TimeWithoutDay = new("due_date_required", "有时间就必须有到期日。", "A time needs a due date.", 400, "dueDate");

    public static Rejection Unknown(string field) => new("not_found", "没有这条记录。", "There is no such record.", 400, field);
}
