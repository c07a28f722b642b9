using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Identity;

/// <summary>Somebody who works with customers.</summary>
internal sealed record User : Document, IAggregate<User>
{
    public string UserName { get; init; } = "";

    public string DisplayName { get; init; } = "";

    public string Role { get; init; } = "";

    /// <summary>Every role, the main one first.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The department's name when it was given; shown is the name it has today.</summary>
    public string? Department { get; init; }

    public Guid? DepartmentId { get; init; }

    public string? Post { get; init; }

    public string? ManagerName { get; init; }

    /// <summary>Where mails about the account go.</summary>
    public string? Email { get; init; }

    public bool CanSignIn { get; init; }

    public bool Active { get; init; } = true;

    public bool Removed { get; init; }

    /// <summary>Who stands in when, those included that are over; without those that were ended early.</summary>
    public ImmutableArray<Delegation> Delegations { get; init; } = [];

    public static User? Evolve(User? state, Event e) => (state, e.Data) switch
    {
        (null, UserRegistered x) => new User
        {
            UserName = x.UserName, DisplayName = x.DisplayName, Role = x.Role, Roles = x.Roles ?? [x.Role], Department = x.Department, DepartmentId = x.DepartmentId, Post = x.Post,
            ManagerName = x.ManagerName, CanSignIn = x.CanSignIn,
        },
        (not null, UserChanged x) => state with
        {
            DisplayName = x.DisplayName ?? state.DisplayName,
            Role = x.Role ?? x.Roles?[0] ?? state.Role,
            Roles = x.Roles ?? (x.Role is null ? state.Roles : [x.Role]),
            Department = x.Cleared?.Contains("department") == true ? null : x.Department ?? state.Department,
            DepartmentId = x.Cleared?.Contains("department") == true ? null : x.DepartmentId ?? state.DepartmentId,
            Post = x.Cleared?.Contains("post") == true ? null : x.Post ?? state.Post,
            ManagerName = x.Cleared?.Contains("managerName") == true ? null : x.ManagerName ?? state.ManagerName,
            Active = x.Active ?? state.Active,
        },
        (not null, UserPasswordSet) => state with { CanSignIn = true },
        (not null, UserEmailChanged x) => state with { Email = x.Email },
        (not null, AbsenceDelegated x) => state with { Delegations = state.Delegations.Add(new Delegation(x.DelegationId, x.DelegateId, x.From, x.Until)) },
        (not null, DelegationEnded x) => state with { Delegations = state.Delegations.RemoveAll(d => d.Id == x.DelegationId) },
        (not null, UserRemoved) => state with { Removed = true },
        _ => state,
    };
}

internal static class UserErrors
{
    public static readonly Rejection LastAdministrator = new("own_account", "不能停用自己的账号，也不能降低自己的角色。", "You cannot deactivate your own account or lower your own role.");

    public static Rejection UnknownRole(string code) => new("unknown_role", $"没有角色“{code}”。", $"There is no role '{code}'.", 400, "role");

    public static Rejection UnknownDepartment(string field) => new("unknown_department", "没有这个部门。", "There is no such department.", 400, field);

    public static Rejection RoleBeyondOwn(string code) =>
        new("role_beyond_own", $"角色“{code}”有您自己没有的权限，您不能授予。", $"The role '{code}' has rights that you do not have yourself; you cannot give it.", 403, "role");
}

internal sealed class UserResource(AccessPictures pictures, IUserDirectory users, DocumentStore store) : Resource<User>
{
    public override string Name => "users";

    public override Ownership<User>? Ownership => null;

    public override async ValueTask<JsonObject> Represent(User state, DateTimeOffset at, CancellationToken ct)
    {
        var json = Json(state);
        var picture = await pictures.CurrentAsync(ct);
        if (state.DepartmentId is { } department && picture.Departments.GetValueOrDefault(department) is { } known) json["department"] = known.Name;
        var standIn = picture.StandIn(state.Id, at);
        json["standInId"] = standIn?.DelegateId;
        json["standInName"] = standIn is null ? null : (await users.NamesAsync([standIn.DelegateId.ToString()], ct)).GetValueOrDefault(standIn.DelegateId.ToString());
        json["standInUntil"] = standIn is null ? null : store.DayOf(standIn.Until.AddTicks(-1)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        return json;
    }

    public override bool IsGone(User state) => state.Removed;
}

/// <summary>Takes the sign-in name in the transaction of the registration.</summary>
internal sealed class UserNames : TableProjection
{
    public override string Name => "identity.user_names";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(UserRegistered), typeof(UserRemoved)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case UserRegistered x:
                sql.Add($"insert into {sql.Table("identity.user_names")} (user_name, user_id) values ({x.UserName}, {e.StreamId})");
                break;
            case UserRemoved:
                sql.Add($"delete from {sql.Table("identity.user_names")} where user_id = {e.StreamId}");
                break;
        }
    }
}
