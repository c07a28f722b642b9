using Npgsql;

namespace Crm.EventStore;

/// <summary>Saves events of streams, their inline projections and other statements in one round trip and one transaction, or nothing.</summary>
internal static class Commit
{
    /// <summary>Saves, and leaves the events with their numbers in <see cref="PendingStream.Saved"/>.</summary>
    /// <param name="store">The store.</param>
    /// <param name="streams">The streams, sorted by identity.</param>
    /// <param name="sql">Statements that follow the events.</param>
    /// <param name="ct">Cancels the save.</param>
    /// <param name="transaction">The caller's transaction, or null for one of its own.</param>
    /// <exception cref="ConcurrencyException">A stream moved on.</exception>
    /// <exception cref="ExistingStreamIdCollisionException">A stream to start exists.</exception>
    /// <exception cref="StreamArchivedException">A stream is archived.</exception>
    public static async Task SaveAsync(DocumentStore store, List<PendingStream> streams, SqlBatch? sql, CancellationToken ct, NpgsqlTransaction? transaction = null)
    {
        try
        {
            await RunAsync(store, streams, sql, ct, transaction);
        }
        catch (AppendFailedException e)
        {
            throw await Conflict(store, streams, e, ct);
        }
    }

    /// <summary>Saves without finding out which stream was to blame.</summary>
    /// <exception cref="AppendFailedException">A stream was not as expected.</exception>
    public static async Task RunAsync(DocumentStore store, List<PendingStream> streams, SqlBatch? sql, CancellationToken ct, NpgsqlTransaction? transaction = null)
    {
        // Without an explicit transaction a batch is one implicit transaction: all or nothing, and one round trip. It takes its
        // connection when it runs: inline projections read before, and whoever held one and waited for a second could wait for ever.
        await using var batch = transaction is null ? store.DataSource.CreateBatch() : new NpgsqlBatch(transaction.Connection, transaction);
        Append.AddTo(batch, streams);
        if (store.Projections.Inline.Count > 0) await InlineProjections(store, streams, batch, ct);
        sql?.MoveTo(batch);
        // The statements answer in their order: one that fails after the events were numbered is not theirs.
        var appended = streams.Count == 0;
        try
        {
            await using var results = await batch.ExecuteReaderAsync(ct);
            await Append.ReadAsync(results, streams, ct);
            appended = true;
            while (await results.NextResultAsync(ct)) { }
        }
        catch (PostgresException e) when (!appended && Append.IsConflict(e))
        {
            throw new AppendFailedException(e);
        }
    }

    private static async Task InlineProjections(DocumentStore store, List<PendingStream> streams, NpgsqlBatch batch, CancellationToken ct)
    {
        var sql = new SqlBatch();
        foreach (var projection in store.Projections.Inline)
        {
            var events = new List<Event>();
            foreach (var stream in streams)
                foreach (var e in stream.Events)
                {
                    if (!projection.Handles(e.Data.GetType())) continue;
                    if (stream.ExpectedVersion is null) throw new InvalidOperationException($"{projection.Name} is inline: append to stream {stream.Id} with a known version.");
                    events.Add(e);
                }
            if (events.Count > 0) await projection.ApplyAsync(events, store, sql, ct);
        }
        sql.MoveTo(batch);
    }

    /// <summary>The first stream that is not as expected, as an exception.</summary>
    private static async Task<Exception> Conflict(DocumentStore store, List<PendingStream> streams, AppendFailedException e, CancellationToken ct)
    {
        foreach (var stream in streams)
        {
            var state = await store.Query.FetchStreamStateAsync(stream.Id, ct);
            if (state is { IsArchived: true }) return new StreamArchivedException(stream.Id);
            if (stream.ExpectedVersion is not { } expected || expected == (state?.Version ?? 0)) continue;
            return expected == 0 ? new ExistingStreamIdCollisionException(stream.Id) : new ConcurrencyException(stream.Id, expected);
        }
        return streams.Find(s => s.ExpectedVersion is not null) is { } any ? new ConcurrencyException(any.Id, any.ExpectedVersion) : e.InnerException!;
    }
}

/// <summary>A stream was not as expected when its events were to be appended.</summary>
internal sealed class AppendFailedException(PostgresException inner) : Exception(inner.MessageText, inner);
