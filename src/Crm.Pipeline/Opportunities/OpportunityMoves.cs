using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>Opportunities go along when their customers are merged, and back when a merge is taken back: an event each, so that lists, timelines and figures need not know of merges.</summary>
internal sealed class OpportunityMoves(DocumentStore store) : MergedRecords<Opportunity>(store)
{
    public override string Name => "opportunities";

    protected override string Held => "pipeline.opportunities where customer_id = $1 and not coalesce((doc->>'deleted')::boolean, false)";

    protected override string Moving => "pipeline.opportunities where customer_id = $1 and (not $2 or doc->'origins' @> $3::jsonb)";

    protected override object? Move(Opportunity record, CustomerMove move) =>
        record.CustomerId != move.From || (move.Back && record.Origins.All(o => o.MergeId != move.MergeId)) ? null
            : new OpportunityDetailsChanged(record.Name, move.To, PreviousCustomerId: move.From, MergeId: move.MergeId);
}
