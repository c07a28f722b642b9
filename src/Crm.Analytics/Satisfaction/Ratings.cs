using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Analytics;

/// <summary>Ratings of tickets (S114) and when each was the ticket's rating, with the agent who had the ticket when it was rated.</summary>
internal sealed class Ratings : TableProjection
{
    public const string ProjectionName = "analytics.ratings";

    public override string Name => ProjectionName;

    public override IReadOnlyList<string> Tables { get; } = ["analytics.ratings", "analytics.tickets"];

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(TicketOpened), typeof(TicketDetailsChanged), typeof(TicketAssigned), typeof(TicketAnswered), typeof(TicketResolved), typeof(TicketReopened), typeof(TicketRated), typeof(TicketErased),
        typeof(TicketClosed),
    ];

    public override void Project(Event e, SqlBatch sql)
    {
        if (e.Data is TicketOpened opened)
        {
            sql.Add($"insert into {sql.Table("analytics.tickets")} (id, subject, known_at, true_at) values ({e.StreamId}, {opened.Subject}, {e.Timestamp}, {e.EffectiveAt})");
            return;
        }
        if (e.Data is TicketErased erased)
        {
            sql.Add($"update {sql.Table("analytics.tickets")} set subject = coalesce({erased.Placeholder}, subject) where id = {e.StreamId}");
            sql.Add($"update {sql.Table("analytics.ratings")} set subject = coalesce({erased.Placeholder}, subject) where ticket_id = {e.StreamId}");
        }
        // Every event moves the ticket's time on: neither axis runs backwards.
        var (subject, assignee) = ((e.Data as TicketDetailsChanged)?.Subject, (e.Data as TicketAssigned)?.AssigneeId);
        sql.Add($"""
            update {sql.Table("analytics.tickets")} set subject = coalesce({subject}, subject), assignee_id = coalesce({assignee}, assignee_id),
              known_at = greatest({e.Timestamp}, known_at), true_at = greatest({e.EffectiveAt}, true_at) where id = {e.StreamId}
            """);
        if (e.Data is not TicketRated rated) return;
        sql.Add($"""
            update {sql.Table("analytics.ratings")} r set known_to = t.known_at, true_to = t.true_at from {sql.Table("analytics.tickets")} t
            where t.id = {e.StreamId} and r.ticket_id = t.id and r.known_to = 'infinity'
            """);
        sql.Add($"""
            insert into {sql.Table("analytics.ratings")} (ticket_id, version, number, subject, customer_id, assignee_id, score, known_from, known_to, true_from, true_to)
            select id, {e.Version}, {rated.Number}, subject, {rated.CustomerId}, assignee_id, {rated.Score}, known_at, 'infinity', true_at, 'infinity'
            from {sql.Table("analytics.tickets")} where id = {e.StreamId}
            """);
    }
}
