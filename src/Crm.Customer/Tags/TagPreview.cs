using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Customers;

/// <summary>Asks how many customers a rule would give a tag to, now and at the end of past months. Nothing is written.</summary>
/// <param name="Conditions">One to five that must all hold.</param>
internal sealed record PreviewTagRule(TagCondition[]? Conditions)
{
    internal sealed class Validator : AbstractValidator<PreviewTagRule>
    {
        public Validator()
        {
            RuleFor(x => x.Conditions).NotNull();
            RuleFor(x => x.Conditions).Conditions();
        }
    }
}

/// <summary>How many customers had a tag at an instant.</summary>
/// <param name="At">The instant: the beginning of a month in the organisation's zone, or now.</param>
/// <param name="Count">Customers.</param>
internal sealed record TagCount(DateTimeOffset At, long Count);

/// <summary>How many customers had a tag.</summary>
/// <param name="Now">Those who have it now.</param>
/// <param name="Months">At the beginning of each of the last twelve months, and now; oldest first.</param>
internal sealed record TagCounts(long Now, IReadOnlyList<TagCount> Months);

/// <summary><c>POST /tags/preview</c> and <c>GET /tags/{id}/counts</c>: membership by month, of a rule that is thought of and of a tag there is.</summary>
internal static class TagPreviewFeature
{
    public static void Map(IEndpointRouteBuilder tags)
    {
        tags.MapOperation<PreviewTagRule>("preview", Right.Create("tags"), 200, async (command, _, scope) =>
        {
            var periods = MembershipSql.Periods(
                """
                select '00000000-0000-0000-0000-000000000000'::uuid as tag, c.ordinality::int as place, c.value->>'kind' as kind, (c.value->>'atLeast')::numeric as at_least, (c.value->>'days')::int as days,
                  (c.value->>'times')::numeric as times, case when jsonb_typeof(c.value->'values') = 'array' then array(select jsonb_array_elements_text(c.value->'values')) end as vals
                from jsonb_array_elements($2) with ordinality c
                """, "customer.tag_facts", "customer.tier_periods", "customer.tag_cadence", "customer_id is not null");
            return await CountAsync(scope.Http, scope.Store, periods, "periods p", JsonSerializer.Serialize(command.Conditions, EventSerializer.Options), NpgsqlDbType.Jsonb);
        }, keepsAnswer: false).Reads(TagPeriods.ProjectionName).Produces<TagCounts>();
        tags.MapGet("{id:guid}/counts", async (HttpContext http, Guid id, DocumentStore store) =>
        {
            if (await store.Query.AggregateStreamAsync<Tag>(id, ct: http.RequestAborted) is not { Retired: false } tag) throw ProblemException.NotFound();
            return await CountAsync(http, store, "with periods as (select customer_id, valid_from, valid_to from customer.tag_periods where tag = $2)", "periods p", tag.Name, NpgsqlDbType.Text);
        }).Requires(Right.View("tags")).Reads(TagPeriods.ProjectionName).WithName("GetTagCounts").ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<TagCounts> CountAsync(HttpContext http, DocumentStore store, string with, string periods, object of, NpgsqlDbType type)
    {
        var parameters = new SqlParameters();
        parameters.Add(Months(store).Select(i => i.UtcDateTime).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        parameters.Add(of, type);
        var visible = Access.Of(http).Visible(http.RequestServices.GetRequiredService<Resource<Customer>>(), "d", "customer.customers", false)?.Invoke(parameters) ?? "true";
        await using var batch = store.DataSource.CreateBatch();
        batch.Timeout = 120;
        var command = new NpgsqlBatchCommand(with + " select i.at, (select count(distinct p.customer_id) from " + periods
            + " join customer.customers d on d.id = p.customer_id where not d.deleted and p.valid_from <= i.at and p.valid_to > i.at and " + visible + ") from unnest($1) i(at) order by i.at");
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
        var counts = new List<TagCount>();
        await using var reader = await batch.ExecuteReaderAsync(http.RequestAborted);
        while (await reader.ReadAsync(http.RequestAborted)) counts.Add(new TagCount(new DateTimeOffset(reader.GetDateTime(0)), reader.GetInt64(1)));
        return new TagCounts(counts[^1].Count, counts);
    }

    private static List<DateTimeOffset> Months(DocumentStore store)
    {
        var today = store.DayOf(store.Now);
        var first = new DateOnly(today.Year, today.Month, 1);
        return [.. Enumerable.Range(0, 12).Select(i => store.StartOf(first.AddMonths(i - 11))), store.Now];
    }
}
