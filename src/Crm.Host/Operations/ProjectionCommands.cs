using Crm.EventStore;
using Crm.Http;
using FluentValidation;

namespace Crm.Host;

/// <summary>Builds a projection anew beside the one that serves, and switches when it has caught up.</summary>
/// <param name="Reason">Why; kept with the command.</param>
internal sealed record RebuildProjection(string? Reason)
{
    internal sealed class Validator : AbstractValidator<RebuildProjection>
    {
        public Validator() => RuleFor(x => x.Reason).NotEmpty().MaximumLength(1_000);
    }
}

/// <summary>Breaks a rebuild off; what serves goes on serving.</summary>
internal sealed record CancelRebuild;

/// <summary>Lets a paused projection try its event again, for example after the program was mended.</summary>
internal sealed record RetryProjection;

/// <summary>Leaves the event out at which a projection is paused, now and in every build to come.</summary>
/// <param name="Sequence">The event's sequence number, so that no other one is left out by mistake.</param>
/// <param name="Reason">Why; kept with the event.</param>
internal sealed record SkipProjectionEvent(long? Sequence, string? Reason)
{
    internal sealed class Validator : AbstractValidator<SkipProjectionEvent>
    {
        public Validator()
        {
            RuleFor(x => x.Sequence).NotNull().GreaterThan(0);
            RuleFor(x => x.Reason).NotEmpty().MaximumLength(1_000);
        }
    }
}

/// <summary>
/// What an administrator may do to projections. Each is an event in the log and the statement that brings it about, saved together; whichever
/// node leads the projection acts on it within a second.
/// </summary>
internal static class ProjectionCommands
{
    public static void Map(IEndpointRouteBuilder api)
    {
        Command<RebuildProjection>(api, "rebuild", Rebuild);
        Command<CancelRebuild>(api, "rebuild/cancel", Cancel);
        Command<RetryProjection>(api, "retry", Retry);
        Command<SkipProjectionEvent>(api, "skip", Skip);
    }

    private static void Command<TCommand>(IEndpointRouteBuilder api, string action, Func<TCommand, ProjectionInfo, DocumentSession, DocumentStore, object> decide) =>
        api.MapOperation<TCommand>("operations/projections/{name}/" + action, Right.OperationsChange, 202, async (command, session, scope) =>
        {
            var name = scope.Route("name");
            var info = (await Projections.ListAsync(scope.Store, scope.Aborted)).FirstOrDefault(p => p.Name == name)
                ?? throw new ProblemException(404, "projection_not_found", $"没有投影 {name}。", $"There is no projection {name}.");
            session.Append<OperationsLog>(OperationsLog.Stream, null, [decide(command, info, session, scope.Store)]);
            return new { projection = name };
        });

    private static ProjectionRebuildRequested Rebuild(RebuildProjection command, ProjectionInfo info, DocumentSession session, DocumentStore store)
    {
        if (info.Lifecycle == "subscription") throw new ProblemException(409, "subscription_not_rebuilt", "订阅不能重建：它的消息已经发出。", "A subscription is not rebuilt: its messages were sent.");
        if (info.Rebuild is { IsActive: true }) throw new ProblemException(409, "rebuild_running", "该投影正在重建。", "The projection is being rebuilt already.");
        store.Daemon.Rebuild(info.Name, session.Context.UserName, command.Reason!, session.Sql);
        return new ProjectionRebuildRequested(info.Name);
    }

    private static ProjectionRebuildCancelled Cancel(CancelRebuild command, ProjectionInfo info, DocumentSession session, DocumentStore store)
    {
        if (info.Rebuild is not { IsActive: true }) throw new ProblemException(409, "rebuild_not_running", "该投影没有正在进行的重建。", "The projection is not being rebuilt.");
        ProjectionDaemon.CancelRebuild(info.Name, session.Sql);
        return new ProjectionRebuildCancelled(info.Name);
    }

    private static ProjectionRetried Retry(RetryProjection command, ProjectionInfo info, DocumentSession session, DocumentStore store)
    {
        if (info.FailedEvent is not { } failed) throw NotPaused();
        ProjectionDaemon.Retry(info.Name, session.Sql);
        return new ProjectionRetried(info.Name, failed.Sequence);
    }

    private static ProjectionEventSkipped Skip(SkipProjectionEvent command, ProjectionInfo info, DocumentSession session, DocumentStore store)
    {
        // Live an event stops an asynchronous projection; that of a rebuild stops at what it cannot fold, whatever the lifecycle.
        long?[] stops = [info.FailedEvent?.Sequence, info.Rebuild?.FailedSequence];
        if (!stops.Any(s => s is not null)) throw NotPaused();
        if (!stops.Contains(command.Sequence))
        {
            var at = stops.First(s => s is not null);
            throw new ProblemException(409, "other_event_failed", $"投影停在事件 {at}，不是 {command.Sequence}。", $"The projection is paused at event {at}, not at {command.Sequence}.");
        }
        ProjectionDaemon.Skip(info.Name, command.Sequence!.Value, session.Context.UserName, command.Reason!, session.Sql);
        return new ProjectionEventSkipped(info.Name, command.Sequence.Value);
    }

    private static ProblemException NotPaused() => new(409, "projection_not_paused", "该投影没有暂停。", "The projection is not paused.");
}
