using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>The follow-ups of every customer.</summary>
internal sealed class FollowUps : TableProjection
{
    public override string Name => "customer.follow_ups";

    /// <summary>4: with users and contacts who took part.</summary>
    public override int Version => 4;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(FollowUpLogged), typeof(FollowUpCorrected), typeof(FollowUpRemoved), typeof(CustomerErased), typeof(ContactErased)];

    public override void Project(Event e, SqlBatch sql)
    {
        if (e.Data is CustomerErased)
        {
            sql.Add($$"""
                update {{sql.Table("customer.follow_ups")}} set doc = doc || '{"summary": "", "objections": null, "changedNeeds": null, "promises": null, "participants": [], "participantContactIds": []}'
                  || case when doc->'next' = 'null' then '{}' else jsonb_build_object('next', doc->'next' || '{"goal": null}') end
                where customer_id = {{e.StreamId}}
                """);
            return;
        }
        if (e.Data is ContactErased { ContactId: var erased })
        {
            sql.Add($"""
                update {sql.Table("customer.follow_ups")} set doc = jsonb_set(doc, array['participantContactIds'], (doc->'participantContactIds') - {erased.ToString()}::text)
                where customer_id = {e.StreamId} and doc->'participantContactIds' ? {erased.ToString()}
                """);
            return;
        }
        if (e.Data is FollowUpRemoved gone)
        {
            sql.Add($"delete from {sql.Table("customer.follow_ups")} where id = {gone.FollowUpId}");
            return;
        }
        if (e.Data is FollowUpCorrected c)
        {
            var corrected = new FollowUp(c.FollowUpId, c.At, c.Method, c.Summary, c.Objections, c.ChangedNeeds, c.Promises, c.Participants ?? [], null, "", null, e.Timestamp, [], c.ParticipantUserIds ?? [], c.ParticipantContactIds ?? []);
            // What was planned then, its files, who wrote it and when stay as they were.
            sql.Add($"""
                update {sql.Table("customer.follow_ups")} set doc = doc || ({SqlBatch.Json(e.SealedJson(corrected, e.StreamId))} - array['next', 'authorId', 'authorName', 'createdAt', 'attachmentIds'])
                where id = {c.FollowUpId}
                """);
            return;
        }
        var x = (FollowUpLogged)e.Data;
        var doc = new FollowUp(x.FollowUpId, x.At, x.Method, x.Summary, x.Objections, x.ChangedNeeds, x.Promises, x.Participants ?? [], x.Next, e.Context.UserName, null, e.Timestamp, x.AttachmentIds ?? [], x.ParticipantUserIds ?? [], x.ParticipantContactIds ?? []);
        sql.Add($"""
            insert into {sql.Table("customer.follow_ups")} (id, customer_id, doc, effective_at, recorded_at)
            values ({x.FollowUpId}, {e.StreamId}, {SqlBatch.Json(e.SealedJson(doc, e.StreamId))}, {e.EffectiveAt}, {e.Timestamp})
            on conflict (id) do update set customer_id = excluded.customer_id, doc = excluded.doc
            """);
    }
}

/// <summary><c>GET /customers/{id}/follow-ups</c>: newest first, with the parameters of every list.</summary>
internal static class FollowUpList
{
    private static readonly ListSource Source = new(FieldMap.Of<FollowUp>().Without("people").Add("participantUserIds", FieldType.TextList, "(d.doc->'participantUserIds')", nullable: false)
        .Add("participantContactIds", FieldType.TextList, "(d.doc->'participantContactIds')", nullable: false).Add("authorName", FieldType.Text, "u.name"), "customer.follow_ups")
    {
        Joins = "left join customer.users u on u.id = d.doc->>'authorId' left join customer.users n on n.id = d.doc->'next'->>'ownerId'",
        Select = """
            d.doc || jsonb_build_object('authorName', u.name, 'people', coalesce(
              (select jsonb_agg(jsonb_build_object('type', 'user', 'id', p.id, 'name', w.name) order by p.place) from jsonb_array_elements_text(d.doc->'participantUserIds') with ordinality as p(id, place)
                left join customer.users w on w.id = p.id), '[]') || coalesce(
              (select jsonb_agg(jsonb_build_object('type', 'contact', 'id', p.id, 'name', c.name) order by p.place) from jsonb_array_elements_text(d.doc->'participantContactIds') with ordinality as p(id, place)
                left join lateral (select k->'name' as name from customer.customers x cross join lateral jsonb_array_elements(x.doc->'contacts') k
                  where x.id in (d.customer_id, (select m.merged_into from customer.match_keys m where m.customer_id = d.customer_id and m.field = 'name')) and k->>'id' = p.id order by x.deleted limit 1) c on true), '[]')) || case when d.doc->'next' = 'null' then '{}'
              else jsonb_build_object('next', d.doc->'next' || jsonb_build_object('ownerName', n.name)) end
            """,
        Sort = "-at",
        Search = ListSource.NotSearched,
    };

    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapPartList<FollowUp>("{id:guid}/follow-ups", Source, (_, customer) =>
            customer.Merges.IsEmpty ? $"d.customer_id = {customer.Id}" : (FormattableString)$"d.customer_id = any({customer.Merges.Select(m => m.SourceId).Prepend(customer.Id).ToArray()})", Show);

    /// <summary>Without the names of contacts for whom they are hidden.</summary>
    private static string Show(Access access, string row)
    {
        if (ShowsContacts(access)) return row;
        var item = JsonNode.Parse(row)!.AsObject();
        foreach (var person in item["people"]?.AsArray() ?? []) if (person!["type"]!.ToString() == "contact") person["name"] = null;
        return item.ToJsonString(EventSerializer.Documents);
    }

    private static bool ShowsContacts(Access access) => !access.Limits.Of("customers").Any(l => l.Key is "contacts" or "contacts.name" && l.Value <= FieldLevel.Masked);

    /// <summary>Who took part, after a command.</summary>
    public static async Task<FollowUpPerson[]> PeopleAsync(PartScope<Customer> part, Guid[]? users, Guid[]? contacts)
    {
        var names = users is null ? null : await part.Command.Service<IUserDirectory>().NamesAsync(users.Select(u => u.ToString()), part.Command.Aborted);
        var shows = ShowsContacts(Access.Of(part.Command.Http));
        return [.. (users ?? []).Select(u => new FollowUpPerson("user", u, names!.GetValueOrDefault(u.ToString()))),
            .. (contacts ?? []).Select(c => new FollowUpPerson("contact", c, shows ? part.State.Contacts.FirstOrDefault(k => k.Id == c)?.Name : null))];
    }
}
