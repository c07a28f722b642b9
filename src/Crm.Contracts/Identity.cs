namespace Crm.Contracts;

/// <summary>Somebody who works with customers became known: a user of the page, or a sales agent whose records were imported.</summary>
/// <param name="UserName">Unique name to sign in with, lower case.</param>
/// <param name="DisplayName">The name people read.</param>
/// <param name="Role">Code of the role (S091): <c>admin manager sales service auditor integrator</c>.</param>
/// <param name="Department">The department or office, if known.</param>
/// <param name="ManagerName">The name of the person's manager, if known.</param>
/// <param name="CanSignIn">Whether the person has access; an imported agent has none until given a password.</param>
/// <param name="Roles">Codes of all roles, <paramref name="Role"/> first; absent if there is but that one.</param>
/// <param name="DepartmentId">The department, whose name then is <paramref name="Department"/>; absent in what was recorded before departments were records.</param>
/// <param name="Post">The post (岗位, S087), if known.</param>
public sealed record UserRegistered(
    string UserName, string DisplayName, string Role, string? Department, string? ManagerName, bool CanSignIn, string[]? Roles = null, Guid? DepartmentId = null, string? Post = null);

/// <summary>Details of a user changed; absent members stayed, <paramref name="Cleared"/> names those that were emptied.</summary>
/// <param name="DisplayName">The new name.</param>
/// <param name="Role">The new role.</param>
/// <param name="Department">The new department.</param>
/// <param name="ManagerName">The new manager.</param>
/// <param name="Active">False when the person left.</param>
/// <param name="Cleared">JSON names of emptied members; <c>department</c> empties the department altogether.</param>
/// <param name="Roles">Codes of all roles if there are several; a new <paramref name="Role"/> alone is the only one.</param>
/// <param name="DepartmentId">The new department, whose name then is <paramref name="Department"/>.</param>
/// <param name="Post">The new post.</param>
public sealed record UserChanged(
    string? DisplayName, string? Role, string? Department, string? ManagerName, bool? Active, string[]? Cleared, string[]? Roles = null, Guid? DepartmentId = null, string? Post = null);

/// <summary>A password was set; the password itself is in no event.</summary>
/// <param name="ByLink">Whether by a one-time link rather than by the administrator.</param>
public sealed record UserPasswordSet(bool ByLink);

/// <summary>A user that was registered by mistake was removed, for example by reverting an import.</summary>
public sealed record UserRemoved;

/// <summary>A department came into being (S087).</summary>
/// <param name="Name">Its name, unique in the organisation.</param>
/// <param name="ParentId">The department it belongs to; null at the top.</param>
public sealed record DepartmentCreated(string Name, Guid? ParentId);

/// <summary>A department has another name; whoever keeps names of departments replaces it.</summary>
/// <param name="From">The name before.</param>
/// <param name="Name">The name from now on.</param>
public sealed record DepartmentRenamed(string From, string Name);

/// <summary>A department belongs to another one.</summary>
/// <param name="From">The one it belonged to; null at the top.</param>
/// <param name="ParentId">The one it belongs to; null at the top.</param>
public sealed record DepartmentMoved(Guid? From, Guid? ParentId);

/// <summary>A department without members and departments below was removed.</summary>
/// <param name="Name">Its name.</param>
public sealed record DepartmentRemoved(string Name);

/// <summary>How far a right reaches: whose records it is good for. Each holds what stands before it.</summary>
public enum RightScope
{
    /// <summary>Records one is responsible for.</summary>
    Own,

    /// <summary>Records of everybody in one's department.</summary>
    Department,

    /// <summary>Records of everybody in one's department and those below it.</summary>
    DepartmentAndBelow,

    /// <summary>Every record.</summary>
    All,
}

/// <summary>A right that a role gives.</summary>
/// <param name="Right">Resource and action, for example <c>customers.change</c>.</param>
/// <param name="Scope">For which records; without meaning where records belong to nobody, such as products.</param>
public sealed record RoleGrant(string Right, RightScope Scope);

/// <summary>What a role may do with a field. Each allows what stands before it.</summary>
public enum FieldLevel
{
    /// <summary>Not even that it has a value.</summary>
    Hidden,

    /// <summary>A part of the value: <c>138****1234</c> (S097).</summary>
    Masked,

    /// <summary>See it.</summary>
    Read,

    /// <summary>See and change it.</summary>
    Change,
}

/// <summary>A limit that a role sets to a field. Fields that are not named have none.</summary>
/// <param name="Resource">The resource, for example <c>customers</c>.</param>
/// <param name="Field">The field's JSON name; of a part with the list before it: <c>contacts.phone</c>.</param>
/// <param name="Level">What is allowed.</param>
public sealed record RoleField(string Resource, string Field, FieldLevel Level);

/// <summary>The administrator made a role.</summary>
/// <param name="Code">Unique and for ever.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Grants">Its rights.</param>
/// <param name="Fields">Its limits.</param>
public sealed record RoleDefined(string Code, string Name, RoleGrant[] Grants, RoleField[]? Fields);

/// <summary>A role changed; absent members stayed.</summary>
/// <param name="Name">The new name.</param>
/// <param name="Grants">All its rights from now on.</param>
/// <param name="Fields">All its limits from now on.</param>
public sealed record RoleChanged(string? Name, RoleGrant[]? Grants, RoleField[]? Fields);

/// <summary>A role that nobody has was removed.</summary>
public sealed record RoleRemoved;

/// <summary>A team came into being: people across departments (S087).</summary>
/// <param name="Name">Its name, unique among teams.</param>
public sealed record TeamCreated(string Name);

/// <summary>A team has another name.</summary>
/// <param name="From">The name before.</param>
/// <param name="Name">The name from now on.</param>
public sealed record TeamRenamed(string From, string Name);

/// <summary>Somebody is in a team.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Leads">Whether as a leader: then the members' records are within reach of his rights that reach a department at least.</param>
public sealed record TeamMemberAdded(Guid UserId, bool Leads);

/// <summary>A member leads the team, or does not any more.</summary>
/// <param name="UserId">The member.</param>
/// <param name="Leads">Whether he leads it from now on.</param>
public sealed record TeamLeaderChanged(Guid UserId, bool Leads);

/// <summary>Somebody is no longer in a team.</summary>
/// <param name="UserId">The user.</param>
public sealed record TeamMemberRemoved(Guid UserId);

/// <summary>A team was removed; what was shared with it is shared with nobody.</summary>
/// <param name="Name">Its name.</param>
public sealed record TeamRemoved(string Name);

/// <summary>Somebody stands in for a user who is absent, on the user's stream: while it is in force the user's records are within reach of all rights the other has.</summary>
/// <param name="DelegationId">Identity of the delegation.</param>
/// <param name="DelegateId">Who stands in.</param>
/// <param name="From">The first day, in the organisation's zone.</param>
/// <param name="Until">The last day.</param>
public sealed record AbsenceDelegated(Guid DelegationId, Guid DelegateId, DateOnly From, DateOnly Until);

/// <summary>A delegation ended before its time, or was taken back before it began.</summary>
/// <param name="DelegationId">The delegation.</param>
public sealed record DelegationEnded(Guid DelegationId);

/// <summary>What a share of a record allows.</summary>
public enum ShareLevel
{
    /// <summary>See the record.</summary>
    Read,

    /// <summary>See it and change it, but neither give it away nor delete it.</summary>
    Change,
}

/// <summary>
/// A record was opened to somebody beyond those who are responsible for it: a user, a department with all below it, or a team. The same event on the streams of
/// customers, opportunities and tickets.
/// </summary>
/// <param name="ShareId">Identity of the share within the record.</param>
/// <param name="UserId">The user; null if it is a department or a team.</param>
/// <param name="DepartmentId">The department; null if it is a user or a team.</param>
/// <param name="Level">What it allows. Whoever has no such right in any role gets none by it.</param>
/// <param name="TeamId">The team; null if it is a user or a department.</param>
public sealed record RecordShared(Guid ShareId, Guid? UserId, Guid? DepartmentId, ShareLevel Level, Guid? TeamId = null);

/// <summary>A share of a record was taken back.</summary>
/// <param name="ShareId">The share.</param>
public sealed record RecordUnshared(Guid ShareId);
