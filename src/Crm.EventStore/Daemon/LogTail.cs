using System.Diagnostics;

namespace Crm.EventStore;

/// <summary>
/// The end of the log, read and opened once for all projections of a node: most of them stand at the same place and ask for the same events, each with types of its
/// own. Whoever is far behind and wants few of the events, leaves events out or narrows a page reads for itself, and so does whoever meets an event that somebody else's
/// types make unreadable.
/// </summary>
internal sealed class LogTail(DocumentStore store)
{
    /// <summary>Most events of one page. Where there are more, pages end at multiples of it, so that those who began at different places ask for the same ones.</summary>
    private const int Size = 1_000;

    /// <summary>How far the projections may be behind whoever appends by the thousand (<see cref="ProjectionDaemon.KeepUpAsync"/>): as many pages are kept.</summary>
    public const int Lead = 6 * Size;

    /// <summary>What was opened is not kept for long: a person may be erased meanwhile.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly LinkedList<Page> pages = [];

    private sealed record Page(long After, long UpTo, long Begun, Task<IReadOnlyList<Event>> Events);

    /// <summary>Where the page that begins after <paramref name="after"/> ends at the latest, if it is to be read together with others.</summary>
    /// <param name="after">The last number that was read.</param>
    /// <param name="mark">The last number that may be read.</param>
    /// <param name="dense">Whether most of the events are wanted, as the page before has shown: then it is worth while however far behind it is.</param>
    public static long End(long after, long mark, bool dense = false) => mark - after <= Size || (!dense && mark - after > 4 * Size) ? mark : (after / Size + 1) * Size;

    /// <summary>The events of some types after one number up to another.</summary>
    public async Task<IReadOnlyList<Event>> ReadAsync(long after, long upTo, string[] types, int limit, long[] skipped, CancellationToken ct)
    {
        if (skipped.Length == 0 && limit == Size && upTo - after <= Size)
        {
            var page = Find(after, upTo);
            try
            {
                var wanted = types.ToHashSet();
                return [.. (await page.Events.WaitAsync(ct)).Where(e => e.Sequence > after && e.Sequence <= upTo && wanted.Contains(e.Type))];
            }
            catch (Exception) when (!ct.IsCancellationRequested)
            {
                lock (gate) pages.Remove(page);
            }
        }
        return await store.Query.FetchLogAsync(after, upTo, types, limit, skipped, ct);
    }

    private Page Find(long after, long upTo)
    {
        lock (gate)
        {
            while (pages.First is { } oldest && (pages.Count > Lead / Size + 1 || Stopwatch.GetElapsedTime(oldest.Value.Begun) > Lifetime)) pages.RemoveFirst();
            foreach (var page in pages)
                if (page.After <= after && page.UpTo >= upTo) return page;
            // Nobody's wish to stop stops the others.
            var read = new Page(after, upTo, Stopwatch.GetTimestamp(), store.Query.FetchLogAsync(after, upTo, null, Size, CancellationToken.None));
            pages.AddLast(read);
            return read;
        }
    }
}
