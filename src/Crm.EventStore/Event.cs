using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.EventStore;

/// <summary>One stored event: the fact itself and everything that is known about how it came into the log.</summary>
public sealed record Event
{
    /// <summary>Identity of the event, a UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>The stream, that is the record, the event belongs to.</summary>
    public required Guid StreamId { get; init; }

    /// <summary>Position in the stream, from 1 without gaps.</summary>
    public required long Version { get; init; }

    /// <summary>Position in the whole log; 0 while the event is not yet saved.</summary>
    public long Sequence { get; init; }

    /// <summary>When the event was recorded, UTC, to the microsecond.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The fact: an instance of a registered event type.</summary>
    public required object Data { get; init; }

    /// <summary>The stored name of the event type.</summary>
    public required string Type { get; init; }

    /// <summary>Who did what through what, and why.</summary>
    public required EventContext Context { get; init; }

    /// <summary>When the fact became true: the recorded instant, or the start of the stated business date in the organisation's zone.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>The keys of the persons the event speaks of; null where it speaks of none.</summary>
    internal KeyRing? Ring { get; set; }

    /// <summary>
    /// The reason as the log has it, for rows that keep it: encrypted where the event is about a person, a text that
    /// <see cref="PersonalData.OpenAsync(IReadOnlyList{string}, PersonalMask?, CancellationToken)"/> opens like any other; empty once that person is erased.
    /// </summary>
    public string? SealedReason => StoredReason ?? Context.Reason;

    /// <summary>The reason as it is stored, where that is not as it reads.</summary>
    internal string? StoredReason { get; set; }

    /// <summary>The fact as JSON with its personal members encrypted, for rows that keep it.</summary>
    public JsonObject SealedData() => JsonNode.Parse(Sealed(Data, StreamId, EventSerializer.Options))!.AsObject();

    /// <summary>A document as JSON with its personal members encrypted, for rows that keep it.</summary>
    /// <param name="document">The document.</param>
    /// <param name="person">Whose the members are that no id of the document gives to somebody else.</param>
    public string SealedJson<T>(T document, Guid person) where T : notnull => Encoding.UTF8.GetString(Sealed(document, person, EventSerializer.Documents));

    private byte[] Sealed(object value, Guid person, JsonSerializerOptions options) =>
        Ring is { } ring ? ring.Personal.Json(value, value.GetType(), person, ring, options) : JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), options);
}

/// <summary>The circumstances of a change; stored with every event it causes.</summary>
/// <param name="UserName">Identifier of the acting user or client; never a personal name.</param>
/// <param name="Source">Through what: <c>page</c>, <c>api</c>, <c>import:{id}</c>, <c>demo</c>, <c>form</c>.</param>
/// <param name="CorrelationId">Ties everything together that one request or job caused.</param>
/// <param name="CausationId">The request or message that caused the event.</param>
/// <param name="OnBehalfOf">The user a client acts for, if any.</param>
/// <param name="BusinessDate">The day the fact belongs to when it is not the day it is recorded.</param>
/// <param name="Reason">Why, in the words of the person who did it.</param>
/// <param name="Address">From where, only so coarse that it names a network and no person: <c>203.0.113.0/24</c>, <c>2001:db8:7::/48</c>.</param>
/// <param name="Device">With what, in words of a closed set: <c>Chrome on Windows</c>; never what the client sent.</param>
/// <param name="ReasonIsCode">The reason is a code of a closed set: it tells nothing of a person and stays readable. Not stored.</param>
public sealed record EventContext(
    string UserName,
    string Source,
    string? CorrelationId = null,
    string? CausationId = null,
    string? OnBehalfOf = null,
    DateOnly? BusinessDate = null,
    string? Reason = null,
    string? Address = null,
    string? Device = null,
    bool ReasonIsCode = false)
{
    /// <summary>The part that has no column of its own, as the stored headers.</summary>
    internal string HeadersJson() => JsonSerializer.Serialize(new Headers(Source, OnBehalfOf, BusinessDate, Reason, Address, Device), EventSerializer.Options);

    internal static EventContext Read(string? userName, string? correlationId, string? causationId, byte[]? headers)
    {
        var h = headers is null ? null : JsonSerializer.Deserialize<Headers>(headers, EventSerializer.Options);
        return new(userName ?? "", h?.Source ?? "", correlationId, causationId, h?.OnBehalfOf, h?.BusinessDate, h?.Reason, h?.Address, h?.Device);
    }

    private sealed record Headers(string? Source, string? OnBehalfOf, DateOnly? BusinessDate, string? Reason, string? Address, string? Device);
}

/// <summary>A record folded from its events. The store stamps these members after every event.</summary>
public abstract record Document
{
    /// <summary>The stream's identity.</summary>
    public Guid Id { get; init; }

    /// <summary>The number of events folded; the record's <c>ETag</c>.</summary>
    public long Version { get; init; }

    /// <summary>When the first event was recorded.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Identifier of the user or client who recorded the first event.</summary>
    public string CreatedBy { get; init; } = "";

    /// <summary>When the last event was recorded.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A document that knows how to fold itself.</summary>
/// <typeparam name="T">The document.</typeparam>
public interface IAggregate<T> where T : Document, IAggregate<T>
{
    /// <summary>
    /// The state after <paramref name="e"/>; null until the event that begins it. Pure: no clock, no I/O; unknown events leave the
    /// state as it is. A state never becomes null again: a deletion is a state too, and its history stays readable.
    /// </summary>
    static abstract T? Evolve(T? state, Event e);
}

/// <summary>Folding of events into documents.</summary>
public static class Fold
{
    /// <summary>The state after one more event, stamped with identity, version and times.</summary>
    /// <exception cref="InvalidOperationException">The event ended the state.</exception>
    public static T? Next<T>(T? state, Event e) where T : Document, IAggregate<T>
    {
        var next = T.Evolve(state, e);
        if (next is null) return state is null ? null : throw new InvalidOperationException($"{typeof(T).Name} {e.StreamId} became null with event {e.Version}, {e.Type}.");
        return state is null
            ? (T)(next with { Id = e.StreamId, Version = e.Version, CreatedAt = e.Timestamp, CreatedBy = e.Context.UserName, UpdatedAt = e.Timestamp })
            : (T)(next with { Version = e.Version, UpdatedAt = e.Timestamp });
    }

    /// <summary>The state after all events, in their order.</summary>
    public static T? All<T>(IEnumerable<Event> events, T? from = null) where T : Document, IAggregate<T>
    {
        var state = from;
        foreach (var e in events) state = Next(state, e);
        return state;
    }
}

/// <summary>The axis on which a past instant is meant.</summary>
public enum Basis
{
    /// <summary>What was true at the instant: business dates count.</summary>
    Effective,

    /// <summary>What was known at the instant: recording times count.</summary>
    Recorded,
}
