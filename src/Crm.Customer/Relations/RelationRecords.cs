using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;

namespace Crm.Customers;

/// <summary>Relations of a customer: with either of the two their words go, whoever said them.</summary>
internal sealed class RelationRecords(DocumentStore store) : IPersonalRecords
{
    public string Name => "relations";

    public async Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        if (contact is not null) return;
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        // Of two that are merged both are erased at once: then the first of them says it.
        var rows = (await connection.QueryAsync<(Guid Id, Guid Other, int Number)>(new CommandDefinition("""
            select d.id, d.other_id, d.number from customer.relations d
              left join customer.match_keys k on k.customer_id = d.customer_id and k.field = 'name' left join customer.match_keys o on o.customer_id = d.other_id and o.field = 'name'
            where d.customer_id = @customer and d.recorded_to is null and not d.erased
              and (coalesce(k.merged_into, d.customer_id) <> coalesce(o.merged_into, d.other_id) or d.customer_id < d.other_id)
            """, new { customer }, cancellationToken: ct))).ToList();
        if (rows.Count == 0) return;
        session.Append<Customer>(customer, null, rows.Select(r => new RelationErased(r.Id, customer, r.Other, r.Number + 1)));
        PersonalData.Destroy(session.Sql, [.. rows.Select(r => r.Id)]);
    }

    public async Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<string>(new CommandDefinition("""
            select (d.doc || jsonb_build_object('otherId', d.other_id))::text from customer.relations d where d.customer_id = @customer and d.recorded_to is null and not d.removed order by d.id
            """, new { customer }, cancellationToken: ct));
        IReadOnlyList<string> plain = store.Personal is { } personal ? await personal.OpenAsync([.. rows], null, ct) : [.. rows];
        return new JsonArray([.. plain.Select(r => JsonNode.Parse(r))]);
    }
}
