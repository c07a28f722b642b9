using System.Diagnostics;
using System.Security.Claims;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>Who is calling and through what.</summary>
/// <param name="Id">A user's id, or a client's id.</param>
/// <param name="Role">The role that the session or the token states; what the caller may do says <see cref="Access"/>.</param>
/// <param name="Source"><c>page</c> for the cookie session, <c>api:{client}</c> for a token, <c>form</c> for the public form.</param>
public sealed record Caller(string Id, string Role, string Source)
{
    /// <summary>The claim with the role of the client through which a person calls.</summary>
    public const string CeilingClaim = "client_role";

    /// <summary>The claim with the client that acts for the person by itself.</summary>
    public const string ActorClaim = "act";

    /// <summary>The client that acts for <see cref="Id"/> without that person being there (C15); null where the caller acts.</summary>
    public string? Actor { get; init; }

    /// <summary>The role of the client through which a person calls: what it lacks the person may not do this way. Null without a client.</summary>
    public string? Ceiling { get; init; }

    /// <summary>The caller of a request.</summary>
    public static Caller Of(HttpContext http)
    {
        var user = http.User;
        var client = user.FindFirstValue("client_id");
        return user.Identity?.IsAuthenticated != true
            ? new Caller("anonymous", "", "form")
            : new Caller(user.FindFirstValue("sub") ?? client ?? "", user.FindFirstValue("role") ?? "", client is null ? "page" : "api:" + client)
            {
                Actor = user.FindFirstValue(ActorClaim), Ceiling = user.FindFirstValue(CeilingClaim),
            };
    }

    /// <summary>The metadata of events this request causes.</summary>
    public EventContext Context(HttpContext http, DateOnly? businessDate, string? reason) =>
        new(Actor ?? Id, Source, CorrelationId(http), http.Request.Headers["Idempotency-Key"].FirstOrDefault(), Actor is null ? null : Id, businessDate, reason, Origin.Address(http), Origin.Device(http));

    /// <summary>The identity under which a request is found in logs, answers and events.</summary>
    public static string CorrelationId(HttpContext http) => Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
}
