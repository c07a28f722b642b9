using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Http;

/// <summary>What the loading of facts for a decision may use.</summary>
/// <param name="Http">The request.</param>
/// <param name="Store">The event store.</param>
/// <param name="Now">The circumstances of the command.</param>
/// <param name="Id">The record the command is about.</param>
public sealed record CommandScope(HttpContext Http, DocumentStore Store, Now Now, Guid Id)
{
    /// <summary>The module's read models.</summary>
    public NpgsqlDataSource Database => Store.DataSource;

    /// <summary>Cancelled when the caller goes away.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>A parameter of the route.</summary>
    public string Route(string key) => Route(Http, key);

    /// <summary>A parameter of a route. The server decodes everything but the slash, which would otherwise part the path.</summary>
    public static string Route(HttpContext http, string key) => ((string)http.GetRouteValue(key)!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>A service of the host.</summary>
    public TService Service<TService>() where TService : notnull => Http.RequestServices.GetRequiredService<TService>();
}

/// <summary>A part of a record that a command is about, such as a contact of a customer.</summary>
/// <param name="Path">The part's collection below the record, and the member of the state that holds it: <c>contacts</c>.</param>
/// <param name="RouteKey">The route parameter with the part's identity; null for a command that creates the part (201 with its place).</param>
/// <param name="Show">The part as the caller sees it, or null when it is gone (204).</param>
public sealed record RecordPart<TState>(string Path, string? RouteKey, Func<PartScope<TState>, ValueTask<object?>> Show);

/// <summary>What the showing of a part may use.</summary>
/// <param name="State">The record after the command.</param>
/// <param name="Id">The part's identity.</param>
/// <param name="Events">The events of the command.</param>
/// <param name="Command">The scope of the command.</param>
public sealed record PartScope<TState>(TState State, Guid Id, IReadOnlyList<Event> Events, CommandScope Command);

/// <summary>A record that an upsert's key leads to.</summary>
/// <param name="Id">The record.</param>
/// <param name="Name">What people call it.</param>
public sealed record UpsertMatch(Guid Id, string Name);

/// <summary>
/// The path of a command: body, idempotency, validation, version, load, decide, save, answer. Written once; a feature adds only
/// its command, its validator and its decision.
/// </summary>
public static class Commands
{
    // Of n commands on one record at once each round saves at least one: this many may meet before one is told to try again.
    private const int Attempts = 32;

    /// <summary>Maps <c>POST pattern</c> to a command that begins a record and answers 201 with it.</summary>
    public static RouteHandlerBuilder MapCreate<TCommand, TState>(this IEndpointRouteBuilder routes, string pattern, Right right, Func<TCommand, Now, Decision> decide)
        where TState : Document, IAggregate<TState> =>
        routes.MapCreate<TCommand, TState, object?>(pattern, right, (_, _) => Task.FromResult<object?>(null), (command, _, now) => decide(command, now));

    /// <summary>The same with facts loaded before the decision, such as likely duplicates.</summary>
    public static RouteHandlerBuilder MapCreate<TCommand, TState, TFacts>(this IEndpointRouteBuilder routes, string pattern, Right right,
        Func<TCommand, CommandScope, Task<TFacts>> load, Func<TCommand, TFacts, Now, Decision> decide)
        where TState : Document, IAggregate<TState> =>
        Describe<TCommand, TState>(routes.MapPost(pattern, (Delegate)((HttpContext http) =>
            Run(http, (body, caller, _) => Create<TCommand, TState, TFacts>(http, body, caller, load, decide)))), right, 201);

    /// <summary>Maps a command on one record, by default <c>POST</c>; answers 200 with the record after it.</summary>
    /// <param name="routes">The group of the resource.</param>
    /// <param name="pattern">The route, with <c>{id:guid}</c>.</param>
    /// <param name="right">The right it demands.</param>
    /// <param name="decide">The decision.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="part">For a command about a part of the record: how the part is found and shown instead of the record.</param>
    /// <param name="onDeleted">Whether the command is for records that are deleted as well, such as the one that brings them back.</param>
    public static RouteHandlerBuilder MapCommand<TCommand, TState>(this IEndpointRouteBuilder routes, string pattern, Right right,
        Func<TCommand, TState, Now, Decision> decide, string method = "POST", RecordPart<TState>? part = null, bool onDeleted = false)
        where TState : Document, IAggregate<TState> =>
        routes.MapCommand<TCommand, TState, object?>(pattern, right, (_, _, _) => Task.FromResult<object?>(null),
            (command, state, _, now) => decide(command, state, now), method, part, onDeleted);

    /// <summary>The same with facts loaded before the decision.</summary>
    public static RouteHandlerBuilder MapCommand<TCommand, TState, TFacts>(this IEndpointRouteBuilder routes, string pattern, Right right,
        Func<TCommand, TState, CommandScope, Task<TFacts>> load, Func<TCommand, TState, TFacts, Now, Decision> decide, string method = "POST",
        RecordPart<TState>? part = null, bool onDeleted = false)
        where TState : Document, IAggregate<TState> =>
        Describe<TCommand, TState>(routes.MapMethods(pattern, [method], (Delegate)((HttpContext http, Guid id) =>
            Run(http, (body, caller, attempt) => Change(http, body, caller, attempt, id, right, load, decide, part, onDeleted)))), right, part is { RouteKey: null } ? 201 : 200, method);

    /// <summary>
    /// Maps <c>PUT</c> to "create it or change it": one match is changed, none is created unless <c>updateOnly=true</c> (then 404), several
    /// are answered with 300 and the list of them (C9).
    /// </summary>
    public static RouteHandlerBuilder MapUpsert<TCreate, TChange, TState, TCreateFacts, TChangeFacts>(this IEndpointRouteBuilder routes, string pattern, Right right,
        Func<HttpContext, Task<IReadOnlyList<UpsertMatch>>> find,
        Func<TCreate, CommandScope, Task<TCreateFacts>> loadCreate, Func<TCreate, TCreateFacts, Now, Decision> create,
        Func<TChange, TState, CommandScope, Task<TChangeFacts>> loadChange, Func<TChange, TState, TChangeFacts, Now, Decision> change)
        where TState : Document, IAggregate<TState> =>
        Describe<TChange, TState>(routes.MapPut(pattern, (Delegate)((HttpContext http) => Run(http, async (body, caller, attempt) =>
        {
            var matches = await find(http);
            if (matches is [])
            {
                if ((string?)http.Request.Query["updateOnly"] is "true") throw ProblemException.NotFound();
                try
                {
                    return await Create<TCreate, TState, TCreateFacts>(http, body, caller, loadCreate, create);
                }
                catch (ProblemException refused) when (refused.Status == 409)
                {
                    // Refused because somebody has just created it with this very key: then it is changed.
                    matches = await find(http);
                    if (matches is []) throw;
                }
            }
            return matches is [var one]
                ? await Change(http, body, caller, attempt, one.Id, right, loadChange, change, null, false)
                : new Prepared(Open(http, body, caller).Item1, new Answer(300, null, null, JsonSerializer.SerializeToUtf8Bytes(new { data = matches }, EventSerializer.Documents)), false);
        }))), right, 200).WithName("Upsert" + typeof(TState).Name).Produces<TState>(201).Produces(300);

    private static async Task<Prepared> Create<TCommand, TState, TFacts>(HttpContext http, JsonBody body, Caller caller,
        Func<TCommand, CommandScope, Task<TFacts>> load, Func<TCommand, TFacts, Now, Decision> decide) where TState : Document, IAggregate<TState>
    {
        var command = Read<TCommand>(http, body);
        var resource = http.RequestServices.GetRequiredService<Resource<TState>>();
        var access = Access.Of(http);
        access.Limits.Check(resource.Name, body.Json);
        var (session, now) = Open(http, body, caller);
        var id = Guid.CreateVersion7(now.At);
        var decision = decide(command, await load(command, new CommandScope(http, Store(http), now, id)), now);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        session.StartStream<TState>(id, decision.Events);
        var state = Fold.All<TState>(session.Pending(id))!;
        // Who makes a record for somebody else gives it away at once.
        if (Responsible(resource, state) is { } owner && owner != access.UserId && IsAssigned(resource) && !access.May(Right.Assign(resource.Name))) throw Access.Forbidden();
        var answer = await Show(resource, state, now, http, 201, $"/api/v1/{resource.Name}/{id}");
        return new Prepared(session, answer, true);
    }

    private static async Task<Prepared> Change<TCommand, TState, TFacts>(HttpContext http, JsonBody body, Caller caller, Attempt attempt, Guid id, Right right,
        Func<TCommand, TState, CommandScope, Task<TFacts>> load, Func<TCommand, TState, TFacts, Now, Decision> decide,
        RecordPart<TState>? part, bool onDeleted) where TState : Document, IAggregate<TState>
    {
        var command = Read<TCommand>(http, body);
        var (session, now) = Open(http, body, caller);
        var resource = http.RequestServices.GetRequiredService<Resource<TState>>();
        var access = Access.Of(http);
        var stream = await attempt.Fetch<TState>(session, id, http.RequestAborted);
        if (stream.Aggregate is { } merged && resource.MergedInto(merged) is { } into)
        {
            await access.SeesAsync(resource, merged, http.RequestAborted);
            throw new ProblemException(409, "merged", "该记录已合并到另一条记录，请在那里操作。", "The record was merged into another one; do it there.") { Extensions = new Dictionary<string, object?> { ["id"] = id, ["mergedInto"] = into } };
        }
        if (stream.Aggregate is not { } state || (resource.IsGone(state) && !onDeleted)) throw ProblemException.NotFound();
        await access.DemandAsync(right, resource, state, http.RequestAborted);
        access.Limits.Check(resource.Name, body.Json, part?.Path);
        var partId = part?.RouteKey is { } key ? Guid.Parse((string)http.GetRouteValue(key)!) : now.NewId;
        if (ExpectedVersion(http) is { } expected && expected != stream.StartingVersion)
            await Versions.Check(http, stream, expected, part is not null ? [$"{part.Path}.{partId}"] : command is IPatch ? Touched(body.Json) : null);
        var scope = new CommandScope(http, Store(http), now, id);
        var decision = decide(command, state, await load(command, state, scope), now);
        if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
        stream.AppendMany(decision.Events);
        var after = Fold.All(session.Pending(id), state)!;
        if (Responsible(resource, after) != Responsible(resource, state) && IsAssigned(resource) && !await access.MayAsync(Right.Assign(resource.Name), resource, state, http.RequestAborted))
            throw Access.Forbidden();
        Answer answer;
        if (part is not null)
        {
            var shown = await part.Show(new PartScope<TState>(after, partId, session.Pending(id), scope));
            answer = shown is null ? new Answer(204, null, ETag(after), null) : new Answer(
                part.RouteKey is null ? 201 : 200, part.RouteKey is null ? $"/api/v1/{resource.Name}/{id}/{part.Path}/{partId}" : null,
                ETag(after), JsonSerializer.SerializeToUtf8Bytes(Masking.SeenBy(shown, resource.Name, part.Path, http, Store(http)), EventSerializer.Documents));
        }
        // Who has given a record away does not see it any more.
        else if (resource.IsGone(after) || !await access.MayAsync(Right.View(resource.Name), resource, after, http.RequestAborted)) answer = new Answer(204, null, ETag(after), null);
        else answer = await Show(resource, after, now, http, 200, null);
        return new Prepared(session, answer, decision.Events.Count > 0);
    }

    private static Guid? Responsible<TState>(Resource<TState> resource, TState state) where TState : Document, IAggregate<TState> => resource.Ownership?.Owners(state)[0];

    private static bool IsAssigned<TState>(Resource<TState> resource) where TState : Document, IAggregate<TState> => Right.All.Contains(Right.Assign(resource.Name));

    /// <summary>The fields a patch touches; those of an open object one by one, as two callers may change different ones.</summary>
    private static List<string> Touched(JsonObject body) =>
        [.. body.SelectMany(m => m.Value is JsonObject { Count: > 0 } o ? o.Select(inner => $"{m.Key}.{inner.Key}") : [m.Key])];

    /// <summary>Maps <c>PATCH</c>: only the fields that were sent change, and two callers changing different fields do not conflict (C7).</summary>
    public static RouteHandlerBuilder MapPatch<TCommand, TState>(this IEndpointRouteBuilder routes, string pattern, Right right, Func<TCommand, TState, Now, Decision> decide)
        where TCommand : IPatch where TState : Document, IAggregate<TState> => routes.MapCommand(pattern, right, decide, "PATCH");

    /// <summary>
    /// Maps a command that anybody may give, without an account: it acts as nobody, through the source <c>form</c>, and cannot be dated back.
    /// Body, idempotency, validation and retries are as for every command.
    /// </summary>
    /// <param name="routes">The public group.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="status">200 or 201.</param>
    /// <param name="run">Decides, adds events to the session and gives the answer's body.</param>
    public static RouteHandlerBuilder MapAnonymous<TCommand>(this IEndpointRouteBuilder routes, string pattern, int status,
        Func<TCommand, DocumentSession, CommandScope, Task<object?>> run) =>
        routes.MapPost(pattern, (Delegate)((HttpContext http) => Run(http, async (body, _, _) =>
            {
                if (body.BusinessDate is not null)
                    throw ProblemException.Invalid("body.businessDate", "unknown_field", "没有字段 businessDate。", "There is no field businessDate.");
                var command = Read<TCommand>(http, body);
                var (session, now) = Open(http, body, new Caller("anonymous", "", "form"));
                var part = await run(command, session, new CommandScope(http, Store(http), now, Guid.CreateVersion7(now.At)));
                return new Prepared(session, new Answer(status, null, null, JsonSerializer.SerializeToUtf8Bytes(part, part?.GetType() ?? typeof(object), EventSerializer.Documents)), session.HasEvents);
            })))
            .AllowAnonymous()
            .WithName(typeof(TCommand).Name)
            .Accepts(typeof(TCommand), isOptional: true, "application/json")
            .ProducesProblem(400).ProducesProblem(413).ProducesProblem(422).ProducesProblem(429);

    /// <summary>
    /// Maps a command that is about no record of the organisation but about the engine itself, such as building a projection anew. Body,
    /// idempotency, validation and retries are as for every command.
    /// </summary>
    /// <param name="routes">The group.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="right">The right it demands.</param>
    /// <param name="status">200, or 202 for what is done afterwards.</param>
    /// <param name="run">Decides, adds events and statements to the session and gives the answer's body.</param>
    /// <param name="method">The HTTP method: <c>PUT</c> for a setting.</param>
    /// <param name="keepsAnswer">False where the answer is shown once and stored nowhere, such as a secret: it is not repeated for the same idempotency key.</param>
    public static RouteHandlerBuilder MapOperation<TCommand>(this IEndpointRouteBuilder routes, string pattern, Right right, int status,
        Func<TCommand, DocumentSession, CommandScope, Task<object?>> run, string method = "POST", bool keepsAnswer = true) =>
        routes.MapMethods(pattern, [method], (Delegate)((HttpContext http) => Run(http, async (body, caller, _) =>
            {
                var command = Read<TCommand>(http, body);
                var (session, now) = Open(http, body, caller);
                var result = await run(command, session, new CommandScope(http, Store(http), now, Guid.CreateVersion7(now.At)));
                return new Prepared(session, new Answer(status, null, null, JsonSerializer.SerializeToUtf8Bytes(result, result?.GetType() ?? typeof(object), EventSerializer.Documents)), session.HasEvents);
            }, keepsAnswer)))
            .Requires(right)
            .WithName(typeof(TCommand).Name)
            .Accepts(typeof(TCommand), isOptional: true, "application/json")
            .Produces(status)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

    /// <summary>The version of <c>If-Match</c>, or null without one.</summary>
    public static long? ExpectedVersion(HttpContext http)
    {
        if (!http.Request.Headers.TryGetValue("If-Match", out var header) || header == "*") return null;
        var text = header.ToString().Trim();
        if (text.StartsWith("W/", StringComparison.Ordinal)) text = text[2..];
        return long.TryParse(text.Trim('"'), out var version) && version >= 0
            ? version
            : throw ProblemException.Invalid("header.If-Match", "invalid_value", "If-Match 必须是记录的 ETag。", "If-Match must be the ETag of the record.");
    }

    /// <summary>Insists on the version of <c>If-Match</c>, for commands that any other change of the record makes stale.</summary>
    /// <exception cref="ProblemException">412 <c>stale_version</c>.</exception>
    public static void CheckVersion(HttpContext http, long version)
    {
        if (ExpectedVersion(http) is { } expected && expected != version)
            throw new ProblemException(412, "stale_version", "记录已被他人修改。", "The record was changed by somebody else since you read it.") { Extensions = new Dictionary<string, object?> { ["currentVersion"] = version } };
    }

    internal static string ETag(Document state) => $"\"{state.Version}\"";

    private sealed record Prepared(DocumentSession Session, Answer Answer, bool HasEvents);

    /// <summary>One try of a command: the first may be decided on what this node knows from a moment ago.</summary>
    private sealed class Attempt(bool recent)
    {
        /// <summary>Whether it was; then only a save counts, as only that is checked against the newest version.</summary>
        public bool FromMemory { get; private set; }

        public async ValueTask<EventStream<T>> Fetch<T>(DocumentSession session, Guid id, CancellationToken ct) where T : Document, IAggregate<T>
        {
            if (!recent || session.Recent<T>(id) is not { } known) return await session.FetchForWriting<T>(id, ct);
            FromMemory = true;
            return known;
        }
    }

    private static async Task Run(HttpContext http, Func<JsonBody, Caller, Attempt, Task<Prepared>> prepare, bool keepsAnswer = true)
    {
        var body = await JsonBody.ReadAsync(http);
        var caller = Caller.Of(http);
        var key = keepsAnswer ? Idempotency.Of(http, caller, body) : null;
        var (answer, sequence, replayed) = CommandTracing.Enabled ? await CommandTracing.Trace(http, OnceByKey) : await OnceByKey();
        http.RequestServices.GetRequiredService<Consistency>().Wrote(caller, sequence);
        await answer.WriteAsync(http, sequence, replayed);

        Task<(Answer, long, bool)> OnceByKey() => key is null
            ? Once()
            : http.RequestServices.GetRequiredService<Idempotency>().OnceAsync(key, async () => { var (a, s, _) = await Once(); return (a, s); }, http.RequestAborted);

        async Task<(Answer, long, bool)> Once()
        {
            var recent = true;
            for (var round = 1; ; round++)
            {
                var attempt = new Attempt(recent);
                recent = false;
                Prepared prepared;
                try
                {
                    prepared = await prepare(body, caller, attempt);
                }
                catch (ProblemException) when (attempt.FromMemory)
                {
                    // Refused on a state that others may have changed since: only the newest one may refuse.
                    continue;
                }
                if (attempt.FromMemory && !prepared.HasEvents) continue;
                await using var session = prepared.Session;
                if (key is not null) Idempotency.Store(session, key, prepared.Answer, prepared.HasEvents);
                try
                {
                    var saved = await session.SaveChangesAsync(http.RequestAborted);
                    http.RequestServices.GetRequiredService<AccessPictures>().Saw(saved.Events);
                    return (prepared.Answer, saved.Sequence, false);
                }
                catch (Exception e) when (e is ConcurrencyException or ExistingStreamIdCollisionException && round < Attempts)
                {
                    // Decisions are pure: decide again on the newest state. With If-Match the version check then speaks.
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.SerializationFailure && round < Attempts)
                {
                    // What somebody else saved at the same moment does not go together with it: decide again, knowing that.
                }
                catch (PostgresException e) when (e.SqlState == "23505" && e.ConstraintName != "idempotency_key" && HttpMethods.IsPut(http.Request.Method) && round < Attempts)
                {
                    // Somebody created the same record at the same time: it is found now, and changed.
                }
            }
        }
    }

    private static TCommand Read<TCommand>(HttpContext http, JsonBody body)
    {
        var command = body.To<TCommand>();
        if (http.RequestServices.GetService<IValidator<TCommand>>() is { } validator) Validation.Check(validator, command, http);
        return command;
    }

    private static (DocumentSession, Now) Open(HttpContext http, JsonBody body, Caller caller)
    {
        var store = Store(http);
        var today = store.DayOf(store.Now);
        if (body.BusinessDate > today)
            throw ProblemException.Invalid("body.businessDate", "business_date_in_future", "业务日期不能晚于今天。", "businessDate must not be after today.");
        if (body.Reason?.Length > 1000) throw ProblemException.Invalid("body.reason", "too_long", "原因最多 1000 个字符。", "The reason must have at most 1,000 characters.");
        var session = store.OpenSession(caller.Context(http, body.BusinessDate == today ? null : body.BusinessDate, body.Reason));
        return (session, new Now(session.Now, body.BusinessDate ?? today, caller.Id, Guid.CreateVersion7(session.Now)));
    }

    internal static async Task<Answer> Show<TState>(Resource<TState> resource, TState state, Now now, HttpContext http, int status, string? location)
        where TState : Document, IAggregate<TState> =>
        http.Request.Headers["Prefer"].Contains("return=minimal")
            ? new Answer(status == 200 ? 204 : status, location, ETag(state), null)
            : new Answer(status, location, ETag(state), JsonSerializer.SerializeToUtf8Bytes<JsonObject>(await resource.ShowAsync(http, state, now.At), EventSerializer.Documents));

    private static DocumentStore Store(HttpContext http) => http.RequestServices.GetRequiredService<DocumentStore>();

    private static RouteHandlerBuilder Describe<TCommand, TState>(RouteHandlerBuilder route, Right right, int status, string method = "POST") => (method == "DELETE" ? route.Produces(204) : route)
        .Requires(right)
        .WithName(typeof(TCommand).Name)
        .Accepts(typeof(TCommand), isOptional: true, "application/json")
        .Produces<TState>(status)
        .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).ProducesProblem(422);
}
