using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>
/// Tells people of what somebody else gave them: customers, opportunities, tickets, tasks and plans. What one request or job gives is one notification of each kind,
/// which counts; what people take or make for themselves is none. It looks at what happens from now on and writes with its place in the log, so once.
/// </summary>
internal sealed class Assignments : Subscription
{
    public override string Name => "customer.assignments";

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerOwnerChanged), typeof(FollowUpLogged), typeof(FollowUpPlanned), typeof(TaskCreated), typeof(TaskAssigned),
        typeof(OpportunityOpened), typeof(OpportunityOwnerChanged), typeof(TicketAssigned),
    ];

    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        foreach (var given in page.Select(Given.Of).OfType<Given>().GroupBy(g => (g.To, g.Occasion)))
        {
            var (last, count) = (given.Last(), given.Count());
            // One is told by name; of more only how many there are.
            sql.Add($"""
                insert into customer.notifications as n (user_id, occasion, doc, created_at)
                values ({last.To}, {last.Occasion}, jsonb_build_object('kind', 'assigned', 'at', {EventSerializer.InstantText(last.At)}::text, 'resource', {last.Resource}::text, 'count', {count}::int, 'byId', {last.By}::text,
                  'recordId', {(count == 1 ? (Guid?)last.Id : null)}::uuid, 'customerId', {(count == 1 ? last.CustomerId : null)}::uuid, 'taskId', {(count == 1 && last.Resource == "tasks" ? (Guid?)last.Id : null)}::uuid), {last.At})
                on conflict (user_id, occasion) do update set read_at = null,
                  doc = n.doc || jsonb_build_object('count', (n.doc->>'count')::int + {count}::int, 'recordId', null, 'customerId', null, 'taskId', null)
                """);
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Something that was given to somebody.</summary>
    /// <param name="To">Who has it now.</param>
    /// <param name="Resource"><c>customers opportunities tickets tasks plans</c>.</param>
    /// <param name="Id">The record; of a plan its customer.</param>
    /// <param name="CustomerId">The customer it is about.</param>
    /// <param name="By">Who gave it.</param>
    /// <param name="At">When.</param>
    /// <param name="Occasion">What is told at once: all of a kind that one request or job gave.</param>
    internal sealed record Given(Guid To, string Resource, Guid Id, Guid? CustomerId, string By, DateTimeOffset At, string Occasion)
    {
        /// <summary>What an event gives to somebody who did not do it himself; null if nothing.</summary>
        public static Given? Of(Event e)
        {
            (Guid? to, string resource, Guid? customer) = e.Data switch
            {
                CustomerRegistered x => (x.OwnerId, "customers", e.StreamId),
                CustomerOwnerChanged x => (x.To, "customers", e.StreamId),
                FollowUpLogged x => (x.Next?.OwnerId, "plans", e.StreamId),
                FollowUpPlanned x => (x.OwnerId, "plans", e.StreamId),
                TaskCreated x => (x.AssigneeId, "tasks", x.CustomerId),
                TaskAssigned x => (x.To, "tasks", null),
                OpportunityOpened x => (x.OwnerId, "opportunities", x.CustomerId),
                OpportunityOwnerChanged x => (x.OwnerId, "opportunities", x.CustomerId),
                TicketAssigned x => (x.AssigneeId, "tickets", x.CustomerId),
                _ => (null, "", (Guid?)null),
            };
            // What a trial is filled with was given by nobody.
            if (to is not { } user || e.Context.Source == "demo" || user.ToString() == e.Context.UserName || user.ToString() == e.Context.OnBehalfOf) return null;
            return new Given(user, resource, e.StreamId, customer, e.Context.OnBehalfOf ?? e.Context.UserName, e.Timestamp, $"assigned:{resource}:{e.Context.CorrelationId ?? e.Id.ToString()}");
        }
    }
}
