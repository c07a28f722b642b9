using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Identity;

/// <summary>A role of the organisation's own, beside the built-in ones: rights with their scopes, and limits to fields (S090–S093).</summary>
internal sealed record Role : Document, IAggregate<Role>
{
    public string Code { get; init; } = "";

    public string Name { get; init; } = "";

    public RoleGrant[] Grants { get; init; } = [];

    public RoleField[] Fields { get; init; } = [];

    public bool Deleted { get; init; }

    public static Role? Evolve(Role? state, Event e) => (state, e.Data) switch
    {
        (null, RoleDefined x) => new Role { Code = x.Code, Name = x.Name, Grants = x.Grants, Fields = x.Fields ?? [] },
        (not null, RoleChanged x) => state with { Name = x.Name ?? state.Name, Grants = x.Grants ?? state.Grants, Fields = x.Fields ?? state.Fields },
        (not null, RoleRemoved) => state with { Deleted = true },
        _ => state,
    };
}

internal static class RoleErrors
{
    public static readonly Rejection CodeTaken = new("role_code_taken", "这个代码已被其他角色使用。", "Another role has this code.", 409, "code");

    public static Rejection UnknownRight(string right) => new("unknown_right", $"没有权限“{right}”。", $"There is no right '{right}'.", 400, "grants");

    public static Rejection RightTwice(string right) => new("right_twice", $"权限“{right}”出现了两次。", $"The right '{right}' occurs twice.", 400, "grants");

    public static Rejection ViewRequired(string resource) =>
        new("view_required", $"要对“{resource}”执行操作，必须先能查看。", $"Whoever may do something with '{resource}' must be able to see it.", 400, "grants");

    public static Rejection UnknownField(string field) => new("unknown_field", $"不能限制字段“{field}”。", $"The field '{field}' cannot be limited.", 400, "fields");

    public static Rejection FieldTwice(string field) => new("field_twice", $"字段“{field}”出现了两次。", $"The field '{field}' occurs twice.", 400, "fields");

    public static Rejection InUse(int members) => new(
        "role_in_use", $"还有 {members} 名用户是这个角色。", $"{members} users have this role.", Extensions: new Dictionary<string, object?> { ["members"] = members });
}

internal sealed class RoleResource : Resource<Role>
{
    public override string Name => "roles";

    public override Ownership<Role>? Ownership => null;

    public override bool IsGone(Role state) => state.Deleted;
}

/// <summary>The organisation's own roles, written with the events: rights follow from them.</summary>
internal sealed class RoleDocuments : DocumentProjection<Role>
{
    public override string Table => "identity.roles";

    public override bool KeepsStates => false;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(RoleDefined), typeof(RoleChanged), typeof(RoleRemoved)];
}

/// <summary>Takes a role's code in the transaction of the event, for good: a code that came again with other rights would give them to whoever had it.</summary>
internal sealed class RoleCodes : TableProjection
{
    public override string Name => "identity.role_codes";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(RoleDefined)];

    public override void Project(Event e, SqlBatch sql)
    {
        if (e.Data is RoleDefined x) sql.Add($"insert into {sql.Table("identity.role_codes")} (code, role_id) values ({x.Code}, {e.StreamId})");
    }
}
