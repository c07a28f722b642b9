namespace Crm.Identity;

/// <summary>The address for mails about the account changed.</summary>
/// <param name="Email">The new address; null if there is none any more.</param>
internal sealed record UserEmailChanged(string? Email);

/// <summary>A one-time link to set the password was made for a user; the link itself is in no event.</summary>
/// <param name="ExpiresAt">Until when it works.</param>
internal sealed record UserInvited(DateTimeOffset ExpiresAt);

/// <summary>A user signs in with an authenticator app from now on.</summary>
internal sealed record UserSecondFactorEnabled;

/// <summary>A user switched the second factor off.</summary>
internal sealed record UserSecondFactorDisabled;

/// <summary>An administrator switched somebody's second factor off, because app and recovery codes were lost.</summary>
internal sealed record UserSecondFactorReset;

/// <summary>A user made new recovery codes; the old ones are worth nothing.</summary>
internal sealed record UserRecoveryCodesReplaced;

/// <summary>Every session of a user was ended.</summary>
internal sealed record UserSessionsRevoked;
