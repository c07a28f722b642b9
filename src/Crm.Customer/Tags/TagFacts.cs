using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>What happened to customers that tags and tiers may ask for, as facts with the time from and to which they held, without any rule. <see cref="TagPeriods"/> works out from them.</summary>
internal static class TagFacts
{
    /// <summary>Keeps what an event says.</summary>
    /// <param name="e">The event.</param>
    /// <param name="sql">Receives the statements.</param>
    /// <param name="touched">Receives the customers whose periods are to be worked out.</param>
    /// <param name="valued">Receives those whose tier is to be worked out too, with when the event was recorded.</param>
    public static void Keep(Event e, SqlBatch sql, HashSet<Guid> touched, Dictionary<Guid, DateTimeOffset> valued)
    {
        Customer(e, sql, touched, valued);
        Opportunity(e, sql, touched, valued);
        Ticket(e, sql, touched);
    }

    private static void Customer(Event e, SqlBatch sql, HashSet<Guid> touched, Dictionary<Guid, DateTimeOffset> valued)
    {
        var id = e.StreamId;
        switch (e.Data)
        {
            case CustomerDetailsChanged x when x.Tier is not null || x.Cleared?.Contains("tier") == true:
                Succeed(e, sql, "tier", x.Tier);
                valued[id] = e.Timestamp;
                break;
            case CustomerLifecycleChanged x:
                Succeed(e, sql, "lifecycle", Code(x.To));
                break;
            case FollowUpLogged x:
                Met(e, sql, x.FollowUpId, x.At);
                break;
            case FollowUpCorrected x:
                sql.Add($"update {sql.Table("customer.tag_facts")} set valid_from = {x.At} where ref = {x.FollowUpId} and kind = 'followUp'");
                break;
            case FollowUpRemoved x:
                sql.Add($"delete from {sql.Table("customer.tag_facts")} where ref = {x.FollowUpId} and kind = 'followUp'");
                break;
            case CustomerMerged { LastFollowUpAt: { } at } x:
                // When somebody was last in touch with the other one counts here while the merge holds.
                Met(e, sql, x.MergeId, at);
                break;
            case CustomerUnmerged x:
                sql.Add($"delete from {sql.Table("customer.tag_facts")} where customer_id = {id} and kind = 'followUp' and (ref = {x.MergeId} or id = any({x.Assigned ?? []}))");
                break;
            case CustomerTagged x:
                Give(e, sql, x.Tag);
                return;
            case CustomerUntagged x:
                sql.AddRow(id, $"""
                    update {sql.Table("customer.tag_periods")} p set valid_to = greatest(p.valid_from, v.at) from (values ({id}, {x.Tag}, {e.EffectiveAt})) v(id, tag, at)
                    where p.customer_id = v.id and not p.computed and p.valid_to = 'infinity' and p.tag = coalesce((select a.name from {sql.Table("customer.tag_aliases")} a where a.former = v.tag), v.tag)
                    """);
                return;
            default:
                return;
        }
        touched.Add(id);
    }

    private static void Met(Event e, SqlBatch sql, Guid reference, DateTimeOffset at) => sql.Add($"""
        insert into {sql.Table("customer.tag_facts")} (id, kind, ref, customer_id, value, amount, valid_from) values ({e.Id}, 'followUp', {reference}, {e.StreamId}, null, null, {at})
        """);

    private static void Opportunity(Event e, SqlBatch sql, HashSet<Guid> touched, Dictionary<Guid, DateTimeOffset> valued)
    {
        var facts = sql.Table("customer.tag_facts");
        switch (e.Data)
        {
            case OpportunityOpened x:
                Touch(touched, x.CustomerId);
                Begin(e, sql, "openOpportunity", x.CustomerId, null, e.StreamId);
                break;
            case OpportunityDetailsChanged x:
                Touch(touched, x.CustomerId, x.PreviousCustomerId);
                Value(e, valued, x.CustomerId, x.PreviousCustomerId);
                // The customer of a record is corrected, not succeeded: it was always that one's.
                sql.AddRow(e.StreamId, $"update {facts} f set customer_id = v.customer_id from (values ({e.StreamId}, {x.CustomerId})) v(ref, customer_id) where f.ref = v.ref and f.customer_id is distinct from v.customer_id");
                if (x.Amount is not null || x.Cleared?.Contains("amount") == true)
                    sql.AddRow(e.StreamId, $"update {facts} f set amount = v.amount from (values ({e.StreamId}, {Yuan(x.Amount)})) v(ref, amount) where f.ref = v.ref and f.kind = 'won' and (f.valid_to = 'infinity' or f.deleted)");
                break;
            case OpportunityWon x:
                Touch(touched, x.CustomerId);
                Value(e, valued, x.CustomerId);
                End(e, sql, "openOpportunity");
                Begin(e, sql, "won", x.CustomerId, null, e.StreamId, Yuan(x.Amount));
                break;
            case OpportunityLost x:
                Touch(touched, x.CustomerId);
                End(e, sql, "openOpportunity");
                break;
            case OpportunityReopened x:
                Touch(touched, x.CustomerId);
                Value(e, valued, x.CustomerId);
                End(e, sql, "won");
                Begin(e, sql, "openOpportunity", x.CustomerId, null, e.StreamId);
                break;
            case OpportunityDeleted x:
                Touch(touched, x.CustomerId);
                Value(e, valued, x.CustomerId);
                sql.AddRow(e.StreamId, $"update {facts} f set valid_to = greatest(f.valid_from, v.at), deleted = true from (values ({e.StreamId}, {e.EffectiveAt})) v(ref, at) where f.ref = v.ref and f.valid_to = 'infinity'");
                break;
            case OpportunityUndeleted x:
                Touch(touched, x.CustomerId);
                Value(e, valued, x.CustomerId);
                sql.Add($"update {facts} set valid_to = 'infinity', deleted = false where ref = {e.StreamId} and deleted");
                break;
        }
    }

    private static void Ticket(Event e, SqlBatch sql, HashSet<Guid> touched)
    {
        var facts = sql.Table("customer.tag_facts");
        switch (e.Data)
        {
            case TicketOpened x:
                Touch(touched, x.CustomerId);
                Begin(e, sql, "ticket", x.CustomerId, x.Category, e.StreamId);
                Begin(e, sql, "openTicket", x.CustomerId, x.Category, e.StreamId);
                break;
            case TicketDetailsChanged x:
                Touch(touched, x.CustomerId, x.PreviousCustomerId);
                sql.Add($"update {facts} set customer_id = {x.CustomerId} where ref = {e.StreamId} and customer_id is distinct from {x.CustomerId}");
                if (x.Category is not null || x.Cleared?.Contains("type") == true) sql.Add($"update {facts} set value = {x.Category} where ref = {e.StreamId}");
                break;
            case TicketResolved x:
                Touch(touched, x.CustomerId);
                End(e, sql, "openTicket");
                break;
            case TicketClosed x:
                Touch(touched, x.CustomerId);
                End(e, sql, "openTicket");
                break;
            case TicketReopened x:
                Touch(touched, x.CustomerId);
                sql.Add($"""
                    insert into {facts} (id, kind, ref, customer_id, value, valid_from)
                    select {e.Id}, 'openTicket', ref, customer_id, value, {e.EffectiveAt} from {facts} where ref = {e.StreamId} and kind = 'ticket'
                    """);
                break;
        }
    }

    private static void Begin(Event e, SqlBatch sql, string kind, Guid? customer, string? value, Guid? reference = null, decimal? amount = null) => sql.AddRow(e.StreamId, $"""
        insert into {sql.Table("customer.tag_facts")} (id, kind, ref, customer_id, value, amount, valid_from) values ({e.Id}, {kind}, {reference}, {customer}, {value}, {amount}, {e.EffectiveAt})
        """);

    private static void End(Event e, SqlBatch sql, string kind) => sql.AddRow(e.StreamId, $"""
        update {sql.Table("customer.tag_facts")} f set valid_to = greatest(f.valid_from, v.at) from (values ({e.StreamId}, {kind}, {e.EffectiveAt})) v(ref, kind, at)
        where f.ref = v.ref and f.kind = v.kind and f.valid_to = 'infinity'
        """);

    /// <summary>One value of a customer follows another; neither runs backwards, as in the states of its document.</summary>
    private static void Succeed(Event e, SqlBatch sql, string kind, string? value)
    {
        var facts = sql.Table("customer.tag_facts");
        var key = (e.StreamId, kind);
        sql.AddRow(key, $"""
            update {facts} f set valid_to = greatest(f.valid_from, v.at) from (values ({e.StreamId}, {kind}, {e.EffectiveAt})) v(id, kind, at)
            where f.customer_id = v.id and f.kind = v.kind and f.valid_to = 'infinity'
            """);
        if (value is not null)
            sql.AddRow(key, $"""
                insert into {facts} (id, kind, customer_id, value, valid_from)
                select v.event, v.kind, v.id, v.value, greatest(v.at, (select max(f.valid_to) from {facts} f where f.customer_id = v.id and f.kind = v.kind))
                from (values ({e.Id}, {kind}, {e.StreamId}, {value}, {e.EffectiveAt})) v(event, kind, id, value, at)
                """);
    }

    private static void Give(Event e, SqlBatch sql, string tag) => sql.AddRow(e.StreamId, $"""
        insert into {sql.Table("customer.tag_periods")} (customer_id, tag, valid_from, valid_to, computed)
        select v.id, coalesce((select a.name from {sql.Table("customer.tag_aliases")} a where a.former = v.tag), v.tag), v.at, 'infinity'::timestamptz, false
        from (values ({e.StreamId}, {tag}, {e.EffectiveAt})) v(id, tag, at)
        on conflict (customer_id, tag, valid_from, computed) do update set valid_to = excluded.valid_to
        """);

    private static void Touch(HashSet<Guid> touched, params ReadOnlySpan<Guid?> customers)
    {
        foreach (var customer in customers)
            if (customer is { } id) touched.Add(id);
    }

    /// <summary>The tier of these is to be worked out; when the event was recorded is kept, that of the latest.</summary>
    private static void Value(Event e, Dictionary<Guid, DateTimeOffset> valued, params ReadOnlySpan<Guid?> customers)
    {
        foreach (var customer in customers)
            if (customer is { } id) valued[id] = e.Timestamp;
    }

    /// <summary>A class as rules name it.</summary>
    public static string Code(CustomerLifecycle lifecycle) => JsonNamingPolicy.CamelCase.ConvertName(lifecycle.ToString());

    /// <summary>Thresholds are in CNY; there are no rates to count another currency by.</summary>
    private static decimal Yuan(Money? amount) => amount is { Currency: "CNY" } yuan ? yuan.Amount : 0;
}
