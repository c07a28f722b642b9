using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>The customers of a person, for handing over.</summary>
internal sealed class CustomerOwners(DocumentStore store, Resource<Customer> resource) : OwnedRecords<Customer>(store, resource)
{
    protected override string OfPerson => "select id from customer.customers where owner_id = $1 and not deleted order by id";

    protected override string NamesOf => "select id, doc->>'name' from customer.customers where id = any($1) and not deleted";

    protected override Guid? OwnerOf(Customer record) => record.OwnerId;

    protected override Decision Assign(Customer record, Guid owner, Now now) => AssignOwnerFeature.Decide(new AssignOwner { OwnerId = owner }, record, known: true, now);
}
