using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>What the sign-in log tells, by stable codes.</summary>
internal static class SignInEvent
{
    public const string SignedIn = "signed_in", CodeAsked = "code_asked", Failed = "failed", Locked = "locked", SignedOut = "signed_out";
    public const string PasswordSet = "password_set", LinkSent = "link_sent", Invited = "invited";
    public const string FactorEnabled = "factor_enabled", FactorDisabled = "factor_disabled", FactorReset = "factor_reset", CodesReplaced = "codes_replaced";
    public const string SessionEnded = "session_ended", SessionsEnded = "sessions_ended";
    public const string LoginLinked = "login_linked", LoginUnlinked = "login_unlinked";

    public static readonly IReadOnlySet<string> All = new HashSet<string>
    {
        SignedIn, CodeAsked, Failed, Locked, SignedOut, PasswordSet, LinkSent, Invited, FactorEnabled, FactorDisabled, FactorReset, CodesReplaced, SessionEnded, SessionsEnded,
        LoginLinked, LoginUnlinked,
    };
}

/// <summary>A line of the sign-in log.</summary>
/// <param name="Event">A code of <see cref="SignInEvent"/>.</param>
/// <param name="Reason">Why an attempt failed: <c>unknown_user no_password wrong_password wrong_code inactive locked</c>, and by a provider
/// <c>unknown_login external_failed external_denied external_unavailable</c>.</param>
/// <param name="UserId">About whom; null for a name nobody has, which is not kept, for it may be a password in the wrong field.</param>
/// <param name="ActorId">Who did it, if not the person at the door.</param>
/// <param name="Address">The network it came from.</param>
/// <param name="Device">Browser and system in words.</param>
/// <param name="Way">Name of the provider it was by; null by password.</param>
internal sealed record SignInEntry(
    Guid Id, DateTimeOffset At, string Event, string? Reason, Guid? UserId, string? UserName, Guid? ActorId, string? ActorName, string Address, string Device, string? Way);

/// <summary>A page of the sign-in log, newest first.</summary>
internal sealed record SignInPage(IReadOnlyList<SignInEntry> Data, PageInfo Page);

/// <summary>The log of what happened at the door: for everybody about oneself, for auditors about all (right <c>audit.view</c>).</summary>
internal static class SignInLog
{
    /// <summary>Adds a line, saved with whatever it tells of.</summary>
    public static void Add(SqlBatch sql, DateTimeOffset now, string what, HttpContext http, Guid? user, string? reason = null, Guid? actor = null, string? way = null) =>
        Add(sql, now, what, user, reason, actor, Visitor.Of(http), way);

    public static void Add(SqlBatch sql, DateTimeOffset now, string what, Guid? user, string? reason, Guid? actor, Visitor from, string? way = null) => sql.Add($"""
        insert into identity.sign_ins (id, at, user_id, event, reason, actor_id, address, device, way)
        values ({Guid.CreateVersion7(now)}, {now}, {user}, {what}, {reason}, {actor}, {from.Address}, {from.Device}, {way})
        """);

    public static void MapOwn(IEndpointRouteBuilder account) => account.MapGet("sign-ins", (HttpContext http, DocumentStore store, string? cursor, string? limit) =>
        ReadAsync(store, AccountRoutes.UserId(http), null, cursor, limit, http.RequestAborted)).WithName("GetOwnSignIns").Produces<SignInPage>().ProducesProblem(400);

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("sign-ins", (HttpContext http, DocumentStore store, string? user, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "event")] string? what, string? cursor, string? limit) =>
    {
        Guid? about = string.IsNullOrEmpty(user) ? null : Guid.TryParse(user, out var id) ? id : throw ProblemException.Invalid("query.user", "invalid_value", "user 必须是用户的编号。", "user must be the id of a user.");
        if (what is not null && !SignInEvent.All.Contains(what)) throw ProblemException.Invalid("query.event", "unknown_value", $"没有事件 {what}。", $"There is no event {what}.");
        return ReadAsync(store, about, what, cursor, limit, http.RequestAborted);
    }).Requires(new Right("audit.view")).WithTags("audit").WithName("GetSignIns").Produces<SignInPage>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    /// <summary>Removes lines older than the time they are kept, in small portions.</summary>
    public static async Task CleanAsync(DocumentStore store, TimeSpan kept, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("delete from identity.sign_ins where id in (select id from identity.sign_ins where at < @before limit 5000)",
            new { before = (store.Now - kept).UtcDateTime }, cancellationToken: ct));
    }

    private static async Task<SignInPage> ReadAsync(DocumentStore store, Guid? user, string? what, string? cursor, string? limitText, CancellationToken ct)
    {
        var limit = 50;
        if (limitText is not null && (!int.TryParse(limitText, out limit) || limit is < 1 or > 500))
            throw ProblemException.Invalid("query.limit", "limit_out_of_range", "limit 必须在 1 到 500 之间。", "limit must be between 1 and 500.");
        Guid? below = string.IsNullOrEmpty(cursor) ? null : Guid.TryParse(cursor, out var id) ? id : throw ProblemException.Invalid("query.cursor", "invalid_cursor", "游标无效。", "The cursor is not valid.");
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition($"""
            select l.id as "Id", l.at as "At", l.event as "Event", l.reason as "Reason", l.user_id as "UserId", u.doc->>'displayName' as "UserName", l.actor_id as "ActorId",
              a.doc->>'displayName' as "ActorName", l.address as "Address", l.device as "Device", l.way as "Way"
            from identity.sign_ins l left join identity.users u on u.id = l.user_id left join identity.users a on a.id = l.actor_id
            where true {(user is null ? "" : "and l.user_id = @user")} {(what is null ? "" : "and l.event = @what")} {(below is null ? "" : "and l.id < @below")}
            order by l.id desc limit @count
            """, new { user, what, below, count = limit + 1 }, cancellationToken: ct))).ToList();
        var more = rows.Count > limit;
        if (more) rows.RemoveAt(limit);
        return new SignInPage([.. rows.Select(r => new SignInEntry(r.Id, new(r.At), r.Event, r.Reason, r.UserId, r.UserName, r.ActorId, r.ActorName, r.Address, r.Device, r.Way))],
            new PageInfo(more ? rows[^1].Id.ToString() : null, more));
    }

    private sealed class Row
    {
        public Guid Id { get; init; }

        public DateTime At { get; init; }

        public string Event { get; init; } = "";

        public string? Reason { get; init; }

        public Guid? UserId { get; init; }

        public string? UserName { get; init; }

        public Guid? ActorId { get; init; }

        public string? ActorName { get; init; }

        public string Address { get; init; } = "";

        public string Device { get; init; } = "";

        public string? Way { get; init; }
    }
}
