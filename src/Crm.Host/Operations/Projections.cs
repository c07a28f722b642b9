using System.Text.Json.Serialization;
using Crm.EventStore;
using Crm.Http;
using Npgsql;

namespace Crm.Host;

/// <summary>One projection or subscription, as this node sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Lifecycle"><c>inline</c>, <c>async</c> or <c>subscription</c>.</param>
/// <param name="Version">The version this node's program has of it.</param>
/// <param name="State"><c>running</c> here, <c>following</c> another node, <c>paused</c> at an event, <c>rebuilding</c>.</param>
/// <param name="Position">Last sequence number folded.</param>
/// <param name="Lag">Events behind the end of the log.</param>
/// <param name="LagSeconds">How long the oldest event that is not folded has waited.</param>
/// <param name="Error">Why it is paused: kinds and names, nothing of what the event says.</param>
/// <param name="FailedEvent">At which event.</param>
/// <param name="Rebuild">Its last rebuild.</param>
/// <param name="Skipped">How many events were left out of it.</param>
internal sealed record ProjectionInfo(
    string Name, string Lifecycle, int Version, string State, long Position, long Lag, double LagSeconds, string? Error, FailedEvent? FailedEvent, RebuildInfo? Rebuild, long Skipped);

/// <summary>An event that cannot be projected.</summary>
/// <param name="Sequence">Its place in the log.</param>
/// <param name="Type">Its stored type.</param>
/// <param name="StreamId">The record it belongs to.</param>
/// <param name="At">When the projection was paused at it.</param>
internal sealed record FailedEvent(long Sequence, string Type, Guid? StreamId, DateTimeOffset At);

/// <summary>A rebuild.</summary>
/// <param name="State"><c>loading catchingUp switching cancelled failed done</c>.</param>
/// <param name="Done">How much is folded.</param>
/// <param name="Total">Of how much.</param>
/// <param name="RatePerSecond">How much in a second.</param>
/// <param name="RemainingSeconds">How long it will still take; null while that is not known.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="StartedBy">Identifier of who asked; <c>daemon</c> where a new version of the program did.</param>
/// <param name="Reason">Why.</param>
/// <param name="Error">Why it failed.</param>
internal sealed record RebuildInfo(
    string State, long Done, long Total, double RatePerSecond, double? RemainingSeconds, DateTimeOffset StartedAt, string StartedBy, string Reason, string? Error)
{
    [JsonIgnore]
    public bool IsActive => State is "loading" or "catchingUp" or "switching";

    /// <summary>The event it failed at, or null.</summary>
    public long? FailedSequence { get; init; }
}

/// <summary>An event that was left out of a projection.</summary>
/// <param name="Projection">The projection.</param>
/// <param name="Sequence">The event's place in the log.</param>
/// <param name="Type">Its stored type.</param>
/// <param name="StreamId">The record it belongs to.</param>
/// <param name="Error">Why it could not be projected.</param>
/// <param name="Reason">Why it was left out.</param>
/// <param name="SkippedBy">Identifier of who left it out.</param>
/// <param name="SkippedAt">When.</param>
internal sealed record SkippedEvent(string Projection, long Sequence, string Type, Guid? StreamId, string Error, string Reason, string SkippedBy, DateTimeOffset SkippedAt);

/// <summary>A node that is connected to the database.</summary>
/// <param name="Name">Machine and process.</param>
/// <param name="StartedAt">Since when it has been connected.</param>
/// <param name="Leads">The projections and subscriptions it leads.</param>
/// <param name="Connections">Its connections.</param>
internal sealed record Node(string Name, DateTimeOffset StartedAt, string[] Leads, int Connections);

/// <summary>A list of operations.</summary>
/// <param name="Data">All of it.</param>
internal sealed record OperationsList<T>(IReadOnlyList<T> Data);

/// <summary>Projections, nodes and skipped events, for operators.</summary>
internal static class Projections
{
    public static void Map(IEndpointRouteBuilder api)
    {
        Describe(api.MapGet("operations/projections", async (DocumentStore store, CancellationToken ct) => new OperationsList<ProjectionInfo>(await ListAsync(store, ct))), "ListProjections");
        Describe(api.MapGet("operations/skipped-events", async (DocumentStore store, string? projection, CancellationToken ct) => new OperationsList<SkippedEvent>(await SkippedAsync(store, projection, ct))), "ListSkippedEvents");
        Describe(api.MapGet("operations/nodes", async (DocumentStore store, CancellationToken ct) => new OperationsList<Node>(await NodesAsync(store, ct))), "ListNodes");
    }

    /// <summary>Every projection: those of the log's readers from the database, so that each node shows the same.</summary>
    public static async Task<IReadOnlyList<ProjectionInfo>> ListAsync(DocumentStore store, CancellationToken ct)
    {
        var status = store.Daemon.Status.ToDictionary(s => s.Name);
        var rebuilds = (await store.Daemon.RebuildsAsync(ct)).ToDictionary(r => r.Projection, r => new RebuildInfo(r.State, r.Done, r.Total, Math.Round(r.Rate, 1), r.RemainingSeconds is { } s ? Math.Round(s, 1) : null, r.StartedAt, r.StartedBy, r.Reason, r.Error) { FailedSequence = r.FailedSequence });
        var failures = await FailuresAsync(store, ct);
        var skipped = (await SkippedAsync(store, null, ct)).CountBy(s => s.Projection).ToDictionary();
        var highest = await store.Daemon.HighestSequenceAsync(ct);
        var projections = store.Projections.Inline.Select(p => (Projection: p, Lifecycle: "inline"))
            .Concat(store.Projections.Async.Select(p => (Projection: p, Lifecycle: p is Subscription ? "subscription" : "async")));
        var list = new List<ProjectionInfo>();
        foreach (var (projection, lifecycle) in projections)
        {
            var shard = status.GetValueOrDefault(projection.Name);
            var position = shard?.Position ?? highest;
            var rebuild = rebuilds.GetValueOrDefault(projection.Name);
            var (failed, error) = failures.GetValueOrDefault(projection.Name);
            var state = failed is not null ? "paused"
                : rebuild is { IsActive: true } || shard?.State == ShardState.Building ? "rebuilding"
                : shard?.State is ShardState.Following or ShardState.Outdated ? "following" : "running";
            list.Add(new ProjectionInfo(projection.Name, lifecycle, projection.Version, state, position, Math.Max(0, highest - position),
                position < highest ? await WaitedAsync(store, position, ct) : 0, error, failed, rebuild, skipped.GetValueOrDefault(projection.Name)));
        }
        return list;
    }

    private static void Describe(RouteHandlerBuilder route, string name) => route.Requires(Right.OperationsView).WithName(name).ProducesProblem(401).ProducesProblem(403);

    private static async Task<Dictionary<string, (FailedEvent?, string?)>> FailuresAsync(DocumentStore store, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select projection, sequence, type, stream_id, failed_at, error from daemon.failures");
        await using var row = await command.ExecuteReaderAsync(ct);
        var failures = new Dictionary<string, (FailedEvent?, string?)>();
        while (await row.ReadAsync(ct))
            failures[row.GetString(0)] = (new FailedEvent(row.GetInt64(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetGuid(3), new DateTimeOffset(row.GetDateTime(4))), row.GetString(5));
        return failures;
    }

    private static async Task<IReadOnlyList<SkippedEvent>> SkippedAsync(DocumentStore store, string? projection, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select projection, sequence, type, stream_id, error, reason, skipped_by, skipped_at from daemon.skipped_events where $1::text is null or projection = $1 order by skipped_at desc, projection, sequence
            """);
        command.Parameters.Add(Statement.Parameter(projection));
        await using var row = await command.ExecuteReaderAsync(ct);
        var skipped = new List<SkippedEvent>();
        while (await row.ReadAsync(ct))
            skipped.Add(new SkippedEvent(row.GetString(0), row.GetInt64(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetGuid(3), row.GetString(4), row.GetString(5), row.GetString(6), new DateTimeOffset(row.GetDateTime(7))));
        return skipped;
    }

    private static async Task<double> WaitedAsync(DocumentStore store, long position, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("select extract(epoch from clock_timestamp() - timestamp)::float8 from events.mt_events where seq_id > $1 order by seq_id limit 1");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
        return await command.ExecuteScalarAsync(ct) is double seconds ? Math.Round(Math.Max(0, seconds), 1) : 0;
    }

    /// <summary>There is no register of nodes: a node is who is connected, and leads what it holds the lock of.</summary>
    private static async Task<IReadOnlyList<Node>> NodesAsync(DocumentStore store, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select a.application_name, min(a.backend_start), count(distinct a.pid)::int, coalesce(array_agg(distinct n.name order by n.name) filter (where n.name is not null), '{}')
            from pg_stat_activity a
            left join pg_locks l on l.pid = a.pid and l.locktype = 'advisory' and l.granted and l.objsubid = 1
            left join unnest($1) as n(name) on hashtextextended('events:' || n.name, 0) = (l.classid::bigint << 32 | l.objid::bigint)
            where a.datname = current_database() and starts_with(a.application_name, 'crm ')
            group by a.application_name order by 2, 1
            """);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. store.Projections.Async.Select(p => p.Name)] });
        await using var row = await command.ExecuteReaderAsync(ct);
        var nodes = new List<Node>();
        while (await row.ReadAsync(ct)) nodes.Add(new Node(row.GetString(0)["crm ".Length..], new DateTimeOffset(row.GetDateTime(1)), row.GetFieldValue<string[]>(3), row.GetInt32(2)));
        return nodes;
    }
}
