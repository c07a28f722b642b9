using Crm.Contracts;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>Says a validation rule anew: all of it, as it is from now on.</summary>
internal sealed record ChangeValidationRule : ValidationRuleForm
{
    internal sealed class Validator : AbstractValidator<ChangeValidationRule>
    {
        public Validator() => Include(new FormRules());
    }
}

internal static class ChangeValidationRuleFeature
{
    public static void Map(IEndpointRouteBuilder rules) => rules.MapCommand<ChangeValidationRule, ValidationRule, FieldSettings>("{id:guid}", Right.Change("validation-rules"),
        (_, _, scope) => Task.FromResult(Access.Of(scope.Http).Picture.Fields), Decide, "PUT");

    public static Decision Decide(ChangeValidationRule command, ValidationRule rule, FieldSettings known, Now now)
    {
        if (command.Fault(rule.Target, known) is { } fault) return fault;
        var (settings, before) = (command.Settings(), rule.Settings());
        return settings with { Values = null } == before with { Values = null } && (settings.Values ?? []).SequenceEqual(before.Values ?? []) ? Decision.Nothing : [new ValidationRuleChanged(settings)];
    }
}
