using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;
using Dapper;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// Turns the clients of before, which were rows without a history, into records, and makes the client of a demo. Before the host listens, so that no
/// client is unknown for a while. The identity follows from the client id: two nodes that start together make one record.
/// </summary>
internal sealed class LegacyClients(NpgsqlDataSource database, DocumentStore store) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string ClientId, string Name, string Role, byte[] Hash, bool Active)>(
            new CommandDefinition("select client_id, name, role, secret_hash, active from identity.clients_before", cancellationToken: cancellationToken));
        foreach (var row in rows) await AdoptAsync(row.ClientId, row.Name, row.Role, row.Hash, row.Active, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Registers a client with a secret that is known elsewhere, unless it is registered.</summary>
    public async Task AdoptAsync(string clientId, string name, string role, byte[] hash, bool active, CancellationToken ct)
    {
        await using var session = store.OpenSession(new EventContext("system", "system"));
        var id = IdOf("client " + clientId);
        var secret = IdOf("secret " + clientId);
        List<object> events =
        [
            new ClientRegistered(clientId, name, role, true, [ClientRules.ClientCredentials], [], [], [ClientRules.Api], null, null, false), new ClientSecretAdded(secret, null),
            .. active ? Array.Empty<object>() : [new ClientRevoked()],
        ];
        session.StartStream<Client>(id, events);
        session.Sql.Add($"insert into identity.client_secrets (id, client, hash) values ({secret}, {id}, {hash})");
        session.Sql.Add($"delete from identity.clients_before where client_id = {clientId}");
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (ExistingStreamIdCollisionException)
        {
            // Another node, or an earlier start, has done it.
        }
        catch (PostgresException e) when (e is { SqlState: "23505", ConstraintName: "client_id_taken" })
        {
            // Somebody has registered a client of this name: it is that one now.
        }
    }

    private static Guid IdOf(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
