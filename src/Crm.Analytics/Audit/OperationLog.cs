using System.Globalization;
using Crm.EventStore;

namespace Crm.Analytics;

/// <summary>
/// The operation log (S094): a row for every event of every module, whatever modules there are. It reads all registered event types, so its version is
/// their number: a new type builds the log anew, and a node that did not know the type yet cannot have passed it over. What the organisation decided
/// to keep no longer leaves with the first event of a day (UTC), as of that event's time and not the clock's, so that rows built anew are the same.
/// </summary>
internal sealed class OperationLog(EventRegistry registry) : Projection
{
    public const string ProjectionName = "analytics.operations";

    private const string Retention = "analytics.operation_retention";

    public override string Name => ProjectionName;

    public override int Version => registry.Types.Count;

    public override IReadOnlyCollection<Type> Events => [.. registry.Types.Values];

    public override IReadOnlyList<string> Tables { get; } = [ProjectionName, Retention];

    public override async ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        var kinds = await store.Query.StreamTypesAsync([.. page.Select(e => e.StreamId).Distinct()], ct);
        Add(page, kinds, sql);
        var latest = DateTimeOffset.MinValue;
        foreach (var e in page)
        {
            latest = e.Timestamp > latest ? e.Timestamp : latest;
            if (e.Data is not OperationLogRetentionSet set) continue;
            // What was decided before holds until here, wherever a page of the log happens to end.
            Prune(latest, sql);
            sql.Add($"insert into {sql.Table(Retention)} (id, years) values (1, {set.Years}) on conflict (id) do update set years = excluded.years");
            latest = e.Timestamp;
        }
        Prune(latest, sql);
    }

    // Looks at the oldest row first, which an index knows: the planner would read the whole log to find that nothing is to be deleted.
    private static void Prune(DateTimeOffset latest, SqlBatch sql)
    {
        var day = new DateTimeOffset(latest.UtcDateTime.Date, TimeSpan.Zero);
        sql.Add($"""
            with kept as materialized (select ({day}::timestamptz at time zone 'UTC' - make_interval(years => r.years)) at time zone 'UTC' as since from {sql.Table(Retention)} r)
            delete from {sql.Table(ProjectionName)}
            where (select min(o.at) from {sql.Table(ProjectionName)} o) < (select since from kept) and at < (select since from kept)
            """);
    }

    private static void Add(IReadOnlyList<Event> page, IReadOnlyDictionary<Guid, string> kinds, SqlBatch sql) => sql.Add($"""
        insert into {sql.Table(ProjectionName)}
          (sequence, id, at, business_date, actor, on_behalf_of, person, source, channel, address, device, reason, correlation_id, causation_id, type, resource, record_id, version)
        select u.sequence, u.id, u.at, u.day::date, u.actor, u.behalf, coalesce(u.behalf, u.actor), u.source, split_part(u.source, ':', 1), u.address, u.device, u.reason, u.correlation, u.causation, u.type, u.resource, u.record, u.version
        from unnest({Column(page, e => e.Sequence)}, {Column(page, e => e.Id)}, {Column(page, e => e.Timestamp)}, {Column(page, e => e.Context.BusinessDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))},
            {Column(page, e => e.Context.UserName)}, {Column(page, e => e.Context.OnBehalfOf)}, {Column(page, e => e.Context.Source)}, {Column(page, e => e.Context.Address)},
            {Column(page, e => e.Context.Device)}, {Column(page, e => e.SealedReason)}, {Column(page, e => e.Context.CorrelationId)}, {Column(page, e => e.Context.CausationId)},
            {Column(page, e => e.Type)}, {Column(page, e => kinds.GetValueOrDefault(e.StreamId, ""))}, {Column(page, e => e.StreamId)}, {Column(page, e => e.Version)})
          as u(sequence, id, at, day, actor, behalf, source, address, device, reason, correlation, causation, type, resource, record, version)
        """);

    private static T[] Column<T>(IReadOnlyList<Event> page, Func<Event, T> of) => [.. page.Select(of)];
}
