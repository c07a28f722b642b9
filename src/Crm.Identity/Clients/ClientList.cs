using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

internal static class ClientListFeature
{
    private static readonly ListSource Source = new(FieldMap.Of<Client>(), Clients.TableName);

    public static void Map(IEndpointRouteBuilder clients) => clients.MapList<Client>(Source, Right.View("clients"));
}
