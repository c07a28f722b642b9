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

/// <summary>What one event changed in a record.</summary>
/// <param name="Field">The member's JSON name; a part of a list is named by list and identity.</param>
/// <param name="Before">The value before, null if there was none.</param>
/// <param name="After">The value after, null if there is none.</param>
public sealed record FieldChange(string Field, JsonNode? Before, JsonNode? After);

/// <summary>One event of a record's history: what changed, who did it, on whose behalf, through what, when and why (C17).</summary>
public sealed record HistoryEntry(
    long Sequence, long Version, string Type, DateTimeOffset At, DateTimeOffset EffectiveAt, DateOnly? BusinessDate, string ActorId, string? ActorName,
    string? OnBehalfOf, string Source, string? Reason, string? CorrelationId, IReadOnlyList<FieldChange> Changes);

/// <summary>A page of a record's history, newest first.</summary>
public sealed record HistoryPage(IReadOnlyList<HistoryEntry> Data, PageInfo Page);

/// <summary>Where a list goes on.</summary>
/// <param name="Next">The cursor of the next page, or null.</param>
/// <param name="HasMore">Whether there is one.</param>
public sealed record PageInfo(string? Next, bool HasMore);

/// <summary>
/// How events of one kind of record are explained; metadata of its history's route, so that whoever looks at the whole log can word any event by the
/// same comparison and under the same right, without a list of kinds.
/// </summary>
/// <param name="Kind">The kind of record, as its streams are named: <c>customer</c>.</param>
/// <param name="Right">The right that shows its history.</param>
/// <param name="Entries">The entries of a stream's events, oldest first and complete from the beginning, above a version; newest first.</param>
public sealed record RecordHistory(string Kind, Right Right, Func<HttpContext, IReadOnlyList<Event>, long, Task<IReadOnlyList<HistoryEntry>>> Entries);

/// <summary>Records at a version: the newest, a past one, and how they differ.</summary>
public static class Versions
{
    private static readonly HashSet<string> Stamps = ["version", "updatedAt"];

    /// <summary>Maps <c>GET {id}</c>: the record now or, with <c>asOf</c> and <c>basis</c>, at a past instant.</summary>
    public static RouteHandlerBuilder MapRecord<TState>(this IEndpointRouteBuilder routes, Right right) where TState : Document, IAggregate<TState> =>
        routes.MapGet("{id:guid}", async (HttpContext http, Guid id) =>
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var resource = http.RequestServices.GetRequiredService<Resource<TState>>();
            var (at, basis) = AsOf.Of(http);
            var state = await store.Query.AggregateStreamAsync<TState>(id, null, at, basis, http.RequestAborted);
            var access = Access.Of(http);
            if (state is not null && resource.MergedInto(state) is { } into)
            {
                await access.SeesAsync(resource, state, http.RequestAborted);
                // For good, and by the same method; whoever does not follow reads both identities.
                http.Response.Headers.Location = $"/api/v1/{resource.Name}/{into}{http.Request.QueryString}";
                http.Response.Headers.CacheControl = "private, no-store";
                return Results.Json(new { id, mergedInto = into }, EventSerializer.Documents, statusCode: 308);
            }
            if (state is null || resource.IsGone(state)) throw ProblemException.NotFound();
            // Whoever may see the record today may see its past, and nobody else.
            var today = at is null || access.Rows(Right.View(resource.Name)).IsAll ? state : (await store.Query.AggregateStreamAsync<TState>(id, ct: http.RequestAborted))!;
            await access.SeesAsync(resource, today, http.RequestAborted);
            http.Response.Headers.ETag = Commands.ETag(state);
            http.Response.Headers.CacheControl = "private, no-cache";
            var shown = await resource.ShowAsync(http, state, at ?? store.Now);
            if (at is not null) shown["may"] = new JsonArray();
            return Results.Json(shown, EventSerializer.Documents);
        }).Requires(right).WithName("Get" + typeof(TState).Name).Produces<TState>().Produces(308).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    /// <summary>Maps <c>GET {id}/history</c>.</summary>
    public static RouteHandlerBuilder MapHistory<TState>(this IEndpointRouteBuilder routes, Right right) where TState : Document, IAggregate<TState> =>
        routes.MapGet("{id:guid}/history", async (HttpContext http, Guid id, string? cursor, int? limit) =>
        {
            if (limit is < 1 or > 500) throw ProblemException.Invalid("query.limit", "limit_out_of_range", "limit 必须在 1 到 500 之间。", "limit must be between 1 and 500.");
            long below = long.MaxValue;
            if (cursor is not null && !long.TryParse(cursor, out below)) throw ProblemException.Invalid("query.cursor", "invalid_cursor", "游标无效。", "The cursor is not valid.");
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var events = await store.Query.FetchStreamAsync(id, 0, http.RequestAborted);
            if (Fold.All<TState>(events) is not { } state) throw ProblemException.NotFound();
            await Access.Of(http).SeesAsync(http.RequestServices.GetRequiredService<Resource<TState>>(), state, http.RequestAborted);
            var (at, basis) = AsOf.Of(http);
            var entries = await Entries<TState>(http, [.. EventReader.At(events, null, at, basis)], 0);
            var page = entries.Where(e => e.Version < below).Take((limit ?? 100) + 1).ToList();
            var more = page.Count > (limit ?? 100);
            if (more) page.RemoveAt(page.Count - 1);
            return new HistoryPage(page, new PageInfo(more ? page[^1].Version.ToString(System.Globalization.CultureInfo.InvariantCulture) : null, more));
        }).Requires(right).WithMetadata(new RecordHistory(EventRegistry.AliasFor(typeof(TState).Name), right, SeenEntries<TState>))
            .WithName("Get" + typeof(TState).Name + "History").Produces<HistoryPage>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    /// <summary>The entries of a stream whose record the caller may see today.</summary>
    private static async Task<IReadOnlyList<HistoryEntry>> SeenEntries<TState>(HttpContext http, IReadOnlyList<Event> events, long above) where TState : Document, IAggregate<TState>
    {
        var store = http.RequestServices.GetRequiredService<DocumentStore>();
        if (await store.Query.AggregateStreamAsync<TState>(events[0].StreamId, ct: http.RequestAborted) is not { } today) throw ProblemException.NotFound();
        await Access.Of(http).SeesAsync(http.RequestServices.GetRequiredService<Resource<TState>>(), today, http.RequestAborted);
        return await Entries<TState>(http, events, above);
    }

    /// <summary>
    /// Lets a command on an older version pass if nothing it touches changed since; otherwise answers 412 with what did (C7).
    /// </summary>
    internal static async Task Check<TState>(HttpContext http, EventStream<TState> stream, long expected, IReadOnlyCollection<string>? fields) where TState : Document, IAggregate<TState>
    {
        if (fields is not null && expected < stream.StartingVersion)
        {
            var then = Fold.All<TState>(EventReader.At(await stream.EventsAsync(http.RequestAborted), expected));
            if (then is not null && !Changes<TState>(Json(then), Json(stream.Aggregate!)).Any(c => Meets(fields, c.Field))) return;
        }
        throw new ProblemException(412, "stale_version", "记录已被他人修改。", "The record was changed by somebody else since you read it.")
        {
            Extensions = new Dictionary<string, object?>
            {
                ["currentVersion"] = stream.StartingVersion,
                ["conflicts"] = await Entries<TState>(http, await stream.EventsAsync(http.RequestAborted), expected),
            },
        };
    }

    private static async Task<IReadOnlyList<HistoryEntry>> Entries<TState>(HttpContext http, IReadOnlyList<Event> events, long above) where TState : Document, IAggregate<TState>
    {
        var resource = http.RequestServices.GetRequiredService<Resource<TState>>();
        var limits = Access.Of(http).Limits;
        var names = await http.RequestServices.GetRequiredService<IUserDirectory>().NamesAsync(events.Select(e => e.Context.UserName), http.RequestAborted);
        var (personal, mask) = (http.RequestServices.GetRequiredService<DocumentStore>().Personal, Masking.Of(http));
        var entries = new List<HistoryEntry>();
        TState? state = null;
        JsonObject? before = null;
        foreach (var e in events)
        {
            state = Fold.Next(state, e);
            var after = state is null ? null : Json(state);
            if (e.Version > above)
                entries.Add(new HistoryEntry(
                    e.Sequence, e.Version, e.Type, e.Timestamp, e.EffectiveAt, e.Context.BusinessDate, e.Context.UserName, names.GetValueOrDefault(e.Context.UserName),
                    e.Context.OnBehalfOf, e.Context.Source, e.Context.Reason, e.Context.CorrelationId,
                    [.. Changes<TState>(before, after).Where(c => !resource.Derived.Contains(c.Field)).Select(c => limits.Show(resource.Name, c)).OfType<FieldChange>().Select(Seen)]));
            before = after;
        }
        entries.Reverse();
        return entries;

        FieldChange Seen(FieldChange change)
        {
            if (personal is null || mask is null) return change;
            var member = change.Field.Split('.')[0];
            return change with { Before = personal.Mask(typeof(TState), member, change.Before, mask), After = personal.Mask(typeof(TState), member, change.After, mask) };
        }
    }

    private static JsonObject Json<TState>(TState state) => JsonSerializer.SerializeToNode(state, EventSerializer.Documents)!.AsObject();

    /// <summary>Whether a changed field is one of those touched, a part of one, or the whole of one.</summary>
    private static bool Meets(IReadOnlyCollection<string> touched, string changed) =>
        touched.Any(t => t == changed || changed.StartsWith(t + ".", StringComparison.Ordinal) || t.StartsWith(changed + ".", StringComparison.Ordinal));

    private static IEnumerable<FieldChange> Changes<TState>(JsonObject? before, JsonObject? after)
    {
        foreach (var name in (after ?? before ?? []).Select(p => p.Key))
        {
            if (Stamps.Contains(name)) continue;
            var (old, now) = (before?[name], after?[name]);
            if (JsonNode.DeepEquals(old, now) || (before is null && Empty(now))) continue;
            if (Open<TState>.Members.Contains(name))
            {
                var (olds, news) = (old as JsonObject ?? [], now as JsonObject ?? []);
                foreach (var key in olds.Select(p => p.Key).Union(news.Select(p => p.Key)))
                    if (!JsonNode.DeepEquals(olds[key], news[key])) yield return new FieldChange($"{name}.{key}", olds[key]?.DeepClone(), news[key]?.DeepClone());
            }
            else if (old is JsonArray or null && now is JsonArray or null && (Parts(old) is { } olds && Parts(now) is { } news && olds.Count + news.Count > 0))
            {
                foreach (var id in olds.Keys.Union(news.Keys))
                {
                    var (oldPart, newPart) = (olds.GetValueOrDefault(id), news.GetValueOrDefault(id));
                    if (!JsonNode.DeepEquals(oldPart, newPart)) yield return new FieldChange($"{name}.{id}", oldPart?.DeepClone(), newPart?.DeepClone());
                }
            }
            else yield return new FieldChange(name, old?.DeepClone(), now?.DeepClone());
        }
    }

    /// <summary>The members of a state whose keys are the organisation's: each key is a field of its own.</summary>
    private static class Open<TState>
    {
        public static HashSet<string> Members { get; } =
        [
            .. EventSerializer.Documents.GetTypeInfo(typeof(TState)).Properties
                .Where(p => EventSerializer.Documents.GetTypeInfo(p.PropertyType).Kind == JsonTypeInfoKind.Dictionary).Select(p => p.Name),
        ];
    }

    private static bool Empty(JsonNode? node) => node is null or JsonArray { Count: 0 } or JsonObject { Count: 0 };

    /// <summary>The members of a list of parts by their identity; null if the list is of plain values.</summary>
    private static Dictionary<string, JsonNode?>? Parts(JsonNode? node)
    {
        var parts = new Dictionary<string, JsonNode?>();
        foreach (var item in node as JsonArray ?? [])
        {
            if (item is not JsonObject o || o["id"] is not { } id) return null;
            parts[id.ToString()] = item;
        }
        return parts;
    }
}

/// <summary>The past instant a query asks for (C17).</summary>
public static class AsOf
{
    /// <summary>Reads <c>asOf</c> and <c>basis</c> of a query; null is now.</summary>
    /// <exception cref="ProblemException">400: not an instant with an offset, or in the future.</exception>
    public static (DateTimeOffset? At, Basis Basis) Of(HttpContext http) => Of("query", http.Request.Query["asOf"], http.Request.Query["basis"]);

    /// <summary>Reads <c>asOf</c> and <c>basis</c> wherever they stand.</summary>
    /// <param name="place"><c>query</c> or <c>body</c>.</param>
    /// <param name="text">The instant, null or empty for now.</param>
    /// <param name="basisText">The basis, null or empty for effective.</param>
    /// <exception cref="ProblemException">400: not an instant with an offset.</exception>
    public static (DateTimeOffset? At, Basis Basis) Of(string place, string? text, string? basisText)
    {
        var basis = basisText switch
        {
            null or "" or "effective" => Basis.Effective,
            "recorded" => Basis.Recorded,
            _ => throw ProblemException.Invalid(place + ".basis", "unknown_value", "basis 只能是 effective 或 recorded。", "basis must be effective or recorded."),
        };
        if (string.IsNullOrEmpty(text)) return (null, basis);
        // A plus sign in a query string arrives as a blank.
        text = text.Replace(' ', '+');
        if (!DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
                System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at) || !HasOffset(text))
            throw ProblemException.Invalid(place + ".asOf", "invalid_instant", "asOf 必须是带时区的时间，例如 2026-03-01T00:00:00+08:00。", "asOf must be an instant with an offset, for example 2026-03-01T00:00:00+08:00.");
        return (at.ToUniversalTime(), basis);
    }

    private static bool HasOffset(string text) => text[^1] is 'Z' or 'z' || text.LastIndexOfAny(['+', '-']) > 10;
}
