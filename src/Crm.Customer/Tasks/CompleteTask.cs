using Crm.Contracts;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>The task is done. One that comes back is open again for its next day.</summary>
/// <param name="DueDate">Of a task that comes back: the day that was done. When that day was done already, nothing happens, so that nobody completes the next one by a second click.</param>
internal sealed record CompleteTask(DateOnly? DueDate = null);

/// <summary>A task that was done or cancelled is to be done after all.</summary>
internal sealed record ReopenTask;

/// <summary>The task is not to be done any more.</summary>
internal sealed record CancelTask;

/// <summary>Deletes a task.</summary>
internal sealed record DeleteTask;

internal static class CompleteTaskFeature
{
    public static void Map(IEndpointRouteBuilder tasks)
    {
        tasks.MapCommand<CompleteTask, TaskItem, TimeZoneInfo>("{id:guid}/complete", Right.Change("tasks"), (_, _, scope) => Task.FromResult(scope.Store.TimeZone), Decide);
        tasks.MapCommand<ReopenTask, TaskItem>("{id:guid}/reopen", Right.Change("tasks"), Decide);
        tasks.MapCommand<CancelTask, TaskItem>("{id:guid}/cancel", Right.Change("tasks"), Decide);
        tasks.MapCommand<DeleteTask, TaskItem>("{id:guid}", Right.Delete("tasks"), Decide, "DELETE");
    }

    public static Decision Decide(CompleteTask command, TaskItem task, TimeZoneInfo zone, Now now)
    {
        if (task.Status == TaskStatus.Done || (command.DueDate is { } done && done < task.DueDate)) return Decision.Nothing;
        if (task.Status != TaskStatus.Open) return TaskErrors.NotOpen;
        var next = task.NextDay(now.Day);
        return [new TaskCompleted(task.Title, task.CustomerId, task.DueDate, next, TaskItem.Due(next, task.DueTime, zone))];
    }

    public static Decision Decide(ReopenTask command, TaskItem task, Now now) => task.Status == TaskStatus.Open ? Decision.Nothing : task.Erased ? TaskErrors.Erased : [new TaskReopened()];

    public static Decision Decide(CancelTask command, TaskItem task, Now now) => task.Status switch
    {
        TaskStatus.Cancelled => Decision.Nothing,
        TaskStatus.Open => [new TaskCancelled()],
        _ => TaskErrors.NotOpen,
    };

    public static Decision Decide(DeleteTask command, TaskItem task, Now now) => [new TaskDeleted()];
}
