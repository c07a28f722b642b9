namespace Crm.EventStore;

/// <summary>The events that a session will append to one stream.</summary>
internal sealed record PendingStream(Guid Id, string Type, long? ExpectedVersion)
{
    /// <summary>The events, in their order.</summary>
    public List<Event> Events { get; } = [];

    /// <summary>Folds the events onto the state they were decided on; null where that is not known.</summary>
    public Func<List<Event>, Document?>? Fold { get; init; }

    /// <summary>When the stream's aggregate has snapshots; null if it has none.</summary>
    public SnapshotPolicy? Policy { get; init; }

    /// <summary>The version of the snapshot the state was folded from; 0 without one.</summary>
    public long SnapshotVersion { get; init; }

    /// <summary>Whether the stream was fetched, as by a command; what is appended in bulk is not kept in memory.</summary>
    public bool Fetched { get; init; }

    /// <summary>Whether the stream is about a person: the reasons of its events are encrypted too.</summary>
    public bool IsPerson { get; init; }

    /// <summary>The state after the events.</summary>
    public Document? After { get; private set; }

    /// <summary>The snapshot that is due with the events.</summary>
    public Snapshot? Snapshot { get; private set; }

    /// <summary>Makes the state after the events and, if one is due, its snapshot.</summary>
    public void FoldEvents()
    {
        After = Fold?.Invoke(Events);
        Snapshot = After is null ? null : Policy?.Of(After, SnapshotVersion, Events[^1].Ring);
    }

    /// <summary>That snapshot, if it is stored in the transaction of the events.</summary>
    public Snapshot? InlineSnapshot => Snapshot is { Policy.Lifecycle: SnapshotLifecycle.Inline } ? Snapshot : null;

    /// <summary>The keys of the persons it speaks of, as far as they were needed.</summary>
    public KeyRing? Ring { get; set; }

    /// <summary>Keys that are made with the events.</summary>
    public List<NewKey>? NewKeys { get; set; }

    /// <summary>The events as they were saved: with their numbers.</summary>
    public IReadOnlyList<Event> Saved { get; set; } = [];
}
