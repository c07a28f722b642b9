using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Npgsql;

namespace Crm.Pipeline;

/// <summary>Opportunities go along when their customers are merged, and back when a merge is taken back: an event each, so that lists, timelines and figures need not know of merges.</summary>
internal sealed class OpportunityMoves(DocumentStore store) : IMergedRecords
{
    private const string Moving = "customer_id = $1 and (not $2 or doc->'origins' @> $3::jsonb)";

    public string Name => "opportunities";

    public async Task<int> CountAsync(Guid customer, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select count(*)::int from pipeline.opportunities where customer_id = $1 and not coalesce((doc->>'deleted')::boolean, false)");
        command.Parameters.Add(Statement.Parameter(customer));
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<int> LeftAsync(CustomerMove move, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select count(*)::int from pipeline.opportunities where " + Moving);
        Add(command, move);
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<int> MoveAsync(CustomerMove move, int most, DocumentSession session, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand($"select id from pipeline.opportunities where {Moving} order by id limit $4");
        Add(command, move);
        command.Parameters.Add(Statement.Parameter(most));
        var ids = new List<Guid>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) ids.Add(reader.GetGuid(0));
        var moved = 0;
        foreach (var stream in (await store.Query.FetchStreamsAsync([.. ids], ct)).GroupBy(e => e.StreamId))
        {
            var state = Fold.All<Opportunity>(stream)!;
            // The list may lag behind what was moved already.
            if (state.CustomerId != move.From || (move.Back && state.Origins.All(o => o.MergeId != move.MergeId))) continue;
            session.Append<Opportunity>(stream.Key, state.Version, [new OpportunityDetailsChanged(state.Name, move.To, PreviousCustomerId: move.From, MergeId: move.MergeId)]);
            moved++;
        }
        return moved;
    }

    private static void Add(NpgsqlCommand command, CustomerMove move)
    {
        command.Parameters.Add(Statement.Parameter(move.From));
        command.Parameters.Add(Statement.Parameter(move.Back));
        command.Parameters.Add(Statement.Parameter($$"""[{"mergeId": "{{move.MergeId}}"}]"""));
    }
}
