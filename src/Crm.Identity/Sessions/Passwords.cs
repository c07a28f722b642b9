using System.Security.Cryptography;
using System.Text;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Identity;

/// <summary>Sets a password by a one-time link. An expired or used link is refused with 400 <c>invalid_link</c>.</summary>
/// <param name="Token">The token of the link.</param>
/// <param name="NewPassword">At least 10 characters, of three kinds out of lower case, upper case, digits and others.</param>
internal sealed record SetPassword(string Token, string NewPassword)
{
    internal sealed class Validator : AbstractValidator<SetPassword>
    {
        public Validator()
        {
            RuleFor(x => x.Token).NotEmpty().MaximumLength(200);
            RuleFor(x => x.NewPassword).NotEmpty().Length(10, 200).Must(Strong).WithErrorCode("weak_password");
        }

        private static bool Strong(string? password) => password is null || new[]
        {
            password.Any(char.IsLower), password.Any(char.IsUpper), password.Any(char.IsDigit), password.Any(c => !char.IsLetterOrDigit(c)),
        }.Count(kind => kind) >= 3;
    }
}

internal static class SetPasswordFeature
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("password", async (HttpContext http, Passwords passwords) =>
    {
        var body = await JsonBody.ReadAsync(http);
        var command = body.To<SetPassword>();
        Validation.Check(new SetPassword.Validator(), command, http);
        if (!await passwords.SetByLinkAsync(command.Token, command.NewPassword, http.RequestAborted))
            throw ProblemException.Invalid("body.token", "invalid_link", "链接已失效，请向管理员要一个新的。", "The link is no longer valid; ask the administrator for a new one.");
        return Results.NoContent();
    }).AllowAnonymous().WithName("SetPassword").Accepts<SetPassword>("application/json").Produces(204).ProducesProblem(400);
}

/// <summary>Hashes, one-time links and the lock after wrong passwords.</summary>
internal sealed class Passwords(NpgsqlDataSource database, DocumentStore store)
{
    private const int Allowed = 10;
    private static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(5);
    private readonly PasswordHasher<string> hasher = new();
    private readonly Lazy<string> dummy = new(() => new PasswordHasher<string>().HashPassword("", "nobody's password"));

    /// <summary>The outcome of a sign-in attempt.</summary>
    public sealed record Attempt(Guid? UserId, Guid Stamp, TimeSpan? LockedFor);

    public async Task<Attempt> VerifyAsync(string userName, string password, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var row = await connection.QueryFirstOrDefaultAsync<(Guid UserId, string Hash, Guid Stamp, DateTime? LockedUntil)?>(new CommandDefinition("""
            select c.user_id, c.password_hash, c.stamp, c.locked_until from identity.user_names n join identity.credentials c on c.user_id = n.user_id
            where n.user_name = @userName
            """, new { userName }, cancellationToken: ct));
        if (row is not { } known)
        {
            // An unknown name takes as long as a wrong password.
            hasher.VerifyHashedPassword("", dummy.Value, password);
            return new Attempt(null, default, null);
        }
        if (known.LockedUntil is { } until && until > store.Now.UtcDateTime) return new Attempt(null, default, until - store.Now.UtcDateTime);
        if (hasher.VerifyHashedPassword(known.UserId.ToString(), known.Hash, password) == PasswordVerificationResult.Failed)
        {
            await connection.ExecuteAsync("""
                update identity.credentials set failures = failures + 1,
                  locked_until = case when failures + 1 >= @Allowed then @until else null end where user_id = @UserId
                """, new { Allowed, until = (store.Now + LockedFor).UtcDateTime, known.UserId });
            return new Attempt(null, default, null);
        }
        await connection.ExecuteAsync("update identity.credentials set failures = 0, locked_until = null where user_id = @UserId and failures > 0", new { known.UserId });
        return new Attempt(known.UserId, known.Stamp, null);
    }

    public async Task<bool> SetByLinkAsync(string token, string password, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var userId = await connection.QueryFirstOrDefaultAsync<Guid?>(new CommandDefinition(
            "delete from identity.password_links where token_hash = @hash and expires_at > @now returning user_id",
            new { hash = Hash(token), now = store.Now.UtcDateTime }, cancellationToken: ct));
        if (userId is not { } user) return false;
        await SetAsync(user, password, byLink: true, ct);
        return true;
    }

    public async Task SetAsync(Guid userId, string password, bool byLink, CancellationToken ct)
    {
        await using var session = store.OpenSession(new EventContext(userId.ToString(), byLink ? "page" : "system"));
        var stream = await session.FetchForWriting<User>(userId, ct);
        stream.AppendMany([new UserPasswordSet(byLink)]);
        var hash = hasher.HashPassword(userId.ToString(), password);
        // The stamp ends every session that was opened with the old password.
        session.Sql.Add($"""
            insert into identity.credentials (user_id, password_hash, stamp) values ({userId}, {hash}, {Guid.CreateVersion7(session.Now)})
            on conflict (user_id) do update set password_hash = excluded.password_hash, stamp = excluded.stamp, failures = 0, locked_until = null
            """);
        await session.SaveChangesAsync(ct);
    }

    public async Task<string> NewLinkAsync(Guid userId, CancellationToken ct)
    {
        var token = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        await using var connection = await database.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("insert into identity.password_links (token_hash, user_id, expires_at) values (@hash, @userId, @expires)",
            new { hash = Hash(token), userId, expires = store.Now.AddDays(3).UtcDateTime }, cancellationToken: ct));
        return token;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
