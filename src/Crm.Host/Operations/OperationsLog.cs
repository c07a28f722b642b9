using Crm.EventStore;

namespace Crm.Host;

/// <summary>What administrators did to the engine, in one stream of the log; who and why is in each event's circumstances.</summary>
internal sealed record OperationsLog : Document, IAggregate<OperationsLog>
{
    /// <summary>The stream.</summary>
    public static readonly Guid Stream = new("0e6f5c1a-7c7b-4a4e-9d53-6f70657261e5");

    public static OperationsLog Evolve(OperationsLog? state, Event e) => state ?? new OperationsLog();
}

/// <summary>A projection is to be built anew beside the one that serves.</summary>
/// <param name="Projection">Its name.</param>
internal sealed record ProjectionRebuildRequested(string Projection);

/// <summary>Events that were stored in plain before were rewritten with their personal members encrypted.</summary>
/// <param name="Events">How many.</param>
internal sealed record LogEncrypted(long Events);

/// <summary>A rebuild was broken off; what served goes on serving.</summary>
/// <param name="Projection">The projection.</param>
internal sealed record ProjectionRebuildCancelled(string Projection);

/// <summary>A paused projection is to try its event again.</summary>
/// <param name="Projection">The projection.</param>
/// <param name="Sequence">The event's sequence number.</param>
internal sealed record ProjectionRetried(string Projection, long Sequence);

/// <summary>An event is left out of a projection, live and in every build to come.</summary>
/// <param name="Projection">The projection.</param>
/// <param name="Sequence">The event's sequence number.</param>
internal sealed record ProjectionEventSkipped(string Projection, long Sequence);
