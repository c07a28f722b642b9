using Crm.EventStore;
using Crm.Http;

namespace Crm.Pipeline;

/// <summary>The opportunities of a person, closed ones too, for handing over.</summary>
internal sealed class OpportunityOwners(DocumentStore store, Resource<Opportunity> resource) : OwnedRecords<Opportunity>(store, resource)
{
    protected override string OfPerson => "select id from pipeline.opportunities where owner_id = $1 and not (doc->>'deleted')::boolean order by id";

    protected override string NamesOf => "select id, doc->>'name' from pipeline.opportunities where id = any($1) and not (doc->>'deleted')::boolean";

    protected override Guid? OwnerOf(Opportunity record) => record.OwnerId;

    protected override Decision Assign(Opportunity record, Guid owner, Now now) =>
        ChangeOpportunityFeature.Decide(new ChangeOpportunity(OwnerId: owner), record, new OpportunityFacts { Users = new HashSet<Guid> { owner } }, now);
}
