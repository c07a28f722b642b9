using System.Text.RegularExpressions;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Routing;

namespace Crm.Identity;

/// <summary>
/// Registers a client (C15). It has no secret yet: <c>POST {id}/secrets</c> makes one. The client id is unique (409 <c>client_id_taken</c>).
/// </summary>
/// <param name="Name">What people read when they are asked for consent, at most 100 characters.</param>
/// <param name="Role">Code of the role (S091): the most it may do, by itself and for people.</param>
/// <param name="ClientId">3–60 lower-case letters, digits, dots, hyphens and underscores; absent: one is made.</param>
/// <param name="Confidential">Whether it can keep a secret; absent: yes. It stays as it is.</param>
/// <param name="Grants"><c>client_credentials</c>, <c>authorization_code</c>; absent: the first.</param>
/// <param name="RedirectUris">Where codes may be sent, compared character by character; at most 20.</param>
/// <param name="PostLogoutRedirectUris">Where a browser may be sent after signing out; at most 20.</param>
/// <param name="Scopes">Out of <c>openid profile offline_access api</c>; absent: <c>api</c>.</param>
/// <param name="Jwks">Public keys for <c>private_key_jwt</c> (RFC 7523).</param>
/// <param name="RateLimit">Calls a minute (C11), 1–100,000; absent: no limit.</param>
/// <param name="ActsForUsers">Whether it may send <c>X-On-Behalf-Of</c>; absent: no.</param>
internal sealed partial record RegisterClient(
    string Name, string Role, string? ClientId = null, bool? Confidential = null, IReadOnlyList<string>? Grants = null, IReadOnlyList<string>? RedirectUris = null,
    IReadOnlyList<string>? PostLogoutRedirectUris = null, IReadOnlyList<string>? Scopes = null, JwkSet? Jwks = null, int? RateLimit = null, bool? ActsForUsers = null)
{
    internal sealed class Validator : AbstractValidator<RegisterClient>
    {
        public Validator()
        {
            RuleFor(x => x.Name).NotEmpty().MaximumLength(100);
            RuleFor(x => x.Role).NotEmpty().Must(r => Right.Of(r).Count > 0).WithErrorCode("unknown_role");
            // A client id that looks like a person's would pass for one.
            RuleFor(x => x.ClientId).Must(id => id is null || (Allowed().IsMatch(id) && !Guid.TryParse(id, out _) && id is not ("system" or "anonymous"))).WithErrorCode("invalid_client_id");
            RuleFor(x => x.Grants).OneOf(ClientRules.Grants);
            RuleFor(x => x.RedirectUris).RedirectUris();
            RuleFor(x => x.PostLogoutRedirectUris).RedirectUris();
            RuleFor(x => x.Scopes).OneOf(ClientRules.Scopes);
            RuleFor(x => x.Jwks).Keys();
            RuleFor(x => x.RateLimit).InclusiveBetween(1, 100_000);
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{2,59}$", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}

internal static class RegisterClientFeature
{
    public static void Map(IEndpointRouteBuilder clients) =>
        clients.MapCreate<RegisterClient, Client, string>("", Right.Create("clients"), (_, scope) => Task.FromResult("client-" + scope.Id.ToString("N")[16..]), Decide);

    public static Decision Decide(RegisterClient command, string madeId, Now now)
    {
        var registered = new ClientRegistered(
            command.ClientId ?? madeId, command.Name.Trim(), command.Role, command.Confidential ?? true, command.Grants ?? [ClientRules.ClientCredentials], command.RedirectUris ?? [],
            command.PostLogoutRedirectUris ?? [], command.Scopes ?? [ClientRules.Api], command.Jwks, command.RateLimit, command.ActsForUsers ?? false);
        var client = new Client
        {
            Confidential = registered.Confidential, Grants = registered.Grants, RedirectUris = registered.RedirectUris, Jwks = registered.Jwks, ActsForUsers = registered.ActsForUsers,
        };
        return ClientRules.Fault(client) is { } fault ? fault : [registered];
    }
}
