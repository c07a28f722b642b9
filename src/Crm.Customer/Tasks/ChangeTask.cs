using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Changes the fields of a task that are sent and no others; null empties one.</summary>
/// <param name="Title">What is to be done; cannot be emptied.</param>
/// <param name="Description">The whole of it.</param>
/// <param name="DueDate">The day on which it is due.</param>
/// <param name="DueTime">The time of that day, <c>HH:mm</c>.</param>
/// <param name="Priority"><c>low normal high urgent</c>; cannot be emptied.</param>
/// <param name="Repeat">Whether it comes back when it is done.</param>
/// <param name="Checklist">All its steps.</param>
internal sealed record ChangeTask(string? Title, string? Description, DateOnly? DueDate, string? DueTime, TaskPriority? Priority, TaskRepeat? Repeat, TaskStep[]? Checklist) : IPatch
{
    /// <inheritdoc />
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeTask>
    {
        public Validator()
        {
            RuleFor(x => x.Title).Line(200).Must((x, title) => title is null ? !x.Cleared.Contains("title") : !string.IsNullOrWhiteSpace(title))
                .WithErrorCode("required").WithMessage(_ => Rules.Pick("必须填写。", "It must be filled in."));
            RuleFor(x => x.Priority).IsInEnum().Must((x, _) => !x.Cleared.Contains("priority")).WithErrorCode("required").WithMessage(_ => Rules.Pick("必须填写。", "It must be filled in."));
            RuleFor(x => x.Description).MaximumLength(4000);
            RuleFor(x => x.DueTime).TimeOfDay();
            RuleFor(x => x.Repeat).Repeat();
            RuleFor(x => x.Checklist).Checklist();
        }
    }
}

internal static class ChangeTaskFeature
{
    public static void Map(IEndpointRouteBuilder tasks) => tasks.MapCommand<ChangeTask, TaskItem, TimeZoneInfo>("{id:guid}", Right.Change("tasks"),
        (_, _, scope) => Task.FromResult(scope.Store.TimeZone), Decide, "PATCH");

    public static Decision Decide(ChangeTask command, TaskItem task, TimeZoneInfo zone, Now now)
    {
        if (task.Erased) return TaskErrors.Erased;
        if (task.Status != TaskStatus.Open) return TaskErrors.NotOpen;
        var cleared = new List<string>();
        var date = command.DueDate ?? (command.Cleared.Contains("dueDate") ? null : task.DueDate);
        var time = command.DueTime ?? (command.Cleared.Contains("dueTime") || date is null ? null : task.DueTime);
        var repeat = command.Repeat ?? (command.Cleared.Contains("repeat") ? null : task.Repeat);
        if (date is null && repeat is not null) return TaskErrors.RepeatWithoutDay;
        if (date is null && command.DueTime is not null) return TaskErrors.TimeWithoutDay;
        var description = command.Description is null && !command.Cleared.Contains("description") ? task.Description : Rules.Clean(command.Description);
        var steps = command.Checklist ?? (command.Cleared.Contains("checklist") ? [] : [.. task.Checklist]);
        if (date is null && task.DueDate is not null) cleared.Add("dueDate");
        if (time is null && task.DueTime is not null) cleared.Add("dueTime");
        if (repeat is null && task.Repeat is not null) cleared.Add("repeat");
        if (description is null && task.Description is not null) cleared.Add("description");
        if (steps.Length == 0 && task.Checklist.Length > 0) cleared.Add("checklist");
        var dueAt = TaskItem.Due(date, time, zone);
        var changed = new TaskChanged
        {
            Title = Rules.Clean(command.Title) is { } title && title != task.Title ? title : null,
            Description = description != task.Description ? description : null,
            DueDate = date != task.DueDate ? date : null,
            DueTime = time != task.DueTime ? time : null,
            DueAt = dueAt != task.DueAt ? dueAt : null,
            Priority = command.Priority is { } priority && priority != task.Priority ? priority : null,
            Repeat = repeat != task.Repeat ? repeat : null,
            Checklist = steps.Length > 0 && !steps.SequenceEqual(task.Checklist) ? steps : null,
            Cleared = cleared.Count == 0 ? null : [.. cleared],
        };
        return changed == new TaskChanged() ? Decision.Nothing : [changed];
    }
}
