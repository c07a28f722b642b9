using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace Crm.Identity;

/// <summary>Begins to set up an authenticator app: 409 <c>second_factor_on</c> if one is, 403 <c>wrong_password</c>.</summary>
/// <param name="Password">The password, to prove who asks.</param>
internal sealed record BeginSecondFactor(string Password)
{
    internal sealed class Validator : AbstractValidator<BeginSecondFactor>
    {
        public Validator() => RuleFor(x => x.Password).NotEmpty().MaximumLength(1000);
    }
}

/// <summary>Switches the second factor on, with a code of the app as proof that it has the key: 400 <c>otp_invalid</c>.</summary>
/// <param name="Otp">A code of the app.</param>
internal sealed record ConfirmSecondFactor(string Otp)
{
    internal sealed class Validator : AbstractValidator<ConfirmSecondFactor>
    {
        public Validator() => RuleFor(x => x.Otp).NotEmpty().MaximumLength(100);
    }
}

/// <summary>Proves who asks by both factors: 403 <c>wrong_password</c>, <c>otp_required</c> or <c>otp_invalid</c>.</summary>
/// <param name="Password">The password.</param>
/// <param name="Otp">A code of the app, or a recovery code.</param>
internal sealed record BothFactors(string Password, string Otp)
{
    internal sealed class Validator : AbstractValidator<BothFactors>
    {
        public Validator()
        {
            RuleFor(x => x.Password).NotEmpty().MaximumLength(1000);
            RuleFor(x => x.Otp).NotEmpty().MaximumLength(100);
        }
    }
}

/// <summary>What an authenticator app needs.</summary>
/// <param name="Key">The key in Base32, to be typed.</param>
/// <param name="Uri">The same as an address for a QR code.</param>
internal sealed record AuthenticatorKey(string Key, string Uri);

/// <summary>Codes that replace the app, each once; shown this one time.</summary>
internal sealed record RecoveryCodes(IReadOnlyList<string> Codes);

/// <summary>A person's own account.</summary>
/// <param name="SecondFactorSince">Since when the second factor is on; null while it is off.</param>
/// <param name="SecondFactorDemanded">Whether the role demands one.</param>
/// <param name="RecoveryCodesLeft">How many recovery codes are unused.</param>
internal sealed record AccountView(string UserName, DateTimeOffset? PasswordChangedAt, DateTimeOffset? SecondFactorSince, bool SecondFactorDemanded, int RecoveryCodesLeft);

/// <summary>A person's own second factor: set up, confirmed, new recovery codes, switched off.</summary>
internal static class OwnSecondFactorFeature
{
    public static void Map(IEndpointRouteBuilder account)
    {
        account.MapGet("", async (HttpContext http, AccountManager accounts, SessionTable sessions) =>
        {
            var own = await AccountRoutes.OwnAsync(http, accounts);
            return new AccountView(own.UserName, own.PasswordChangedAt, own.SecondFactorSince, sessions.DemandsSecondFactor(own.Role), own.RecoveryCodes);
        }).WithName("GetAccount").Produces<AccountView>();

        account.MapPost("second-factor", async (HttpContext http, AccountManager accounts, IConfiguration configuration) =>
        {
            var command = await AccountRoutes.ReadAsync<BeginSecondFactor>(http);
            var own = await AccountRoutes.OwnAsync(http, accounts);
            if (own.SecondFactorSince is not null) throw ProblemException.Of(AlreadyOn);
            await AccountRoutes.ProveAsync(http, accounts, own, command.Password, null);
            var key = await accounts.NewKeyAsync(own);
            var issuer = Uri.EscapeDataString(configuration["Crm:Organisation"] ?? "CRM");
            return new AuthenticatorKey(key, $"otpauth://totp/{issuer}:{Uri.EscapeDataString(own.UserName)}?secret={key}&issuer={issuer}&digits={Totp.Digits}&period=30");
        }).WithName("BeginSecondFactor").Accepts<BeginSecondFactor>("application/json").Produces<AuthenticatorKey>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);

        account.MapPost("second-factor/confirm", async (HttpContext http, AccountManager accounts, DocumentStore store) =>
        {
            var command = await AccountRoutes.ReadAsync<ConfirmSecondFactor>(http);
            var own = await AccountRoutes.OwnAsync(http, accounts);
            var begun = own.ProtectedKey is not null;
            var right = begun && own.SecondFactorSince is null && await accounts.VerifyTwoFactorTokenAsync(own, TokenOptions.DefaultAuthenticatorProvider, command.Otp.Replace(" ", "", StringComparison.Ordinal));
            own.Events.AddRange(Demand(DecideConfirm(own, right)));
            var codes = await accounts.NewCodesAsync(own);
            AccountRoutes.KeepSession(http, own, secondFactor: true);
            own.Statements.Add(sql => SignInLog.Add(sql, store.Now, SignInEvent.FactorEnabled, http, own.Id));
            await accounts.SetTwoFactorEnabledAsync(own, true);
            return new RecoveryCodes(codes);
        }).WithName("ConfirmSecondFactor").Accepts<ConfirmSecondFactor>("application/json").Produces<RecoveryCodes>().ProducesProblem(400).ProducesProblem(409);

        account.MapPost("second-factor/recovery-codes", async (HttpContext http, AccountManager accounts, DocumentStore store) =>
        {
            var own = await ProvenAsync(http, accounts);
            own.Events.Add(new UserRecoveryCodesReplaced());
            var codes = await accounts.NewCodesAsync(own);
            own.Statements.Add(sql => SignInLog.Add(sql, store.Now, SignInEvent.CodesReplaced, http, own.Id));
            await accounts.UpdateAsync(own);
            return new RecoveryCodes(codes);
        }).WithName("ReplaceRecoveryCodes").Accepts<BothFactors>("application/json").Produces<RecoveryCodes>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);

        account.MapPost("second-factor/disable", async (HttpContext http, AccountManager accounts, SessionTable sessions, DocumentStore store) =>
        {
            var own = await ProvenAsync(http, accounts);
            own.Events.AddRange(Demand(DecideDisable(sessions.DemandsSecondFactor(own.Role))));
            AccountRoutes.KeepSession(http, own, secondFactor: false);
            own.Statements.Add(sql => SignInLog.Add(sql, store.Now, SignInEvent.FactorDisabled, http, own.Id));
            await accounts.SetTwoFactorEnabledAsync(own, false);
            return Results.NoContent();
        }).WithName("DisableSecondFactor").Accepts<BothFactors>("application/json").Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
    }

    public static Decision DecideConfirm(Account account, bool codeIsRight) =>
        account.SecondFactorSince is not null ? AlreadyOn
        : !codeIsRight ? new Rejection("otp_invalid", "验证码不对。", "The code is wrong.", 400, "otp")
        : [new UserSecondFactorEnabled()];

    public static Decision DecideDisable(bool demanded) => demanded
        ? new Rejection("second_factor_demanded", "您的角色必须使用两步验证。", "Your role must use a second factor.")
        : [new UserSecondFactorDisabled()];

    private static readonly Rejection AlreadyOn = new("second_factor_on", "两步验证已经开启。", "The second factor is on already.");

    private static async Task<Account> ProvenAsync(HttpContext http, AccountManager accounts)
    {
        var command = await AccountRoutes.ReadAsync<BothFactors>(http);
        var own = await AccountRoutes.OwnAsync(http, accounts);
        if (own.SecondFactorSince is null) throw new ProblemException(409, "second_factor_off", "两步验证没有开启。", "The second factor is off.");
        await AccountRoutes.ProveAsync(http, accounts, own, command.Password, command.Otp);
        return own;
    }

    private static IReadOnlyList<object> Demand(Decision decision) => decision.Rejection is { } rejection ? throw ProblemException.Of(rejection) : decision.Events;
}
