using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>One thing that happened with a customer, in any module.</summary>
/// <param name="Id">The event.</param>
/// <param name="Sequence">Its place in the log; among items of one instant the higher is the later.</param>
/// <param name="At">When it happened: the time of a follow-up, else the business date, else when it was recorded.</param>
/// <param name="RecordedAt">When it was recorded.</param>
/// <param name="Kind"><c>followUp task opportunity ticket contact change lifecycle owner tag import attachment relation</c>.</param>
/// <param name="Type">The event's stable name, for example <c>follow_up_logged</c>; readers word the sentence from it and the data.</param>
/// <param name="Title">What it is about, for readers that do not know the type.</param>
/// <param name="ActorId">Who did it.</param>
/// <param name="Source">Through what.</param>
/// <param name="Reason">Why, in the words of who did it.</param>
/// <param name="OpportunityId">The opportunity it is about.</param>
/// <param name="TicketId">The ticket it is about.</param>
/// <param name="Data">The event as stored.</param>
/// <param name="TaskId">The task it is about.</param>
internal sealed record TimelineItem(
    Guid Id, long Sequence, DateTimeOffset At, DateTimeOffset RecordedAt, string Kind, string Type, [property: Personal(PersonalKind.Text, Required = true)] string Title, string ActorId, string Source, [property: Personal(PersonalKind.Text, Required = true)] string? Reason,
    Guid? OpportunityId, Guid? TicketId, JsonObject Data, Guid? TaskId = null);

/// <summary>Everything that happened with a customer, one row an event and customer. Nothing is merged or left out: what is noise is for the reader to decide.</summary>
internal sealed class Timeline : TableProjection
{
    public override string Name => "customer.timeline";

    /// <summary>4: merges, the pool, files, tasks, plans and corrected follow-ups.</summary>
    public override int Version => 4;

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(CustomerRegistered), typeof(CustomerDetailsChanged), typeof(CustomerTagged), typeof(CustomerUntagged), typeof(CustomerOwnerChanged), typeof(CustomerLifecycleChanged),
        typeof(CustomerExternalKeySet), typeof(CustomerExternalKeyRemoved), typeof(CustomerArchived), typeof(CustomerRestored), typeof(CustomerDeleted), typeof(CustomerUndeleted),
        typeof(ContactAdded), typeof(ContactChanged), typeof(ContactRemoved), typeof(FollowUpLogged), typeof(FollowUpCorrected), typeof(FollowUpRemoved), typeof(FollowUpPlanned), typeof(FollowUpPlanDropped), typeof(TaskCreated), typeof(TaskCompleted), typeof(TaskErased), typeof(CustomerErased), typeof(ContactErased), typeof(TicketErased), typeof(CustomerMerged), typeof(CustomerMergedInto), typeof(CustomerUnmerged), typeof(CustomerUnmergedFrom), typeof(DuplicateDismissed), typeof(DuplicateReopened), typeof(ConsentGiven), typeof(ConsentWithdrawn),
        typeof(OpportunityOpened), typeof(OpportunityDetailsChanged), typeof(OpportunityOwnerChanged), typeof(OpportunityMoved), typeof(OpportunityWon), typeof(OpportunityLost),
        typeof(OpportunityReopened), typeof(OpportunityReviewed), typeof(OpportunityErased), typeof(OpportunityDeleted), typeof(OpportunityUndeleted),
        typeof(TicketOpened), typeof(TicketDetailsChanged), typeof(TicketAssigned), typeof(TicketAnswered), typeof(TicketResolved), typeof(TicketReopened), typeof(TicketRated), typeof(TicketClosed),
        typeof(CustomerPooled), typeof(CustomerClaimed), typeof(CustomerReturned), typeof(CustomerRecycleAnnounced),
        typeof(AttachmentAdded), typeof(AttachmentChanged), typeof(AttachmentRemoved), typeof(AttachmentRestored),
        typeof(RelationAdded), typeof(RelationChanged), typeof(RelationRemoved), typeof(RelationErased),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        var id = e.StreamId;
        switch (e.Data)
        {
            case CustomerRegistered x: Add(e, sql, id, e.Context.Source.StartsWith("import:", StringComparison.Ordinal) ? "import" : "change", x.Name); break;
            case CustomerDetailsChanged x: Add(e, sql, id, "change", x.Name ?? ""); break;
            case CustomerTagged x: Add(e, sql, id, "tag", x.Tag); break;
            case CustomerUntagged x: Add(e, sql, id, "tag", x.Tag); break;
            case CustomerOwnerChanged or CustomerPooled or CustomerClaimed or CustomerReturned or CustomerRecycleAnnounced: Add(e, sql, id, "owner", ""); break;
            case CustomerLifecycleChanged x: Add(e, sql, id, "lifecycle", x.Reason ?? ""); break;
            case CustomerExternalKeySet x: Add(e, sql, id, "change", $"{x.System}: {x.Value}"); break;
            case CustomerExternalKeyRemoved x: Add(e, sql, id, "change", $"{x.System}: {x.Value}"); break;
            case CustomerArchived or CustomerRestored or CustomerDeleted or CustomerUndeleted: Add(e, sql, id, "change", ""); break;
            case ContactAdded x: Add(e, sql, id, "contact", x.Name, person: x.ContactId); break;
            case ContactChanged x: Add(e, sql, id, "contact", x.Name ?? "", person: x.ContactId); break;
            case ContactRemoved x: Add(e, sql, id, "contact", x.Name, person: x.ContactId); break;
            case CustomerErased:
                Add(e, sql, id, "change", "");
                Scrub(sql, $"customer_id = {id} and doc->>'opportunityId' is null and doc->>'ticketId' is null and doc->>'type' <> 'customer_erased'");
                break;
            case ContactErased x:
                Add(e, sql, id, "contact", "");
                Scrub(sql, $"customer_id = {id} and doc->'data'->>'contactId' = {x.ContactId.ToString()} and doc->>'type' <> 'contact_erased'");
                break;
            case TicketErased x: Scrub(sql, $"customer_id = {x.CustomerId} and doc->>'ticketId' = {id.ToString()}"); break;
            case OpportunityErased x: Scrub(sql, $"customer_id = {x.CustomerId} and doc->>'opportunityId' = {id.ToString()}"); break;
            case CustomerMerged or CustomerMergedInto or CustomerUnmergedFrom or DuplicateDismissed or DuplicateReopened: Add(e, sql, id, "change", ""); break;
            case CustomerUnmerged x:
                Add(e, sql, id, "change", "");
                if (x.Assigned is { } assigned) sql.Add($"delete from {sql.Table("customer.timeline")} where customer_id = {id} and id = any({assigned})");
                break;
            case ConsentGiven x: Add(e, sql, id, "change", x.Purpose); break;
            case ConsentWithdrawn x: Add(e, sql, id, "change", x.Purpose); break;
            case AttachmentAdded x: Add(e, sql, id, "attachment", x.Name, person: x.ContactId); break;
            case AttachmentChanged x: Add(e, sql, id, "attachment", x.Name, person: x.ContactId); break;
            case AttachmentRemoved x: Add(e, sql, id, "attachment", x.Name, person: x.ContactId); break;
            case AttachmentRestored x: Add(e, sql, id, "attachment", x.Name, person: x.ContactId); break;
            case RelationAdded x: Relation(e, sql, x.RelationId, x.CustomerId, x.OtherId); break;
            case RelationChanged x: Relation(e, sql, x.RelationId, x.CustomerId, x.OtherId); break;
            case RelationRemoved x: Relation(e, sql, x.RelationId, x.CustomerId, x.OtherId); break;
            case RelationErased x: Scrub(sql, $"customer_id = any({new[] { x.CustomerId, x.OtherId }}) and doc->'data'->>'relationId' = {x.RelationId.ToString()} and doc->>'kind' = 'relation'"); break;
            case FollowUpLogged x: Add(e, sql, id, "followUp", x.Summary, x.At); break;
            case FollowUpCorrected x: Add(e, sql, id, "followUp", x.Summary, x.At); break;
            case FollowUpRemoved: Add(e, sql, id, "followUp", ""); break;
            case FollowUpPlanned x: Add(e, sql, id, "followUp", x.Goal ?? ""); break;
            case FollowUpPlanDropped: Add(e, sql, id, "followUp", ""); break;
            case TaskCreated x: Add(e, sql, x.CustomerId, "task", x.Title, task: id); break;
            case TaskCompleted x: Add(e, sql, x.CustomerId, "task", x.Title, task: id); break;
            case TaskErased x: Scrub(sql, $"customer_id = {x.CustomerId} and doc->>'taskId' = {id.ToString()}"); break;
            case OpportunityOpened x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case OpportunityDetailsChanged x: Opportunity(e, sql, x.Name, x.CustomerId, x.PreviousCustomerId); break;
            case OpportunityOwnerChanged x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case OpportunityMoved x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case OpportunityWon x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case OpportunityLost x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case OpportunityReopened x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case OpportunityReviewed x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case OpportunityDeleted x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case OpportunityUndeleted x: Opportunity(e, sql, x.Name, x.CustomerId); break;
            case TicketOpened x: Ticket(e, sql, $"{x.Number} {x.Subject}", x.CustomerId); break;
            case TicketDetailsChanged x: Ticket(e, sql, x.Number, x.CustomerId, x.PreviousCustomerId); break;
            case TicketAssigned x: Ticket(e, sql, x.Number, x.CustomerId); break;
            case TicketAnswered x: Ticket(e, sql, $"{x.Number} {x.Text}", x.CustomerId); break;
            case TicketResolved x: Ticket(e, sql, $"{x.Number} {x.Text}", x.CustomerId); break;
            case TicketReopened x: Ticket(e, sql, $"{x.Number} {x.Reason}", x.CustomerId); break;
            case TicketRated x: Ticket(e, sql, $"{x.Number} {x.Score}", x.CustomerId); break;
            case TicketClosed x: Ticket(e, sql, x.Number, x.CustomerId); break;
        }
    }

    /// <summary>An opportunity that went to another customer says so on both timelines.</summary>
    private static void Opportunity(Event e, SqlBatch sql, string title, params ReadOnlySpan<Guid?> customers)
    {
        foreach (var customer in customers) Add(e, sql, customer, "opportunity", title, opportunity: e.StreamId);
    }

    /// <summary>A relation is on the timelines of both; by the ids in its data each tells it from its side.</summary>
    private static void Relation(Event e, SqlBatch sql, Guid relation, params ReadOnlySpan<Guid?> customers)
    {
        foreach (var customer in customers) Add(e, sql, customer, "relation", "", person: relation);
    }

    private static void Ticket(Event e, SqlBatch sql, string title, params ReadOnlySpan<Guid?> customers)
    {
        foreach (var customer in customers) Add(e, sql, customer, "ticket", title, ticket: e.StreamId);
    }

    private static void Add(Event e, SqlBatch sql, Guid? customer, string kind, string title, DateTimeOffset? at = null, Guid? opportunity = null, Guid? ticket = null, Guid? person = null, Guid? task = null)
    {
        if (customer is not { } id) return;
        var item = new TimelineItem(
            e.Id, e.Sequence, at ?? e.EffectiveAt, e.Timestamp, kind, e.Type, title.Length == 0 ? e.Type : Short(title), e.Context.UserName, e.Context.Source, e.Context.Reason,
            opportunity, ticket, e.SealedData(), task);
        sql.AddRow((id, e.Id), $"""
            insert into {sql.Table("customer.timeline")} (id, customer_id, kind, doc, effective_at, recorded_at)
            values ({e.Id}, {id}, {kind}, {SqlBatch.Json(e.SealedJson(item, person ?? e.StreamId))}, {e.EffectiveAt}, {e.Timestamp})
            on conflict (customer_id, id) do nothing
            """);
    }

    /// <summary>Leaves of items of an erased person only that something happened: the same whether they were written before or after the keys were destroyed.</summary>
    private static void Scrub(SqlBatch sql, Statement where)
    {
        var update = new SqlBatch();
        update.Add(where);
        var condition = update.Commands[0];
        condition.CommandText = $$"""update {{sql.Table("customer.timeline").Value}} set doc = doc || jsonb_build_object('title', doc->'type', 'data', '{}'::jsonb, 'reason', null) where """ + condition.CommandText;
        sql.Add(condition);
    }

    /// <summary>The beginning, without half a surrogate pair at its end.</summary>
    private static string Short(string text) => text.Length <= 200 ? text : text[..(char.IsHighSurrogate(text[199]) ? 199 : 200)];
}
