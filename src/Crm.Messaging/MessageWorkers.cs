using Crm.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Messaging;

/// <summary>Runs the workers of every queue on this node.</summary>
public sealed partial class MessageWorkers : BackgroundService
{
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);
    private readonly MessageBus bus;
    private readonly QueueLocks locks;
    private readonly Dictionary<string, QueueRunner> runners;

    /// <summary>The workers of a bus.</summary>
    public MessageWorkers(DocumentStore store, MessageBus bus, ILogger<MessageWorkers>? logger = null)
    {
        this.bus = bus;
        Logger = logger ?? NullLogger<MessageWorkers>.Instance;
        locks = new QueueLocks(store, [.. bus.Options.Queues.Where(q => q.Kind == QueueKind.Ordered).Select(q => q.Name)]);
        runners = bus.Options.Queues.ToDictionary(q => q.Name, q => q.Kind == QueueKind.External ? (QueueRunner)new ExternalRunner(q, store, bus, Logger) : new TransactionalRunner(q, store, bus, Logger));
    }

    private ILogger Logger { get; }

    /// <summary>How many messages of a queue this node is working on.</summary>
    public int Running(string queue) => runners.GetValueOrDefault(queue)?.Running ?? 0;

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var work = bus.Options.Queues.SelectMany(q => Enumerable.Range(0, q.Parallelism).Select(_ => WorkAsync(runners[q.Name], stoppingToken)));
        return Task.WhenAll(work.Append(locks.RunAsync(Logger, stoppingToken)));
    }

    private async Task WorkAsync(QueueRunner runner, CancellationToken ct)
    {
        // The loops of all workers start together: none of them may keep the host from starting.
        await Task.Yield();
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var work = await NextAsync(runner, ct);
                await work.RunAsync(ct);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFault(Logger, runner.Queue.Name, e.GetType().Name, FailureText.Of(e));
                await Task.Delay(AfterFault, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits until this worker has something to do; of the queue's workers one looks at a time.</summary>
    private async Task<QueueWork> NextAsync(QueueRunner runner, CancellationToken ct)
    {
        var signal = bus.SignalOf(runner.Queue.Name);
        await signal.Turn.WaitAsync(ct);
        try
        {
            while (true)
            {
                if ((runner.Queue.Kind != QueueKind.Ordered || locks.Held(runner.Queue.Name)) && await runner.ClaimAsync(ct) is { } work)
                {
                    signal.Found();
                    return work;
                }
                await signal.WaitAsync(ct);
            }
        }
        finally
        {
            signal.Turn.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Queue {Queue} waits: {Error} {Detail}")]
    private static partial void LogFault(ILogger logger, string queue, string error, string detail);
}
