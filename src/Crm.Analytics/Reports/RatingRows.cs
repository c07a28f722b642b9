using System.Text.Json;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Analytics;

/// <summary>One rated ticket behind the satisfaction figure.</summary>
/// <param name="Id">The ticket.</param>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its subject.</param>
/// <param name="CustomerId">Its customer.</param>
/// <param name="CustomerName">The customer's name now.</param>
/// <param name="OwnerId">The agent who had it when it was rated.</param>
/// <param name="OwnerName">The agent's name.</param>
/// <param name="Score">1 to 5.</param>
/// <param name="RatedAt">When it was rated, by business date.</param>
internal sealed record RatingRow(
    Guid Id, string Number, string Name, Guid? CustomerId, string? CustomerName, Guid? OwnerId, string? OwnerName, int Score, DateTimeOffset RatedAt);

/// <summary>The rated tickets behind the satisfaction figure.</summary>
internal static class RatingRows
{
    /// <summary>The ratings that held at the instant of the question, with their agents, as a common table.</summary>
    public static string Standing(ReportSql sql) => $"""
        rated as (
          select r.*, p.name as owner_name from analytics.ratings r
          left join analytics.people_states p on p.id = r.assignee_id and p.{sql.Axis}_from <= {sql.At} and p.{sql.Axis}_to > {sql.At}
          where r.{sql.Axis}_from <= {sql.At} and r.{sql.Axis}_to > {sql.At} {sql.People("r.assignee_id", "p")} {sql.VisibleTicket("r")})
        """;

    public static async Task<ListPage> ListAsync(ReportQuery query, ListQuery list, DocumentStore store, CancellationToken ct)
    {
        var after = RowCursor.Parse(list.Cursor);
        var sql = new ReportSql(query);
        var rows = $"with {Standing(sql)}, behind as (select * from rated r where {sql.InPeriod("r.true_from")})";
        long? count = null;
        if (list.Count != CountMode.None) count = (await sql.ReadAsync(store.DataSource, rows + " select count(*) from behind", r => r.GetInt64(0), ct))[0];
        var beyond = after is null ? "" : $"where (b.true_from, b.ticket_id, b.version) < ({sql.Value("afterAt", after.At)}, {sql.Value("afterId", after.Id)}, {sql.Value("afterVersion", after.Version)})";
        var page = await sql.ReadAsync(store.DataSource, $"""
            {rows}
            select b.ticket_id, b.version, b.number, b.subject, b.customer_id, c.name, b.assignee_id, b.owner_name, b.score, b.true_from
            from behind b left join analytics.customers c on c.id = b.customer_id {beyond}
            order by b.true_from desc, b.ticket_id desc, b.version desc limit {sql.Value("limit", list.Limit + 1)}
            """, r => (Version: r.GetInt64(1), Row: new RatingRow(
                r.GetGuid(0), r.GetString(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetGuid(4), r.IsDBNull(5) ? null : r.GetString(5), r.IsDBNull(6) ? null : r.GetGuid(6),
                r.IsDBNull(7) ? null : r.GetString(7), r.GetInt32(8), new DateTimeOffset(r.GetDateTime(9)))), ct);
        var hasMore = page.Count > list.Limit;
        if (hasMore) page.RemoveAt(page.Count - 1);
        var next = hasMore ? new RowCursor(page[^1].Row.RatedAt, page[^1].Row.Id, page[^1].Version).ToString() : null;
        return new ListPage([.. page.Select(p => JsonSerializer.Serialize(p.Row, EventSerializer.Documents))], next, hasMore, count);
    }
}
