using Microsoft.AspNetCore.Routing;

namespace Crm.Http;

/// <summary><c>GET /custom-fields</c> and <c>POST /custom-fields/search</c>: all fields there are, retired ones too; by target and order.</summary>
internal static class CustomFieldListFeature
{
    private static readonly ListSource Source = new(FieldMap.Of<CustomField>(), CustomFields.TableName) { Sort = "target,order,key" };

    public static void Map(IEndpointRouteBuilder fields) => fields.MapList<CustomField>(Source, Right.View("custom-fields"));
}
