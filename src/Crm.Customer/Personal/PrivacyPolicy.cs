using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>A text about the handling of personal data took effect: everybody who works here is shown it once and accepts it (S099).</summary>
/// <param name="Version">1, 2, 3 …</param>
/// <param name="Zh">The text in Chinese.</param>
/// <param name="En">The text in English.</param>
internal sealed record PrivacyPolicyPublished(int Version, string Zh, string En);

/// <summary>A user accepted the text; who it was is in the event's circumstances.</summary>
/// <param name="Version">The version.</param>
internal sealed record PrivacyPolicyAccepted(int Version);

/// <summary>The texts, and of each user the version that was accepted last; one stream for the organisation, one for each user.</summary>
internal sealed record PrivacyPolicy : Document, IAggregate<PrivacyPolicy>
{
    /// <summary>The stream of the texts.</summary>
    public static readonly Guid Stream = Of("texts");

    /// <summary>The text in force: its version, 0 while there is none.</summary>
    public int Latest { get; init; }

    public string Zh { get; init; } = "";

    public string En { get; init; } = "";

    public int Accepted { get; init; }

    public static PrivacyPolicy Evolve(PrivacyPolicy? state, Event e) => e.Data switch
    {
        PrivacyPolicyPublished x => (state ?? new()) with { Latest = x.Version, Zh = x.Zh, En = x.En },
        PrivacyPolicyAccepted x => (state ?? new()) with { Accepted = x.Version },
        _ => state ?? new(),
    };

    /// <summary>The stream of a user's acceptances.</summary>
    public static Guid Of(string user) => new(SHA256.HashData(Encoding.UTF8.GetBytes("privacy-policy\n" + user)).AsSpan(0, 16));
}

/// <summary>Puts a new text in force; everybody is asked to accept it at the next sight of the page. Administrators only.</summary>
/// <param name="Zh">The text in Chinese, 1 to 20,000 characters.</param>
/// <param name="En">The text in English, 1 to 20,000 characters.</param>
internal sealed record PublishPrivacyPolicy(string? Zh, string? En)
{
    internal sealed class Validator : AbstractValidator<PublishPrivacyPolicy>
    {
        public Validator()
        {
            RuleFor(x => x.Zh).NotEmpty().MaximumLength(20_000);
            RuleFor(x => x.En).NotEmpty().MaximumLength(20_000);
        }
    }
}

/// <summary>Accepts the text in force.</summary>
/// <param name="Version">The version that was read; another one than that in force is refused.</param>
internal sealed record AcceptPrivacyPolicy(int Version);

/// <summary>The text in force and whether the caller has accepted it.</summary>
/// <param name="Version">Its version; 0 while there is none.</param>
/// <param name="Zh">The text in Chinese.</param>
/// <param name="En">The text in English.</param>
/// <param name="Accepted">Whether the caller has accepted it, or need not.</param>
internal sealed record PrivacyPolicyView(int Version, string Zh, string En, bool Accepted);

internal static class PrivacyPolicyFeature
{
    private static readonly Rejection OtherVersion = new("policy_changed", "隐私政策已更新，请阅读新的版本。", "The privacy policy has changed; read the new version.");

    public static void Map(IEndpointRouteBuilder api)
    {
        var policy = api.MapGroup("privacy-policy").WithTags("privacy policy");
        policy.MapGet("", async (HttpContext http, DocumentStore store) => await ViewAsync(store, Caller.Of(http).Id, http.RequestAborted))
            .Requires(Right.View("users")).WithName("GetPrivacyPolicy").ProducesProblem(401).ProducesProblem(403);
        policy.MapOperation<PublishPrivacyPolicy>("", Right.Change("users"), 200, async (command, session, scope) =>
        {
            var stream = await session.FetchForWriting<PrivacyPolicy>(PrivacyPolicy.Stream, scope.Aborted);
            stream.AppendMany(Decide(command, stream.Aggregate?.Latest ?? 0).Events);
            var published = Fold.All(session.Pending(PrivacyPolicy.Stream), stream.Aggregate)!;
            return new PrivacyPolicyView(published.Latest, published.Zh, published.En, false);
        }).Produces<PrivacyPolicyView>();
        policy.MapOperation<AcceptPrivacyPolicy>("accept", Right.View("users"), 200, async (command, session, scope) =>
        {
            var view = await ViewAsync(scope.Store, session.Context.UserName, scope.Aborted);
            var decision = Decide(command, view.Version, view.Accepted);
            if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
            session.Append<PrivacyPolicy>(PrivacyPolicy.Of(session.Context.UserName), null, decision.Events);
            return view with { Accepted = true };
        }).Produces<PrivacyPolicyView>();
    }

    public static Decision Decide(PublishPrivacyPolicy command, int latest) => [new PrivacyPolicyPublished(latest + 1, command.Zh!.Trim(), command.En!.Trim())];

    public static Decision Decide(AcceptPrivacyPolicy command, int inForce, bool accepted) =>
        command.Version != inForce ? OtherVersion : accepted ? Decision.Nothing : [new PrivacyPolicyAccepted(command.Version)];

    private static async Task<PrivacyPolicyView> ViewAsync(DocumentStore store, string user, CancellationToken ct)
    {
        var events = await store.Query.FetchStreamsAsync([PrivacyPolicy.Stream, PrivacyPolicy.Of(user)], ct);
        var (text, own) = (Fold.All<PrivacyPolicy>(events.Where(e => e.StreamId == PrivacyPolicy.Stream)), Fold.All<PrivacyPolicy>(events.Where(e => e.StreamId != PrivacyPolicy.Stream)));
        return new PrivacyPolicyView(text?.Latest ?? 0, text?.Zh ?? "", text?.En ?? "", (own?.Accepted ?? 0) >= (text?.Latest ?? 0));
    }
}
