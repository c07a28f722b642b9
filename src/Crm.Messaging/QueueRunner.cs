using System.Diagnostics;
using Crm.EventStore;
using Microsoft.Extensions.Logging;

namespace Crm.Messaging;

/// <summary>What a worker has claimed; disposing it gives back what is not finished.</summary>
internal abstract class QueueWork : IAsyncDisposable
{
    public abstract Task RunAsync(CancellationToken ct);

    public abstract ValueTask DisposeAsync();
}

/// <summary>Claims and runs the messages of one queue.</summary>
internal abstract partial class QueueRunner(MessageQueue queue, DocumentStore store, MessageBus bus, ILogger logger)
{
    private int running;

    public MessageQueue Queue => queue;

    public int Running => Volatile.Read(ref running);

    protected DocumentStore Store => store;

    protected MessageBus Bus => bus;

    protected bool IsOrdered => queue.Kind == QueueKind.Ordered;

    /// <summary>Claims what is due, or returns null.</summary>
    public abstract Task<QueueWork?> ClaimAsync(CancellationToken ct);

    /// <summary>Runs the handler of one message within its time.</summary>
    protected async Task HandleAsync(Claimed message, UnitOfWork unit, CancellationToken ct)
    {
        var handler = queue.HandlerOf(message.MessageType);
        var (data, headers) = Envelope.Read(message.Body, handler.Message, store.Personal);
        using var span = Tracing.Handle(queue.Name, message.MessageType, message.Id, headers.TraceParent);
        var context = new MessageContext(message.Id, queue.Name, message.Attempts + 1, store.Now,
            new EventContext(headers.UserName, headers.Source, headers.CorrelationId ?? Activity.Current?.TraceId.ToString(), message.Id.ToString()));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(queue.Timeout);
        Interlocked.Increment(ref running);
        try
        {
            await handler.Run(data, unit, context, limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The handler took longer than {queue.Timeout}.", e);
        }
        catch (Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    /// <summary>What becomes of a message after a failure: tried again later, or a dead letter.</summary>
    protected (Statement Statement, bool Again) After(Claimed message, Exception failure)
    {
        var attempts = message.Attempts + 1;
        var policy = (queue.Handles(message.MessageType) ? queue.HandlerOf(message.MessageType).Retry : null) ?? queue.Retry;
        if (policy.PauseAfter(failure, attempts) is { } pause)
        {
            Tracing.Failed(queue.Name);
            LogAgain(logger, queue.Name, message.MessageType, message.Id, attempts, failure.GetType().Name, FailureText.Of(failure), pause);
            return (EnvelopeSql.Again(queue.Name, message.Id, attempts, store.Now + pause, IsOrdered), true);
        }
        Tracing.Died(queue.Name);
        LogDead(logger, queue.Name, message.MessageType, message.Id, attempts, failure.GetType().Name, FailureText.Of(failure));
        return (EnvelopeSql.DeadLetter(queue.Name, message.Id, attempts, failure, store.Now), false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Queue {Queue}: {MessageType} {MessageId} failed in attempt {Attempt} ({Error} {Detail}) and is tried again after {Pause}")]
    private static partial void LogAgain(ILogger logger, string queue, string messageType, Guid messageId, int attempt, string error, string detail, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Error, Message = "Queue {Queue}: {MessageType} {MessageId} failed in attempt {Attempt} ({Error} {Detail}) and is a dead letter")]
    private static partial void LogDead(ILogger logger, string queue, string messageType, Guid messageId, int attempt, string error, string detail);
}
