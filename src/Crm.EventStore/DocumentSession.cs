using Npgsql;

namespace Crm.EventStore;

/// <summary>What a save did.</summary>
/// <param name="Sequence">The last sequence number drawn, or 0 if no event was appended.</param>
/// <param name="Events">The appended events with their sequence numbers.</param>
public sealed record SaveResult(long Sequence, IReadOnlyList<Event> Events);

/// <summary>
/// A unit of work: events of any number of streams, their inline projections and other statements, saved in one round trip and
/// one transaction, or not at all.
/// </summary>
public sealed class DocumentSession : IAsyncDisposable
{
    private readonly DocumentStore store;
    private readonly EventReader reader;
    private readonly EventContext context;
    private readonly SortedDictionary<Guid, PendingStream> streams = [];
    private readonly NpgsqlTransaction? transaction;
    private Action? afterCommit;
    private long saved;
    private bool failed;

    internal DocumentSession(DocumentStore store, EventReader reader, EventContext context, NpgsqlTransaction? transaction = null)
    {
        this.transaction = transaction;
        this.store = store;
        this.reader = reader;
        this.context = context;
        Now = store.Now;
    }

    /// <summary>Statements saved with the events, after them.</summary>
    public SqlBatch Sql { get; } = new();

    /// <summary>The instant that stamps every event of this session.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>How the store protects personal data; null where it does not.</summary>
    public PersonalData? Personal => store.Personal;

    /// <summary>The metadata of the session's events.</summary>
    public EventContext Context => context;

    /// <summary>Starts a new stream; saving fails with <see cref="ExistingStreamIdCollisionException"/> if it exists.</summary>
    public void StartStream<T>(Guid id, IEnumerable<object> events, EventContext? with = null) where T : Document, IAggregate<T> =>
        Append<T>(id, 0, events, with);

    /// <summary>
    /// Appends to a stream. Saving fails with <see cref="ConcurrencyException"/> unless the stream is at
    /// <paramref name="expectedVersion"/>; null appends to whatever the version is, which inline projections do not allow, or to
    /// the version at which the session fetched the stream.
    /// </summary>
    /// <exception cref="InvalidOperationException">The session expects another version of the stream already.</exception>
    public void Append<T>(Guid id, long? expectedVersion, IEnumerable<object> events, EventContext? with = null) where T : Document, IAggregate<T>
    {
        if (!streams.TryGetValue(id, out var stream))
            streams.Add(id, stream = Pending<T>(id, expectedVersion, null, 0));
        else if (expectedVersion is not null && expectedVersion != stream.ExpectedVersion)
            throw new InvalidOperationException($"Stream {id} is expected at version {stream.ExpectedVersion} in this session already, not at {expectedVersion}.");
        foreach (var data in events)
        {
            var circumstances = with ?? context;
            stream.Events.Add(new Event
            {
                Id = EventId.New(Now),
                StreamId = id,
                Version = (stream.ExpectedVersion ?? 0) + stream.Events.Count + 1,
                Timestamp = Now,
                Data = data,
                Type = store.Events.Alias(data.GetType()),
                Context = circumstances,
                EffectiveAt = EventReader.EffectiveAt(circumstances, Now, store.TimeZone),
            });
        }
    }

    /// <summary>
    /// Loads and folds a stream in one round trip, to append to it. A missing stream has version 0 and no state.
    /// </summary>
    /// <exception cref="InvalidOperationException">The stream was fetched in this session before.</exception>
    public async Task<EventStream<T>> FetchForWriting<T>(Guid id, CancellationToken ct = default) where T : Document, IAggregate<T>
    {
        // A second fetch would replace the version the first decision was made on.
        if (streams.ContainsKey(id)) throw new InvalidOperationException($"Stream {id} was fetched in this session already.");
        var fetched = await reader.FetchForWritingAsync<T>(id, ct);
        streams.Add(id, Pending(id, fetched.Version, fetched.State, fetched.SnapshotVersion, fetched.Ring, fetched: true));
        if (fetched is { State: { } state, Archived: false }) store.Recent.Keep(id, state, fetched.SnapshotVersion, fetched.Ring);
        return new EventStream<T>(this, reader, id, fetched);
    }

    /// <summary>
    /// A stream as this node knows it from a moment ago, without asking the database; null if it does not know it. Others may have appended
    /// since: then saving fails with <see cref="ConcurrencyException"/>. Who does not save in the end (a refusal, nothing to do) must
    /// <see cref="FetchForWriting{T}"/> in a new session and decide again.
    /// </summary>
    /// <exception cref="InvalidOperationException">The stream was fetched in this session before.</exception>
    public EventStream<T>? Recent<T>(Guid id) where T : Document, IAggregate<T>
    {
        if (streams.ContainsKey(id)) throw new InvalidOperationException($"Stream {id} was fetched in this session already.");
        if (store.Recent.Find(id) is not { State: T state } known) return null;
        streams.Add(id, Pending(id, state.Version, state, known.SnapshotVersion, known.Ring, fetched: true));
        return new EventStream<T>(this, reader, id, new Fetched<T>(state, state.Version, known.SnapshotVersion, null, false, known.Ring));
    }

    /// <summary>A stream without events yet. Its state is folded on where it is known and somebody wants it: a snapshot, or the next command.</summary>
    private PendingStream Pending<T>(Guid id, long? version, T? state, long snapshotVersion, KeyRing? ring = null, bool fetched = false) where T : Document, IAggregate<T>
    {
        var policy = store.Snapshots.Of(typeof(T));
        return new(id, Alias<T>.Name, version)
        {
            Ring = ring,
            SnapshotVersion = snapshotVersion,
            Policy = policy,
            Fold = (state is not null || version == 0) && (fetched || policy is not null) ? events => Fold.All(events, state) : null,
            Fetched = fetched,
            IsPerson = store.Personal?.IsPerson(typeof(T)) == true,
        };
    }

    private static class Alias<T>
    {
        public static readonly string Name = EventRegistry.AliasFor(typeof(T).Name);
    }

    /// <summary>The events of a stream that the next save will append.</summary>
    public IReadOnlyList<Event> Pending(Guid id) => streams.TryGetValue(id, out var stream) ? stream.Events : [];

    /// <summary>Whether the next save will append events.</summary>
    public bool HasEvents => streams.Values.Any(s => s.Events.Count > 0);

    /// <summary>Flags the stream and its events; it takes no more events.</summary>
    public void ArchiveStream(Guid id) => Sql.Add($"select events.mt_archive_stream({id})");

    /// <summary>Removes the snapshots of a stream: it is folded from its events until the next one is due.</summary>
    public void RemoveSnapshots(Guid id) => Sql.Add($"delete from snapshots.snapshots where stream_id = {id}");

    /// <summary>Something to do once the changes are committed, such as waking whoever waits for them. Lost with the process.</summary>
    public void AfterCommit(Action action) => afterCommit += action;

    /// <summary>
    /// Called by the owner of the transaction the session saves in, after it was committed. A session without a foreign transaction calls
    /// it itself.
    /// </summary>
    public void Committed()
    {
        if (saved > 0) store.Daemon.Wake();
        afterCommit?.Invoke();
        (saved, afterCommit) = (0, null);
    }

    /// <summary>Saves everything in one round trip and one transaction. After a failure nothing is saved and the session is done with.</summary>
    /// <exception cref="ConcurrencyException">A stream moved on.</exception>
    /// <exception cref="ExistingStreamIdCollisionException">A stream to start exists.</exception>
    /// <exception cref="StreamArchivedException">A stream is archived.</exception>
    /// <exception cref="InvalidOperationException">The session has failed to save before.</exception>
    public async Task<SaveResult> SaveChangesAsync(CancellationToken ct = default)
    {
        if (failed) throw new InvalidOperationException("The session has failed to save; what is to be saved is decided anew in another one.");
        var pending = streams.Values.Where(s => s.Events.Count > 0).ToList();
        if (pending.Count == 0 && Sql.Commands.Count == 0) return new SaveResult(0, []);

        failed = true;
        using var span = Tracing.Append();
        if (store.Personal is { } personal)
        {
            await personal.PrepareAsync(pending, transaction, ct);
            if (pending.Exists(s => s.NewKeys is not null)) AfterCommit(() => personal.Remember(pending));
        }
        foreach (var stream in pending) stream.FoldEvents();
        try
        {
            await (transaction is null && Sql.Commands.Count == 0 && store.Commits.Takes(pending)
                ? store.Commits.SaveAsync(pending, ct)
                : Commit.SaveAsync(store, pending, Sql, ct, transaction));
        }
        catch (Exception e) when (e is ConcurrencyException or ExistingStreamIdCollisionException or StreamArchivedException)
        {
            Tracing.Conflict(span);
            foreach (var stream in pending) store.Recent.Forget(stream.Id);
            throw;
        }
        failed = false;
        streams.Clear();
        List<Event> events = [.. pending.SelectMany(s => s.Saved)];
        var sequence = events.Count == 0 ? 0 : events.Max(e => e.Sequence);
        Tracing.Saved(span, events.Count, sequence);
        saved = Math.Max(saved, sequence);
        if (pending.Exists(s => s.Snapshot is { Policy.Lifecycle: SnapshotLifecycle.Async })) AfterCommit(() => _ = store.StoreSnapshots(pending));
        if (transaction is null)
        {
            foreach (var stream in pending)
                if (stream is { Fetched: true, After: { } after }) store.Recent.Keep(stream.Id, after, stream.Snapshot?.Version ?? stream.SnapshotVersion, stream.Ring);
            Committed();
        }
        return new SaveResult(sequence, events);
    }

    /// <summary>Nothing is held between calls; unsaved changes are dropped.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A stream that was fetched to be appended to.</summary>
/// <typeparam name="T">The aggregate.</typeparam>
public sealed class EventStream<T> where T : Document, IAggregate<T>
{
    private readonly DocumentSession session;

    private readonly EventReader reader;
    private IReadOnlyList<Event>? events;

    internal EventStream(DocumentSession session, EventReader reader, Guid id, Fetched<T> fetched)
    {
        this.session = session;
        this.reader = reader;
        Id = id;
        StartingVersion = fetched.Version;
        Aggregate = fetched.State;
        IsArchived = fetched.Archived;
        events = fetched.SnapshotVersion == 0 ? fetched.Events : null;
    }

    /// <summary>The stream.</summary>
    public Guid Id { get; }

    /// <summary>The version the state was folded at; 0 for a new stream.</summary>
    public long StartingVersion { get; }

    /// <summary>The state, or null if there is none.</summary>
    public T? Aggregate { get; }

    /// <summary>The events the state was folded from; read now where it was folded from a snapshot.</summary>
    public async ValueTask<IReadOnlyList<Event>> EventsAsync(CancellationToken ct = default) =>
        events ??= [.. EventReader.At(await reader.FetchStreamAsync(Id, 0, ct), StartingVersion)];

    /// <summary>Whether the stream takes no more events.</summary>
    public bool IsArchived { get; }

    /// <summary>Appends events; saving fails if somebody else appended since.</summary>
    public void AppendMany(IEnumerable<object> events, EventContext? with = null) => session.Append<T>(Id, StartingVersion, events, with);
}
