namespace Crm.EventStore;

/// <summary>The events that a session will append to one stream.</summary>
internal sealed record PendingStream(Guid Id, string Type, long? ExpectedVersion)
{
    /// <summary>The events, in their order.</summary>
    public List<Event> Events { get; } = [];

    /// <summary>The events as they were saved: with their numbers.</summary>
    public IReadOnlyList<Event> Saved { get; set; } = [];
}
