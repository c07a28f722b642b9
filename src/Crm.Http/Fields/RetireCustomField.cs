using Crm.Contracts;
using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary>Lets a custom field take no new values; those on file stay, are shown and can be emptied. Its key stays taken.</summary>
internal sealed record RetireCustomField;

internal static class RetireCustomFieldFeature
{
    public static void Map(IEndpointRouteBuilder fields) => fields.MapCommand<RetireCustomField, CustomField>("{id:guid}/retire", Right.Change("custom-fields"), Decide);

    public static Decision Decide(RetireCustomField command, CustomField field, Now now) => field.Retired ? Decision.Nothing : [new CustomFieldRetired()];
}
