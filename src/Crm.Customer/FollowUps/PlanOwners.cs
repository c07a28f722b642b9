using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Customers;

/// <summary>What a person is to do next with customers by name, for handing over; a plan that names nobody goes with its customer.</summary>
internal sealed class PlanOwners(DocumentStore store, Resource<Customer> resource) : OwnedRecords<Customer>(store, resource)
{
    public override string Resource => "plans";

    protected override string OfPerson => """
        select c.id from customer.customers c where c.id in (select n.id from customer.due_dates n where n.planned_by = $1)
          and (c.doc->>'nextFollowUpOwnerId')::uuid = $1 and not c.deleted order by c.id
        """;

    protected override string NamesOf => "select id, doc->>'name' from customer.customers where id = any($1) and not deleted";

    protected override Guid? OwnerOf(Customer record) => record.NextFollowUpOwnerId;

    /// <summary>The plan stays what it is, also one that is overdue, or of an archived customer, which may come back.</summary>
    protected override Decision Assign(Customer record, Guid owner, Now now) =>
        record.Erased ? CustomerErrors.Erased : [new FollowUpPlanned(record.NextFollowUpAt!.Value, record.NextFollowUpGoal, owner)];
}
