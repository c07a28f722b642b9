using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Crm.EventStore;

/// <summary>When a snapshot is written.</summary>
public enum SnapshotLifecycle
{
    /// <summary>In the transaction of the events it covers.</summary>
    Inline,

    /// <summary>After that transaction, without anybody waiting for it; a process that ends before loses nothing but the snapshot.</summary>
    Async,
}

/// <summary>Which aggregates have snapshots. Without one a stream is folded from its first event.</summary>
public sealed class SnapshotOptions
{
    private readonly Dictionary<Type, SnapshotPolicy> policies = [];

    /// <summary>Keeps a folded state of every long stream of <typeparamref name="T"/>, from which the next fetch goes on.</summary>
    /// <param name="version">Raised when the fold changes its meaning: older snapshots are then not read any more, and the streams folded anew.</param>
    /// <param name="lifecycle">When it is written.</param>
    /// <param name="every">After how many events since the last one; 1 keeps it at the newest version.</param>
    /// <exception cref="InvalidOperationException">The aggregate has snapshots already.</exception>
    public void Add<T>(int version, SnapshotLifecycle lifecycle, int every = 50) where T : Document, IAggregate<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        if (!policies.TryAdd(typeof(T), new SnapshotPolicy(EventRegistry.AliasFor(typeof(T).Name), version, lifecycle, every)))
            throw new InvalidOperationException($"{typeof(T)} has snapshots already.");
    }

    internal SnapshotPolicy? Of(Type type) => policies.GetValueOrDefault(type);
}

internal sealed record SnapshotPolicy(string Type, int Version, SnapshotLifecycle Lifecycle, int Every)
{
    /// <summary>The snapshot of a state, if one is due since that of <paramref name="snapshotVersion"/>; what is personal in it is encrypted.</summary>
    public Snapshot? Of(Document state, long snapshotVersion, KeyRing? ring) => state.Version - snapshotVersion >= Every
        ? new Snapshot(state.Id, this, state.Version, ring is null
            ? JsonSerializer.SerializeToUtf8Bytes(state, state.GetType(), EventSerializer.Documents)
            : ring.Personal.Json(state, state.GetType(), state.Id, ring, EventSerializer.Documents))
        : null;
}

/// <summary>A folded state to be stored.</summary>
internal sealed record Snapshot(Guid StreamId, SnapshotPolicy Policy, long Version, byte[] Document)
{
    // One that came late does not replace a newer one of the same fold.
    private const string Upsert = """
        insert into snapshots.snapshots as s (stream_id, type, fold_version, version, doc) select * from unnest($1, $2, $3, $4, $5)
        on conflict (stream_id, type) do update set fold_version = excluded.fold_version, version = excluded.version, doc = excluded.doc
          where s.fold_version <> excluded.fold_version or s.version < excluded.version
        """;

    /// <summary>The statement that stores snapshots, which are sorted by stream.</summary>
    public static NpgsqlBatchCommand Store(List<Snapshot> snapshots) => new(Upsert)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid[]> { TypedValue = [.. snapshots.Select(s => s.StreamId)] },
            new NpgsqlParameter<string[]> { TypedValue = [.. snapshots.Select(s => s.Policy.Type)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar },
            new NpgsqlParameter<int[]> { TypedValue = [.. snapshots.Select(s => s.Policy.Version)] },
            new NpgsqlParameter<long[]> { TypedValue = [.. snapshots.Select(s => s.Version)] },
            new NpgsqlParameter<byte[][]> { TypedValue = [.. snapshots.Select(s => s.Document)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
        },
    };
}
