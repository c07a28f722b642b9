using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>What this module keeps of opportunities and tickets: whose they are, how they stand, and what they are worth.</summary>
internal sealed class Dealings : TableProjection
{
    public override string Name => "customer.dealings";

    public override IReadOnlyList<string> Tables { get; } = ["customer.opportunities", "customer.tickets"];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(OpportunityOpened), typeof(OpportunityDetailsChanged), typeof(OpportunityOwnerChanged), typeof(OpportunityWon), typeof(OpportunityLost), typeof(OpportunityReopened),
        typeof(OpportunityDeleted), typeof(OpportunityUndeleted), typeof(TicketOpened), typeof(TicketDetailsChanged), typeof(TicketAssigned), typeof(TicketResolved), typeof(TicketReopened),
        typeof(TicketRated), typeof(TicketClosed),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        var id = e.StreamId;
        switch (e.Data)
        {
            case OpportunityOpened x:
                sql.AddRow(id, $"""
                    insert into {sql.Table("customer.opportunities")} (id, customer_id, owner_id, kind, deleted, amount, currency)
                    values ({id}, {x.CustomerId}, {x.OwnerId}, 'open', false, {x.Amount?.Amount}, {x.Amount?.Currency}) on conflict (id) do nothing
                    """);
                break;
            case OpportunityDetailsChanged x:
                sql.AddRow(id, $"update {sql.Table("customer.opportunities")} o set customer_id = v.customer_id from (values ({id}, {x.CustomerId})) v(id, customer_id) where o.id = v.id");
                if (x.Amount is not null || x.Cleared?.Contains("amount") == true)
                    sql.AddRow(id, $"update {sql.Table("customer.opportunities")} o set amount = v.amount, currency = v.currency from (values ({id}, {x.Amount?.Amount}, {x.Amount?.Currency})) v(id, amount, currency) where o.id = v.id");
                break;
            case OpportunityOwnerChanged x:
                sql.AddRow(id, $"update {sql.Table("customer.opportunities")} o set owner_id = v.owner_id from (values ({id}, {x.OwnerId})) v(id, owner_id) where o.id = v.id");
                break;
            case OpportunityWon x:
                sql.AddRow(id, $"update {sql.Table("customer.opportunities")} o set kind = 'won', amount = v.amount, currency = v.currency, closed_on = v.closed_on from (values ({id}, {x.Amount?.Amount}, {x.Amount?.Currency}, {x.ClosedOn})) v(id, amount, currency, closed_on) where o.id = v.id");
                break;
            case OpportunityLost x:
                sql.AddRow(id, $"update {sql.Table("customer.opportunities")} o set kind = 'lost', closed_on = v.closed_on from (values ({id}, {x.ClosedOn})) v(id, closed_on) where o.id = v.id");
                break;
            case OpportunityReopened:
                sql.AddRow(id, $"update {sql.Table("customer.opportunities")} o set kind = 'open', closed_on = null from (values ({id})) v(id) where o.id = v.id");
                break;
            case OpportunityDeleted:
                sql.AddRow(id, $"update {sql.Table("customer.opportunities")} o set deleted = true from (values ({id})) v(id) where o.id = v.id");
                break;
            case OpportunityUndeleted:
                sql.AddRow(id, $"update {sql.Table("customer.opportunities")} o set deleted = false from (values ({id})) v(id) where o.id = v.id");
                break;
            case TicketOpened x:
                sql.Add($"insert into {sql.Table("customer.tickets")} (id, customer_id, open) values ({id}, {x.CustomerId}, true) on conflict (id) do nothing");
                break;
            case TicketDetailsChanged x:
                sql.Add($"update {sql.Table("customer.tickets")} set customer_id = {x.CustomerId} where id = {id} and ({x.CustomerId}::uuid is not null or {x.PreviousCustomerId}::uuid is not null)");
                break;
            case TicketAssigned x:
                sql.Add($"update {sql.Table("customer.tickets")} set assignee_id = {x.AssigneeId} where id = {id}");
                break;
            case TicketResolved or TicketClosed:
                sql.Add($"update {sql.Table("customer.tickets")} set open = false where id = {id}");
                break;
            case TicketReopened:
                sql.Add($"update {sql.Table("customer.tickets")} set open = true where id = {id}");
                break;
            case TicketRated x:
                sql.Add($"update {sql.Table("customer.tickets")} set score = {x.Score} where id = {id}");
                break;
        }
    }
}
