using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>Everything about custom fields, validation rules and completeness that the shell adds.</summary>
public static class FieldRoutes
{
    internal static IServiceCollection AddFields(this IServiceCollection services) => services
        .AddSingleton<Resource<CustomField>, CustomFieldResource>().AddSingleton<Resource<ValidationRule>, ValidationRuleResource>()
        .AddSingleton<IValidator<DefineCustomField>, DefineCustomField.Validator>()
        .AddSingleton<IValidator<ChangeCustomField>, ChangeCustomField.Validator>()
        .AddSingleton<IValidator<DefineValidationRule>, DefineValidationRule.Validator>()
        .AddSingleton<IValidator<ChangeValidationRule>, ChangeValidationRule.Validator>()
        .AddSingleton<IValidator<DefineCompleteness>, DefineCompleteness.Validator>();

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapFields(this IEndpointRouteBuilder api)
    {
        var fields = api.MapGroup("custom-fields").WithTags("custom fields");
        CustomFieldListFeature.Map(fields);
        fields.MapRecord<CustomField>(Right.View("custom-fields"));
        fields.MapHistory<CustomField>(Right.View("custom-fields"));
        DefineCustomFieldFeature.Map(fields);
        ChangeCustomFieldFeature.Map(fields);
        RetireCustomFieldFeature.Map(fields);
        RestoreCustomFieldFeature.Map(fields);
        var rules = api.MapGroup("validation-rules").WithTags("validation rules");
        DefineValidationRuleFeature.Map(rules);
        rules.MapRecord<ValidationRule>(Right.View("validation-rules"));
        rules.MapHistory<ValidationRule>(Right.View("validation-rules"));
        ChangeValidationRuleFeature.Map(rules);
        RemoveValidationRuleFeature.Map(rules);
        CompletenessFeature.Map(api.MapGroup("completeness-settings").WithTags("completeness"));
    }
}
