namespace Crm.EventStore;

/// <summary>The stream moved on since the expected version was read (SQLSTATE MT003).</summary>
public sealed class ConcurrencyException(Guid streamId, long? expectedVersion)
    : Exception($"Stream {streamId} is not at version {expectedVersion}.")
{
    /// <summary>The stream.</summary>
    public Guid StreamId { get; } = streamId;

    /// <summary>The version the writer had seen.</summary>
    public long? ExpectedVersion { get; } = expectedVersion;
}

/// <summary>The stream exists already and a writer tried to start it.</summary>
public sealed class ExistingStreamIdCollisionException(Guid streamId) : Exception($"Stream {streamId} exists already.")
{
    /// <summary>The stream.</summary>
    public Guid StreamId { get; } = streamId;
}

/// <summary>The stream is archived and takes no more events (SQLSTATE MT001).</summary>
public sealed class StreamArchivedException(Guid streamId) : Exception($"Stream {streamId} is archived.")
{
    /// <summary>The stream.</summary>
    public Guid StreamId { get; } = streamId;
}
