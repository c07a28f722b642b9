using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;

namespace Crm.Identity;

/// <summary>Somebody at the door of the page: what goes wrong is counted and logged, what goes well becomes a session.</summary>
/// <param name="http">The request.</param>
/// <param name="accounts">The accounts.</param>
/// <param name="store">The clock and the database.</param>
/// <param name="way">The provider by which the person comes; null by password.</param>
internal sealed class SignInAttempt(HttpContext http, AccountManager accounts, DocumentStore store, string? way = null)
{
    /// <exception cref="ProblemException">429 <c>too_many_attempts</c>.</exception>
    public async Task RefuseLockedAsync(Account account)
    {
        if (accounts.LockedFor(account) is not { } wait) return;
        await LogAsync(SignInEvent.Failed, account, "locked");
        throw new ProblemException(429, "too_many_attempts", "错误次数过多，请稍后再试。", "Too many wrong attempts; try again later.") { RetryAfter = (int)Math.Ceiling(wait.TotalSeconds) };
    }

    /// <exception cref="ProblemException">401 <c>otp_required</c> or <c>otp_invalid</c>.</exception>
    public async Task DemandCodeAsync(Account account, string? otp)
    {
        if (string.IsNullOrWhiteSpace(otp))
        {
            await LogAsync(SignInEvent.CodeAsked, account, null);
            throw new ProblemException(401, "otp_required", "请输入验证码。", "Enter the code of your authenticator app.");
        }
        if (await accounts.UseCodeAsync(account, otp)) return;
        await FailAsync(account, "wrong_code");
        throw new ProblemException(401, "otp_invalid", "验证码不对，或者已经用过。", "The code is wrong or was used already.");
    }

    /// <summary>Counts a failure against the account and logs it.</summary>
    public async Task FailAsync(Account? account, string reason)
    {
        if (account is not null) await accounts.AccessFailedAsync(account);
        await LogAsync(SignInEvent.Failed, account, reason);
    }

    /// <summary>Logs what happened, and that the account is locked from now on if it is.</summary>
    public async Task LogAsync(string what, Account? account, string? reason)
    {
        var sql = new SqlBatch();
        SignInLog.Add(sql, store.Now, what, http, account?.Id, reason, way: way);
        if (what == SignInEvent.Failed && reason != "locked" && account is not null && accounts.LockedFor(account) is not null) SignInLog.Add(sql, store.Now, SignInEvent.Locked, http, account.Id);
        await sql.RunAsync(store, CancellationToken.None);
    }

    /// <summary>Begins the session and sets its cookie; null if the user is gone.</summary>
    public async Task<SessionView?> EnterAsync(SessionTable sessions, Account account, bool secondFactor)
    {
        if (await store.Query.AggregateStreamAsync<User>(account.Id, ct: http.RequestAborted) is not { } user) return null;
        var sql = new SqlBatch();
        // Whoever signs in again in the same browser leaves no session behind.
        if (SessionTable.IdOf(http.User) is { } before) sql.Add($"delete from identity.sessions where id = {before}");
        // Only a proof of what is guessed ends the counting of guesses.
        if (way is null || (secondFactor && account.SecondFactorSince is not null)) sql.Add($"update identity.credentials set failures = 0, locked_until = null where user_id = {account.Id} and failures > 0");
        var principal = sessions.Begin(sql, account, secondFactor, Visitor.Of(http), way);
        SignInLog.Add(sql, store.Now, SignInEvent.SignedIn, http, account.Id, way: way);
        await sql.RunAsync(store, http.RequestAborted);
        await sessions.SetCookieAsync(http, principal);
        return await SessionFeature.View(http, user);
    }
}
