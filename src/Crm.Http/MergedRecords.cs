using System.Collections.Immutable;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>That records go from one customer to another because the two were merged, or are no longer.</summary>
/// <param name="MergeId">The merge.</param>
/// <param name="From">The customer they are at.</param>
/// <param name="To">The customer they go to.</param>
/// <param name="Back">Whether a merge is taken back: then only those go that came with it, and those that name one of <paramref name="Contacts"/>.</param>
/// <param name="Contacts">The contacts of the customer that is one of its own again.</param>
public sealed record CustomerMove(Guid MergeId, Guid From, Guid To, bool Back, Guid[] Contacts);

/// <summary>A merge that a record came along with.</summary>
/// <param name="MergeId">The merge.</param>
/// <param name="CustomerId">The customer it was at until then.</param>
public sealed record RecordOrigin(Guid MergeId, Guid CustomerId)
{
    /// <summary>The merges a record came along with after its customer may have changed: one more, fewer where a merge was taken back, none where somebody changed it.</summary>
    public static ImmutableArray<RecordOrigin> After(ImmutableArray<RecordOrigin> origins, Guid? merge, Guid? before, Guid? after)
    {
        if (before == after) return origins;
        if (merge is not { } id || before is not { } from) return [];
        var place = origins.ToList().FindIndex(o => o.MergeId == id);
        return place < 0 ? origins.Add(new RecordOrigin(id, from)) : [.. origins.Take(place)];
    }
}

/// <summary>What a module keeps at customers and what goes along when they are merged: opportunities, tickets.</summary>
public interface IMergedRecords
{
    /// <summary>The resource's name.</summary>
    string Name { get; }

    /// <summary>How many there are at a customer.</summary>
    Task<int> CountAsync(Guid customer, CancellationToken ct);

    /// <summary>How many a move has still to take along.</summary>
    /// <param name="move">Which, and where to.</param>
    /// <param name="ct">Cancels the look-up.</param>
    Task<int> LeftAsync(CustomerMove move, CancellationToken ct);

    /// <summary>Adds to the session what moves some of them, and says how many; 0 when none is left.</summary>
    /// <param name="move">Which, and where to.</param>
    /// <param name="most">Most records to move.</param>
    /// <param name="session">Saved by the caller.</param>
    /// <param name="ct">Cancels the look-ups.</param>
    Task<int> MoveAsync(CustomerMove move, int most, DocumentSession session, CancellationToken ct);
}
