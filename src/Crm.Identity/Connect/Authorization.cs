using Crm.EventStore;
using Dapper;
using Npgsql;

namespace Crm.Identity;

/// <summary>What a person allowed an application to do. Codes and tokens belong to one; ending it ends them all.</summary>
internal sealed record Authorization : Document, IAggregate<Authorization>
{
    public Guid UserId { get; init; }

    public string ClientId { get; init; } = "";

    public IReadOnlyList<string> Scopes { get; init; } = [];

    public bool Revoked { get; init; }

    public static Authorization? Evolve(Authorization? state, Event e) => (state, e.Data) switch
    {
        (null, ApplicationAuthorized x) => new Authorization { UserId = x.UserId, ClientId = x.ClientId, Scopes = x.Scopes },
        (not null, ApplicationDisconnected) => state with { Revoked = true },
        _ => state,
    };
}

/// <summary>A person let an application act for them.</summary>
/// <param name="UserId">The person.</param>
/// <param name="ClientId">The application.</param>
/// <param name="Scopes">What for.</param>
/// <param name="Remembered">Whether the person need not be asked again.</param>
internal sealed record ApplicationAuthorized(Guid UserId, string ClientId, IReadOnlyList<string> Scopes, bool Remembered);

/// <summary>An application may no longer act for a person.</summary>
/// <param name="Cause"><c>user</c>: taken back; <c>client</c>: given back (RFC 7009); <c>reuse</c>: a code or refresh token was used twice, so somebody has stolen it.</param>
internal sealed record ApplicationDisconnected(string Cause);

/// <summary>Gives and ends authorizations, each with its event in one transaction.</summary>
internal sealed class Authorizations(DocumentStore store, NpgsqlDataSource database)
{
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromDays(30);

    /// <summary>Authorizes a client and answers the code for it (RFC 6749 §4.1.2): 60 seconds, once, for this client, redirect URI and session.</summary>
    /// <param name="request">What the client asked for.</param>
    /// <param name="session">The person who allows it.</param>
    /// <param name="remember">Whether not to ask again.</param>
    /// <param name="context">The metadata of the event.</param>
    /// <param name="ct">Ends the request.</param>
    public async Task<string> AuthorizeAsync(AuthorizationRequest request, PageSession session, bool remember, EventContext context, CancellationToken ct)
    {
        await using var unit = store.OpenSession(context);
        var id = Guid.CreateVersion7(unit.Now);
        var code = Secrets.New("");
        var lifetime = request.Scopes.Contains(ClientRules.OfflineAccess) ? RefreshLifetime : AccessTokens.Lifetime;
        unit.StartStream<Authorization>(id, [new ApplicationAuthorized(session.UserId, request.ClientId, request.Scopes, remember)]);
        unit.Sql.Add($"""
            insert into identity.authorizations (id, user_id, client_id, scopes, remembered, auth_time, created_at, used_at, expires_at)
            values ({id}, {session.UserId}, {request.ClientId}, {request.Scopes}, {remember}, {session.AuthTime}, {unit.Now}, {unit.Now}, {unit.Now + lifetime})
            """);
        unit.Sql.Add($"""
            insert into identity.authorization_codes (hash, authorization_id, client_id, redirect_uri, nonce, challenge, session, expires_at)
            values ({Secrets.Hash(code)}, {id}, {request.ClientId}, {request.RedirectUri}, {request.Nonce}, {request.Challenge}, {session.Id}, {unit.Now + CodeLifetime})
            """);
        // Used ones are kept for a while, so that a second use is known for what it is.
        unit.Sql.Add($"delete from identity.authorization_codes where expires_at < {unit.Now.AddDays(-1)}");
        await unit.SaveChangesAsync(ct);
        return code;
    }

    /// <summary>Whether the person has allowed as much before and asked not to be asked again.</summary>
    public async Task<bool> IsRememberedAsync(Guid userId, AuthorizationRequest request, CancellationToken ct)
    {
        if (request.AsksAnew) return false;
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition("""
            select exists (select from identity.authorizations where user_id = @userId and client_id = @ClientId and revoked_at is null and remembered and scopes @> @Scopes)
            """, new { userId, request.ClientId, request.Scopes }, cancellationToken: ct));
    }

    /// <summary>Ends authorizations; those that have ended stay as they are.</summary>
    public async Task RevokeAsync(IReadOnlyCollection<Guid> ids, string cause, EventContext context, CancellationToken ct)
    {
        foreach (var id in ids)
        {
            await using var unit = store.OpenSession(context);
            var stream = await unit.FetchForWriting<Authorization>(id, ct);
            if (stream.Aggregate is not { Revoked: false }) continue;
            stream.AppendMany([new ApplicationDisconnected(cause)]);
            unit.Sql.Add($"update identity.authorizations set revoked_at = {unit.Now} where id = {id}");
            try
            {
                await unit.SaveChangesAsync(ct);
            }
            catch (ConcurrencyException)
            {
                // Somebody else ends it at this moment.
            }
        }
    }
}
