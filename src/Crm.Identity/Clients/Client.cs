using Crm.EventStore;
using Crm.Http;

namespace Crm.Identity;

/// <summary>A program that calls the API (C15): an integrator's server, or an application people use.</summary>
internal sealed record Client : Document, IAggregate<Client>
{
    /// <summary>How the client calls itself at <c>/connect</c> (RFC 6749 §2.2).</summary>
    public string ClientId { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>Code of the role: what the client may do at most, by itself and for people.</summary>
    public string Role { get; init; } = "";

    /// <summary>Whether it can keep a secret (RFC 6749 §2.1).</summary>
    public bool Confidential { get; init; }

    public IReadOnlyList<string> Grants { get; init; } = [];

    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    public IReadOnlyList<string> PostLogoutRedirectUris { get; init; } = [];

    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Public keys for <c>private_key_jwt</c>.</summary>
    public JwkSet? Jwks { get; init; }

    /// <summary>Calls a minute and node; null is no limit.</summary>
    public int? RateLimit { get; init; }

    public bool ActsForUsers { get; init; }

    public bool Active { get; init; } = true;

    /// <summary>The secrets that count; their hashes are in no record and no event.</summary>
    public IReadOnlyList<ClientSecret> Secrets { get; init; } = [];

    public static Client? Evolve(Client? state, Event e) => (state, e.Data) switch
    {
        (null, ClientRegistered x) => new Client
        {
            ClientId = x.ClientId, Name = x.Name, Role = x.Role, Confidential = x.Confidential, Grants = x.Grants, RedirectUris = x.RedirectUris,
            PostLogoutRedirectUris = x.PostLogoutRedirectUris, Scopes = x.Scopes, Jwks = x.Jwks, RateLimit = x.RateLimit, ActsForUsers = x.ActsForUsers,
        },
        (not null, ClientChanged x) => state with
        {
            Name = x.Name ?? state.Name,
            Role = x.Role ?? state.Role,
            Grants = x.Grants ?? state.Grants,
            RedirectUris = x.RedirectUris ?? state.RedirectUris,
            PostLogoutRedirectUris = x.PostLogoutRedirectUris ?? state.PostLogoutRedirectUris,
            Scopes = x.Scopes ?? state.Scopes,
            Jwks = x.Cleared?.Contains("jwks") == true ? null : x.Jwks ?? state.Jwks,
            RateLimit = x.Cleared?.Contains("rateLimit") == true ? null : x.RateLimit ?? state.RateLimit,
            ActsForUsers = x.ActsForUsers ?? state.ActsForUsers,
        },
        (not null, ClientSecretAdded x) => state with
        {
            Secrets = [.. state.Secrets.Select(s => x.OthersUntil is { } until && (s.ExpiresAt is null || s.ExpiresAt > until) ? s with { ExpiresAt = until } : s), new ClientSecret(x.Id, e.Timestamp, null)],
        },
        (not null, ClientSecretRemoved x) => state with { Secrets = [.. state.Secrets.Where(s => s.Id != x.Id)] },
        (not null, ClientRevoked) => state with { Active = false, Secrets = [] },
        _ => state,
    };
}

/// <summary>A secret as everybody may know it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends, because another took its place; null while it does not.</param>
internal sealed record ClientSecret(Guid Id, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

/// <summary>A JSON Web Key Set (RFC 7517) of public keys. A private part is an unknown member and refused.</summary>
/// <param name="Keys">At most ten.</param>
internal sealed record JwkSet(IReadOnlyList<Jwk> Keys);

/// <summary>A public key: EC (P-256, P-384) or RSA of at least 2048 bits.</summary>
internal sealed record Jwk(string Kty, string? Kid = null, string? Crv = null, string? X = null, string? Y = null, string? N = null, string? E = null, string? Alg = null, string? Use = null);

/// <summary>A client was registered.</summary>
internal sealed record ClientRegistered(
    string ClientId, string Name, string Role, bool Confidential, IReadOnlyList<string> Grants, IReadOnlyList<string> RedirectUris, IReadOnlyList<string> PostLogoutRedirectUris,
    IReadOnlyList<string> Scopes, JwkSet? Jwks, int? RateLimit, bool ActsForUsers);

/// <summary>Details of a client changed; absent members stayed, <paramref name="Cleared"/> names those that were emptied.</summary>
internal sealed record ClientChanged(
    string? Name, string? Role, IReadOnlyList<string>? Grants, IReadOnlyList<string>? RedirectUris, IReadOnlyList<string>? PostLogoutRedirectUris,
    IReadOnlyList<string>? Scopes, JwkSet? Jwks, int? RateLimit, bool? ActsForUsers, string[]? Cleared);

/// <summary>A secret was made; the secret itself and its hash are in no event.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="OthersUntil">When the secrets of before end; null leaves them as they are.</param>
internal sealed record ClientSecretAdded(Guid Id, DateTimeOffset? OthersUntil);

/// <summary>A secret counts no more.</summary>
internal sealed record ClientSecretRemoved(Guid Id);

/// <summary>The client may do nothing any more, for good.</summary>
internal sealed record ClientRevoked;

internal sealed class ClientResource : Resource<Client>
{
    public override string Name => "clients";

    public override Ownership<Client>? Ownership => null;
}

/// <summary>The clients to list, and to know who calls: kept in the transaction of the change, so that a revoked client is refused at once.</summary>
internal sealed class Clients : DocumentProjection<Client>
{
    public const string TableName = "identity.clients";

    public override string Table => TableName;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(ClientRegistered), typeof(ClientChanged), typeof(ClientSecretAdded), typeof(ClientSecretRemoved), typeof(ClientRevoked)];

    public override IEnumerable<string?> SearchTexts(Client document) => [document.Name, document.ClientId];
}
