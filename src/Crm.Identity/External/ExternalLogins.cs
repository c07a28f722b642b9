using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Crm.Identity;

/// <summary>A user signs in by an account of a provider outside from now on.</summary>
/// <param name="Provider">Name of the provider in <c>Crm:Oidc</c>.</param>
/// <param name="Login">A hash of issuer and subject, by which the account is known again.</param>
/// <param name="ByEmail">Whether the provider's verified e-mail address was what told who it is, and not the person.</param>
internal sealed record UserLoginLinked(string Provider, string Login, bool ByEmail);

/// <summary>A user signs in by the account of a provider no more.</summary>
/// <param name="Provider">Name of the provider.</param>
internal sealed record UserLoginUnlinked(string Provider);

/// <summary>An account outside by which a user signs in.</summary>
/// <param name="Provider">Name of the provider.</param>
/// <param name="DisplayName">What people call it; its name if it is configured no more.</param>
/// <param name="LinkedAt">Since when.</param>
internal sealed record ExternalLoginView(string Provider, string DisplayName, DateTimeOffset LinkedAt);

/// <summary>Who is known to which provider, in the transaction of the event, so that it holds at once on every node. The constraints carry the codes of the refusals.</summary>
internal sealed class ExternalLoginTable : TableProjection
{
    public override string Name => "identity.external_logins";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(UserLoginLinked), typeof(UserLoginUnlinked), typeof(UserRemoved)];

    public override void Project(Event e, SqlBatch sql)
    {
        var table = sql.Table(Name);
        switch (e.Data)
        {
            case UserLoginLinked x:
                sql.Add($"insert into {table} (login, user_id, provider, linked_at) values ({x.Login}, {e.StreamId}, {x.Provider}, {e.Timestamp})");
                break;
            case UserLoginUnlinked x:
                sql.Add($"delete from {table} where user_id = {e.StreamId} and provider = {x.Provider}");
                break;
            case UserRemoved:
                sql.Add($"delete from {table} where user_id = {e.StreamId}");
                break;
        }
    }
}

/// <summary>The links between users and their accounts outside.</summary>
internal sealed class ExternalLogins(DocumentStore store, NpgsqlDataSource database, ExternalProviders providers)
{
    /// <summary>409: a user has one account of a provider.</summary>
    public static readonly Rejection ProviderTaken = new("external_provider_taken", "已经关联了这个登录方式的一个账号，请先解除。", "You are linked to an account there already; unlink it first.");

    /// <summary>Whose account outside it is, if that user may sign in.</summary>
    public async Task<(Guid UserId, string Role)?> FindAsync(string login, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<(Guid, string)?>(new CommandDefinition(
            "select l.user_id, a.role from identity.external_logins l join identity.access a on a.user_id = l.user_id and a.active where l.login = @login", new { login }, cancellationToken: ct));
    }

    /// <summary>Whose account outside it is, whether or not that user may sign in.</summary>
    public async Task<Guid?> OwnerAsync(string login, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<Guid?>(new CommandDefinition("select user_id from identity.external_logins where login = @login", new { login }, cancellationToken: ct));
    }

    /// <summary>The one active user whose name or e-mail address it is and who has no account of the provider; null if there is none, or more than one.</summary>
    public async Task<Guid?> ByEmailAsync(string provider, string email, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var found = (await connection.QueryAsync<Guid>(new CommandDefinition("""
            select a.user_id from identity.access a join identity.users u on u.id = a.user_id
            where a.active and (a.user_name = @email or lower(u.doc->>'email') = @email) limit 2
            """, new { email = email.ToLowerInvariant() }, cancellationToken: ct))).AsList();
        return found is [var user] && !(await ListAsync(user, ct)).Any(l => l.Provider == provider) ? user : null;
    }

    /// <summary>The accounts of a user outside, the oldest first.</summary>
    public async Task<IReadOnlyList<ExternalLoginView>> ListAsync(Guid user, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(string Provider, DateTime LinkedAt)>(new CommandDefinition(
            "select provider, linked_at from identity.external_logins where user_id = @user order by linked_at, provider", new { user }, cancellationToken: ct));
        return [.. rows.Select(r => new ExternalLoginView(r.Provider, providers.Find(r.Provider)?.DisplayName ?? r.Provider, new(r.LinkedAt)))];
    }

    /// <exception cref="ProblemException">409 <c>external_login_taken</c>, <c>external_provider_taken</c>.</exception>
    public async Task LinkAsync(HttpContext http, Guid user, ExternalProof proof, bool byEmail, EventContext context)
    {
        await using var session = store.OpenSession(context);
        var stream = await session.FetchForWriting<User>(user, http.RequestAborted);
        stream.AppendMany([new UserLoginLinked(proof.Provider, proof.Login, byEmail)]);
        SignInLog.Add(session.Sql, session.Now, SignInEvent.LoginLinked, http, user, way: proof.Provider);
        try
        {
            await session.SaveChangesAsync(http.RequestAborted);
        }
        catch (PostgresException e) when (e is { SqlState: "23505", ConstraintName: "external_login_taken" })
        {
            throw new ProblemException(409, "external_login_taken", "这个外部账号已经关联了一个用户。", "This external account is linked to a user already.");
        }
        catch (PostgresException e) when (e is { SqlState: "23505", ConstraintName: "external_provider_taken" })
        {
            throw ProblemException.Of(ProviderTaken);
        }
    }

    /// <summary>Unlinks, and ends the sessions that were begun by it, but for the one that asks.</summary>
    /// <exception cref="ProblemException">404: there is no such link; 409 <c>last_way_in</c>.</exception>
    public async Task UnlinkAsync(HttpContext http, Guid user, string provider, bool own, bool hasPassword)
    {
        await using var session = store.OpenSession(Caller.Of(http).Context(http, null, null));
        var stream = await session.FetchForWriting<User>(user, http.RequestAborted);
        // Read after the stream: a link that goes meanwhile is a conflict of versions.
        var links = await ListAsync(user, http.RequestAborted);
        var decision = DecideUnlink([.. links.Select(l => l.Provider)], provider, own, hasPassword);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        stream.AppendMany(decision.Events);
        session.Sql.Add($"delete from identity.sessions where user_id = {user} and way = {provider} and id is distinct from {SessionTable.IdOf(http.User)}");
        SignInLog.Add(session.Sql, session.Now, SignInEvent.LoginUnlinked, http, user, actor: AccountRoutes.UserIdOrNull(http), way: provider);
        await session.SaveChangesAsync(http.RequestAborted);
    }

    /// <summary>Whether a link may go: a person keeps a way in; an administrator can make another by an invitation.</summary>
    public static Decision DecideUnlink(IReadOnlyList<string> links, string provider, bool own, bool hasPassword) =>
        !links.Contains(provider) ? new Rejection("not_found", "没有这个关联。", "There is no such link.", 404)
        : own && !hasPassword && links.Count == 1 ? new Rejection("last_way_in", "这是您唯一的登录方式，请先设置密码。", "This is your only way to sign in; set a password first.")
        : [new UserLoginUnlinked(provider)];
}
