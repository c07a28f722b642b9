using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Sums of a customer's opportunities in one currency; amounts of several are not added up.</summary>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Won">What was won altogether.</param>
/// <param name="WonLastYear">What was won in the last twelve months.</param>
/// <param name="Open">What the open opportunities are worth.</param>
internal sealed record CustomerAmounts(string Currency, decimal Won, decimal WonLastYear, decimal Open);

/// <summary>
/// A customer in figures (S005), of what the caller may see. Each is the count or sum of the rows that a list finds: opportunities by
/// <c>customerId</c> and <c>stageKind</c>, won in the last year by <c>closedOn</c>, tickets by <c>customerId</c> and <c>status</c>.
/// </summary>
/// <param name="Since">Since when it is on file.</param>
/// <param name="LastContactAt">When somebody was last in touch.</param>
/// <param name="Amounts">Sums by currency; null where the caller may not see amounts.</param>
/// <param name="WonSince">The first day of the last twelve months.</param>
/// <param name="OpenOpportunities">How many are open.</param>
/// <param name="WonOpportunities">How many were won.</param>
/// <param name="OpenTickets">How many tickets wait for a solution.</param>
/// <param name="Tickets">How many tickets there are.</param>
/// <param name="Satisfaction">The average score, 1 to 5, of the rated ones; null without any.</param>
/// <param name="Ratings">How many were rated.</param>
internal sealed record CustomerFigures(
    DateTimeOffset Since, DateTimeOffset? LastContactAt, IReadOnlyList<CustomerAmounts>? Amounts, DateOnly WonSince, int OpenOpportunities, int WonOpportunities, int OpenTickets, int Tickets,
    decimal? Satisfaction, int Ratings);

/// <summary><c>GET /customers/{id}/figures</c>.</summary>
internal static class CustomerFiguresFeature
{

    public static void Map(IEndpointRouteBuilder customers) => customers.MapGet("{id:guid}/figures", async (HttpContext http, DocumentStore store, Guid id) =>
    {
        if (AsOf.Of(http).At is not null)
            throw ProblemException.Invalid("query.asOf", "as_of_not_supported", "客户指标只反映当前情况。", "The figures of a customer are those of now only.");
        var customer = await PartLists.SeenAsync(http, store, id);
        var access = Access.Of(http);
        var (opportunities, tickets) = (access.Rows(Right.View("opportunities")), access.Rows(Right.View("tickets")));
        var wonSince = store.DayOf(store.Now).AddYears(-1).AddDays(1);
        await using var connection = await store.DataSource.OpenConnectionAsync(http.RequestAborted);
        await using var rows = await connection.QueryMultipleAsync(new CommandDefinition("""
            select currency, coalesce(sum(amount) filter (where kind = 'won'), 0), coalesce(sum(amount) filter (where kind = 'won' and closed_on >= @wonSince), 0),
              coalesce(sum(amount) filter (where kind = 'open'), 0), (count(*) filter (where kind = 'open'))::int, (count(*) filter (where kind = 'won'))::int
            from customer.opportunities where customer_id = @id and not deleted and (@allOpportunities or owner_id = any(@opportunityOwners))
            group by currency order by currency;
            select (count(*) filter (where open))::int, count(*)::int, round(avg(score), 2), count(score)::int
            from customer.tickets where customer_id = @id and (@allTickets or assignee_id = any(@ticketOwners))
            """, new
        {
            id,
            wonSince = wonSince.ToDateTime(TimeOnly.MinValue),
            // Whoever is responsible for the customer sees all that belongs to it.
            allOpportunities = opportunities.Holds(customer.OwnerId),
            opportunityOwners = opportunities.Owners,
            allTickets = tickets.Holds(customer.OwnerId),
            ticketOwners = tickets.Owners,
        }, cancellationToken: http.RequestAborted));
        var deals = (await rows.ReadAsync<(string? Currency, decimal Won, decimal WonLastYear, decimal Open, int OpenCount, int WonCount)>()).ToList();
        var calls = await rows.ReadSingleAsync<(int Open, int Total, decimal? Satisfaction, int Ratings)>();
        var seesAmounts = !access.Limits.Of("opportunities").TryGetValue("amount", out var level) || level > FieldLevel.Masked;
        http.Response.Headers.CacheControl = "private, no-cache";
        return new CustomerFigures(
            customer.CreatedAt, customer.LastFollowUpAt, seesAmounts ? [.. deals.Where(d => d.Currency is not null).Select(d => new CustomerAmounts(d.Currency!, d.Won, d.WonLastYear, d.Open))] : null, wonSince,
            deals.Sum(d => d.OpenCount), deals.Sum(d => d.WonCount), calls.Open, calls.Total, calls.Satisfaction, calls.Ratings);
    }).Requires(Right.View("customers")).Reads("customer.opportunities").WithName("GetCustomerFigures").Produces<CustomerFigures>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
}
