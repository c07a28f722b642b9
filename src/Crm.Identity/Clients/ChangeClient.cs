using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>Changes a client; absent fields stay, null empties <c>jwks</c> and <c>rateLimit</c>. What it may no longer do ends at once, tokens included.</summary>
internal sealed record ChangeClient(
    string? Name = null, string? Role = null, IReadOnlyList<string>? Grants = null, IReadOnlyList<string>? RedirectUris = null, IReadOnlyList<string>? PostLogoutRedirectUris = null,
    IReadOnlyList<string>? Scopes = null, JwkSet? Jwks = null, int? RateLimit = null, bool? ActsForUsers = null) : IPatch
{
    public IReadOnlyList<string> Cleared { get; init; } = [];

    internal sealed class Validator : AbstractValidator<ChangeClient>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(100).When(x => x.Name is not null);
            RuleFor(x => x.Role).Must(r => r is null || Right.Of(r).Count > 0).WithErrorCode("unknown_role");
            RuleFor(x => x.Grants).OneOf(ClientRules.Grants);
            RuleFor(x => x.RedirectUris).RedirectUris();
            RuleFor(x => x.PostLogoutRedirectUris).RedirectUris();
            RuleFor(x => x.Scopes).OneOf(ClientRules.Scopes);
            RuleFor(x => x.Jwks).Keys();
            RuleFor(x => x.RateLimit).InclusiveBetween(1, 100_000);
            RuleForEach(x => x.Cleared).Must(c => c is "jwks" or "rateLimit").WithErrorCode("required");
        }
    }
}

internal static class ChangeClientFeature
{
    public static void Map(IEndpointRouteBuilder clients) => clients.MapPatch<ChangeClient, Client>("{id:guid}", Right.Change("clients"), Decide);

    public static Decision Decide(ChangeClient command, Client client, Now now)
    {
        if (!client.Active) return ClientErrors.Revoked;
        string[] cleared = [.. command.Cleared.Where(c => c == "jwks" ? client.Jwks is not null : client.RateLimit is not null)];
        var change = new ClientChanged(
            command.Name?.Trim() is { } name && name != client.Name ? name : null, command.Role == client.Role ? null : command.Role,
            New(command.Grants, client.Grants), New(command.RedirectUris, client.RedirectUris), New(command.PostLogoutRedirectUris, client.PostLogoutRedirectUris), New(command.Scopes, client.Scopes),
            command.Jwks is { } keys && client.Jwks?.Keys.SequenceEqual(keys.Keys) != true ? keys : null, command.RateLimit == client.RateLimit ? null : command.RateLimit,
            command.ActsForUsers == client.ActsForUsers ? null : command.ActsForUsers, cleared.Length == 0 ? null : cleared);
        if (change == new ClientChanged(null, null, null, null, null, null, null, null, null, null)) return Decision.Nothing;
        var after = client with
        {
            Grants = change.Grants ?? client.Grants,
            RedirectUris = change.RedirectUris ?? client.RedirectUris,
            Jwks = cleared.Contains("jwks") ? null : change.Jwks ?? client.Jwks,
            ActsForUsers = change.ActsForUsers ?? client.ActsForUsers,
        };
        return ClientRules.Fault(after) is { } fault ? fault : [change];
    }

    private static IReadOnlyList<string>? New(IReadOnlyList<string>? values, IReadOnlyList<string> before) => values is null || values.SequenceEqual(before) ? null : values;
}

internal static class ClientErrors
{
    public static readonly Rejection Revoked = new("client_revoked", "该客户端已停用。", "The client is revoked.");
}
