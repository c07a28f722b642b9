using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;
using Dapper;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Crm.Identity;

/// <summary>A session as its owner and administrators see it.</summary>
/// <param name="Id">By which it is ended.</param>
/// <param name="CreatedAt">When the person signed in.</param>
/// <param name="LastSeenAt">The last request, to the minute.</param>
/// <param name="Address">The network it comes from.</param>
/// <param name="Device">Browser and system in words.</param>
/// <param name="SecondFactor">Whether a second factor was given.</param>
/// <param name="Current">Whether it is the one that asks.</param>
/// <param name="Way">Name of the provider by which the person came; null by password.</param>
internal sealed record SessionInfo(Guid Id, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, string Address, string Device, bool SecondFactor, bool Current, string? Way);

/// <summary>
/// The sessions of the page. The cookie holds a random secret, the table its hash; a session holds while its epoch is that of the user's
/// access, it was used within <c>Crm:Session:IdleMinutes</c> (120) and is no older than <c>Crm:Session:Hours</c> (12).
/// </summary>
internal sealed class SessionTable(DocumentStore store, IConfiguration configuration)
{
    /// <summary>Claim of the session's identity, and of its secret in the cookie.</summary>
    public const string SessionId = "sid";

    private const string Secret = "secret";
    private static readonly TimeSpan Precision = TimeSpan.FromMinutes(1);

    // Read once: every request asks.
    private readonly TimeSpan idle = TimeSpan.FromMinutes(configuration.GetValue("Crm:Session:IdleMinutes", 120));
    private readonly HashSet<string> demanding = [.. configuration.GetSection("Crm:RequireSecondFactor").Get<string[]>() ?? []];

    /// <summary>The longest a session lasts.</summary>
    public TimeSpan Longest { get; } = TimeSpan.FromHours(configuration.GetValue("Crm:Session:Hours", 12));

    /// <summary>Whether people of a role must use a second factor (<c>Crm:RequireSecondFactor</c>).</summary>
    public bool DemandsSecondFactor(string role) => demanding.Contains(role);

    /// <summary>A session to be saved with the sign-in, and the principal that its cookie is made of.</summary>
    public ClaimsPrincipal Begin(SqlBatch sql, Account account, bool secondFactor, Visitor from, string? way)
    {
        var id = Guid.CreateVersion7(store.Now);
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        sql.Add($"""
            insert into identity.sessions (id, secret_hash, user_id, epoch, second_factor, created_at, last_seen_at, address, device, way)
            values ({id}, {Hash(secret)}, {account.Id}, {account.Epoch}, {secondFactor}, {store.Now}, {store.Now}, {from.Address}, {from.Device}, {way})
            """);
        return Principal(account.Id, account.Role, id, secondFactor, new Claim(Secret, secret));
    }

    /// <summary>The person of a cookie, in one round trip; null if the session is over.</summary>
    public async Task<ClaimsPrincipal?> FindAsync(ClaimsPrincipal cookie, CancellationToken ct)
    {
        if (cookie.FindFirstValue(Secret) is not { } secret) return null;
        var now = store.Now;
        await using var command = store.DataSource.CreateCommand("""
            with session as (
              select s.id, s.user_id, s.second_factor, s.last_seen_at, a.role
              from identity.sessions s join identity.access a on a.user_id = s.user_id and a.epoch = s.epoch and a.active
              where s.secret_hash = $1 and s.created_at > $2 and s.last_seen_at > $3),
            seen as (update identity.sessions t set last_seen_at = $4 from session where t.id = session.id and session.last_seen_at < $5)
            select id, user_id, second_factor, role from session
            """);
        command.Parameters.Add(Statement.Parameter(Hash(secret)));
        foreach (var instant in (DateTimeOffset[])[now - Longest, now - idle, now, now - Precision]) command.Parameters.Add(Statement.Parameter(instant));
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Principal(row.GetGuid(1), row.GetString(3), row.GetGuid(0), row.GetBoolean(2)) : null;
    }

    /// <summary>The sessions of a user that still hold, the one used last first.</summary>
    public async Task<IReadOnlyList<SessionInfo>> ListAsync(Guid user, Guid? current, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(Guid Id, DateTime Created, DateTime Seen, string Address, string Device, bool SecondFactor, string? Way)>(new CommandDefinition("""
            select s.id, s.created_at, s.last_seen_at, s.address, s.device, s.second_factor, s.way
            from identity.sessions s join identity.access a on a.user_id = s.user_id and a.epoch = s.epoch and a.active
            where s.user_id = @user and s.created_at > @born and s.last_seen_at > @seen order by s.last_seen_at desc, s.id desc limit 200
            """, new { user, born = (store.Now - Longest).UtcDateTime, seen = (store.Now - idle).UtcDateTime }, cancellationToken: ct));
        return [.. rows.Select(r => new SessionInfo(r.Id, new(r.Created), new(r.Seen), r.Address, r.Device, r.SecondFactor, r.Id == current, r.Way))];
    }

    /// <summary>Ends one session of a user and tells the sign-in log.</summary>
    /// <returns>False if there is none.</returns>
    public async Task<bool> EndAsync(HttpContext http, Guid user, Guid session)
    {
        var from = Visitor.Of(http);
        var sql = new SqlBatch();
        sql.Add($"""
            with ended as (delete from identity.sessions where id = {session} and user_id = {user} returning user_id)
            insert into identity.sign_ins (id, at, user_id, event, actor_id, address, device)
            select {Guid.CreateVersion7(store.Now)}, {store.Now}, user_id, {SignInEvent.SessionEnded}, {AccountRoutes.UserIdOrNull(http)}, {from.Address}, {from.Device} from ended
            """);
        return await sql.RunAsync(store, http.RequestAborted) > 0;
    }

    /// <summary>Lets the session that asks live on under a new epoch, when all others are ended; with another second factor where that changed.</summary>
    public static void Keep(SqlBatch sql, Guid session, long epoch, bool? secondFactor) =>
        sql.Add($"update identity.sessions set epoch = {epoch}, second_factor = coalesce({secondFactor}, second_factor) where id = {session}");

    /// <summary>Removes what is over, in small portions.</summary>
    public static async Task CleanAsync(DocumentStore store, TimeSpan longest, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("""
            delete from identity.sessions where id in (select id from identity.sessions where last_seen_at < @before limit 5000);
            delete from identity.password_links where expires_at < @now;
            """, new { before = (store.Now - longest).UtcDateTime, now = store.Now.UtcDateTime }, cancellationToken: ct));
    }

    /// <summary>Sets the cookie; whoever handles the rest of the request is the person.</summary>
    public async Task SetCookieAsync(HttpContext http, ClaimsPrincipal principal)
    {
        await http.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, principal, new AuthenticationProperties { ExpiresUtc = store.Now + Longest });
        http.User = principal;
    }

    /// <summary>The session of a request; null if it has none.</summary>
    public static Guid? IdOf(ClaimsPrincipal user) => Guid.TryParse(user.FindFirstValue(SessionId), out var id) ? id : null;

    private ClaimsPrincipal Principal(Guid user, string role, Guid session, bool secondFactor, params Claim[] more)
    {
        var identity = new ClaimsIdentity([new("sub", user.ToString()), new("role", role), new(SessionId, session.ToString()), .. more], CookieAuthenticationDefaults.AuthenticationScheme, "sub", "role");
        if (!secondFactor && DemandsSecondFactor(role)) identity.AddClaim(new Claim(SecondFactorDemand.Claim, "true"));
        return new ClaimsPrincipal(identity);
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
