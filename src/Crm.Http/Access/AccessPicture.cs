using System.Collections.Concurrent;
using System.Collections.Frozen;
using Crm.Contracts;

namespace Crm.Http;

/// <summary>A user as far as rights go.</summary>
/// <param name="Id">The user.</param>
/// <param name="Roles">Codes of the roles.</param>
/// <param name="DepartmentId">The department, if any.</param>
/// <param name="Active">False for somebody who left: no rights, but still the owner of records.</param>
public sealed record AccessMember(Guid Id, IReadOnlyList<string> Roles, Guid? DepartmentId, bool Active);

/// <summary>A department as far as rights go.</summary>
/// <param name="Id">The department.</param>
/// <param name="Name">Its name.</param>
/// <param name="ParentId">The one it belongs to.</param>
public sealed record AccessDepartment(Guid Id, string Name, Guid? ParentId);

/// <summary>A team as far as rights go: people across departments.</summary>
/// <param name="Id">The team.</param>
/// <param name="Name">Its name.</param>
/// <param name="Members">Everybody in it, leaders included.</param>
/// <param name="Leaders">Who leads it.</param>
public sealed record AccessTeam(Guid Id, string Name, IReadOnlyList<Guid> Members, IReadOnlyList<Guid> Leaders);

/// <summary>That somebody stands in for somebody absent.</summary>
/// <param name="UserId">Who is absent.</param>
/// <param name="DelegateId">Who stands in.</param>
/// <param name="From">The instant from which it holds.</param>
/// <param name="Until">The instant from which it does not hold any more.</param>
public sealed record AccessDelegation(Guid UserId, Guid DelegateId, DateTimeOffset From, DateTimeOffset Until)
{
    /// <summary>Whether it is in force at an instant.</summary>
    public bool Holds(DateTimeOffset at) => From <= at && at < Until;
}

/// <summary>
/// Who works where and may do what, at one moment; unchangeable. What follows from it for a caller is worked out once and kept with it.
/// </summary>
public sealed class AccessPicture
{
    private readonly FrozenDictionary<Guid, AccessMember> members;
    private readonly FrozenDictionary<Guid, AccessDepartment> departments;
    private readonly ILookup<Guid?, Guid> below;
    private readonly ILookup<Guid?, Guid> membersOf;
    private readonly FrozenDictionary<string, string> clients;
    private readonly ILookup<Guid, AccessTeam> teamsOf;
    private readonly ILookup<Guid, AccessDelegation> standingIn;
    private readonly ILookup<Guid, AccessDelegation> absences;
    private readonly ConcurrentDictionary<(string Caller, string Claimed, string? Ceiling), Access> callers = new();

    /// <summary>A picture of these; <paramref name="own"/> are the organisation's own roles beside the built-in ones, <paramref name="clients"/> the roles of API clients.</summary>
    public AccessPicture(
        IEnumerable<AccessMember> members, IEnumerable<AccessDepartment> departments, IEnumerable<RoleGrants> own, IEnumerable<KeyValuePair<string, string>> clients,
        IEnumerable<AccessTeam>? teams = null, IEnumerable<AccessDelegation>? delegations = null)
    {
        Teams = (teams ?? []).ToFrozenDictionary(t => t.Id);
        teamsOf = Teams.Values.SelectMany(t => t.Members.Select(m => (Member: m, Team: t))).ToLookup(x => x.Member, x => x.Team);
        List<AccessDelegation> all = [.. delegations ?? []];
        standingIn = all.ToLookup(d => d.DelegateId);
        absences = all.ToLookup(d => d.UserId);
        this.members = members.ToFrozenDictionary(m => m.Id);
        this.departments = departments.ToFrozenDictionary(d => d.Id);
        this.clients = clients.ToFrozenDictionary();
        below = this.departments.Values.ToLookup(d => d.ParentId, d => d.Id);
        membersOf = this.members.Values.ToLookup(m => m.DepartmentId, m => m.Id);
        Roles = BuiltInRoles.All.Values.Concat(own.Where(r => !BuiltInRoles.All.ContainsKey(r.Code))).ToFrozenDictionary(r => r.Code);
    }

    /// <summary>Nobody and nothing but the built-in roles.</summary>
    public static AccessPicture Empty { get; } = new([], [], [], []);

    /// <summary>What the organisation has settled about fields.</summary>
    public FieldSettings Fields { get; private set; } = FieldSettings.Empty;

    /// <summary>The picture with these settings; only who has just read it may say so.</summary>
    internal AccessPicture With(FieldSettings fields)
    {
        Fields = fields;
        return this;
    }

    /// <summary>Every role by code.</summary>
    public IReadOnlyDictionary<string, RoleGrants> Roles { get; }

    /// <summary>Every department by id.</summary>
    public IReadOnlyDictionary<Guid, AccessDepartment> Departments => departments;

    /// <summary>Every user by id.</summary>
    public IReadOnlyDictionary<Guid, AccessMember> Members => members;

    /// <summary>Every team by id.</summary>
    public IReadOnlyDictionary<Guid, AccessTeam> Teams { get; }

    /// <summary>What a caller may do at an instant. It is worked out once and kept until the next instant at which a delegation to the caller begins or ends.</summary>
    /// <param name="caller">Identifier of a user or a client.</param>
    /// <param name="at">The instant.</param>
    /// <param name="claimed">The role of a client; a user's roles are the picture's.</param>
    /// <param name="ceiling">The role of the client through which a user calls; one that does not exist allows nothing.</param>
    public Access Of(string caller, DateTimeOffset at, string? claimed = null, string? ceiling = null)
    {
        var key = (caller, claimed ?? "", ceiling);
        if (callers.TryGetValue(key, out var known) && known.Holds(at)) return known;
        return callers[key] = new Access(this, caller, at, RolesOf(caller, claimed ?? ""), ceiling is null ? null : Roles.GetValueOrDefault(ceiling) ?? new RoleGrants(ceiling, ceiling, [], []));
    }

    /// <summary>The people whose records a scope means for somebody: himself, those of the department, and from there on those of the teams he leads.</summary>
    public Guid[] Owners(Guid user, RightScope scope)
    {
        if (scope == RightScope.Own) return [user];
        var led = TeamsOf(user).Where(t => t.Leaders.Contains(user)).SelectMany(t => t.Members);
        var colleagues = members.GetValueOrDefault(user)?.DepartmentId is { } own ? (scope == RightScope.Department ? [own] : Subtree(own)).SelectMany(d => membersOf[d]) : [];
        return [.. colleagues.Concat(led).Append(user).Distinct()];
    }

    /// <summary>The teams somebody is in.</summary>
    public IEnumerable<AccessTeam> TeamsOf(Guid user) => teamsOf[user];

    /// <summary>The delegations to somebody, those included that have not begun or are over.</summary>
    public IEnumerable<AccessDelegation> DelegationsTo(Guid user) => standingIn[user];

    /// <summary>Who stands in for somebody at an instant, or null.</summary>
    public AccessDelegation? StandIn(Guid user, DateTimeOffset at) => absences[user].FirstOrDefault(d => d.Holds(at));

    /// <summary>The department and all below it.</summary>
    public IReadOnlyCollection<Guid> Subtree(Guid department)
    {
        // Two moves at the same moment could close a ring: each department is visited once.
        var found = new HashSet<Guid> { department };
        var next = new Queue<Guid>(found);
        while (next.TryDequeue(out var id))
            foreach (var child in below[id])
                if (found.Add(child)) next.Enqueue(child);
        return found;
    }

    /// <summary>The department and all that it belongs to.</summary>
    public FrozenSet<Guid> Above(Guid department)
    {
        var found = new HashSet<Guid>();
        for (Guid? at = department; at is { } id && found.Add(id); at = departments.GetValueOrDefault(id)?.ParentId) { }
        return found.ToFrozenSet();
    }

    /// <summary>The name of somebody's department, or null.</summary>
    public string? DepartmentOf(Guid? user) =>
        user is { } id && members.GetValueOrDefault(id)?.DepartmentId is { } department ? departments.GetValueOrDefault(department)?.Name : null;

    private IEnumerable<RoleGrants> RolesOf(string caller, string claimed)
    {
        var codes = Guid.TryParse(caller, out var id) && members.TryGetValue(id, out var member)
            ? member.Active ? member.Roles : []
            : [claimed.Length > 0 ? claimed : clients.GetValueOrDefault(caller, "")];
        return codes.Select(c => Roles.GetValueOrDefault(c)).OfType<RoleGrants>();
    }
}

/// <summary>Where the picture comes from.</summary>
public interface IAccessSource
{
    /// <summary>The published events that change it.</summary>
    IReadOnlyCollection<Type> Events { get; }

    /// <summary>Reads it as it is now, in one statement.</summary>
    Task<AccessPicture> LoadAsync(CancellationToken ct);
}
