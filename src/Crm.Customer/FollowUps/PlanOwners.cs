using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>What a person is to do next with customers by name, for handing over; a plan that names nobody goes with its customer.</summary>
internal sealed class PlanOwners(DocumentStore store, Resource<Customer> resource) : OwnedRecords<Customer>(store, resource)
{
    public override string Resource => "plans";

    protected override string OfPerson => """
        select c.id from customer.customers c where c.id in (select n.id from customer.due_dates n where n.responsible_id = $1 and n.open and n.planned_at is not null)
          and (c.doc->>'nextFollowUpOwnerId')::uuid = $1 and not c.deleted order by c.id
        """;

    protected override string NamesOf => "select id, doc->>'name' from customer.customers where id = any($1) and not deleted";

    protected override Guid? OwnerOf(Customer record) => record.NextFollowUpOwnerId;

    /// <summary>The plan stays what it is, also one that is overdue.</summary>
    protected override Decision Assign(Customer record, Guid owner, Now now) => record switch
    {
        { Erased: true } => CustomerErrors.Erased,
        { Archived: true } => CustomerErrors.Archived,
        _ => [new FollowUpPlanned(record.NextFollowUpAt!.Value, record.NextFollowUpGoal, owner)],
    };
}
