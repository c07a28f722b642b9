using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Makes a department. Names are unique (409 <c>department_name_taken</c>); 400 <c>unknown_department</c> for the one it is to belong to.</summary>
/// <param name="Name">At most 100 characters.</param>
/// <param name="ParentId">The department it belongs to; absent at the top.</param>
internal sealed record CreateDepartment(string Name, Guid? ParentId = null)
{
    internal sealed class Validator : AbstractValidator<CreateDepartment>
    {
        public Validator() => RuleFor(x => x.Name).NotEmpty().MaximumLength(100);
    }
}

internal static class CreateDepartmentFeature
{
    public static void Map(IEndpointRouteBuilder departments) => departments.MapCreate<CreateDepartment, Department, bool>("", Right.Create("departments"),
        async (command, scope) => command.ParentId is not { } parent || (await scope.Service<AccessPictures>().CurrentAsync(scope.Aborted)).Departments.ContainsKey(parent), Decide);

    public static Decision Decide(CreateDepartment command, bool parentKnown, Now now) =>
        parentKnown ? [new DepartmentCreated(command.Name.Trim(), command.ParentId)] : DepartmentErrors.UnknownParent;
}
