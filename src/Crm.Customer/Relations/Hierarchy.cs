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

/// <summary>Sums of opportunities in one currency; amounts of several are not added up.</summary>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Open">What the open ones are worth.</param>
/// <param name="Won">What was won.</param>
internal sealed record GroupAmounts(string Currency, decimal Open, decimal Won);

/// <summary>A customer of a group of companies.</summary>
/// <param name="Id">The customer.</param>
/// <param name="ParentId">Above it in the answer; null for the uppermost of its list.</param>
/// <param name="Depth">How far from the customer that was asked for: 0 for itself, 1 for its subsidiaries, −1 for its parent.</param>
/// <param name="IsHidden">Whether the caller may not see it: it is told only where it lies between others, without anything of it and not in any sum.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Company or person.</param>
/// <param name="Lifecycle">Where it stands.</param>
/// <param name="OwnerId">Who is responsible.</param>
/// <param name="OwnerName">The name of who is responsible.</param>
/// <param name="Own">Its own opportunities by currency; null where the caller may not see amounts, and for ancestors.</param>
/// <param name="Total">With those of all below it in the answer; null as <paramref name="Own"/>.</param>
/// <param name="OpenOpportunities">How many of its own are open.</param>
/// <param name="Descendants">How many are below it in the answer, hidden ones not counted.</param>
internal sealed record GroupMember(
    Guid Id, Guid? ParentId, int Depth, bool IsHidden, string? Name, CustomerKind? Kind, CustomerLifecycle? Lifecycle, Guid? OwnerId, string? OwnerName,
    IReadOnlyList<GroupAmounts>? Own, IReadOnlyList<GroupAmounts>? Total, int OpenOpportunities, int Descendants);

/// <summary>The group of companies around a customer.</summary>
/// <param name="Ancestors">Above it, uppermost first, at most 30.</param>
/// <param name="Members">The customer and all below it, each after the one it belongs to.</param>
/// <param name="IsCut">Whether there are more below it than are told.</param>
/// <param name="Limit">How many are told at most.</param>
internal sealed record CustomerHierarchy(IReadOnlyList<GroupMember> Ancestors, IReadOnlyList<GroupMember> Members, bool IsCut, int Limit);

/// <summary>
/// <c>GET /customers/{id}/hierarchy</c>: ancestors and all subsidiaries with their figures, of what the caller may see. Those of a customer that was merged away are below the one
/// that stayed. A circle of parents, which an import or a merge that is taken back can leave, is told as far as it does not repeat.
/// </summary>
internal static class Hierarchy
{
    /// <summary>Most members of an answer, nearest first.</summary>
    public const int Most = 500;

    private sealed record Row(Guid Id, Guid? Parent, int Depth, bool Seen, string? Name, CustomerKind? Kind, CustomerLifecycle? Lifecycle, Guid? Owner, string? OwnerName, int Open, Dictionary<string, (decimal Open, decimal Won)> Amounts);

    public static void Map(IEndpointRouteBuilder customers) => customers.MapGet("{id:guid}/hierarchy", async (HttpContext http, DocumentStore store, Guid id) =>
    {
        if (AsOf.Of(http).At is not null) throw ProblemException.Invalid("query.asOf", "as_of_not_supported", "客户层级只反映当前情况。", "The hierarchy of a customer is that of now only.");
        var customer = await PartLists.SeenAsync(http, store, id);
        http.Response.Headers.CacheControl = "private, no-cache";
        var (rows, isCut) = await ReadAsync(http, store, customer.Id);
        var access = Access.Of(http);
        var amounts = !access.Limits.Of("opportunities").TryGetValue("amount", out var level) || level > FieldLevel.Masked;
        return new CustomerHierarchy([.. rows.Where(r => r.Depth < 0).OrderBy(r => r.Depth).Select(r => Shown(r, null, null, 0))], Members(rows, customer.Id, amounts), isCut, Most);
    }).Requires(Right.View("customers")).Reads("customer.customers", "customer.dealings").WithName("GetHierarchy").Produces<CustomerHierarchy>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    /// <summary>Each after the one it belongs to, with the sums of all below; who may not be seen is left out unless somebody below may.</summary>
    private static List<GroupMember> Members(IReadOnlyList<Row> rows, Guid root, bool amounts)
    {
        var below = rows.Where(r => r.Depth > 0).ToLookup(r => r.Parent!.Value);
        var members = new List<GroupMember>();
        if (rows.FirstOrDefault(r => r.Id == root && r.Depth == 0) is { } first) Add(first);
        return members;

        (Dictionary<string, (decimal Open, decimal Won)> Total, int Count) Add(Row row)
        {
            var place = members.Count;
            members.Add(null!);
            var (total, count) = (row.Amounts.ToDictionary(), 0);
            foreach (var child in below[row.Id].OrderBy(r => r.Name is null).ThenBy(r => r.Name, StringComparer.Ordinal).ThenBy(r => r.Id))
            {
                var (sum, descendants) = Add(child);
                foreach (var (currency, amount) in sum) total[currency] = total.TryGetValue(currency, out var known) ? (known.Open + amount.Open, known.Won + amount.Won) : amount;
                count += descendants + (child.Seen ? 1 : 0);
            }
            if (!row.Seen && count == 0) members.RemoveRange(place, members.Count - place);
            else members[place] = Shown(row, amounts && row.Seen ? Sums(row.Amounts) : null, amounts && row.Seen ? Sums(total) : null, count);
            return (total, count);
        }
    }

    private static GroupMember Shown(Row row, IReadOnlyList<GroupAmounts>? own, IReadOnlyList<GroupAmounts>? total, int descendants) =>
        new(row.Id, row.Depth == 0 ? null : row.Parent, row.Depth, !row.Seen, row.Name, row.Kind, row.Lifecycle, row.Owner, row.OwnerName, own, total, row.Open, descendants);

    private static GroupAmounts[] Sums(Dictionary<string, (decimal Open, decimal Won)> sums) =>
        [.. sums.Where(s => s.Value != default).OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => new GroupAmounts(s.Key, s.Value.Open, s.Value.Won))];

    private static async Task<(IReadOnlyList<Row> Rows, bool IsCut)> ReadAsync(HttpContext http, DocumentStore store, Guid id)
    {
        var (access, parameters) = (Access.Of(http), new SqlParameters());
        var root = parameters.Add(id, NpgsqlDbType.Uuid);
        var visible = access.Visible(http.RequestServices.GetRequiredService<Resource<Customer>>(), "c", "customer.customers", false)?.Invoke(parameters) ?? "true";
        var deals = access.Rows(Right.View("opportunities"));
        var (all, owners, nobody) = (parameters.Add(deals.IsAll, NpgsqlDbType.Boolean), parameters.Add(deals.Owners, NpgsqlDbType.Array | NpgsqlDbType.Uuid), parameters.Add(deals.OfNobody, NpgsqlDbType.Boolean));
        await using var batch = store.DataSource.CreateBatch();
        // The paths end what goes in a circle; what is read of a walk down ends with the limit, as nothing sorts it before.
        var command = new NpgsqlBatchCommand($"""
            with recursive up as (
              select c.id, (c.doc->>'parentId')::uuid as above, 0 as depth, array[c.id] as path, null::uuid as parent from customer.customers c where c.id = {root}
              union all
              select p.id, (p.doc->>'parentId')::uuid, up.depth - 1, up.path || p.id, null::uuid
              from up left join customer.match_keys k on k.customer_id = up.above and k.field = 'name' join customer.customers p on p.id = coalesce(k.merged_into, up.above) and not p.deleted
              where not p.id = any(up.path) and up.depth > -30),
            down as (
              select c.id, 0 as depth, array[c.id] as path, null::uuid as parent from customer.customers c where c.id = {root}
              union all
              select c.id, down.depth + 1, down.path || c.id, down.id
              from down cross join lateral (select s.id from customer.customers s where (s.doc->>'parentId')::uuid = any(customer.holders(down.id)) and not s.deleted limit {Most + 1}) c
              where not c.id = any(down.path)),
            members as (select id, depth, parent from down limit {Most + 1}),
            everybody as (select id, depth, parent from members union all select id, depth, parent from up where depth < 0),
            worth as (
              select o.customer_id, o.currency, coalesce(sum(o.amount) filter (where o.kind = 'open'), 0) as open, coalesce(sum(o.amount) filter (where o.kind = 'won'), 0) as won,
                (count(*) filter (where o.kind = 'open'))::int as number
              from members m join customer.customers c on c.id = m.id join customer.opportunities o on o.customer_id = m.id
              where not o.deleted and ({all} or o.owner_id = any({owners}) or c.owner_id = any({owners}) or ({nobody} and c.owner_id is null))
              group by o.customer_id, o.currency)
            select e.id, e.parent, e.depth, s.seen, case when s.seen then c.doc->>'name' end, case when s.seen then c.doc->>'kind' end, case when s.seen then c.doc->>'lifecycle' end, case when s.seen then c.owner_id end,
              case when s.seen then u.name end, w.currency, coalesce(w.open, 0), coalesce(w.won, 0), coalesce(w.number, 0)
            from everybody e join customer.customers c on c.id = e.id cross join lateral (select coalesce({visible}, false) as seen) s
              left join customer.users u on u.id = c.owner_id::text left join worth w on w.customer_id = e.id and s.seen
            """);
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
        var rows = new Dictionary<(Guid, bool), Row>();
        await using (var reader = await batch.ExecuteReaderAsync(http.RequestAborted))
            while (await reader.ReadAsync(http.RequestAborted))
            {
                var (key, depth) = ((reader.GetGuid(0), reader.GetInt32(2) < 0), reader.GetInt32(2));
                if (!rows.TryGetValue(key, out var row))
                    rows[key] = row = new(key.Item1, reader.IsDBNull(1) ? null : reader.GetGuid(1), depth, reader.GetBoolean(3), RelationList.ShowsName(http) ? reader.Text(4) : null, reader.Code<CustomerKind>(5), reader.Code<CustomerLifecycle>(6),
                        reader.IsDBNull(7) ? null : reader.GetGuid(7), reader.Text(8), 0, []);
                rows[key] = row with { Open = row.Open + reader.GetInt32(12) };
                if (reader.Text(9) is { } currency) row.Amounts[currency] = (reader.GetDecimal(10), reader.GetDecimal(11));
            }
        var members = rows.Values.Where(r => r.Depth >= 0).OrderBy(r => r.Depth).ToList();
        var kept = members.Take(Most).ToList();
        return ([.. rows.Values.Where(r => r.Depth < 0), .. kept], members.Count > Most);
    }
}
