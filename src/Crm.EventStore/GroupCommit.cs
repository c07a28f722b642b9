using Npgsql;

namespace Crm.EventStore;

/// <summary>
/// Saves that arrive while others are on their way travel together next: one statement, one round trip and one transaction for all of
/// them. Nobody waits for company: a save that finds a committer free goes at once and alone.
/// </summary>
/// <remarks>
/// What makes the common transaction fail is one save's business: nothing is saved then, and each is tried alone. An answer that did not come
/// is everybody's: each caller learns that the outcome is unknown. Saves that write the same stream never travel at the same time, so that
/// two transactions of this node cannot wait for each other's streams.
/// </remarks>
internal sealed class GroupCommit(DocumentStore store)
{
    // One travels while the next is gathered; a second committer keeps the database busy while the first one's answer is read.
    private const int Committers = 2;
    private const int MostEvents = 200;

    private readonly Lock gate = new();
    private readonly HashSet<Guid> busy = [];
    private List<Save> waiting = [];
    private int running;

    /// <summary>Whether a save may travel with others: a small one at known versions, whose inline projections write only rows of its own streams.</summary>
    public bool Takes(List<PendingStream> streams)
    {
        var events = 0;
        foreach (var stream in streams)
        {
            if (stream.ExpectedVersion is null || (events += stream.Events.Count) > MostEvents / 4) return false;
            foreach (var projection in store.Projections.Inline)
                if (!projection.WritesRowsOfStream && stream.Events.Exists(e => projection.Handles(e.Data.GetType()))) return false;
        }
        return true;
    }

    /// <summary>Saves alone or with others; fails as if it had been alone.</summary>
    /// <param name="streams">The streams, sorted by identity.</param>
    /// <param name="ct">Takes the save back for as long as it waits.</param>
    public async Task SaveAsync(List<PendingStream> streams, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var save = new Save(streams);
        if (!Begin(save))
        {
            await using var cancellation = ct.UnsafeRegister(_ => TakeBack(save, ct), null);
            await save.Done.Task;
            return;
        }
        try
        {
            await Commit.SaveAsync(store, streams, null, ct);
        }
        finally
        {
            End([save]);
        }
    }

    private bool Begin(Save save)
    {
        lock (gate)
        {
            if (running < Committers && waiting.Count == 0 && !save.Streams.Exists(s => busy.Contains(s.Id)))
            {
                Start(save);
                running++;
                return true;
            }
            waiting.Add(save);
            return false;
        }
    }

    private void TakeBack(Save save, CancellationToken ct)
    {
        lock (gate)
            if (!waiting.Remove(save)) return;
        save.Done.TrySetCanceled(ct);
    }

    private void Start(Save save)
    {
        foreach (var stream in save.Streams) busy.Add(stream.Id);
    }

    /// <summary>Frees a committer, which then takes what has gathered.</summary>
    private void End(List<Save> done)
    {
        lock (gate)
        {
            foreach (var save in done)
                foreach (var stream in save.Streams) busy.Remove(stream.Id);
            running--;
            while (running < Committers && Gather() is { Count: > 0 } next)
            {
                running++;
                ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Commits.RunAsync(work.Saves), (Commits: this, Saves: next), preferLocal: false);
            }
        }
    }

    /// <summary>Takes saves in the order of their arrival, passing over those whose stream is on its way or was passed over.</summary>
    private List<Save> Gather()
    {
        var (taken, left, events, passed) = (new List<Save>(waiting.Count), new List<Save>(), 0, new HashSet<Guid>(busy));
        foreach (var save in waiting)
        {
            var free = events < MostEvents && !save.Streams.Exists(s => passed.Contains(s.Id));
            (free ? taken : left).Add(save);
            if (free) events += save.Streams.Sum(s => s.Events.Count);
            foreach (var stream in save.Streams) passed.Add(stream.Id);
        }
        waiting = left;
        foreach (var save in taken) Start(save);
        return taken;
    }

    private async Task RunAsync(List<Save> saves)
    {
        try
        {
            if (saves.Count > 1) await Commit.RunAsync(store, [.. saves.SelectMany(s => s.Streams).OrderBy(s => s.Id)], null, CancellationToken.None);
            else await Commit.SaveAsync(store, saves[0].Streams, null, CancellationToken.None);
            foreach (var save in saves) save.Done.TrySetResult();
        }
        catch (Exception e) when (saves.Count > 1 && (e is not NpgsqlException || e is PostgresException { InvariantSeverity: "ERROR" }))
        {
            foreach (var save in saves) await RunAlone(save);
        }
        catch (Exception e)
        {
            foreach (var save in saves) save.Done.TrySetException(e);
        }
        finally
        {
            End(saves);
        }
    }

    private async Task RunAlone(Save save)
    {
        try
        {
            await Commit.SaveAsync(store, save.Streams, null, CancellationToken.None);
            save.Done.TrySetResult();
        }
        catch (Exception e)
        {
            save.Done.TrySetException(e);
        }
    }

    private sealed record Save(List<PendingStream> Streams)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
