using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports;

/// <summary>What will become of a row.</summary>
public enum RowVerdict
{
    /// <summary>A new record.</summary>
    Create,

    /// <summary>An existing record changes.</summary>
    Update,

    /// <summary>The record exists and holds these values already.</summary>
    Unchanged,

    /// <summary>Left out on purpose, with the reason in the messages.</summary>
    Skip,

    /// <summary>It cannot be imported, with the reason in the messages.</summary>
    Error,
}

/// <summary>One event and the day it belongs to.</summary>
/// <param name="BusinessDate">Null: the day of the import.</param>
public sealed record DatedEvent(object Data, DateOnly? BusinessDate = null);

/// <summary>Events for one stream.</summary>
public abstract record StreamChange(Guid Id, long ExpectedVersion, IReadOnlyList<DatedEvent> Events)
{
    internal abstract void AddTo(DocumentSession session);
}

/// <summary>Events for one stream of aggregate <typeparamref name="T"/>.</summary>
/// <param name="ExpectedVersion">0 starts the stream.</param>
public sealed record StreamChange<T>(Guid Id, long ExpectedVersion, IReadOnlyList<DatedEvent> Events) : StreamChange(Id, ExpectedVersion, Events)
    where T : Document, IAggregate<T>
{
    internal override void AddTo(DocumentSession session)
    {
        foreach (var e in Events)
            session.Append<T>(Id, ExpectedVersion, [e.Data], e.BusinessDate is null ? null : session.Context with { BusinessDate = e.BusinessDate });
    }
}

/// <summary>The decision about one row: pure, the same in the dry run and in the commit.</summary>
/// <param name="RecordId">The record that is created, changed or left as it is.</param>
/// <param name="Change">The events; null unless something is created or updated.</param>
public sealed record RowPlan(RowVerdict Verdict, Guid? RecordId, StreamChange? Change, IReadOnlyList<RowMessage> Messages)
{
    /// <summary>The state that is updated, from which people are shown what changes.</summary>
    internal Document? Current { get; init; }

    /// <summary>A new record under the row's own identity.</summary>
    public static RowPlan Create<T>(ImportRow row, params IReadOnlyList<DatedEvent> events) where T : Document, IAggregate<T> =>
        new(RowVerdict.Create, row.RecordId, new StreamChange<T>(row.RecordId, 0, events), row.Messages);

    /// <summary>Events for an existing record, whose fields are shown before and after; without events the row changes nothing.</summary>
    public static RowPlan Update<T>(ImportRow row, T current, params IReadOnlyList<DatedEvent> events) where T : Document, IAggregate<T> =>
        Update<T>(row, current.Id, current.Version, events) with { Current = current };

    /// <summary>Events for an existing record; without events the row changes nothing.</summary>
    public static RowPlan Update<T>(ImportRow row, Guid id, long version, params IReadOnlyList<DatedEvent> events) where T : Document, IAggregate<T> =>
        events.Count == 0
            ? new(RowVerdict.Unchanged, id, null, row.Messages)
            : new(RowVerdict.Update, id, new StreamChange<T>(id, version, events), row.Messages);

    /// <summary>The row is left out; the reason is its last message.</summary>
    public static RowPlan Skip(ImportRow row, RowMessage reason, Guid? recordId = null)
    {
        row.Add(reason);
        return new(RowVerdict.Skip, recordId, null, row.Messages);
    }

    /// <summary>The row cannot be imported; its messages hold at least one error.</summary>
    public static RowPlan Error(ImportRow row) => new(RowVerdict.Error, null, null, row.Messages);

    /// <summary>The row is refused by the rule that refuses the same command of a person.</summary>
    public static RowPlan Error(ImportRow row, Rejection rejection)
    {
        row.Add(RowMessage.Error(rejection.Code, rejection.Field, rejection.Zh, rejection.En));
        return Error(row);
    }
}
