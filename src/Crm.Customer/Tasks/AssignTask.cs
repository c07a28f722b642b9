using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Has somebody else do it.</summary>
/// <param name="AssigneeId">The user.</param>
internal sealed record AssignTask(Guid? AssigneeId)
{
    internal sealed class Validator : AbstractValidator<AssignTask>
    {
        public Validator() => RuleFor(x => x.AssigneeId).NotEmpty();
    }
}

internal static class AssignTaskFeature
{
    public static void Map(IEndpointRouteBuilder tasks) => tasks.MapCommand<AssignTask, TaskItem, bool>("{id:guid}/assign", Right.Assign("tasks"),
        (command, _, scope) => ReferenceFacts.IsUserAsync(command.AssigneeId!.Value, scope), Decide);

    public static Decision Decide(AssignTask command, TaskItem task, bool known, Now now) => task switch
    {
        _ when !known => TaskErrors.UnknownAssignee,
        { Status: not TaskStatus.Open } => TaskErrors.NotOpen,
        _ when task.AssigneeId == command.AssigneeId => Decision.Nothing,
        _ => [new TaskAssigned(task.AssigneeId, command.AssigneeId!.Value)],
    };
}
