using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Crm.Identity;

/// <summary>The pauses after wrong passwords and codes: none for the first four, then a minute, doubling to an hour. Success begins anew.</summary>
internal static class Lockout
{
    /// <summary>The pause in seconds after the first, second … failure in a row; the last one for all that follow.</summary>
    public static readonly int[] Seconds = [0, 0, 0, 0, 60, 120, 240, 480, 960, 1920, 3600];
}

/// <summary>User names are compared in lower case and without blanks around them.</summary>
internal sealed class UserNameNormalizer : ILookupNormalizer
{
    public string? NormalizeName(string? name) => name?.Trim().ToLowerInvariant();

    public string? NormalizeEmail(string? email) => email;
}

/// <summary>ASP.NET Core Identity's manager with what it lacks here: growing pauses, and several changes in one transaction.</summary>
internal sealed class AccountManager(AccountStore store, DocumentStore documents, IOptions<IdentityOptions> options, IPasswordHasher<Account> hasher,
    IEnumerable<IPasswordValidator<Account>> validators, ILookupNormalizer normalizer, IdentityErrorDescriber errors, IServiceProvider services, ILogger<UserManager<Account>> logger)
    : UserManager<Account>(store, options, hasher, [], validators, normalizer, errors, services, logger)
{
    private static readonly Account Nobody = new() { Id = default, UserName = "", Role = "", Active = false, Epoch = 0 };
    private static string? nobodysHash;

    /// <summary>How long the account is still locked; null if it is not.</summary>
    public TimeSpan? LockedFor(Account account) => account.LockedUntil is { } until && until > documents.Now ? until - documents.Now : null;

    /// <summary>Whether the password is right. An unknown name takes as long as a wrong password.</summary>
    public async Task<bool> IsPasswordAsync(Account? account, string password)
    {
        if (account is { PasswordHash: not null }) return await CheckPasswordAsync(account, password);
        PasswordHasher.VerifyHashedPassword(Nobody, nobodysHash ??= PasswordHasher.HashPassword(Nobody, "nobody's password"), password);
        return false;
    }

    /// <summary>Whether the text is a code of the app or an unused recovery code; either is used up by it.</summary>
    public async Task<bool> UseCodeAsync(Account account, string code)
    {
        code = code.Replace(" ", "", StringComparison.Ordinal);
        return code is { Length: Totp.Digits } && code.All(char.IsAsciiDigit)
            ? await VerifyTwoFactorTokenAsync(account, TokenOptions.DefaultAuthenticatorProvider, code)
            : code.Length is > Totp.Digits and < 40 && await store.RedeemCodeAsync(account, code, CancellationToken.None);
    }

    /// <inheritdoc />
    public override async Task<IdentityResult> AccessFailedAsync(Account user)
    {
        await store.IncrementAccessFailedCountAsync(user, CancellationToken.None);
        return IdentityResult.Success;
    }

    /// <summary>Sets a password that keeps the policy, ends every session and saves what else the account is to save.</summary>
    /// <exception cref="ProblemException">400 <c>weak_password</c> with what it lacks.</exception>
    public async Task SetPasswordAsync(Account account, string password, bool byLink)
    {
        var result = await UpdatePasswordHash(account, password, validatePassword: true);
        if (!result.Succeeded) throw PasswordPolicy.Refused(result.Errors);
        account.Events.Add(new Contracts.UserPasswordSet(byLink));
        await UpdateUserAsync(account);
    }

    /// <summary>A new key for an app, to be confirmed with a code of it.</summary>
    public async Task<string> NewKeyAsync(Account account)
    {
        await ResetAuthenticatorKeyAsync(account);
        return (await GetAuthenticatorKeyAsync(account))!;
    }

    /// <summary>Ten new recovery codes, saved with the next update.</summary>
    public async Task<IReadOnlyList<string>> NewCodesAsync(Account account)
    {
        string[] codes = [.. Enumerable.Range(0, 10).Select(_ => CreateTwoFactorRecoveryCode())];
        await store.ReplaceCodesAsync(account, codes, CancellationToken.None);
        return codes;
    }
}
