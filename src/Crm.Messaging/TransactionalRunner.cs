using System.Diagnostics;
using Crm.EventStore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Messaging;

/// <summary>
/// Runs messages whose effects are in the database: claim, decide, save and mark in one transaction, several messages at a time. A
/// process that dies gives its messages back by itself, as the locks end with its connection.
/// </summary>
internal sealed class TransactionalRunner(MessageQueue queue, DocumentStore store, MessageBus bus, ILogger logger) : QueueRunner(queue, store, bus, logger)
{
    // A transaction is kept short, since it holds the high-water mark while a number is missing.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);
    private static readonly EventContext Workers = new("", "messaging");

    public override async Task<QueueWork?> ClaimAsync(CancellationToken ct)
    {
        var transaction = await BeginAsync(Store, ct);
        try
        {
            await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
            var now = Store.Now;
            var claimed = await EnvelopeSql.ReadAsync(IsOrdered ? EnvelopeSql.ClaimOrdered(Queue.Name, now, Queue.BatchSize) : EnvelopeSql.Claim(Queue.Name, now, Queue.BatchSize), batch, ct);
            // What waits to be tried again holds up those behind it.
            if (IsOrdered && claimed.FindIndex(m => m.DueAt > now) is >= 0 and var waiting) claimed.RemoveRange(waiting, claimed.Count - waiting);
            if (claimed.Count > 0) return new Work(this, transaction, claimed);
        }
        catch
        {
            await EndAsync(transaction);
            throw;
        }
        await EndAsync(transaction);
        return null;
    }

    private static async Task<NpgsqlTransaction> BeginAsync(DocumentStore store, CancellationToken ct)
    {
        var connection = await store.DataSource.OpenConnectionAsync(ct);
        return await connection.BeginTransactionAsync(ct);
    }

    private static async Task EndAsync(NpgsqlTransaction transaction)
    {
        var connection = transaction.Connection;
        await transaction.DisposeAsync();
        if (connection is not null) await connection.DisposeAsync();
    }

    private sealed class Work(TransactionalRunner runner, NpgsqlTransaction transaction, List<Claimed> claimed) : QueueWork
    {
        private readonly NpgsqlConnection connection = transaction.Connection!;

        public override async Task RunAsync(CancellationToken ct)
        {
            try
            {
                await TogetherAsync(ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested && !RetryPolicy.IsOutage(e))
            {
                // Nothing was saved. Each on its own, so that only the one that fails is put back.
                await transaction.RollbackAsync(ct);
                await transaction.DisposeAsync();
                foreach (var message in claimed)
                    if (!await AloneAsync(message.Id, ct) && runner.IsOrdered) return;
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }

        private async Task TogetherAsync(CancellationToken ct)
        {
            var began = Stopwatch.GetTimestamp();
            await using var session = runner.Store.OpenSession(Workers, transaction);
            var unit = new UnitOfWork(runner.Store, runner.Bus, session);
            var handled = new List<Guid>(claimed.Count);
            foreach (var message in claimed)
            {
                if (handled.Count > 0 && Stopwatch.GetElapsedTime(began) > Longest) break;
                try
                {
                    await runner.HandleAsync(message, unit, ct);
                }
                catch (AlreadyFetchedException)
                {
                    break;
                }
                handled.Add(message.Id);
            }
            await unit.SaveAsync(runner.Queue.Name, [.. handled], ct);
            await transaction.CommitAsync(ct);
            session.Committed();
            Tracing.Handled(runner.Queue.Name, handled.Count);
        }

        /// <returns>False if the message is put back.</returns>
        private async Task<bool> AloneAsync(Guid id, CancellationToken ct)
        {
            await using var own = await connection.BeginTransactionAsync(ct);
            Claimed? message;
            await using (var batch = new NpgsqlBatch(connection, own)) message = (await EnvelopeSql.ReadAsync(EnvelopeSql.ClaimOne(runner.Queue.Name, id, runner.Store.Now), batch, ct)).SingleOrDefault();
            // Somebody else had it in between.
            if (message is null) return !runner.IsOrdered;
            for (var attempt = 1; ; attempt++)
            {
                await own.SaveAsync("message", ct);
                try
                {
                    await using var session = runner.Store.OpenSession(Workers, own);
                    var unit = new UnitOfWork(runner.Store, runner.Bus, session);
                    await runner.HandleAsync(message, unit, ct);
                    await unit.SaveAsync(runner.Queue.Name, [id], ct);
                    await own.CommitAsync(ct);
                    session.Committed();
                    Tracing.Handled(runner.Queue.Name, 1);
                    return true;
                }
                catch (Exception e) when (!ct.IsCancellationRequested && !RetryPolicy.IsOutage(e))
                {
                    await own.RollbackAsync("message", ct);
                    if (RetryPolicy.IsConflict(e) && attempt <= RetryPolicy.InlineAttempts) continue;
                    var (statement, again) = runner.After(message, e);
                    await using (var batch = new NpgsqlBatch(connection, own) { BatchCommands = { statement.ToCommand() } }) await batch.ExecuteNonQueryAsync(ct);
                    await own.CommitAsync(ct);
                    return !again;
                }
            }
        }
    }
}
