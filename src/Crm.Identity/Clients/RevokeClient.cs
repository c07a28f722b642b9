using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Ends a client for good: its secrets, keys and every token of it stop working at once.</summary>
internal sealed record RevokeClient;

internal static class RevokeClientFeature
{
    public static void Map(IEndpointRouteBuilder clients) => clients.MapCommand<RevokeClient, Client>("{id:guid}/revoke", Right.Change("clients"), (_, client, now) => Decide(client, now));

    public static Decision Decide(Client client, Now now) => client.Active ? [new ClientRevoked()] : Decision.Nothing;
}
