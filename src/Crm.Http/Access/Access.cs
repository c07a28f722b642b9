using System.Collections.Concurrent;
using System.Collections.Frozen;
using Crm.Contracts;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>
/// What one caller may do and with whose records: the union of the caller's roles. Every read and every command asks it; what may not be seen does not
/// exist for the caller (404, not counted), what may be seen but not done is 403.
/// </summary>
public sealed class Access
{
    private readonly FrozenDictionary<string, RightScope> grants;
    private readonly ConcurrentDictionary<RightScope, RowReach> reaches = new();
    private readonly IReadOnlySet<Guid> departments;
    private readonly IReadOnlySet<Guid> teams;
    private readonly IReadOnlyList<string> shared;
    private readonly IReadOnlyList<string> sharedToChange;
    private readonly DateTimeOffset from = DateTimeOffset.MinValue;
    private readonly DateTimeOffset until = DateTimeOffset.MaxValue;

    /// <param name="picture">Who works where and may do what.</param>
    /// <param name="caller">Identifier of a user or a client.</param>
    /// <param name="at">The instant it is worked out for.</param>
    /// <param name="roles">The caller's roles.</param>
    /// <param name="ceiling">The role of the client through which a person calls: a right that it lacks the person has not this way. Null without a client.</param>
    internal Access(AccessPicture picture, string caller, DateTimeOffset at, IEnumerable<RoleGrants> roles, RoleGrants? ceiling)
    {
        Picture = picture;
        UserId = Guid.TryParse(caller, out var id) ? id : null;
        IReadOnlyList<RoleGrants> all = [.. roles];
        var own = all.SelectMany(r => r.Grants).GroupBy(g => g.Right).ToDictionary(g => g.Key, g => g.Max(x => x.Scope));
        // Whoever may take records out sees what he took.
        if (own.Keys.Any(g => new Right(g).IsExport)) own.TryAdd(Right.ExportsView.Code, RightScope.Own);
        grants = (ceiling is null ? own : own.Where(g => ceiling.Grants.Any(c => c.Right == g.Key || (g.Key == Right.ExportsView.Code && new Right(c.Right).IsExport))).ToDictionary()).ToFrozenDictionary();
        Limits = FieldLimits.Of(all, grants.GetValueOrDefault(Right.PersonalPlain.Code) == RightScope.All ? null : picture.Fields.Personal);
        departments = UserId is { } user && picture.Members.GetValueOrDefault(user) is { DepartmentId: { } department } ? picture.Above(department) : FrozenSet<Guid>.Empty;
        teams = UserId is { } member ? picture.TeamsOf(member).Select(t => t.Id).ToFrozenSet() : FrozenSet<Guid>.Empty;
        if (UserId is not { } me)
        {
            (shared, sharedToChange) = ([], []);
            return;
        }
        string[] mine = [$"\"userId\":\"{me}\"", .. departments.Select(d => $"\"departmentId\":\"{d}\""), .. teams.Select(t => $"\"teamId\":\"{t}\"")];
        (shared, sharedToChange) = ([.. mine.Select(s => $"[{{{s}}}]")], [.. mine.Select(s => $"[{{{s},\"level\":\"change\"}}]")]);
        StandsInFor = [.. picture.DelegationsTo(me).Where(d => d.Holds(at))];
        var boundaries = picture.DelegationsTo(me).SelectMany(d => new[] { d.From, d.Until }).ToList();
        (from, until) = (boundaries.Where(b => b <= at).DefaultIfEmpty(from).Max(), boundaries.Where(b => b > at).DefaultIfEmpty(until).Min());
    }

    /// <summary>The picture it follows from.</summary>
    public AccessPicture Picture { get; }

    /// <summary>The user; null for a client, which is responsible for nothing.</summary>
    public Guid? UserId { get; }

    /// <summary>The absent people whose records are the user's to look after, each until when. What somebody stands in for is not passed on to who stands in for him.</summary>
    public IReadOnlyList<AccessDelegation> StandsInFor { get; } = [];

    /// <summary>The limits to fields.</summary>
    public FieldLimits Limits { get; }

    /// <summary>Every right with the widest scope that a role gives it.</summary>
    public IReadOnlyDictionary<string, RightScope> Grants => grants;

    /// <summary>The caller's access, which authorization has put on the request.</summary>
    public static Access Of(HttpContext http) => (Access)(http.Items[typeof(Access)] ?? throw new InvalidOperationException("The route demands no right."));

    /// <summary>Whether it is still the caller's access at an instant: no delegation to the caller begins or ends before.</summary>
    internal bool Holds(DateTimeOffset at) => from <= at && at < until;

    /// <summary>Whether the caller has the right, however far it reaches.</summary>
    public bool May(Right right) => grants.ContainsKey(right.Code);

    /// <summary>Whether everything a role allows is allowed here too, as far at least.</summary>
    public bool Covers(RoleGrants role) => role.Grants.All(g => grants.TryGetValue(g.Right, out var scope) && scope >= g.Scope);

    /// <summary>Whose records the right is good for.</summary>
    public RowReach Rows(Right right) => grants.TryGetValue(right.Code, out var scope) ? Rows(scope) : RowReach.None;

    /// <summary>Whether the right is good for this record.</summary>
    public async ValueTask<bool> MayAsync<T>(Right right, Resource<T> resource, T state, CancellationToken ct) where T : Document, IAggregate<T> =>
        grants.TryGetValue(right.Code, out var scope) && (await HoldsAsync(scope, resource, state, ct) || IsShared(right, resource, state));

    /// <summary>Insists that the record may be seen.</summary>
    /// <exception cref="ProblemException">404.</exception>
    public async ValueTask SeesAsync<T>(Resource<T> resource, T state, CancellationToken ct) where T : Document, IAggregate<T>
    {
        if (!await MayAsync(Right.View(resource.Name), resource, state, ct)) throw ProblemException.NotFound();
    }

    /// <summary>Insists that the record may be seen and that the right is good for it.</summary>
    /// <exception cref="ProblemException">404, or 403 <c>forbidden</c>.</exception>
    public async ValueTask DemandAsync<T>(Right right, Resource<T> resource, T state, CancellationToken ct) where T : Document, IAggregate<T>
    {
        await SeesAsync(resource, state, ct);
        if (!await MayAsync(right, resource, state, ct)) throw Forbidden();
    }

    internal static ProblemException Forbidden() => new(403, "forbidden", "您没有对这条记录执行此操作的权限。", "You do not have the right to do this with this record.");

    /// <summary>The actions that are allowed on a record, such as <c>change</c> and <c>assign</c>.</summary>
    public async ValueTask<IReadOnlyList<string>> ActionsAsync<T>(Resource<T> resource, T state, CancellationToken ct) where T : Document, IAggregate<T>
    {
        var held = new Dictionary<RightScope, bool>();
        var actions = new List<string>();
        foreach (var right in Right.All)
        {
            if (right.Resource != resource.Name || right == Right.Create(resource.Name) || !grants.TryGetValue(right.Code, out var scope)) continue;
            if (!held.TryGetValue(scope, out var holds)) held[scope] = holds = await HoldsAsync(scope, resource, state, ct);
            if (holds || IsShared(right, resource, state)) actions.Add(right.Code[(resource.Name.Length + 1)..]);
        }
        return actions;
    }

    /// <summary>The condition of a list: which rows of a table with documents the caller may see; null for all of them.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="alias">The alias of the rows.</param>
    /// <param name="table">The newest states. A past state may be seen by whoever may see the record today.</param>
    /// <param name="isPast">Whether the rows are past states.</param>
    public Func<SqlParameters, string>? Visible<T>(Resource<T> resource, string alias, string table, bool isPast) where T : Document, IAggregate<T> =>
        Within(Right.View(resource.Name), shared, resource, alias, table, isPast);

    /// <summary>The same for an export: rows that may be seen and taken out. What is merely shared with the caller may not.</summary>
    public Func<SqlParameters, string>? Exportable<T>(Resource<T> resource, string alias, string table, bool isPast) where T : Document, IAggregate<T> =>
        Both(Visible(resource, alias, table, isPast), Within(Right.Export(resource.Name), [], resource, alias, table, isPast));

    /// <summary>The same for a command on many records: rows that may be seen and that the right is good for, as <see cref="DemandAsync"/> says of one.</summary>
    public Func<SqlParameters, string>? Within<T>(Right right, Resource<T> resource, string alias, string table) where T : Document, IAggregate<T> =>
        Both(Visible(resource, alias, table, false), Within(right, IsNeverShared(right, resource.Name) ? [] : sharedToChange, resource, alias, table, false));

    /// <summary>What decides how much an export holds: while it is the same, the caller may have a file that was made before.</summary>
    public string Footprint(string resource) => string.Join(' ', [
        Scope(Right.View(resource)), Scope(Right.Export(resource)), Scope(Right.PersonalPlain),
        UserId is { } user ? Picture.Members.GetValueOrDefault(user)?.DepartmentId?.ToString() ?? "-" : "-",
        .. Limits.Of(resource).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"),
        .. StandsInFor.Select(d => d.UserId).Concat(UserId is { } me ? Picture.TeamsOf(me).Where(t => t.Leaders.Contains(me)).SelectMany(t => t.Members) : []).Distinct().Order().Select(u => u.ToString()),
    ]);

    private static Func<SqlParameters, string>? Both(Func<SqlParameters, string>? one, Func<SqlParameters, string>? other) =>
        one is null ? other : other is null ? one : parameters => $"({one(parameters)} and {other(parameters)})";

    /// <summary>What a share never allows, whatever its level.</summary>
    private static bool IsNeverShared(Right right, string resource) => right.Code[(resource.Length + 1)..] is "assign" or "delete" or "erase" or "plain" or "export" or "claim";

    private string Scope(Right right) => grants.TryGetValue(right.Code, out var scope) ? scope.ToString() : "-";

    private Func<SqlParameters, string>? Within<T>(Right right, IReadOnlyList<string> shares, Resource<T> resource, string alias, string table, bool isPast) where T : Document, IAggregate<T>
    {
        if (resource.Ownership is not { } ownership || Rows(right) is not { IsAll: false } rows) return null;
        return parameters => isPast
            ? $"{alias}.id in (select seen.id from {table} seen where {ownership.Condition("seen", rows, shares, parameters)})"
            : ownership.Condition(alias, rows, shares, parameters);
    }

    /// <summary>Whether the record is shared with the caller for this: to see it, or to change it in every way but giving it away, deleting, erasing or exporting it.</summary>
    private bool IsShared<T>(Right right, Resource<T> resource, T state) where T : Document, IAggregate<T>
    {
        if (resource.Ownership?.Shares is not { } shares || UserId is not { } user) return false;
        var action = right.Code[(resource.Name.Length + 1)..];
        if (IsNeverShared(right, resource.Name)) return false;
        return shares(state).Any(s => (s.Level == ShareLevel.Change || action == "view") && (s.UserId == user || (s.DepartmentId is { } department && departments.Contains(department)) || (s.TeamId is { } team && teams.Contains(team))));
    }

    private RowReach Rows(RightScope scope) => scope == RightScope.All ? RowReach.All : reaches.GetOrAdd(scope, s =>
        UserId is { } user ? new RowReach(false, [.. Picture.Owners(user, s).Union(StandsInFor.Select(d => d.UserId))], s >= RightScope.Department) : RowReach.None);

    private async ValueTask<bool> HoldsAsync<T>(RightScope scope, Resource<T> resource, T state, CancellationToken ct) where T : Document, IAggregate<T>
    {
        if (scope == RightScope.All || resource.Ownership is not { } ownership) return true;
        var rows = Rows(scope);
        return rows.Holds(ownership.Owners(state)) || (ownership.Above is { } above && await above(state, ct) is { } owner && rows.Holds(owner));
    }
}
