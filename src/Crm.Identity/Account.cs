using Crm.EventStore;

namespace Crm.Identity;

/// <summary>What is known of a user at the door: the user of ASP.NET Core Identity, kept in the module's own tables.</summary>
internal sealed class Account
{
    public required Guid Id { get; init; }

    public required string UserName { get; init; }

    public required string Role { get; init; }

    public required bool Active { get; init; }

    /// <summary>Version of the last event that ended every session; a new session carries it.</summary>
    public required long Epoch { get; set; }

    public string? PasswordHash { get; set; }

    public DateTimeOffset? PasswordChangedAt { get; init; }

    public int Failures { get; set; }

    public DateTimeOffset? LockedUntil { get; set; }

    /// <summary>The authenticator's key as it is stored, under data protection; null without one.</summary>
    public string? ProtectedKey { get; set; }

    /// <summary>Since when the second factor is demanded; null while it is off.</summary>
    public DateTimeOffset? SecondFactorSince { get; set; }

    public int RecoveryCodes { get; init; }

    /// <summary>What is to be saved with the next update, in one transaction: by whom, which events, and what else.</summary>
    public EventContext Context { get; set; } = new("system", "system");

    public List<object> Events { get; } = [];

    public List<Action<SqlBatch>> Statements { get; } = [];

    public bool PasswordChanged { get; set; }

    public bool FactorChanged { get; set; }

    public IReadOnlyList<string>? NewRecoveryCodes { get; set; }
}
