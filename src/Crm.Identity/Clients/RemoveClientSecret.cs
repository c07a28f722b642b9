using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Ends a secret at once. One that is not there (any more) is 404.</summary>
internal sealed record RemoveClientSecret;

internal static class RemoveClientSecretFeature
{
    public static void Map(IEndpointRouteBuilder clients) => clients.MapCommand<RemoveClientSecret, Client, Guid>("{id:guid}/secrets/{secretId:guid}", Right.Change("clients"),
        (_, _, scope) => Task.FromResult(Guid.Parse(scope.Route("secretId"))), (_, client, secret, now) => Decide(client, secret, now), "DELETE");

    public static Decision Decide(Client client, Guid secret, Now now) => client.Secrets.Any(s => s.Id == secret)
        ? [new ClientSecretRemoved(secret)]
        : new Rejection("unknown_secret", "没有这个密钥。", "There is no such secret.", 404);
}
