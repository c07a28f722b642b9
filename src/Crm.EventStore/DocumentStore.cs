using Npgsql;

namespace Crm.EventStore;

/// <summary>What a store is made of.</summary>
public sealed class StoreOptions
{
    /// <summary>The database; its owner disposes it.</summary>
    public required NpgsqlDataSource DataSource { get; init; }

    /// <summary>The registered event types.</summary>
    public EventRegistry Events { get; } = new();

    /// <summary>The registered projections.</summary>
    public ProjectionOptions Projections { get; } = new();

    /// <summary>The aggregates whose long streams have snapshots.</summary>
    public SnapshotOptions Snapshots { get; } = new();

    /// <summary>The organisation's time zone: a business date begins at its midnight.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Turns the texts of <see cref="DocumentProjection{T}.SearchTexts"/> into what the search columns hold.</summary>
    public Func<IEnumerable<string?>, (string Text, string[] Grams)> Search { get; init; } = _ => ("", []);

    /// <summary>How personal data is protected; null leaves it in plain.</summary>
    public PersonalData? Personal { get; init; }

    /// <summary>The clock that stamps events.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>The event store of one database: the log, its documents and the daemon that folds one into the other.</summary>
public sealed class DocumentStore
{
    private readonly StoreOptions options;
    private readonly EventReader reader;

    /// <summary>Opens the store. The schema must have been migrated.</summary>
    public DocumentStore(StoreOptions options)
    {
        this.options = options;
        reader = new EventReader(options);
        Commits = new GroupCommit(this);
        Recent = new RecentStates(options.Clock);
        Daemon = new ProjectionDaemon(this);
    }

    /// <summary>The asynchronous projections; the host runs it.</summary>
    public ProjectionDaemon Daemon { get; }

    /// <summary>The database behind the store.</summary>
    public NpgsqlDataSource DataSource => options.DataSource;

    /// <summary>The registered event types.</summary>
    public EventRegistry Events => options.Events;

    /// <summary>The registered projections.</summary>
    public ProjectionOptions Projections => options.Projections;

    /// <summary>The organisation's time zone.</summary>
    public TimeZoneInfo TimeZone => options.TimeZone;

    /// <summary>How personal data is protected; null where it is not.</summary>
    public PersonalData? Personal => options.Personal;

    internal SnapshotOptions Snapshots => options.Snapshots;

    /// <summary>Saves that arrive together are committed together.</summary>
    internal GroupCommit Commits { get; }

    /// <summary>The states this node knows from a moment ago.</summary>
    internal RecentStates Recent { get; }

    internal Func<IEnumerable<string?>, (string Text, string[] Grams)> Search => options.Search;

    /// <summary>The clock that stamps events, to the microsecond as PostgreSQL keeps it.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var now = options.Clock.GetUtcNow();
            return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        }
    }

    /// <summary>The instant at which a day begins for the organisation.</summary>
    public DateTimeOffset StartOf(DateOnly day) => StartOf(day, options.TimeZone);

    /// <summary>The organisation's calendar day at an instant.</summary>
    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, options.TimeZone).DateTime);

    /// <summary>A unit of work whose events carry <paramref name="context"/>.</summary>
    public DocumentSession OpenSession(EventContext context) => new(this, reader, context);

    /// <summary>
    /// A unit of work that saves within a transaction of the caller's, who commits it and then calls <see cref="DocumentSession.Committed"/>.
    /// </summary>
    public DocumentSession OpenSession(EventContext context, NpgsqlTransaction transaction) => new(this, reader, context, transaction);

    /// <summary>Reading without writing.</summary>
    public EventReader Query => reader;

    /// <summary>Stores the snapshots that follow their events; one that fails is made again at the next save.</summary>
    internal async Task StoreSnapshots(IEnumerable<PendingStream> streams)
    {
        try
        {
            await using var batch = DataSource.CreateBatch();
            batch.BatchCommands.Add(Snapshot.Store([.. streams.Select(s => s.Snapshot).OfType<Snapshot>().Where(s => s.Policy.Lifecycle == SnapshotLifecycle.Async)]));
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException or InvalidOperationException)
        {
            // Nothing is lost: the stream is folded from an older state until then.
        }
    }

    internal static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        // Where summer time swallows midnight the day begins with the first instant that exists.
        if (zone.IsInvalidTime(local)) local = local.AddHours(1);
        // Where the clock is set back over midnight the day begins with the first of the two.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }
}
