using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using System.Text.Json;

namespace Crm.Identity;

/// <summary>Roles and department of users, written with the events: the next request asks them.</summary>
internal sealed class Members : TableProjection
{
    public override string Name => "identity.members";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(UserRegistered), typeof(UserChanged), typeof(UserRemoved)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case UserRegistered x:
                sql.Add($"""
                    insert into {sql.Table("identity.members")} (user_id, roles, department_id, active, removed) values ({e.StreamId}, {x.Roles ?? [x.Role]}, {x.DepartmentId}, true, false)
                    """);
                break;
            case UserChanged x:
                var roles = x.Roles ?? (x.Role is null ? null : [x.Role]);
                var left = x.Cleared?.Contains("department") == true;
                sql.Add($"""
                    update {sql.Table("identity.members")} set roles = coalesce({roles}, roles), active = coalesce({x.Active}, active),
                      department_id = case when {left} then null else coalesce({x.DepartmentId}, department_id) end
                    where user_id = {e.StreamId}
                    """);
                break;
            case UserRemoved:
                sql.Add($"update {sql.Table("identity.members")} set removed = true, active = false where user_id = {e.StreamId}");
                break;
        }
    }
}

/// <summary>Reads who may do what from the tables that are written with the events.</summary>
internal sealed class AccessSource(DocumentStore store) : IAccessSource
{
    public IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(UserRegistered), typeof(UserChanged), typeof(UserRemoved), typeof(DepartmentCreated), typeof(DepartmentRenamed), typeof(DepartmentMoved), typeof(DepartmentRemoved),
        typeof(RoleDefined), typeof(RoleChanged), typeof(RoleRemoved), typeof(ClientRegistered), typeof(ClientChanged), typeof(ClientRevoked),
        typeof(TeamCreated), typeof(TeamRenamed), typeof(TeamMemberAdded), typeof(TeamLeaderChanged), typeof(TeamMemberRemoved), typeof(TeamRemoved), typeof(AbsenceDelegated), typeof(DelegationEnded),
    ];

    public async Task<AccessPicture> LoadAsync(CancellationToken ct)
    {
        // One statement is one snapshot.
        await using var command = store.DataSource.CreateCommand("""
            select 'member', user_id::text, roles, department_id, active, null from identity.members
            union all select 'department', id::text, array[doc->>'name'], (doc->>'parentId')::uuid, true, null from identity.departments where not (doc->>'deleted')::boolean
            union all select 'role', doc->>'code', null, null, true, doc::text from identity.roles where not (doc->>'deleted')::boolean
            union all select 'client', client_id, array[role], null, active, null from identity.clients
            union all select 'team', id::text, null, null, true, doc::text from identity.teams where not (doc->>'deleted')::boolean
            union all select 'delegation', user_id::text, array[from_day::text, until_day::text], delegate_id, true, null from identity.delegations where until_day >= $1
            """);
        // Those of the last days too: an instant that has passed is asked about as well.
        command.Parameters.Add(Statement.Parameter(store.DayOf(store.Now).AddDays(-7)));
        await using var row = await command.ExecuteReaderAsync(ct);
        List<AccessMember> members = [];
        List<AccessDepartment> departments = [];
        List<RoleGrants> roles = [];
        Dictionary<string, string> clients = [];
        List<AccessTeam> teams = [];
        List<AccessDelegation> delegations = [];
        while (await row.ReadAsync(ct))
        {
            var (what, id) = (row.GetString(0), row.GetString(1));
            var texts = row.IsDBNull(2) ? [] : row.GetFieldValue<string[]>(2);
            var department = row.IsDBNull(3) ? (Guid?)null : row.GetGuid(3);
            switch (what)
            {
                case "member": members.Add(new AccessMember(Guid.Parse(id), texts, department, row.GetBoolean(4))); break;
                case "department": departments.Add(new AccessDepartment(Guid.Parse(id), texts[0], department)); break;
                case "role":
                    var role = JsonSerializer.Deserialize<Role>(row.GetString(5), EventSerializer.Documents)!;
                    roles.Add(new RoleGrants(role.Code, role.Name, role.Grants, role.Fields));
                    break;
                case "team":
                    var team = JsonSerializer.Deserialize<Team>(row.GetString(5), EventSerializer.Documents)!;
                    teams.Add(new AccessTeam(team.Id, team.Name, [.. team.Members.Select(m => m.UserId)], [.. team.Members.Where(m => m.Leads).Select(m => m.UserId)]));
                    break;
                case "delegation":
                    delegations.Add(new AccessDelegation(Guid.Parse(id), department!.Value, store.StartOf(Day(texts[0])), store.StartOf(Day(texts[1]).AddDays(1))));
                    break;
                default:
                    if (row.GetBoolean(4)) clients[id] = texts[0];
                    break;
            }
        }
        return new AccessPicture(members, departments, roles, clients, teams, delegations);
    }

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
