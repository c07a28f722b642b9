using Crm.EventStore;

namespace Crm.Http;

/// <summary>Somebody began a job that gives one command to many records; what it does to each is in the records' own events, under the job's correlation.</summary>
/// <param name="Kind">What is done: <c>handOver</c>, or the resource of the records that a command is given to.</param>
/// <param name="SubjectId">What it is about beyond the records: whose records are handed over, or who gave the command.</param>
/// <param name="Items">How many records there are.</param>
/// <param name="Parameters">What else was asked, by name.</param>
public sealed record BulkJobStarted(string Kind, Guid? SubjectId, int Items, IReadOnlyDictionary<string, string> Parameters);

/// <summary>The job has looked at every record.</summary>
/// <param name="Done">Records that were changed.</param>
/// <param name="Refused">Records that were not, each with the reason in the job's items.</param>
public sealed record BulkJobCompleted(int Done, int Refused);

/// <summary>Somebody broke the job off. What was done stays done, and can be undone.</summary>
public sealed record BulkJobCancelled;

/// <summary>The job was stopped. What was done stays done, and can be undone.</summary>
/// <param name="Fault">Why: <c>rights_changed</c> if who began it may not go on; null for an internal error.</param>
public sealed record BulkJobFailed(string? Fault = null);

/// <summary>Somebody began to take back what the job did.</summary>
public sealed record BulkUndoStarted;

/// <summary>What the job did was taken back wherever nobody has changed it since.</summary>
/// <param name="Undone">Records that are as they were before.</param>
/// <param name="Kept">Records that somebody changed since, and that stay as they are.</param>
public sealed record BulkUndoCompleted(int Undone, int Kept);

/// <summary>Where a job stands.</summary>
public enum BulkJobState
{
    /// <summary>It works.</summary>
    Running,

    /// <summary>It has done what it could.</summary>
    Done,

    /// <summary>It was broken off.</summary>
    Cancelled,

    /// <summary>It was stopped: by an internal error, or as who began it may not go on.</summary>
    Failed,

    /// <summary>It is being taken back.</summary>
    Undoing,

    /// <summary>It was taken back.</summary>
    Undone,
}

/// <summary>A job that gives one command to many records.</summary>
public sealed record BulkJob : Document, IAggregate<BulkJob>
{
    /// <summary>Where it stands.</summary>
    public BulkJobState State { get; init; }

    /// <summary>The state after an event.</summary>
    public static BulkJob? Evolve(BulkJob? state, Event e) => (state, e.Data) switch
    {
        (null, BulkJobStarted) => new BulkJob(),
        (not null, BulkJobCompleted) => state with { State = BulkJobState.Done },
        (not null, BulkJobCancelled) => state with { State = BulkJobState.Cancelled },
        (not null, BulkJobFailed) => state with { State = BulkJobState.Failed },
        (not null, BulkUndoStarted) => state with { State = BulkJobState.Undoing },
        (not null, BulkUndoCompleted) => state with { State = BulkJobState.Undone },
        _ => state,
    };
}

/// <summary>Breaks a running job off. 409 <c>job_finished</c>.</summary>
public sealed record CancelBulkJob
{
    /// <summary>Decides it.</summary>
    public static Decision Decide(CancelBulkJob command, BulkJob job) => job.State switch
    {
        BulkJobState.Running => [new BulkJobCancelled()],
        BulkJobState.Cancelled => Decision.Nothing,
        _ => new Rejection("job_finished", "任务已结束，不能取消。", "The job is finished and cannot be cancelled."),
    };
}

/// <summary>Takes back what a job did, wherever nobody has changed it since. 409 <c>job_running</c> until it has ended, <c>job_undone</c> afterwards.</summary>
public sealed record UndoBulkJob
{
    /// <summary>Decides it.</summary>
    public static Decision Decide(UndoBulkJob command, BulkJob job) => job.State switch
    {
        BulkJobState.Running => new Rejection("job_running", "任务还在进行，请先取消或等它完成。", "The job is still running; cancel it or wait for its end."),
        BulkJobState.Undoing or BulkJobState.Undone => new Rejection("job_undone", "任务已经撤销。", "The job is undone already."),
        _ => [new BulkUndoStarted()],
    };
}
