using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>Removes handled messages that need no longer be remembered.</summary>
public static class MessageCleanup
{
    /// <summary>Removes them in batches, each a transaction of its own, so that nobody waits for long.</summary>
    /// <returns>How many there were.</returns>
    public static async Task<int> RunAsync(DocumentStore store, int batch, CancellationToken ct)
    {
        for (var removed = 0; ;)
        {
            await using var command = store.DataSource.CreateCommand("""
                delete from messaging.wolverine_incoming_envelopes where (id, received_at) in (
                  select id, received_at from messaging.wolverine_incoming_envelopes where status = 'Handled' and keep_until <= $1 order by keep_until limit $2 for update skip locked)
                """);
            command.Parameters.Add(Statement.Parameter(store.Now));
            command.Parameters.Add(Statement.Parameter(batch));
            var count = await command.ExecuteNonQueryAsync(ct);
            removed += count;
            if (count < batch) return removed;
        }
    }
}
