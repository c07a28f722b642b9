using System.Collections.Immutable;
using Crm.EventStore;
using Npgsql;

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

/// <summary>Records of which each has a stream of its own, found by a table of its module.</summary>
public abstract class MergedRecords<T>(DocumentStore store) : IMergedRecords where T : Document, IAggregate<T>
{
    /// <inheritdoc />
    public abstract string Name { get; }

    /// <summary>Those at the customer <c>$1</c> that count, as a table and a condition.</summary>
    protected abstract string Held { get; }

    /// <summary>
    /// Those that a move takes along, as a table and a condition: <c>$1</c> the customer they are at, <c>$2</c> whether a merge is taken back, <c>$3</c> what the
    /// <c>origins</c> of a record hold that came with it, <c>$4</c> the contacts of the customer that leaves.
    /// </summary>
    protected abstract string Moving { get; }

    /// <summary>The event that moves a record; null for one that stays, since the table may lag behind what was moved already.</summary>
    protected abstract object? Move(T record, CustomerMove move);

    /// <inheritdoc />
    public Task<int> CountAsync(Guid customer, CancellationToken ct) => CountAsync(Held, c => c.Parameters.Add(Statement.Parameter(customer)), ct);

    /// <inheritdoc />
    public Task<int> LeftAsync(CustomerMove move, CancellationToken ct) => CountAsync(Moving, c => Add(c, move), ct);

    /// <inheritdoc />
    public async Task<int> MoveAsync(CustomerMove move, int most, DocumentSession session, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand($"select id from {Moving} order by id limit $5");
        Add(command, move);
        command.Parameters.Add(Statement.Parameter(most));
        var ids = new List<Guid>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        var moved = 0;
        foreach (var stream in (await store.Query.FetchStreamsAsync([.. ids], ct)).GroupBy(e => e.StreamId))
        {
            var record = Fold.All<T>(stream)!;
            if (Move(record, move) is not { } going) continue;
            session.Append<T>(stream.Key, record.Version, [going]);
            moved++;
        }
        return moved;
    }

    private async Task<int> CountAsync(string records, Action<NpgsqlCommand> add, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select count(*)::int from " + records);
        add(command);
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    private static void Add(NpgsqlCommand command, CustomerMove move)
    {
        command.Parameters.Add(Statement.Parameter(move.From));
        command.Parameters.Add(Statement.Parameter(move.Back));
        command.Parameters.Add(Statement.Parameter($$"""[{"mergeId": "{{move.MergeId}}"}]"""));
        command.Parameters.Add(Statement.Parameter(move.Contacts));
    }
}
