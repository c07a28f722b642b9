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
    /// Raised when the rows of an asynchronous projection change their meaning: the daemon then builds them anew from the log. The
    /// rows of an inline projection are part of every save and change with a migration.
    /// </summary>
    public virtual int Version => 1;

    /// <summary>The event types it reads; others never reach it.</summary>
    public abstract IReadOnlyCollection<Type> Events { get; }

    /// <summary>Whether it reads the type.</summary>
    public bool Handles(Type type) => Events.Contains(type);

    /// <summary>The name of its row in the progression table, as Marten forms it.</summary>
    public string ShardName => Version == 1 ? $"{Name}:All" : $"{Name}:V{Version}:All";

    /// <summary>Adds the statements that bring the rows up to date with a page of the log.</summary>
    public abstract ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct);

    /// <summary>Adds the statements that empty its tables before it is built from the beginning.</summary>
    public abstract void Reset(SqlBatch sql);
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

/// <summary>The projections of a store.</summary>
public sealed class ProjectionOptions
{
    private readonly List<Projection> inline = [];
    private readonly List<Projection> async = [];

    /// <summary>Those that run in the appending transaction.</summary>
    public IReadOnlyList<Projection> Inline => inline;

    /// <summary>Those the daemon runs.</summary>
    public IReadOnlyList<Projection> Async => async;

    /// <summary>Registers a projection.</summary>
    /// <exception cref="InvalidOperationException">The name is taken.</exception>
    public void Add(Projection projection, ProjectionLifecycle lifecycle)
    {
        if (inline.Concat(async).Any(p => p.Name == projection.Name)) throw new InvalidOperationException($"The projection name '{projection.Name}' is taken.");
        (lifecycle == ProjectionLifecycle.Inline ? inline : async).Add(projection);
    }
}
