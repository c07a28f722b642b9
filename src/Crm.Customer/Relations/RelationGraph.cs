using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Customers;

/// <summary>Somebody in the graph around a customer.</summary>
/// <param name="Id">The customer or contact.</param>
/// <param name="Type"><c>customer</c>, <c>contact</c> of the customer in the middle, or <c>decider</c>: a name that stands in its open opportunities and is no contact's.</param>
/// <param name="Name">Its name; null where it may not be seen.</param>
/// <param name="IsHidden">Whether the caller may not see it; it leads nowhere then.</param>
/// <param name="Depth">Steps from the customer in the middle, which has 0.</param>
/// <param name="Kind">Company or person, of a customer.</param>
/// <param name="Lifecycle">Where a customer stands.</param>
/// <param name="Position">A contact's position.</param>
/// <param name="DecisionRole">A contact's part in decisions.</param>
/// <param name="Decides">The open opportunities that a contact or a decider decides on, of those the caller may see; null for none.</param>
internal sealed record GraphNode(
    Guid Id, string Type, string? Name, bool IsHidden, int Depth, CustomerKind? Kind = null, CustomerLifecycle? Lifecycle = null, string? Position = null, string? DecisionRole = null,
    IReadOnlyList<DecidedOn>? Decides = null);

/// <summary>An opportunity that somebody decides on.</summary>
/// <param name="OpportunityId">The opportunity.</param>
/// <param name="Name">Its name; null where it may not be seen.</param>
internal sealed record DecidedOn(Guid OpportunityId, string? Name);

/// <summary>What lies between two of them.</summary>
/// <param name="From">One.</param>
/// <param name="To">The other.</param>
/// <param name="Type"><c>relation</c>; <c>parent</c> where <paramref name="To"/> belongs to <paramref name="From"/>; <c>contact</c> and <c>decider</c> where <paramref name="To"/> is a contact of it or decides on what it buys.</param>
/// <param name="Kind">Of a relation: what <paramref name="To"/> is to <paramref name="From"/>.</param>
/// <param name="IsOver">Of a relation: whether its last day lies before today.</param>
internal sealed record GraphEdge(Guid From, Guid To, string Type, RelationKind? Kind = null, bool IsOver = false);

/// <summary>The graph around a customer.</summary>
/// <param name="Nodes">The customer first, then by distance.</param>
/// <param name="Edges">Between these nodes only.</param>
/// <param name="IsCut">Whether there are more than are told.</param>
internal sealed record CustomerGraph(IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphEdge> Edges, bool IsCut);

/// <summary>
/// <c>GET /customers/{id}/graph?depth=1</c>: whom a customer is related to, the group it belongs to, its contacts and who decides on its open opportunities, with <c>depth=2</c> also
/// those around these. At most 60 customers, 20 contacts and 10 other deciders; those who left are not in it. It goes no further through a customer that the caller may not see.
/// </summary>
internal static class RelationGraph
{
    private const int MostCustomers = 60;

    private const int MostContacts = 20;

    private const int MostDeciders = 10;

    public static void Map(IEndpointRouteBuilder customers) => customers.MapGet("{id:guid}/graph", async (HttpContext http, DocumentStore store, Guid id, int? depth) =>
    {
        if (AsOf.Of(http).At is not null) throw ProblemException.Invalid("query.asOf", "as_of_not_supported", "关系图只反映当前情况。", "The graph of a customer is that of now only.");
        if (depth is not (null or 1 or 2)) throw ProblemException.Invalid("query.depth", "out_of_range", "depth 只能是 1 或 2。", "depth must be 1 or 2.");
        var customer = await PartLists.SeenAsync(http, store, id);
        http.Response.Headers.CacheControl = "private, no-cache";
        var (nodes, edges) = await ReadAsync(http, store, customer.Id, depth ?? 1);
        var contacts = customer.Contacts.Where(c => c is { LeftAt: null, Erased: false }).OrderByDescending(c => c.IsPrimary).ThenBy(c => c.DecisionRole is null).ThenBy(c => c.Name, StringComparer.Ordinal).ToList();
        var isCut = nodes.Count > MostCustomers || contacts.Count > MostContacts;
        nodes = [.. nodes.Take(MostCustomers)];
        var kept = nodes.Select(n => n.Id).ToHashSet();
        foreach (var contact in contacts.Take(MostContacts).Select(c => Masking.SeenBy(c, "customers", "contacts", http, store)))
        {
            var contactId = contact["id"]!.GetValue<Guid>();
            nodes.Add(new(contactId, "contact", Text(contact, "name"), false, 1, Position: Text(contact, "position"), DecisionRole: Text(contact, "decisionRole")));
            edges.Add(new(customer.Id, contactId, "contact"));
            kept.Add(contactId);
        }
        isCut |= Decide(customer.Id, nodes, edges, await http.RequestServices.GetRequiredService<IDeciders>().OfAsync(customer.Id, http));
        kept.UnionWith(nodes.Select(n => n.Id));
        return new CustomerGraph(nodes, [.. edges.Where(e => kept.Contains(e.From) && kept.Contains(e.To))], isCut);
    }).Requires(Right.View("customers")).Reads("customer.customers").WithName("GetRelationGraph").Produces<CustomerGraph>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    /// <summary>Adds who decides: a name that is a contact's is that contact's, the others stand beside the contacts.</summary>
    /// <returns>Whether there are more than are told.</returns>
    private static bool Decide(Guid customer, List<GraphNode> nodes, List<GraphEdge> edges, IReadOnlyList<Decider> deciders)
    {
        var others = 0;
        foreach (var decides in deciders.Where(d => d.Name.Trim().Length > 0).GroupBy(d => d.Name.Trim().ToLowerInvariant()))
        {
            DecidedOn[] of = [.. decides.Select(d => new DecidedOn(d.OpportunityId, d.OpportunityName)).Distinct()];
            var place = nodes.FindIndex(n => n.Type == "contact" && n.Name?.Trim().ToLowerInvariant() == decides.Key);
            if (place >= 0) nodes[place] = nodes[place] with { Decides = of };
            else if (++others <= MostDeciders)
            {
                // The same name is the same node whenever the graph is read.
                var id = new Guid(System.Security.Cryptography.SHA256.HashData([.. customer.ToByteArray(), .. System.Text.Encoding.UTF8.GetBytes(decides.Key)])[..16]);
                nodes.Add(new(id, "decider", decides.First().Name.Trim(), false, 1, Decides: of));
                edges.Add(new(customer, id, "decider"));
            }
        }
        return others > MostDeciders;
    }

    private static async Task<(List<GraphNode>, List<GraphEdge>)> ReadAsync(HttpContext http, DocumentStore store, Guid id, int depth)
    {
        var (access, parameters) = (Access.Of(http), new SqlParameters());
        var (root, steps, today) = (parameters.Add(id, NpgsqlDbType.Uuid), parameters.Add(depth, NpgsqlDbType.Integer), parameters.Add(store.DayOf(store.Now), NpgsqlDbType.Date));
        var visible = access.Visible(http.RequestServices.GetRequiredService<Resource<Customer>>(), "c", "customer.customers", false)?.Invoke(parameters) ?? "true";
        await using var batch = store.DataSource.CreateBatch();
        // Every step: related customers, the parent, those below; each end is the customer that stayed where it was merged away.
        var command = new NpgsqlBatchCommand($"""
            with recursive around as (
              select c.id, 0 as depth, true as seen from customer.customers c where c.id = {root}
              union
              select c.id, a.depth + 1, coalesce({visible}, false)
              from around a
                cross join lateral (
                  (select coalesce(k.merged_into, r.other_id) as id from customer.relations r
                    left join customer.match_keys k on k.customer_id = r.other_id and k.field = 'name' where r.customer_id = any(customer.holders(a.id)) and r.recorded_to is null and not r.removed order by r.id desc limit {MostCustomers + 1})
                  union
                  select coalesce(k.merged_into, (p.doc->>'parentId')::uuid) from customer.customers p left join customer.match_keys k on k.customer_id = (p.doc->>'parentId')::uuid and k.field = 'name' where p.id = a.id
                  union
                  (select s.id from customer.customers s where (s.doc->>'parentId')::uuid = any(customer.holders(a.id)) and not s.deleted limit {MostCustomers + 1})) n(id)
                join customer.customers c on c.id = n.id and not c.deleted and c.id <> a.id
              where a.depth < {steps} and a.seen),
            nodes as (select a.id, min(a.depth) as depth, bool_or(a.seen) as seen from around a group by a.id order by min(a.depth), a.id limit {MostCustomers + 1}),
            edges as (
              select n.id as of, o.id as other, 'relation' as type, r.id as relation, r.kind, coalesce((r.doc->>'to')::date < {today}, false) as over
              from nodes n join customer.relations r on r.customer_id = any(customer.holders(n.id)) and r.recorded_to is null and not r.removed
                left join customer.match_keys k on k.customer_id = r.other_id and k.field = 'name' join nodes o on o.id = coalesce(k.merged_into, r.other_id) and o.id <> n.id
              where n.seen or o.seen
              union all
              select p.id, n.id, 'parent', null, null, false
              from nodes n join customer.customers c on c.id = n.id left join customer.match_keys k on k.customer_id = (c.doc->>'parentId')::uuid and k.field = 'name'
                join nodes p on p.id = coalesce(k.merged_into, (c.doc->>'parentId')::uuid) and p.id <> n.id
              where n.seen or p.seen)
            select 0, n.id, null::uuid, n.depth, n.seen, case when n.seen then c.doc->>'name' end, case when n.seen then c.doc->>'kind' end, case when n.seen then c.doc->>'lifecycle' end, null, false
              from nodes n join customer.customers c on c.id = n.id
            union all
            -- A relation is told by both; of a pair the one that is nearer, so that the kind reads outwards.
            select 1, e.of, e.other, 0, true, null, e.type, e.kind, e.relation::text, e.over
              from edges e join nodes a on a.id = e.of join nodes b on b.id = e.other where e.type = 'parent' or (a.depth, a.id) < (b.depth, b.id)
            order by 1, 4, 2
            """);
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
        var (nodes, edges, names) = (new List<GraphNode>(), new List<GraphEdge>(), RelationList.ShowsName(http));
        await using var reader = await batch.ExecuteReaderAsync(http.RequestAborted);
        while (await reader.ReadAsync(http.RequestAborted))
            if (reader.GetInt32(0) == 0)
                nodes.Add(new(reader.GetGuid(1), "customer", names ? reader.Text(5) : null, !reader.GetBoolean(4), reader.GetInt32(3), reader.Code<CustomerKind>(6), reader.Code<CustomerLifecycle>(7)));
            else edges.Add(new(reader.GetGuid(1), reader.GetGuid(2), reader.GetString(6), reader.Code<RelationKind>(7), reader.GetBoolean(9)));
        // What customers that are one now told of the same other one is one line.
        return (nodes, [.. edges.OrderBy(e => e.IsOver).DistinctBy(e => (e.From, e.To, e.Type, e.Kind))]);
    }

    private static string? Text(JsonNode json, string member) => json[member]?.ToString();
}
