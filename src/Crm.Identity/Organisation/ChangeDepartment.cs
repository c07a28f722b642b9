using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Renames a department or moves it with all below it; <c>parentId: null</c> moves it to the top. 409 <c>department_name_taken</c>,
/// <c>department_cycle</c>; 400 <c>unknown_department</c>.
/// </summary>
/// <param name="Name">At most 100 characters.</param>
/// <param name="ParentId">The department it is to belong to.</param>
internal sealed record ChangeDepartment(string? Name = null, Guid? ParentId = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeDepartment>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(100).When(x => x.Name is not null);
            RuleForEach(x => x.Cleared).Must(c => c is "parentId").WithErrorCode("required");
        }
    }
}

/// <summary>What moving a department must know.</summary>
/// <param name="ParentKnown">Whether the department it is to belong to exists.</param>
/// <param name="Ring">Whether that one is itself or below it.</param>
internal sealed record MoveFacts(bool ParentKnown, bool Ring)
{
    public static MoveFacts Of(AccessPicture picture, Guid department, Guid? parent) =>
        parent is not { } to ? new(true, false) : new(picture.Departments.ContainsKey(to), picture.Subtree(department).Contains(to));
}

internal static class ChangeDepartmentFeature
{
    public static void Map(IEndpointRouteBuilder departments) => departments.MapCommand<ChangeDepartment, Department, MoveFacts>("{id:guid}", Right.Change("departments"),
        async (command, department, scope) => MoveFacts.Of(await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted), department.Id, command.ParentId), Decide, "PATCH");

    public static Decision Decide(ChangeDepartment command, Department department, MoveFacts facts, Now now)
    {
        var parent = command.Cleared.Contains("parentId") ? null : command.ParentId ?? department.ParentId;
        if (parent != department.ParentId && !facts.ParentKnown) return DepartmentErrors.UnknownParent;
        if (parent != department.ParentId && facts.Ring) return DepartmentErrors.Ring;
        var name = command.Name?.Trim() ?? department.Name;
        return
        [
            .. name == department.Name ? (object[])[] : [new DepartmentRenamed(department.Name, name)],
            .. parent == department.ParentId ? (object[])[] : [new DepartmentMoved(department.ParentId, parent)],
        ];
    }
}
