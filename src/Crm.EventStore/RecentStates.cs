using System.Collections.Concurrent;

namespace Crm.EventStore;

/// <summary>
/// The states this node fetched or saved lately, so that the next command on a record is decided without reading it: one round trip instead
/// of two. A state may be behind what other nodes wrote; saving checks its version, so nothing is ever appended to a state that is out of
/// date. What does not save (a refusal, nothing to do) is decided again on a fetched state, which is the caller's part.
/// </summary>
internal sealed class RecentStates(TimeProvider clock)
{
    // A state holds no more than its events told it, so events are the measure of memory, with some for the state itself: tens of megabytes.
    private const long Capacity = 500_000;
    private const long Itself = 16;
    private const long Longest = 2_000;

    // What was erased elsewhere must not stay in memory here.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, Entry> entries = [];
    private readonly ConcurrentQueue<Guid> order = [];
    private long held;

    /// <summary>A state with the version of the snapshot it was folded from and the keys of the persons in it, by which its next snapshot is encrypted.</summary>
    public sealed record Entry(Document State, long SnapshotVersion, KeyRing? Ring, long Since)
    {
        /// <summary>Whether it was asked for since it was last considered for removal.</summary>
        public bool Used { get; set; }
    }

    /// <summary>The state of a stream, if it is known and young.</summary>
    public Entry? Find(Guid id)
    {
        if (!entries.TryGetValue(id, out var entry)) return null;
        if (clock.GetElapsedTime(entry.Since) > Lifetime)
        {
            Forget(id);
            return null;
        }
        entry.Used = true;
        return entry;
    }

    /// <summary>Keeps a state unless a newer one is known.</summary>
    public void Keep(Guid id, Document state, long snapshotVersion, KeyRing? ring)
    {
        if (state.Version > Longest)
        {
            Forget(id);
            return;
        }
        var entry = new Entry(state, snapshotVersion, ring, clock.GetTimestamp());
        while (true)
        {
            if (!entries.TryGetValue(id, out var known))
            {
                if (!entries.TryAdd(id, entry)) continue;
                order.Enqueue(id);
                Interlocked.Add(ref held, state.Version + Itself);
                break;
            }
            if (known.State.Version > state.Version) return;
            if (!entries.TryUpdate(id, entry, known)) continue;
            Interlocked.Add(ref held, state.Version - known.State.Version);
            break;
        }
        MakeRoom();
    }

    /// <summary>Drops what is known of a stream.</summary>
    public void Forget(Guid id)
    {
        if (entries.TryRemove(id, out var entry)) Interlocked.Add(ref held, -entry.State.Version - Itself);
    }

    /// <summary>How many states are held.</summary>
    public int Count => entries.Count;

    /// <summary>Second chance: who was asked for since the last look stays, once. Streams that were forgotten leave their place in the order behind.</summary>
    private void MakeRoom()
    {
        while ((Interlocked.Read(ref held) > Capacity || order.Count > (2 * entries.Count) + 1_000) && order.TryDequeue(out var id))
        {
            if (!entries.TryGetValue(id, out var entry)) continue;
            if (entry.Used)
            {
                entry.Used = false;
                order.Enqueue(id);
            }
            else Forget(id);
        }
    }
}
