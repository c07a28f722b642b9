namespace Crm.EventStore;

/// <summary>When a projection runs.</summary>
public enum ProjectionLifecycle
{
    /// <summary>In the transaction that appends the events.</summary>
    Inline,

    /// <summary>By the daemon, shortly afterwards and in the log's order.</summary>
    Async,
}

/// <summary>
/// Folds events into rows. A projection has no clock and no side effects: the same events give the same rows, live or rebuilt.
/// </summary>
public abstract class Projection
{
    /// <summary>Unique and stable name.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Raised when the rows change their meaning: they are then built anew beside the old ones, which serve until both are switched.
    /// </summary>
    public virtual int Version => 1;

    /// <summary>Whether an event changes rows of its own stream only: then saves of different streams do not meet in its tables.</summary>
    public virtual bool WritesRowsOfStream => false;

    /// <summary>The event types it reads; others never reach it.</summary>
    public abstract IReadOnlyCollection<Type> Events { get; }

    /// <summary>
    /// The tables it writes, with their schema. Nothing else writes to them, and its statements name them by <see cref="SqlBatch.Table"/>,
    /// so that the same statements can fill the tables that are built beside them.
    /// </summary>
    public virtual IReadOnlyList<string> Tables => [Name];

    /// <summary>Whether it reads the type.</summary>
    public bool Handles(Type type) => Events.Contains(type);

    /// <summary>The name of its row in the progression table, as Marten forms it.</summary>
    public string ShardName => Version == 1 ? $"{Name}:All" : $"{Name}:V{Version}:All";

    /// <summary>Adds the statements that bring the rows up to date with a page of the log.</summary>
    public abstract ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct);

    /// <summary>How its rows are made from whole streams, one after the other; null where they depend on the order of the log.</summary>
    internal virtual StreamFold? OpenFold(DocumentStore store) => null;
}

/// <summary>Makes the rows of a projection from the events of one stream after the other, for a bulk load.</summary>
internal abstract class StreamFold
{
    /// <summary>The tables with the columns that are written.</summary>
    public abstract IReadOnlyList<(string Table, string Columns)> Targets { get; }

    /// <summary>Folds the stream's next event; rows go to the buffer of their table.</summary>
    public abstract void Next(Event e, RowBuffer[] rows);

    /// <summary>The stream has no more events.</summary>
    public abstract void End(RowBuffer[] rows);
}

/// <summary>A projection of plain statements, event by event.</summary>
public abstract class TableProjection : Projection
{
    /// <summary>The statements of one event.</summary>
    public abstract void Project(Event e, SqlBatch sql);

    /// <inheritdoc />
    public sealed override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        foreach (var e in page) Project(e, sql);
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// Reads the log like an asynchronous projection, in the log's order and by one node, but for what shall happen once: the statements
/// it adds (messages to send, for example) are saved in the transaction of its position. It is never rebuilt.
/// </summary>
public abstract class Subscription : Projection
{
    /// <summary>
    /// The sequence number after which it begins when it is seen for the first time: 0 reads the whole log, null begins with what is
    /// appended from then on.
    /// </summary>
    public virtual long? StartAfter => null;

    /// <inheritdoc />
    public sealed override int Version => 1;

    /// <summary>None: what it writes is not its own.</summary>
    public sealed override IReadOnlyList<string> Tables => [];
}

/// <summary>The projections of a store.</summary>
public sealed class ProjectionOptions
{
    private readonly List<Projection> inline = [];
    private readonly List<Projection> async = [];

    /// <summary>Those that run in the appending transaction.</summary>
    public IReadOnlyList<Projection> Inline => inline;

    /// <summary>Those the daemon runs, subscriptions included.</summary>
    public IReadOnlyList<Projection> Async => async;

    /// <summary>Every projection with tables of its own, whenever it runs.</summary>
    public IEnumerable<Projection> All => inline.Concat(async).Where(p => p is not Subscription);

    /// <summary>Registers a projection.</summary>
    /// <exception cref="InvalidOperationException">The name is taken.</exception>
    /// <exception cref="ArgumentException">A subscription cannot be inline, and a projection has a table.</exception>
    public void Add(Projection projection, ProjectionLifecycle lifecycle)
    {
        if (inline.Concat(async).Any(p => p.Name == projection.Name)) throw new InvalidOperationException($"The projection name '{projection.Name}' is taken.");
        if (projection is Subscription && lifecycle == ProjectionLifecycle.Inline) throw new ArgumentException($"The subscription '{projection.Name}' cannot be inline.", nameof(lifecycle));
        if (projection is not Subscription && projection.Tables.Count == 0) throw new ArgumentException($"The projection '{projection.Name}' states no table to write to.", nameof(projection));
        (lifecycle == ProjectionLifecycle.Inline ? inline : async).Add(projection);
    }

    /// <summary>Registers a subscription.</summary>
    /// <exception cref="InvalidOperationException">The name is taken.</exception>
    public void Add(Subscription subscription) => Add(subscription, ProjectionLifecycle.Async);
}
