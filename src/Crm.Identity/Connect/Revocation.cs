using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// A client gives back a token of its own (RFC 7009): an access token ends at once, a refresh token ends with everything of the same authorization. A token that
/// is unknown or somebody else's is answered like one that was revoked.
/// </summary>
internal static class RevocationFeature
{
    public static void Map(IEndpointRouteBuilder root) => root.MapForm("/connect/revocation", "RevokeToken", async (http, parameters) =>
    {
        var client = await Service<ClientAuthentication>(http).AuthenticateAsync(http, parameters);
        var token = parameters.Required("token");
        await using var connection = await Service<NpgsqlDataSource>(http).OpenConnectionAsync(http.RequestAborted);
        if (await Service<AccessTokens>(http).ReadAsync(http, token) is { } access)
        {
            if (access.ClientId == client.ClientId)
                await connection.ExecuteAsync(new CommandDefinition("""
                    with old as (delete from identity.revoked_tokens where expires_at < @now)
                    insert into identity.revoked_tokens (jti, expires_at) values (@Jti, @until) on conflict do nothing
                    """, new { access.Jti, until = access.ExpiresAt.UtcDateTime, now = Service<DocumentStore>(http).Now.UtcDateTime }, cancellationToken: http.RequestAborted));
        }
        else if (await connection.QueryFirstOrDefaultAsync<Guid?>(new CommandDefinition("select authorization_id from identity.refresh_tokens where hash = @hash and client_id = @ClientId",
            new { hash = Secrets.Hash(token), client.ClientId }, cancellationToken: http.RequestAborted)) is { } authorization)
            await Service<Authorizations>(http).RevokeAsync([authorization], "client", new EventContext(client.ClientId, "api:" + client.ClientId, Caller.CorrelationId(http)), http.RequestAborted);
        return Results.Ok();
    });

    private static T Service<T>(HttpContext http) where T : notnull => (T)http.RequestServices.GetService(typeof(T))!;
}
