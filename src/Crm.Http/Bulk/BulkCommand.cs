using System.Text.Json;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>One record that a job is about.</summary>
/// <param name="Position">Its place in the job, from 1.</param>
/// <param name="Command">The name of the <see cref="IBulkCommand"/>.</param>
/// <param name="RecordId">The record.</param>
/// <param name="Input">What is asked of it, as the command understands it.</param>
/// <param name="Before">What the command noted of the time before, for undoing it.</param>
public sealed record BulkItem(int Position, string Command, Guid RecordId, string Input, string? Before = null)
{
    /// <summary>What is asked of the record.</summary>
    public T InputAs<T>() => JsonSerializer.Deserialize<T>(Input, EventSerializer.Documents)!;
}

/// <summary>What became of a record.</summary>
/// <param name="Fault">Why it was not changed; null if it was.</param>
/// <param name="Before">What undoing needs to know, as JSON.</param>
public sealed record BulkResult(Rejection? Fault, string? Before = null)
{
    /// <summary>It was changed.</summary>
    public static BulkResult Done { get; } = new(Fault: null);

    /// <summary>Somebody changed it since: it is left as it is.</summary>
    public static BulkResult Changed { get; } = new(new Rejection("changed_since", "记录已被他人改动，保持现状。", "Somebody changed the record since; it is left as it is."));

    /// <summary>It is not there any more.</summary>
    public static BulkResult Gone { get; } = new(new Rejection("gone", "记录已被删除。", "The record was deleted."));

    /// <summary>It was so before, and so there is nothing to take back.</summary>
    public static BulkResult Unchanged { get; } = new(new Rejection("unchanged", "记录原本就是这样，没有改动。", "The record was like this before; nothing was changed."));

    /// <summary>Who began the job may not do it with this record, or not any more.</summary>
    public static BulkResult Forbidden { get; } = new(new Rejection("forbidden", "您没有对这条记录执行此操作的权限。", "You do not have the right to do this with this record.", 403));
}

/// <summary>The circumstances in which a chunk of a job is decided.</summary>
/// <param name="Undo">Whether it is to be taken back.</param>
/// <param name="Session">Receives the events.</param>
/// <param name="Now">Instant, day and who acts.</param>
/// <param name="Access">What who began the job may do at this moment.</param>
public sealed record BulkPass(bool Undo, DocumentSession Session, Now Now, Access Access);

/// <summary>What jobs can do with the records of one kind: a module's own command, decided as everywhere else.</summary>
public interface IBulkCommand
{
    /// <summary>Unique and for ever, as items in the database name it.</summary>
    string Name { get; }

    /// <summary>What who began the job must still be allowed when a chunk is done, else the job ends; null where it was asked for good when the job began.</summary>
    Right? Right => null;

    /// <summary>Decides a chunk of items and adds the events to the session at the versions that were decided on; saved by the caller, or decided again after a conflict.</summary>
    /// <param name="items">Items of this command, none of them twice the same record.</param>
    /// <param name="pass">The circumstances.</param>
    /// <param name="ct">Cancels the look-ups.</param>
    /// <returns>What became of each item, in their order.</returns>
    Task<IReadOnlyList<BulkResult>> RunAsync(IReadOnlyList<BulkItem> items, BulkPass pass, CancellationToken ct);

    /// <summary>What people call records, of those that a caller may see.</summary>
    Task<IReadOnlyDictionary<Guid, string>> NamesAsync(IReadOnlyList<Guid> records, Access access, CancellationToken ct);
}
