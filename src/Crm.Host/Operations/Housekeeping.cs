using Crm.Http;
using Crm.Identity;
using Crm.Messaging;

namespace Crm.Host;

/// <summary>Removes answers of commands that nobody can ask for again.</summary>
internal sealed record RemoveOldAnswers;

/// <summary>Removes messages that were handled and are no longer needed to recognise repetitions.</summary>
internal sealed record RemoveHandledMessages;

/// <summary>Removes sessions and links that are over, and old lines of the sign-in log.</summary>
internal sealed record RemoveOldSignIns;

/// <summary>Wraps keys of persons by the current master key that are wrapped by an earlier one.</summary>
internal sealed record RewrapKeys;

/// <summary>What the host does to itself from time to time. It takes as long as it takes, so it holds no transaction; doing it twice does no harm.</summary>
internal static class Housekeeping
{
    private const int Batch = 5_000;

    public static void Add(MessagingOptions messaging, IConfiguration configuration)
    {
        messaging.ExternalQueue("housekeeping").With(parallelism: 1, timeout: TimeSpan.FromMinutes(10))
            .Handle<RemoveOldAnswers>(RemoveOldAnswersAsync)
            .Handle<RemoveHandledMessages>(RemoveHandledMessagesAsync)
            .Handle<RemoveOldSignIns>(async (_, scope, ct) =>
            {
                await IdentityModule.CleanAsync(scope.Store, configuration, ct);
                return Effects.Nothing;
            })
            .Handle<RewrapKeys>(RewrapKeysAsync);
        messaging.Recurring("remove-old-answers", "0 7 * * * ?", new RemoveOldAnswers()).Recurring("remove-handled-messages", "0 */10 * * * ?", new RemoveHandledMessages())
            .Recurring("remove-old-sign-ins", "0 23 * * * ?", new RemoveOldSignIns()).Recurring("rewrap-keys", "0 23 3 * * ?", new RewrapKeys());
    }

    private static async Task<Effects> RemoveOldAnswersAsync(RemoveOldAnswers message, HandlerScope scope, CancellationToken ct)
    {
        await Idempotency.CleanAsync(scope.Store, ct);
        return Effects.Nothing;
    }

    private static async Task<Effects> RewrapKeysAsync(RewrapKeys message, HandlerScope scope, CancellationToken ct)
    {
        if (scope.Store.Personal is { } personal) await personal.RewrapAsync(ct);
        return Effects.Nothing;
    }

    private static async Task<Effects> RemoveHandledMessagesAsync(RemoveHandledMessages message, HandlerScope scope, CancellationToken ct)
    {
        await MessageCleanup.RunAsync(scope.Store, Batch, ct);
        return Effects.Nothing;
    }
}
