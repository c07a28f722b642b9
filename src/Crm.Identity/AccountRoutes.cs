using System.Security.Claims;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// Routes about an account. Their bodies and answers hold secrets, so they go past the store of repeated answers, and no cache may keep them.
/// </summary>
internal static class AccountRoutes
{
    /// <summary>The group of a person's own account.</summary>
    public static RouteGroupBuilder MapOwn(IEndpointRouteBuilder api)
    {
        var account = api.MapGroup("account").WithTags("account").RequiresOwnSession();
        account.AddEndpointFilter((context, next) =>
        {
            context.HttpContext.Response.Headers.CacheControl = "no-store";
            return next(context);
        });
        return account;
    }

    /// <summary>The person who asks.</summary>
    public static Guid UserId(HttpContext http) => Guid.Parse(http.User.FindFirstValue("sub")!);

    /// <summary>The person who asks; null if it is a client.</summary>
    public static Guid? UserIdOrNull(HttpContext http) => Guid.TryParse(http.User.FindFirstValue("sub"), out var id) ? id : null;

    /// <summary>The body as a command that is valid.</summary>
    /// <exception cref="ProblemException">400 with the fields.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http)
    {
        var command = (await JsonBody.ReadAsync(http)).To<T>();
        Validation.Check(http.RequestServices.GetRequiredService<IValidator<T>>(), command, http);
        return command;
    }

    /// <summary>The account of the person who asks.</summary>
    public static Task<Account> OwnAsync(HttpContext http, AccountManager accounts) => FindAsync(http, accounts, UserId(http));

    /// <summary>An account that the caller is about to change.</summary>
    /// <exception cref="ProblemException">404: there is none.</exception>
    public static async Task<Account> FindAsync(HttpContext http, AccountManager accounts, Guid id)
    {
        var account = await accounts.FindByIdAsync(id.ToString()) ?? throw ProblemException.NotFound();
        account.Context = Caller.Of(http).Context(http, null, null);
        return account;
    }

    /// <summary>Lets the session that asks live on when the account's events end all of them.</summary>
    public static void KeepSession(HttpContext http, Account account, bool? secondFactor = null) =>
        account.Statements.Add(sql => SessionTable.Keep(sql, SessionTable.IdOf(http.User)!.Value, account.Epoch, secondFactor));

    /// <summary>
    /// Proves that it is the person who asks, before something is changed by which others could get in: the password and, where one is on, the
    /// second factor. Failures count like those of a sign-in.
    /// </summary>
    /// <exception cref="ProblemException">403 <c>wrong_password</c>, <c>otp_required</c> or <c>otp_invalid</c>; 429 <c>too_many_attempts</c>.</exception>
    public static async Task ProveAsync(HttpContext http, AccountManager accounts, Account account, string password, string? otp)
    {
        if (accounts.LockedFor(account) is { } wait)
            throw new ProblemException(429, "too_many_attempts", "错误次数过多，请稍后再试。", "Too many wrong attempts; try again later.") { RetryAfter = (int)Math.Ceiling(wait.TotalSeconds) };
        var store = http.RequestServices.GetRequiredService<DocumentStore>();
        if (!await accounts.IsPasswordAsync(account, password))
        {
            await FailAsync("wrong_password");
            throw new ProblemException(403, "wrong_password", "密码不对。", "The password is wrong.") { Errors = [("body.password", "wrong_password", "密码不对。", "The password is wrong.")] };
        }
        if (account.SecondFactorSince is null) return;
        if (string.IsNullOrWhiteSpace(otp)) throw new ProblemException(403, "otp_required", "请输入验证码。", "Enter the code of your authenticator app.");
        if (await accounts.UseCodeAsync(account, otp)) return;
        await FailAsync("wrong_code");
        throw new ProblemException(403, "otp_invalid", "验证码不对，或者已经用过。", "The code is wrong or was used already.");

        async Task FailAsync(string reason)
        {
            await accounts.AccessFailedAsync(account);
            var sql = new SqlBatch();
            SignInLog.Add(sql, store.Now, SignInEvent.Failed, http, account.Id, reason);
            await sql.RunAsync(store, CancellationToken.None);
        }
    }

    /// <summary>Runs statements in one round trip and transaction.</summary>
    /// <returns>The number of rows they touched.</returns>
    public static async Task<int> RunAsync(this SqlBatch sql, DocumentStore store, CancellationToken ct)
    {
        await using NpgsqlBatch batch = store.DataSource.CreateBatch();
        sql.MoveTo(batch);
        return await batch.ExecuteNonQueryAsync(ct);
    }
}
