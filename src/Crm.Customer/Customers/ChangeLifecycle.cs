using Crm.Contracts;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Moves the customer in its lifecycle (S014); every move is possible.</summary>
/// <param name="To"><c>potential intent won lost</c>.</param>
/// <param name="Reason">Why, at most 1,000 characters.</param>
internal sealed record ChangeLifecycle(CustomerLifecycle? To, string? Reason)
{
    internal sealed class Validator : AbstractValidator<ChangeLifecycle>
    {
        public Validator()
        {
            RuleFor(x => x.To).NotNull().IsInEnum();
            RuleFor(x => x.Reason).MaximumLength(1000);
        }
    }
}

internal static class ChangeLifecycleFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapCommand<ChangeLifecycle, Customer, FieldSettings>("{id:guid}/lifecycle", Right.Change("customers"),
            (_, _, scope) => Task.FromResult(Access.Of(scope.Http).Picture.Fields), Decide);

    public static Decision Decide(ChangeLifecycle command, Customer customer, FieldSettings fields, Now now) => customer switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ when customer.Lifecycle == command.To => Decision.Nothing,
        _ => CustomerChecks.Checked(fields, customer, [new CustomerLifecycleChanged(customer.Lifecycle, command.To!.Value, Rules.Clean(command.Reason))]),
    };
}
