using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Customers;

/// <summary>What a tag or a tier follows from.</summary>
/// <param name="Kind"><c>won ticket openTicket openOpportunity lifecycle followUp registered</c>.</param>
/// <param name="At">Since when it counts: the business date of a won opportunity, the time of a follow-up.</param>
/// <param name="Amount">CNY, for <c>won</c>.</param>
/// <param name="Value">The type of a ticket, or the lifecycle.</param>
/// <param name="RecordId">The opportunity or the ticket.</param>
internal sealed record TagReason(string Kind, DateTimeOffset At, decimal? Amount, string? Value, Guid? RecordId);

/// <summary>A tag of a customer.</summary>
/// <param name="Name">What it is called now.</param>
/// <param name="TagId">The tag of the catalogue; null for a free tag.</param>
/// <param name="Dimension">Its dimension; null for a free tag.</param>
/// <param name="Color">Its colour; null for a free tag.</param>
/// <param name="Computed">Whether a rule gives it.</param>
/// <param name="Since">Since when the customer has it.</param>
/// <param name="Until">When it ends if nothing else happens; null if it does not by itself.</param>
/// <param name="Because">What a rule found, the latest first, at most 20.</param>
internal sealed record CustomerTag(string Name, Guid? TagId, string? Dimension, string? Color, bool Computed, DateTimeOffset? Since, DateTimeOffset? Until, IReadOnlyList<TagReason> Because);

/// <summary>The tags of a customer and its value tier, with what they follow from.</summary>
/// <param name="Tier"><c>A B C D</c>.</param>
/// <param name="ComputedTier">The tier without what people have set.</param>
/// <param name="TierSource"><c>manual computed</c>.</param>
/// <param name="TierSince">Since when.</param>
/// <param name="TierUntil">When it changes if nothing else happens.</param>
/// <param name="TierBecause">The opportunities that count, the latest first, at most 20.</param>
/// <param name="Tags">By dimension and name; free tags last.</param>
internal sealed record CustomerTagsView(
    string Tier, string ComputedTier, string TierSource, DateTimeOffset? TierSince, DateTimeOffset? TierUntil, IReadOnlyList<TagReason> TierBecause, IReadOnlyList<CustomerTag> Tags);

/// <summary><c>GET /customers/{id}/tags</c>: why a customer has the tags and the tier it has, now or with <c>asOf</c> at a past instant.</summary>
internal static class CustomerTags
{
    public static void Map(IEndpointRouteBuilder customers) => customers.MapGet("{id:guid}/tags", async (HttpContext http, Guid id) =>
    {
        var store = http.RequestServices.GetRequiredService<DocumentStore>();
        var (asOf, _) = AsOf.Of(http);
        if (await store.Query.AggregateStreamAsync<Customer>(id, ct: http.RequestAborted) is not { Deleted: false } customer) throw ProblemException.NotFound();
        await Access.Of(http).SeesAsync(http.RequestServices.GetRequiredService<Resource<Customer>>(), customer, http.RequestAborted);
        return await ReadAsync(id, asOf ?? store.Now, store, http.RequestAborted);
    }).Requires(Right.View("customers")).Reads(TagPeriods.ProjectionName, "customer.tags").WithName("GetCustomerTags").ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    private static async Task<CustomerTagsView> ReadAsync(Guid id, DateTimeOffset at, DocumentStore store, CancellationToken ct)
    {
        await using var batch = store.DataSource.CreateBatch();
        foreach (var sql in (string[])[
            """
            select p.tag, t.id, t.doc->>'dimension', t.doc->>'color', p.computed, p.valid_from, nullif(p.valid_to, 'infinity')
            from customer.tag_periods p left join customer.tags t on t.doc->>'name' = p.tag and not (t.doc->>'retired')::boolean
            where p.customer_id = $1 and p.valid_from <= $2 and p.valid_to > $2
            order by array_position(array['value', 'need', 'status'], t.doc->>'dimension') nulls last, t.doc->>'dimension' nulls last, p.tag, p.computed
            """,
            """
            select r.name, f.kind, f.valid_from, f.amount, f.value, f.ref from customer.tag_rules r join customer.tag_conditions c on c.tag_id = r.tag_id
            join customer.tag_facts f on f.customer_id = $1 and f.kind = any(case c.kind when 'wonAmount' then array['won'] when 'ticketsOpened' then array['ticket'] when 'openTickets' then array['openTicket']
                when 'openOpportunities' then array['openOpportunity'] when 'lifecycle' then array['lifecycle'] else array['followUp', 'registered'] end)
              and (c.vals is null or f.value = any(c.vals))
            where f.valid_from <= $2 and case c.kind when 'wonAmount' then least(f.valid_to, f.valid_from + make_interval(hours => 24 * c.days))
              when 'ticketsOpened' then f.valid_from + make_interval(hours => 24 * c.days) else f.valid_to end > $2
            order by f.valid_from desc, f.id limit 200
            """,
            "select tier, computed_tier, manual, valid_from, nullif(valid_to, 'infinity') from customer.tier_periods where customer_id = $1 and valid_from <= $2 and valid_to > $2",
            "select 'tier', f.kind, f.valid_from, f.amount, f.value, f.ref from customer.tag_facts f cross join (" + TierRule.Sql("customer.tier_rule") + """
            ) r
            where f.customer_id = $1 and f.kind = 'won' and f.valid_from <= $2 and least(f.valid_to, f.valid_from + make_interval(hours => 24 * r.days)) > $2 order by f.valid_from desc, f.id limit 20
            """])
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = at.UtcDateTime });
            batch.BatchCommands.Add(command);
        }
        await using var row = await batch.ExecuteReaderAsync(ct);
        var tags = new List<CustomerTag>();
        while (await row.ReadAsync(ct))
            tags.Add(new(row.GetString(0), row.IsDBNull(1) ? null : row.GetGuid(1), Text(2), Text(3), row.GetBoolean(4), Instant(5), Instant(6), []));
        await row.NextResultAsync(ct);
        var reasons = await Reasons();
        await row.NextResultAsync(ct);
        var (tier, computed, manual, since, until) = await row.ReadAsync(ct) ? (row.GetString(0), row.GetString(1), row.GetBoolean(2), Instant(3), Instant(4)) : ("D", "D", false, null, null);
        await row.NextResultAsync(ct);
        return new(tier, computed, manual ? "manual" : "computed", since, until, [.. (await Reasons())["tier"]],
            [.. tags.Select(t => t.Computed ? t with { Because = Latest(t.Name) } : t)]);

        IReadOnlyList<TagReason> Latest(string name) =>
            [.. reasons[name].Where((reason, i) => reason.Kind is not ("followUp" or "registered") || i == reasons[name].ToList().FindIndex(r => r.Kind is "followUp" or "registered")).Take(20)];
        async Task<ILookup<string, TagReason>> Reasons()
        {
            var all = new List<(string Tag, TagReason Reason)>();
            while (await row.ReadAsync(ct))
                all.Add((row.GetString(0), new(row.GetString(1), Instant(2)!.Value, row.IsDBNull(3) ? null : row.GetDecimal(3), Text(4), row.IsDBNull(5) ? null : row.GetGuid(5))));
            return all.ToLookup(r => r.Tag, r => r.Reason);
        }
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        DateTimeOffset? Instant(int column) => row.IsDBNull(column) ? null : new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero);
    }
}
