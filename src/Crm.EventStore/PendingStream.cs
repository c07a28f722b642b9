namespace Crm.EventStore;

/// <summary>The events that a session will append to one stream.</summary>
internal sealed record PendingStream(Guid Id, string Type, long? ExpectedVersion)
{
    /// <summary>The events, in their order.</summary>
    public List<Event> Events { get; } = [];

    /// <summary>Folds the events onto the state they were decided on, and gives the snapshot if one is due.</summary>
    public Func<List<Event>, Snapshot?>? Fold { get; init; }

    /// <summary>The snapshot that is due with the events.</summary>
    public Snapshot? Snapshot { get; set; }

    /// <summary>That snapshot, if it is stored in the transaction of the events.</summary>
    public Snapshot? InlineSnapshot => Snapshot is { Policy.Lifecycle: SnapshotLifecycle.Inline } ? Snapshot : null;

    /// <summary>The keys of the persons it speaks of, as far as they were needed.</summary>
    public KeyRing? Ring { get; set; }

    /// <summary>Keys that are made with the events.</summary>
    public List<NewKey>? NewKeys { get; set; }

    /// <summary>The events as they were saved: with their numbers.</summary>
    public IReadOnlyList<Event> Saved { get; set; } = [];
}
