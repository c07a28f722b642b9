namespace Crm.Contracts;

/// <summary>Somebody who works with customers became known: a user of the page, or a sales agent whose records were imported.</summary>
/// <param name="UserName">Unique name to sign in with, lower case.</param>
/// <param name="DisplayName">The name people read.</param>
/// <param name="Role">Code of the role (S091): <c>admin manager sales service auditor integrator</c>.</param>
/// <param name="Department">The department or office, if known.</param>
/// <param name="ManagerName">The name of the person's manager, if known.</param>
/// <param name="CanSignIn">Whether the person has access; an imported agent has none until given a password.</param>
public sealed record UserRegistered(string UserName, string DisplayName, string Role, string? Department, string? ManagerName, bool CanSignIn);

/// <summary>Details of a user changed; absent members stayed, <paramref name="Cleared"/> names those that were emptied.</summary>
/// <param name="DisplayName">The new name.</param>
/// <param name="Role">The new role.</param>
/// <param name="Department">The new department.</param>
/// <param name="ManagerName">The new manager.</param>
/// <param name="Active">False when the person left.</param>
/// <param name="Cleared">JSON names of emptied members.</param>
public sealed record UserChanged(string? DisplayName, string? Role, string? Department, string? ManagerName, bool? Active, string[]? Cleared);

/// <summary>A password was set; the password itself is in no event.</summary>
/// <param name="ByLink">Whether by a one-time link rather than by the administrator.</param>
public sealed record UserPasswordSet(bool ByLink);

/// <summary>A user that was registered by mistake was removed, for example by reverting an import.</summary>
public sealed record UserRemoved;
