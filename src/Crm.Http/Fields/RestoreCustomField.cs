using Crm.Contracts;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>Lets a retired custom field take values again.</summary>
internal sealed record RestoreCustomField;

internal static class RestoreCustomFieldFeature
{
    public static void Map(IEndpointRouteBuilder fields) => fields.MapCommand<RestoreCustomField, CustomField>("{id:guid}/restore", Right.Change("custom-fields"), Decide);

    public static Decision Decide(RestoreCustomField command, CustomField field, Now now) => field.Retired ? [new CustomFieldRestored()] : Decision.Nothing;
}
