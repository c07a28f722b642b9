using System.Globalization;
using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>The formats that the commands on tasks share.</summary>
internal static class TaskRules
{
    public static IRuleBuilderOptions<T, string?> TimeOfDay<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(text => text is null || TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)).WithErrorCode("invalid_value")
        .WithMessage(_ => Rules.Pick("时间格式为 HH:mm，例如 09:30。", "A time looks like 09:30."));

    public static IRuleBuilderOptions<T, TaskStep[]?> Checklist<T>(this IRuleBuilder<T, TaskStep[]?> rule) => rule
        .Must(steps => steps is null || (steps.Length <= 100 && steps.All(s => !string.IsNullOrWhiteSpace(s.Text) && s.Text.Length <= 200))).WithErrorCode("too_many")
        .WithMessage(_ => Rules.Pick("最多 100 个步骤，每个 1 到 200 个字符。", "There are at most 100 steps, of 1 to 200 characters each."));

    public static IRuleBuilderOptions<T, TaskRepeat?> Repeat<T>(this IRuleBuilder<T, TaskRepeat?> rule) => rule
        .Must(repeat => repeat is null || (repeat.Interval is >= 1 and <= 99 && Enum.IsDefined(repeat.Frequency))).WithErrorCode("out_of_range")
        .WithMessage(_ => Rules.Pick("重复间隔为 1 到 99。", "The interval of a repetition is 1 to 99."));
}

/// <summary>Has somebody do something (S050).</summary>
/// <param name="Title">What, one line of 1 to 200 characters.</param>
/// <param name="Description">The whole of it, at most 4,000 characters.</param>
/// <param name="DueDate">The day on which it is due.</param>
/// <param name="DueTime">The time of that day in the organisation's zone, <c>HH:mm</c>.</param>
/// <param name="AssigneeId">Who does it; the caller unless stated.</param>
/// <param name="Priority"><c>low normal high urgent</c>; <c>normal</c> unless stated.</param>
/// <param name="Repeat">Whether it comes back when it is done.</param>
/// <param name="Checklist">Its steps, at most 100.</param>
/// <param name="CustomerId">The customer it is about; that of the opportunity or ticket unless stated.</param>
/// <param name="OpportunityId">The opportunity it is about.</param>
/// <param name="TicketId">The ticket it is about.</param>
internal sealed record CreateTask(
    string? Title, string? Description = null, DateOnly? DueDate = null, string? DueTime = null, Guid? AssigneeId = null, TaskPriority? Priority = null, TaskRepeat? Repeat = null,
    TaskStep[]? Checklist = null, Guid? CustomerId = null, Guid? OpportunityId = null, Guid? TicketId = null)
{
    internal sealed class Validator : AbstractValidator<CreateTask>
    {
        public Validator()
        {
            RuleFor(x => x.Title).NotEmpty().Line(200);
            RuleFor(x => x.Description).MaximumLength(4000);
            RuleFor(x => x.DueTime).TimeOfDay();
            RuleFor(x => x.Priority).IsInEnum();
            RuleFor(x => x.Repeat).Repeat();
            RuleFor(x => x.Checklist).Checklist();
        }
    }
}

/// <summary>What a decision on a task must know.</summary>
/// <param name="Zone">The organisation's zone.</param>
/// <param name="CustomerId">The customer of what the task is about.</param>
/// <param name="Fault">Why something the command names cannot be, or null.</param>
internal sealed record TaskFacts(TimeZoneInfo Zone, Guid? CustomerId = null, Rejection? Fault = null)
{
    public static async Task<TaskFacts> LoadAsync(CreateTask command, CommandScope scope)
    {
        var facts = new TaskFacts(scope.Store.TimeZone, command.CustomerId);
        foreach (var (resource, id, field) in new[] { ("customers", command.CustomerId, "customerId"), ("opportunities", command.OpportunityId, "opportunityId"), ("tickets", command.TicketId, "ticketId") })
        {
            if (id is not { } record) continue;
            var target = scope.Http.RequestServices.GetServices<LinkTarget>().First(t => t.Resource == resource);
            if (await target.FindAsync(scope.Http, record) is not { } found) return facts with { Fault = TaskErrors.Unknown(field) };
            if (facts.CustomerId is { } customer && found.CustomerId != customer) return facts with { Fault = TaskErrors.Unknown(field) };
            facts = facts with { CustomerId = found.CustomerId };
        }
        return command.AssigneeId is { } assignee && !await ReferenceFacts.IsUserAsync(assignee, scope) ? facts with { Fault = TaskErrors.UnknownAssignee } : facts;
    }
}

internal static class CreateTaskFeature
{
    public static void Map(IEndpointRouteBuilder tasks) => tasks.MapCreate<CreateTask, TaskItem, TaskFacts>("", Right.Create("tasks"), TaskFacts.LoadAsync, Decide);

    public static Decision Decide(CreateTask command, TaskFacts facts, Now now)
    {
        if (facts.Fault is { } fault) return fault;
        if (command.DueDate is null && command.Repeat is not null) return TaskErrors.RepeatWithoutDay;
        if (command.DueDate is null && command.DueTime is not null) return TaskErrors.TimeWithoutDay;
        return
        [
            new TaskCreated
            {
                Title = Rules.Clean(command.Title)!,
                Description = Rules.Clean(command.Description),
                DueDate = command.DueDate,
                DueTime = command.DueTime,
                DueAt = TaskItem.Due(command.DueDate, command.DueTime, facts.Zone),
                AssigneeId = command.AssigneeId ?? now.Actor,
                Priority = command.Priority ?? TaskPriority.Normal,
                Repeat = command.Repeat,
                Checklist = command.Checklist is { Length: > 0 } steps ? steps : null,
                CustomerId = facts.CustomerId,
                OpportunityId = command.OpportunityId,
                TicketId = command.TicketId,
            },
        ];
    }
}
