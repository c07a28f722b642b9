using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>The follow-ups of every customer.</summary>
internal sealed class FollowUps : TableProjection
{
    public override string Name => "customer.follow_ups";

    public override int Version => 2;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(FollowUpLogged), typeof(CustomerErased)];

    public override void Project(Event e, SqlBatch sql)
    {
        if (e.Data is CustomerErased)
        {
            sql.Add($$"""
                update {{sql.Table("customer.follow_ups")}} set doc = doc || '{"summary": "", "objections": null, "changedNeeds": null, "promises": null, "participants": []}'
                  || case when doc->'next' = 'null' then '{}' else jsonb_build_object('next', doc->'next' || '{"goal": null}') end
                where customer_id = {{e.StreamId}}
                """);
            return;
        }
        var x = (FollowUpLogged)e.Data;
        var doc = new FollowUp(x.FollowUpId, x.At, x.Method, x.Summary, x.Objections, x.ChangedNeeds, x.Promises, x.Participants ?? [], x.Next, e.Context.UserName, null, e.Timestamp);
        sql.Add($"""
            insert into {sql.Table("customer.follow_ups")} (id, customer_id, doc, effective_at, recorded_at)
            values ({x.FollowUpId}, {e.StreamId}, {SqlBatch.Json(e.SealedJson(doc, e.StreamId))}, {e.EffectiveAt}, {e.Timestamp})
            on conflict (id) do nothing
            """);
    }
}

/// <summary><c>GET /customers/{id}/follow-ups</c>: newest first, with the parameters of every list.</summary>
internal static class FollowUpList
{
    private static readonly ListSource Source = new(FieldMap.Of<FollowUp>().Add("authorName", FieldType.Text, "u.name"), "customer.follow_ups")
    {
        Joins = "left join customer.users u on u.id = d.doc->>'authorId' left join customer.users n on n.id = d.doc->'next'->>'ownerId'",
        Select = """
            d.doc || jsonb_build_object('authorName', u.name) || case when d.doc->'next' = 'null' then '{}'
              else jsonb_build_object('next', d.doc->'next' || jsonb_build_object('ownerName', n.name)) end
            """,
        Sort = "-at",
    };

    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapPartList<FollowUp>("{id:guid}/follow-ups", Source, (_, customer) => $"d.customer_id = {customer.Id}");
}
