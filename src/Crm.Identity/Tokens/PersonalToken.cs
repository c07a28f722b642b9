using Crm.EventStore;
using Crm.Http;
using Dapper;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Crm.Identity;

/// <summary>A token with which a person's own scripts call the API with the person's rights.</summary>
internal sealed record PersonalToken : Document, IAggregate<PersonalToken>
{
    public Guid UserId { get; init; }

    public bool Revoked { get; init; }

    public static PersonalToken? Evolve(PersonalToken? state, Event e) => (state, e.Data) switch
    {
        (null, PersonalTokenCreated x) => new PersonalToken { UserId = x.UserId },
        (not null, PersonalTokenRevoked) => state with { Revoked = true },
        _ => state,
    };
}

/// <summary>What a personal token may do.</summary>
internal enum PersonalTokenScope
{
    /// <summary>Everything the person may see.</summary>
    Read,

    /// <summary>Everything the person may do.</summary>
    ReadWrite,
}

/// <summary>A person made a token; the token itself and its hash are in no event.</summary>
internal sealed record PersonalTokenCreated(Guid UserId, string Name, PersonalTokenScope Scope, DateTimeOffset ExpiresAt);

/// <summary>A personal token counts no more.</summary>
internal sealed record PersonalTokenRevoked;

/// <summary>
/// Makes a token for the caller and answers it once; only its hash is kept. A person has at most fifty (409 <c>too_many_tokens</c>).
/// </summary>
/// <param name="Name">What it is for, at most 100 characters.</param>
/// <param name="Scope"><c>read</c> or <c>readWrite</c>.</param>
/// <param name="ExpiresAt">When it ends: in the future, at most 366 days ahead (400 <c>out_of_range</c>).</param>
internal sealed record CreatePersonalToken(string Name, PersonalTokenScope? Scope, DateTimeOffset? ExpiresAt)
{
    internal sealed class Validator : AbstractValidator<CreatePersonalToken>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(100);
            RuleFor(x => x.Scope).NotNull();
            RuleFor(x => x.ExpiresAt).NotNull();
        }
    }
}

/// <summary>A personal token as its person sees it.</summary>
internal sealed record PersonalTokenView(Guid Id, string Name, PersonalTokenScope Scope, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>The caller's tokens, newest first.</summary>
internal sealed record PersonalTokenList(IReadOnlyList<PersonalTokenView> Data);

/// <summary>A new token.</summary>
/// <param name="Id">Its identity, to revoke it.</param>
/// <param name="Token">The token; it is shown this once.</param>
internal sealed record NewPersonalToken(Guid Id, string Token);

internal static class PersonalTokenFeature
{
    public const int Most = 50;
    private static readonly CreatePersonalToken.Validator Validator = new();

    public static void Map(IEndpointRouteBuilder api)
    {
        var tokens = api.MapGroup("personal-tokens").WithTags("personal tokens");
        tokens.MapPost("", async (HttpContext http, PersonalTokens personal) =>
        {
            var command = (await JsonBody.ReadAsync(http)).To<CreatePersonalToken>();
            Validation.Check(Validator, command, http);
            var session = await OwnAccount.SessionAsync(http);
            http.Response.Headers.CacheControl = "no-store";
            return Results.Json(await personal.CreateAsync(session.UserId, command, Caller.Of(http).Context(http, null, null), http.RequestAborted), statusCode: 201);
        }).RequiresOwnSession().WithName("CreatePersonalToken").Accepts<CreatePersonalToken>("application/json").Produces<NewPersonalToken>(201).ProducesProblem(409);

        tokens.MapGet("", async (HttpContext http, PersonalTokens personal) =>
        {
            http.Response.Headers.CacheControl = "private, no-cache";
            return new PersonalTokenList(await personal.ListAsync((await OwnAccount.SessionAsync(http)).UserId, http.RequestAborted));
        }).RequiresOwnSession().WithName("ListPersonalTokens").Produces<PersonalTokenList>();

        tokens.MapDelete("{id:guid}", async (HttpContext http, Guid id, PersonalTokens personal) =>
        {
            await personal.RevokeAsync((await OwnAccount.SessionAsync(http)).UserId, id, Caller.Of(http).Context(http, null, null), http.RequestAborted);
            return Results.NoContent();
        }).RequiresOwnSession().WithName("RevokePersonalToken").Produces(204).ProducesProblem(404);
    }

    public static Decision Decide(CreatePersonalToken command, Guid userId, int live, Now now) =>
        live >= Most ? new Rejection("too_many_tokens", $"个人令牌最多 {Most} 个，请先撤销一个。", $"A person has at most {Most} tokens; revoke one first.")
        : command.ExpiresAt <= now.At || command.ExpiresAt > now.At.AddDays(366) ? new Rejection("out_of_range", "有效期最长 366 天，且必须晚于现在。", "A token lasts at most 366 days and ends in the future.", 400, "expiresAt")
        : [new PersonalTokenCreated(userId, command.Name.Trim(), command.Scope!.Value, command.ExpiresAt!.Value.ToUniversalTime())];
}

/// <summary>A personal token that holds at this moment.</summary>
internal sealed record ValidPersonalToken(Guid Id, Guid UserId, string Role, bool ReadOnly);

/// <summary>Personal tokens: their hashes, and when they were last used.</summary>
internal sealed class PersonalTokens(DocumentStore store, NpgsqlDataSource database)
{
    public const string Prefix = "crm_pat_";

    public async Task<NewPersonalToken> CreateAsync(Guid userId, CreatePersonalToken command, EventContext context, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var session = store.OpenSession(context);
        var live = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "select count(*)::int from identity.personal_tokens where user_id = @userId and revoked_at is null and expires_at > @now", new { userId, now = session.Now.UtcDateTime }, cancellationToken: ct));
        var id = Guid.CreateVersion7(session.Now);
        var decision = PersonalTokenFeature.Decide(command, userId, live, new Now(session.Now, store.DayOf(session.Now), userId.ToString(), id));
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        var created = (PersonalTokenCreated)decision.Events[0];
        var token = Secrets.New(Prefix);
        session.StartStream<PersonalToken>(id, decision.Events);
        session.Sql.Add($"""
            insert into identity.personal_tokens (id, user_id, name, scope, hash, created_at, expires_at)
            values ({id}, {userId}, {created.Name}, {created.Scope.ToString()}, {Secrets.Hash(token)}, {session.Now}, {created.ExpiresAt})
            """);
        await session.SaveChangesAsync(ct);
        return new NewPersonalToken(id, token);
    }

    public async Task<IReadOnlyList<PersonalTokenView>> ListAsync(Guid userId, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(Guid Id, string Name, string Scope, DateTime CreatedAt, DateTime ExpiresAt, DateTime? LastUsedAt)>(new CommandDefinition("""
            select id, name, scope, created_at, expires_at, last_used_at from identity.personal_tokens where user_id = @userId and revoked_at is null and expires_at > @now order by id desc
            """, new { userId, now = store.Now.UtcDateTime }, cancellationToken: ct));
        return [.. rows.Select(r => new PersonalTokenView(r.Id, r.Name, Enum.Parse<PersonalTokenScope>(r.Scope), r.CreatedAt, r.ExpiresAt, r.LastUsedAt))];
    }

    /// <exception cref="ProblemException">404: the person has no such token.</exception>
    public async Task RevokeAsync(Guid userId, Guid id, EventContext context, CancellationToken ct)
    {
        await using var session = store.OpenSession(context);
        var stream = await session.FetchForWriting<PersonalToken>(id, ct);
        if (stream.Aggregate is not { Revoked: false } token || token.UserId != userId) throw ProblemException.NotFound();
        stream.AppendMany([new PersonalTokenRevoked()]);
        session.Sql.Add($"update identity.personal_tokens set revoked_at = {session.Now} where id = {id}");
        await session.SaveChangesAsync(ct);
    }

    /// <summary>The token with its person as they are now, or null; notes the use, at most once a minute.</summary>
    public async Task<ValidPersonalToken?> FindAsync(string token, CancellationToken ct)
    {
        if (token.Length > 200) return null;
        await using var connection = await database.OpenConnectionAsync(ct);
        var row = await connection.QueryFirstOrDefaultAsync<(Guid Id, Guid UserId, string Scope, string Role)?>(new CommandDefinition("""
            with known as (
                select t.id, t.user_id, t.scope, u.doc->>'role' as role, t.last_used_at from identity.personal_tokens t join identity.users u on u.id = t.user_id
                where t.hash = @hash and t.revoked_at is null and t.expires_at > @now and (u.doc->>'active')::boolean and not (u.doc->>'removed')::boolean),
              noted as (update identity.personal_tokens t set last_used_at = @now from known where t.id = known.id and (known.last_used_at is null or known.last_used_at < @now - interval '1 minute'))
            select id, user_id, scope, role from known
            """, new { hash = Secrets.Hash(token), now = store.Now.UtcDateTime }, cancellationToken: ct));
        return row is { } found ? new ValidPersonalToken(found.Id, found.UserId, found.Role, found.Scope == nameof(PersonalTokenScope.Read)) : null;
    }
}
