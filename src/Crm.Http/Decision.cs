using System.Collections;
using System.Runtime.CompilerServices;
using Crm.EventStore;

namespace Crm.Http;

/// <summary>Why a command is refused: a stable code and what to do about it, in both languages.</summary>
/// <param name="Code">Stable machine code in snake case; never translated.</param>
/// <param name="Zh">The message in Chinese.</param>
/// <param name="En">The message in English.</param>
/// <param name="Status">The HTTP status: 409 for a rule, 404 for something that is not there, 400 for a value that cannot be.</param>
/// <param name="Field">The field the rule is about, if one.</param>
/// <param name="Extensions">Further members of the problem answer, such as the candidates of a duplicate.</param>
/// <param name="Others">Further faults of the same command, each with its field.</param>
public sealed record Rejection(string Code, string Zh, string En, int Status = 409, string? Field = null, IReadOnlyDictionary<string, object?>? Extensions = null,
    IReadOnlyList<Rejection>? Others = null);

/// <summary>What a command leads to: events, nothing because nothing changes, or a rejection.</summary>
[CollectionBuilder(typeof(Decision), nameof(Create))]
public sealed class Decision : IEnumerable<object>
{
    private readonly object[] events;

    private Decision(object[] events, Rejection? rejection) => (this.events, Rejection) = (events, rejection);

    /// <summary>The command changes nothing and succeeds.</summary>
    public static Decision Nothing { get; } = new([], null);

    /// <summary>The events, oldest first.</summary>
    public IReadOnlyList<object> Events => events;

    /// <summary>Why the command is refused, or null.</summary>
    public Rejection? Rejection { get; }

    /// <summary>The events of a collection expression.</summary>
    public static Decision Create(ReadOnlySpan<object> events) => events.IsEmpty ? Nothing : new(events.ToArray(), null);

    /// <summary>A refusal.</summary>
    public static implicit operator Decision(Rejection rejection) => new([], rejection);

    /// <summary>A refusal.</summary>
    public static Decision FromRejection(Rejection rejection) => rejection;

    IEnumerator<object> IEnumerable<object>.GetEnumerator() => ((IEnumerable<object>)events).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => events.GetEnumerator();
}

/// <summary>The circumstances a decision may depend on; the shell supplies them so that decisions stay pure.</summary>
/// <param name="At">The instant of the command, UTC.</param>
/// <param name="Day">The day the command belongs to: its business date, else today in the organisation's zone.</param>
/// <param name="UserId">Who acts: a user's id, or a client's id for an integrator.</param>
/// <param name="NewId">An identity for the one thing the command may create inside the record.</param>
public sealed record Now(DateTimeOffset At, DateOnly Day, string UserId, Guid NewId)
{
    /// <summary>The circumstances of what somebody does at this moment, beside the path of a command.</summary>
    public static Now Of(DocumentStore store, string userId) => new(store.Now, store.DayOf(store.Now), userId, Guid.CreateVersion7(store.Now));

    /// <summary>The acting user as a reference, or null when a client without a user acts.</summary>
    public Guid? Actor => Guid.TryParse(UserId, out var id) ? id : null;
}
