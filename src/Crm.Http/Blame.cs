using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Crm.Contracts;
using Crm.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>One step of the chain that led to an event: what people decided about the job whose work it is, such as to start an import or to undo a bulk command.</summary>
/// <param name="EventId">The event.</param>
/// <param name="Sequence">Its place in the log.</param>
/// <param name="Type">Its stable name.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="ActorId">Who acted.</param>
/// <param name="ActorName">The name of who acted.</param>
/// <param name="Source">Through what.</param>
public sealed record BlameCause(Guid EventId, long Sequence, string Type, DateTimeOffset At, string ActorId, string? ActorName, string Source);

/// <summary>An event that gave fields the values they have.</summary>
/// <param name="EventId">The event.</param>
/// <param name="Sequence">Its place in the log.</param>
/// <param name="Version">Its place in the record's history.</param>
/// <param name="Type">Its stable name.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="EffectiveAt">When it became true.</param>
/// <param name="ActorId">Who did it: a user or a client.</param>
/// <param name="ActorName">The name of who did it.</param>
/// <param name="OnBehalfOf">The person for whom a client did it.</param>
/// <param name="OnBehalfOfName">The name of that person.</param>
/// <param name="Source"><c>page</c>, <c>api:{client}</c>, <c>import:{id}</c>, <c>bulk:{id}</c>, <c>pool</c>, <c>form</c> …</param>
/// <param name="Reason">Why, in the words of who did it.</param>
/// <param name="CorrelationId">What ties together all that one request or job caused.</param>
/// <param name="CausationId">The request or message that caused it.</param>
/// <param name="Causes">The events that led to it, nearest first, five at most.</param>
public sealed record BlameEvent(
    Guid EventId, long Sequence, long Version, string Type, DateTimeOffset At, DateTimeOffset EffectiveAt, string ActorId, string? ActorName, string? OnBehalfOf, string? OnBehalfOfName, string Source,
    string? Reason, string? CorrelationId, string? CausationId, IReadOnlyList<BlameCause> Causes);

/// <summary>Who and what gave each field of a record the value it has (E11).</summary>
/// <param name="Fields">The id of the event by field: <c>phone</c>, <c>custom.rating</c>, <c>contacts.{id}.phone</c>. A field that was emptied is there, one that never had a value is not.</param>
/// <param name="Events">Those events, newest first.</param>
public sealed record BlameAnswer(IReadOnlyDictionary<string, Guid> Fields, IReadOnlyList<BlameEvent> Events);

/// <summary>Field blame: the record's history read from the side of its values.</summary>
public static class Blame
{
    private const int MostHops = 5;

    private static readonly HashSet<string> Stamps = ["version", "updatedAt"];

    /// <summary>Maps <c>GET {id}/blame</c>: of all fields at once, now or at <c>asOf</c>. It tells no values, and nothing of fields that are hidden from the caller.</summary>
    public static RouteHandlerBuilder MapBlame<TState>(this IEndpointRouteBuilder routes, Right right) where TState : Document, IAggregate<TState> =>
        routes.MapGet("{id:guid}/blame", async (HttpContext http, Guid id) =>
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var resource = http.RequestServices.GetRequiredService<Resource<TState>>();
            var events = await store.Query.FetchStreamAsync(id, 0, http.RequestAborted);
            if (Fold.All<TState>(events) is not { } today || resource.IsGone(today)) throw ProblemException.NotFound();
            var access = Access.Of(http);
            await access.SeesAsync(resource, today, http.RequestAborted);
            var (at, basis) = AsOf.Of(http);
            var hidden = access.Limits.Of(resource.Name).Where(l => l.Value == FieldLevel.Hidden).Select(l => l.Key).ToHashSet();
            var fields = Of<TState>([.. EventReader.At(events, null, at, basis)]).Where(f => !IsHidden(f.Key, hidden)).ToDictionary(f => f.Key, f => f.Value);
            Event[] blamed = [.. fields.Values.DistinctBy(e => e.Id).OrderByDescending(e => e.Version)];
            var causes = await CausesAsync(store, blamed, http.RequestAborted);
            var names = await http.RequestServices.GetRequiredService<IUserDirectory>().NamesAsync(
                blamed.Concat(causes.Values.SelectMany(c => c)).SelectMany(e => new[] { e.Context.UserName, e.Context.OnBehalfOf }).OfType<string>().Where(n => n.Length > 0).Distinct(), http.RequestAborted);
            http.Response.Headers.CacheControl = "private, no-cache";
            return new BlameAnswer(fields.ToDictionary(f => f.Key, f => f.Value.Id), [.. blamed.Select(e => Shown(e, causes[e.Id], names))]);
        }).Requires(right).WithName("Get" + typeof(TState).Name + "Blame").Produces<BlameAnswer>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    /// <summary>The event that gave each field the value it has; pure.</summary>
    /// <param name="events">A stream from its beginning.</param>
    public static IReadOnlyDictionary<string, Event> Of<TState>(IReadOnlyList<Event> events) where TState : Document, IAggregate<TState>
    {
        var blame = new Dictionary<string, Event>();
        JsonObject before = [];
        TState? state = null;
        foreach (var e in events)
        {
            if ((state = Fold.Next(state, e)) is null) continue;
            var after = Json(state);
            foreach (var name in before.Select(m => m.Key).Union(after.Select(m => m.Key)))
            {
                // Most events touch one member: the others are not taken apart.
                if (JsonNode.DeepEquals(before[name], after[name])) continue;
                var (olds, news) = (Values<TState>(name, before[name]).ToDictionary(), Values<TState>(name, after[name]).ToDictionary());
                foreach (var (field, value) in news)
                    if (!JsonNode.DeepEquals(olds.GetValueOrDefault(field), value)) blame[field] = e;
                foreach (var field in olds.Keys.Except(news.Keys))
                    if (IsStill(field, after[name])) blame[field] = e;
                    else blame.Remove(field);
            }
            before = after;
        }
        return blame;
    }

    /// <summary>The values of a record that are there, by field.</summary>
    public static IReadOnlyDictionary<string, JsonNode?> Values<TState>(TState state) where TState : Document, IAggregate<TState> =>
        Json(state).SelectMany(m => Values<TState>(m.Key, m.Value)).ToDictionary();

    /// <summary>The values of one member: of an open object by key, of a list of parts by their identity and member, else one.</summary>
    private static IEnumerable<KeyValuePair<string, JsonNode?>> Values<TState>(string name, JsonNode? value)
    {
        if (Stamps.Contains(name) || IsEmpty(value)) return [];
        if (value is JsonObject open && Open<TState>.Members.Contains(name)) return open.Select(m => KeyValuePair.Create($"{name}.{m.Key}", m.Value));
        if (value is not JsonArray parts || !parts.All(p => p is JsonObject o && o["id"] is not null)) return [KeyValuePair.Create(name, value)];
        return parts.SelectMany(p => p!.AsObject().Where(m => m.Key != "id" && !IsEmpty(m.Value)).Select(m => KeyValuePair.Create($"{name}.{p!["id"]}.{m.Key}", m.Value)));
    }

    /// <summary>Whether a field that has no value any more is still one, so that it says who emptied it: all but those of a part that was taken out.</summary>
    private static bool IsStill(string field, JsonNode? now) =>
        field.Split('.') is not [_, var part, _] || !Guid.TryParse(part, out _) || (now is JsonArray parts && parts.Any(p => p?["id"]?.ToString() == part));

    private static bool IsEmpty(JsonNode? value) => value is null or JsonArray { Count: 0 };

    private static JsonObject Json<TState>(TState state) => JsonSerializer.SerializeToNode(state, EventSerializer.Documents)!.AsObject();

    /// <summary>
    /// What led to events. The work of a job names the job's stream as its source (<c>bulk:{id}</c>, <c>import:{id}</c>): the newest event there before it is what it follows from,
    /// and that may follow from another job. One round trip a hop for all events.
    /// </summary>
    private static async Task<IReadOnlyDictionary<Guid, IReadOnlyList<Event>>> CausesAsync(DocumentStore store, IReadOnlyList<Event> events, CancellationToken ct)
    {
        var chains = events.ToDictionary(e => e.Id, _ => new List<Event>());
        var ends = events.ToDictionary(e => e.Id);
        var jobs = new Dictionary<Guid, List<Event>>();
        for (var hop = 0; hop < MostHops && ends.Count > 0; hop++)
        {
            Guid[] unknown = [.. ends.Values.Select(JobOf).OfType<Guid>().Distinct().Except(jobs.Keys)];
            foreach (var job in unknown) jobs[job] = [];
            if (unknown.Length > 0)
                foreach (var e in await store.Query.FetchStreamsAsync(unknown, ct)) jobs[e.StreamId].Add(e);
            foreach (var (id, end) in ends.ToList())
            {
                if (JobOf(end) is { } job && job != end.StreamId && jobs[job].LastOrDefault(e => e.Sequence < end.Sequence) is { } cause) chains[id].Add(ends[id] = cause);
                else ends.Remove(id);
            }
        }
        return chains.ToDictionary(c => c.Key, c => (IReadOnlyList<Event>)c.Value);
    }

    private static Guid? JobOf(Event e) => e.Context.Source.IndexOf(':', StringComparison.Ordinal) is > 0 and var at && Guid.TryParseExact(e.Context.Source[(at + 1)..], "D", out var id) ? id : null;

    private static BlameEvent Shown(Event e, IReadOnlyList<Event> causes, IReadOnlyDictionary<string, string> names) => new(
        e.Id, e.Sequence, e.Version, e.Type, e.Timestamp, e.EffectiveAt, e.Context.UserName, names.GetValueOrDefault(e.Context.UserName), e.Context.OnBehalfOf,
        e.Context.OnBehalfOf is { } person ? names.GetValueOrDefault(person) : null, e.Context.Source, e.Context.Reason, e.Context.CorrelationId, e.Context.CausationId,
        [.. causes.Select(c => new BlameCause(c.Id, c.Sequence, c.Type, c.Timestamp, c.Context.UserName, names.GetValueOrDefault(c.Context.UserName), c.Context.Source))]);

    /// <summary>Whether a limit names the field, what it is a part of, or, without the part's identity, a member of a part: <c>contacts.phone</c>.</summary>
    private static bool IsHidden(string field, HashSet<string> hidden)
    {
        if (hidden.Count == 0) return false;
        var path = field.Split('.');
        return hidden.Contains(field) || hidden.Contains(path[0]) || (path.Length > 2 && hidden.Contains($"{path[0]}.{path[^1]}"));
    }

    private static class Open<TState>
    {
        public static HashSet<string> Members { get; } =
        [
            .. EventSerializer.Documents.GetTypeInfo(typeof(TState)).Properties
                .Where(p => EventSerializer.Documents.GetTypeInfo(p.PropertyType).Kind == JsonTypeInfoKind.Dictionary).Select(p => p.Name),
        ];
    }
}
