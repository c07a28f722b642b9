using Crm.Contracts;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>Removes a validation rule; records stay as they are.</summary>
internal sealed record RemoveValidationRule;

internal static class RemoveValidationRuleFeature
{
    public static void Map(IEndpointRouteBuilder rules) => rules.MapCommand<RemoveValidationRule, ValidationRule>("{id:guid}", Right.Change("validation-rules"), Decide, "DELETE");

    public static Decision Decide(RemoveValidationRule command, ValidationRule rule, Now now) => rule.Deleted ? Decision.Nothing : [new ValidationRuleRemoved()];
}
