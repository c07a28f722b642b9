using System.Security.Cryptography;
using System.Text;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Identity;

/// <summary>
/// Makes a secret for a client and answers it once; only its hash is kept, so an answer is not repeated for the same <c>Idempotency-Key</c>. The
/// secrets of before go on for the overlap. A public client has none (409 <c>confidential_required</c>), and there are at most five (409 <c>too_many_secrets</c>).
/// </summary>
/// <param name="OverlapHours">How long the secrets of before stay valid, 0–720; absent: 24.</param>
internal sealed record AddClientSecret(int? OverlapHours = null)
{
    internal sealed class Validator : AbstractValidator<AddClientSecret>
    {
        public Validator() => RuleFor(x => x.OverlapHours).InclusiveBetween(0, 720);
    }
}

/// <summary>A new secret.</summary>
/// <param name="Id">Its identity, to remove it.</param>
/// <param name="Secret">The secret; it is shown this once.</param>
internal sealed record NewClientSecret(Guid Id, string Secret);

internal static class AddClientSecretFeature
{
    private const int Most = 5;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapOperation<AddClientSecret>("{id:guid}/secrets", Right.Change("clients"), 201, async (command, session, scope) =>
    {
        var id = Guid.Parse(scope.Route("id"));
        var stream = await session.FetchForWriting<Client>(id, scope.Aborted);
        if (stream.Aggregate is not { } client) throw ProblemException.NotFound();
        var decision = Decide(command, client, scope.Now);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        stream.AppendMany(decision.Events);
        var secret = Secrets.New("crm_secret_");
        var known = client.Secrets.Where(s => s.ExpiresAt is null || s.ExpiresAt > scope.Now.At).Select(s => s.Id).ToArray();
        session.Sql.Add($"delete from identity.client_secrets where client = {id} and not id = any({known})");
        session.Sql.Add($"insert into identity.client_secrets (id, client, hash) values ({scope.Now.NewId}, {id}, {Secrets.Hash(secret)})");
        scope.Http.Response.Headers.CacheControl = "no-store";
        return new NewClientSecret(scope.Now.NewId, secret);
    }, keepsAnswer: false).Produces<NewClientSecret>(201);

    public static Decision Decide(AddClientSecret command, Client client, Now now)
    {
        if (!client.Active) return ClientErrors.Revoked;
        if (!client.Confidential) return new Rejection("confidential_required", "公开客户端没有密钥。", "A public client has no secret.");
        var live = client.Secrets.Count(s => s.ExpiresAt is null || s.ExpiresAt > now.At);
        if (live >= Most) return new Rejection("too_many_secrets", $"有效密钥最多 {Most} 个，请先删除一个。", $"A client has at most {Most} valid secrets; remove one first.");
        return [new ClientSecretAdded(now.NewId, live == 0 ? null : now.At.AddHours(command.OverlapHours ?? 24))];
    }
}

/// <summary>Values nobody can guess, of which only a hash is kept.</summary>
internal static class Secrets
{
    /// <summary>256 random bits behind a prefix by which people and scanners know what it is.</summary>
    public static string New(string prefix) => prefix + Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256 is enough for what cannot be guessed.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
