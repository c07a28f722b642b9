using Crm.EventStore;
using Microsoft.Extensions.Logging;

namespace Crm.Messaging;

/// <summary>
/// Runs messages that reach outside. A message is leased by time and the lease is committed; the call holds no transaction and no
/// connection. A process that dies in the middle leaves the message to the next one when the lease has ended, with the same identity.
/// </summary>
internal sealed class ExternalRunner(MessageQueue queue, DocumentStore store, MessageBus bus, ILogger logger) : QueueRunner(queue, store, bus, logger)
{
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(30);
    private static readonly EventContext Workers = new("", "messaging");

    public override async Task<QueueWork?> ClaimAsync(CancellationToken ct)
    {
        var now = Store.Now;
        await using var batch = Store.DataSource.CreateBatch();
        return await EnvelopeSql.ReadAsync(EnvelopeSql.Lease(Queue.Name, now, now + Queue.Timeout + Reserve), batch, ct) is [var message] ? new Work(this, message) : null;
    }

    private sealed class Work(ExternalRunner runner, Claimed message) : QueueWork
    {
        public override async Task RunAsync(CancellationToken ct)
        {
            await using var session = runner.Store.OpenSession(Workers);
            var unit = new UnitOfWork(runner.Store, runner.Bus, session);
            try
            {
                await runner.HandleAsync(message, unit, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                await PutBackAsync(e, ct);
                return;
            }
            // The call has been made: what follows is finished even while the host stops.
            try
            {
                await unit.SaveAsync(runner.Queue.Name, [message.Id], CancellationToken.None);
                Tracing.Handled(runner.Queue.Name, 1);
            }
            catch (Exception e) when (!RetryPolicy.IsOutage(e))
            {
                await PutBackAsync(e, CancellationToken.None);
            }
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async Task PutBackAsync(Exception failure, CancellationToken ct)
        {
            await using var batch = runner.Store.DataSource.CreateBatch();
            batch.BatchCommands.Add(runner.After(message, failure).Statement.ToCommand());
            await batch.ExecuteNonQueryAsync(ct);
        }
    }
}
