using Crm.EventStore;
using Microsoft.AspNetCore.Http;

namespace Crm.Http;

/// <summary>
/// Keeps the picture of who may do what in memory. It is read anew when an event that changes it was seen: at once after a command of this node, and
/// for other nodes' when the daemon's look at the log comes by it, at most a second later. A request without such an event costs nothing.
/// </summary>
public sealed class AccessPictures : IDisposable
{
    private readonly IAccessSource source;
    private readonly DocumentStore store;
    private readonly SemaphoreSlim gate = new(1);
    private AccessPicture picture = AccessPicture.Empty;
    private long seen = 1;
    private long loaded;

    /// <summary>Follows the log of a store.</summary>
    public AccessPictures(IAccessSource source, DocumentStore store)
    {
        this.source = source;
        this.store = store;
        var names = source.Events.Concat(FieldSettings.Events).SelectMany(store.Events.Aliases).ToHashSet();
        store.Daemon.Follow(types =>
        {
            if (types is null || names.Overlaps(types)) Interlocked.Increment(ref seen);
        });
    }

    /// <summary>Tells that these events were saved.</summary>
    public void Saw(IEnumerable<Event> saved)
    {
        if (saved.Any(e => (source.Events.Contains(e.Data.GetType()) || FieldSettings.Events.Contains(e.Data.GetType())))) Interlocked.Increment(ref seen);
    }

    /// <summary>Has the picture read again with the next question, for what changed without an event.</summary>
    public void Refresh() => Interlocked.Increment(ref seen);

    /// <summary>The picture as it was read last, by the request or job that asks or one before it.</summary>
    public AccessPicture Latest => picture;

    /// <summary>The picture as of the last event seen.</summary>
    public async ValueTask<AccessPicture> CurrentAsync(CancellationToken ct)
    {
        if (Volatile.Read(ref loaded) == Volatile.Read(ref seen)) return picture;
        await gate.WaitAsync(ct);
        try
        {
            // What is seen while it is being read is read the next time.
            var upTo = Volatile.Read(ref seen);
            if (loaded != upTo)
            {
                picture = (await source.LoadAsync(ct)).With(await FieldSettings.LoadAsync(store.DataSource, ct));
                Volatile.Write(ref loaded, upTo);
            }
            return picture;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>What the caller of a request may do; asked once a request.</summary>
    public async ValueTask<Access> OfAsync(HttpContext http)
    {
        if (http.Items.TryGetValue(typeof(Access), out var known)) return (Access)known!;
        var caller = Caller.Of(http);
        var access = (await CurrentAsync(http.RequestAborted)).Of(caller.Id, store.Now, caller.Role, caller.Ceiling);
        http.Items[typeof(Access)] = access;
        return access;
    }

    /// <inheritdoc />
    public void Dispose() => gate.Dispose();
}
