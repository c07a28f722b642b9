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

    public string? Department { get; init; }

    public string? ManagerName { get; init; }

    /// <summary>Where mails about the account go.</summary>
    public string? Email { get; init; }

    public bool CanSignIn { get; init; }

    public bool Active { get; init; } = true;

    public bool Removed { get; init; }

    public static User? Evolve(User? state, Event e) => (state, e.Data) switch
    {
        (null, UserRegistered x) => new User
        {
            UserName = x.UserName, DisplayName = x.DisplayName, Role = x.Role, Department = x.Department, ManagerName = x.ManagerName, CanSignIn = x.CanSignIn,
        },
        (not null, UserChanged x) => state with
        {
            DisplayName = x.DisplayName ?? state.DisplayName,
            Role = x.Role ?? state.Role,
            Department = x.Cleared?.Contains("department") == true ? null : x.Department ?? state.Department,
            ManagerName = x.Cleared?.Contains("managerName") == true ? null : x.ManagerName ?? state.ManagerName,
            Active = x.Active ?? state.Active,
        },
        (not null, UserPasswordSet) => state with { CanSignIn = true },
        (not null, UserEmailChanged x) => state with { Email = x.Email },
        (not null, UserRemoved) => state with { Removed = true },
        _ => state,
    };
}

internal static class UserErrors
{
    public static readonly Rejection LastAdministrator = new("own_account", "不能停用自己的账号，也不能降低自己的角色。", "You cannot deactivate your own account or lower your own role.");
}

internal sealed class UserResource : Resource<User>
{
    public override string Name => "users";

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
