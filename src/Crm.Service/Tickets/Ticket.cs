using System.Collections.Immutable;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Service;

/// <summary>Where a ticket stands.</summary>
internal enum TicketStatus
{
    /// <summary>Nobody has taken it.</summary>
    Open,

    /// <summary>An agent has it.</summary>
    Assigned,

    /// <summary>The customer got an answer.</summary>
    Answered,

    /// <summary>A solution awaits the customer's consent; a code of the contract that no command of this module sets.</summary>
    SolutionProposed,

    /// <summary>It is solved.</summary>
    Resolved,

    /// <summary>It is done with.</summary>
    Closed,
}

/// <summary>Something that was said about a ticket.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="At">When.</param>
/// <param name="AuthorId">The user who said it; null for a client without a user.</param>
/// <param name="Text">The words.</param>
/// <param name="Internal">Not for the customer.</param>
internal sealed record TicketAnswer(Guid Id, DateTimeOffset At, Guid? AuthorId, [property: Personal(PersonalKind.Text, Required = true)] string Text, bool Internal);

/// <summary>A request of a customer and what became of it.</summary>
/// <remarks>
/// Its times are business times that never run backwards, as in every past state: an event dated before its predecessor counts from
/// the predecessor's instant.
/// </remarks>
[Person]
internal sealed record Ticket : Document, IAggregate<Ticket>
{
    /// <summary>S074: the first answer within 2 hours.</summary>
    public static readonly TimeSpan FirstResponseLimit = TimeSpan.FromHours(2);

    /// <summary>S075: the solution within 24 hours.</summary>
    public static readonly TimeSpan SolutionLimit = TimeSpan.FromHours(24);

    public string Number { get; init; } = "";

    public string Subject { get; init; } = "";

    [Personal(PersonalKind.Text)]
    public string? Description { get; init; }

    public Guid? CustomerId { get; init; }

    public Guid? ContactId { get; init; }

    public TicketChannel Channel { get; init; }

    public string? Type { get; init; }

    public TicketPriority Priority { get; init; }

    public TicketStatus Status { get; init; }

    public Guid? AssigneeId { get; init; }

    /// <summary>Who filled in the public form.</summary>
    public Requester? Requester { get; init; }

    /// <summary>1 (bad) to 5 (good); null as long as nobody rated.</summary>
    public int? Score { get; init; }

    [Personal(PersonalKind.Text)]
    public string? Comment { get; init; }

    public ImmutableArray<TicketAnswer> Answers { get; init; } = [];

    /// <summary>To whom it is open beyond its agent, who opened it and its customer's owner.</summary>
    public ImmutableArray<Share> Shares { get; init; } = [];

    /// <summary>The merges of customers it came along with, the first one first; empty once somebody gives it to another customer.</summary>
    public ImmutableArray<RecordOrigin> Origins { get; init; } = [];

    public ImmutableArray<Clock> Clocks { get; init; } = [];

    /// <summary>When the next running clock is due; null if none runs. A fact that a query compares with its own now.</summary>
    public DateTimeOffset? DueAt => Earliest(Clocks.Where(c => c.StoppedAt is null).Select(c => (DateTimeOffset?)c.DueAt));

    /// <summary>The instant after which a clock counts as breached; null if all stopped in time. A fact like <see cref="DueAt"/>.</summary>
    public DateTimeOffset? BreachAt => Earliest(Clocks.Select(c => c.BreachAt));

    public DateTimeOffset OpenedAt { get; init; }

    public DateTimeOffset? ResolvedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Whether what it said of a person is gone for good.</summary>
    public bool Erased { get; init; }

    /// <summary>When the last event became true.</summary>
    public DateTimeOffset ChangedAt { get; init; }

    public ImmutableDictionary<string, JsonElement> Custom { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;

    public static Ticket? Evolve(Ticket? state, Event e)
    {
        var at = state is not null && state.ChangedAt > e.EffectiveAt ? state.ChangedAt : e.EffectiveAt;
        var next = (state, e.Data) switch
        {
            (null, TicketOpened x) => Opened(x, at),
            (null, _) => null,
            ({ } t, TicketDetailsChanged x) => t.With(x),
            ({ } t, TicketAssigned x) => t with { AssigneeId = x.AssigneeId, Status = t.Status == TicketStatus.Open ? TicketStatus.Assigned : t.Status },
            ({ } t, TicketAnswered { Internal: true } x) => t.Said(x.AnswerId, x.AuthorId, x.Text, true, at),
            ({ } t, TicketAnswered x) => t.Said(x.AnswerId, x.AuthorId, x.Text, false, at) with { Status = TicketStatus.Answered },
            ({ } t, TicketResolved x) => t.Said(x.AnswerId, x.AuthorId, x.Text, false, at).Clocked(Clock.Solution, c => c.Stop(at)) with { Status = TicketStatus.Resolved, ResolvedAt = at },
            ({ } t, TicketReopened) => t.Clocked(Clock.Solution, c => c.GoOn(at)) with
            {
                Status = t.AssigneeId is null ? TicketStatus.Open : TicketStatus.Assigned,
                ResolvedAt = null,
                ClosedAt = null,
            },
            ({ } t, RecordShared or RecordUnshared) => t with { Shares = Share.After(t.Shares, e.Data) },
            ({ } t, TicketRated x) => t with { Score = x.Score, Comment = x.Comment },
            ({ } t, TicketErased x) => t with { Subject = x.Placeholder ?? t.Subject, Description = null, Requester = null, Comment = null, Answers = [.. t.Answers.Select(a => a with { Text = "" })], Custom = ImmutableDictionary<string, JsonElement>.Empty, Erased = true },
            ({ } t, TicketClosed) => t with { Status = TicketStatus.Closed, ClosedAt = at },
            _ => state,
        };
        return ReferenceEquals(next, state) || next is null ? next : next with { ChangedAt = at };
    }

    /// <summary>Whether it is solved or done with.</summary>
    internal bool IsFinished => Status is TicketStatus.Resolved or TicketStatus.Closed;

    private static Ticket Opened(TicketOpened x, DateTimeOffset at) => new()
    {
        Number = x.Number,
        Subject = x.Subject,
        Description = x.Description,
        CustomerId = x.CustomerId,
        ContactId = x.ContactId,
        Channel = x.Channel,
        Type = x.Category,
        Priority = x.Priority,
        Requester = x.Requester,
        OpenedAt = at,
        Clocks = [Clock.Start(Clock.FirstResponse, FirstResponseLimit, at), Clock.Start(Clock.Solution, SolutionLimit, at)],
        Custom = (x.Custom ?? ImmutableDictionary<string, JsonElement>.Empty).ToImmutableDictionary(),
    };

    private Ticket With(TicketDetailsChanged x)
    {
        var cleared = x.Cleared ?? [];
        var custom = Custom;
        foreach (var (key, value) in x.Custom ?? ImmutableDictionary<string, JsonElement>.Empty)
            custom = value.ValueKind == JsonValueKind.Null ? custom.Remove(key) : custom.SetItem(key, value);
        return this with
        {
            Subject = x.Subject ?? Subject,
            Description = x.Description ?? (cleared.Contains("description") ? null : Description),
            CustomerId = x.CustomerId ?? (cleared.Contains("customerId") ? null : CustomerId),
            Origins = RecordOrigin.After(Origins, x.MergeId, CustomerId, x.CustomerId ?? (cleared.Contains("customerId") ? null : CustomerId)),
            ContactId = x.ContactId ?? (cleared.Contains("contactId") ? null : ContactId),
            Type = x.Category ?? (cleared.Contains("type") ? null : Type),
            Priority = x.Priority ?? Priority,
            Custom = custom,
        };
    }

    /// <summary>Adds an answer; a public one stops the first-response clock, which never runs again.</summary>
    private Ticket Said(Guid id, Guid? author, string text, bool @internal, DateTimeOffset at)
    {
        var said = this with { Answers = Answers.Add(new TicketAnswer(id, at, author, text, @internal)) };
        return @internal ? said : said.Clocked(Clock.FirstResponse, c => c.Stop(at));
    }

    private Ticket Clocked(string name, Func<Clock, Clock> change) => this with { Clocks = [.. Clocks.Select(c => c.Name == name ? change(c) : c)] };

    private static DateTimeOffset? Earliest(IEnumerable<DateTimeOffset?> instants) => instants.Min();
}
