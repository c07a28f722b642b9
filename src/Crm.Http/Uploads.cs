using System.Text.Json;
using Crm.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>A body that was received and put aside; disposing it removes it.</summary>
public interface IUpload : IAsyncDisposable
{
    /// <summary>SHA-256 of everything that was sent, by which a repetition with the same idempotency key is recognised.</summary>
    byte[] Hash { get; }
}

/// <summary>Records that begin with a file instead of a JSON body: the path of a command otherwise.</summary>
public static class Uploads
{
    /// <summary>Maps <c>POST pattern</c> to an upload that begins a record and answers 201 with it.</summary>
    /// <param name="routes">The group of the resource.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="right">The right it demands.</param>
    /// <param name="receive">Reads the body; refuses by <see cref="ProblemException"/>.</param>
    /// <param name="begin">Stores what is not an event and decides; statements added to the session are saved with the events.</param>
    public static RouteHandlerBuilder MapUpload<TUpload, TState>(this IEndpointRouteBuilder routes, string pattern, Right right,
        Func<HttpContext, Task<TUpload>> receive, Func<TUpload, CommandScope, SqlBatch, Task<Decision>> begin)
        where TUpload : IUpload where TState : Document, IAggregate<TState> =>
        routes.MapPost(pattern, (Delegate)(async (HttpContext http) =>
        {
            var caller = Caller.Of(http);
            await using var upload = await receive(http);
            var key = Idempotency.Of(http, caller, () => upload.Hash);
            var (answer, sequence, replayed) = key is null
                ? await Once()
                : await http.RequestServices.GetRequiredService<Idempotency>().OnceAsync(key, async () => { var (a, s, _) = await Once(); return (a, s); }, http.RequestAborted);
            http.RequestServices.GetRequiredService<Consistency>().Wrote(caller, sequence);
            await answer.WriteAsync(http, sequence, replayed);

            async Task<(Answer, long, bool)> Once()
            {
                var store = http.RequestServices.GetRequiredService<DocumentStore>();
                var resource = http.RequestServices.GetRequiredService<Resource<TState>>();
                await using var session = store.OpenSession(caller.Context(http, null, null));
                var id = Guid.CreateVersion7(session.Now);
                var now = new Now(session.Now, store.DayOf(session.Now), caller.Id, Guid.CreateVersion7(session.Now));
                var decision = await begin(upload, new CommandScope(http, store, now, id), session.Sql);
                if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
                session.StartStream<TState>(id, decision.Events);
                var created = await Commands.Show(resource, Fold.All<TState>(session.Pending(id))!, now, http, 201, $"/api/v1/{resource.Name}/{id}");
                if (key is not null) Idempotency.Store(session, key, created, hasEvents: true);
                var saved = await session.SaveChangesAsync(http.RequestAborted);
                http.RequestServices.GetRequiredService<AccessPictures>().Saw(saved.Events);
                return (created, saved.Sequence, false);
            }
        })).Requires(right).WithName("Upload" + typeof(TState).Name).Produces<TState>(201)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415).ProducesProblem(422);

    /// <summary>
    /// Saves what an upload adds to a record that is there, as a part of it, and answers 201 with the part: rights, <c>If-Match</c>, idempotency and repetition
    /// on the newest state as for every command.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The record.</param>
    /// <param name="right">The right it demands.</param>
    /// <param name="part">Where the part is, and how it is shown.</param>
    /// <param name="partId">The part's identity.</param>
    /// <param name="hash">By what a repetition with the same idempotency key is recognised; null where something else makes repetitions harmless.</param>
    /// <param name="decide">The decision on the newest state; statements added to the session are saved with the events.</param>
    public static async Task AddPartAsync<TState>(HttpContext http, Guid id, Right right, RecordPart<TState> part, Guid partId, byte[]? hash,
        Func<TState, CommandScope, DocumentSession, Task<Decision>> decide) where TState : Document, IAggregate<TState>
    {
        const int Attempts = 32;
        var caller = Caller.Of(http);
        var key = hash is null ? null : Idempotency.Of(http, caller, () => hash);
        var (answer, sequence, replayed) = key is null
            ? await Once()
            : await http.RequestServices.GetRequiredService<Idempotency>().OnceAsync(key, async () => { var (a, s, _) = await Once(); return (a, s); }, http.RequestAborted);
        http.RequestServices.GetRequiredService<Consistency>().Wrote(caller, sequence);
        await answer.WriteAsync(http, sequence, replayed);

        async Task<(Answer, long, bool)> Once()
        {
            var store = http.RequestServices.GetRequiredService<DocumentStore>();
            var resource = http.RequestServices.GetRequiredService<Resource<TState>>();
            for (var round = 1; ; round++)
            {
                await using var session = store.OpenSession(caller.Context(http, null, null));
                var stream = await session.FetchForWriting<TState>(id, http.RequestAborted);
                if (stream.Aggregate is not { } state || resource.IsGone(state)) throw ProblemException.NotFound();
                await Access.Of(http).DemandAsync(right, resource, state, http.RequestAborted);
                if (Commands.ExpectedVersion(http) is { } expected && expected != stream.StartingVersion) await Versions.Check(http, stream, expected, [$"{part.Path}.{partId}"]);
                var scope = new CommandScope(http, store, new Now(session.Now, store.DayOf(session.Now), caller.Id, partId), id);
                var decision = await decide(state, scope, session);
                if (decision.Rejection is { } rejection) throw ProblemException.Of(rejection);
                stream.AppendMany(decision.Events);
                var after = Fold.All(session.Pending(id), state)!;
                var shown = await part.Show(new PartScope<TState>(after, partId, session.Pending(id), scope)) ?? throw ProblemException.NotFound();
                var created = new Answer(201, $"/api/v1/{resource.Name}/{id}/{part.Path}/{partId}", Commands.ETag(after),
                    JsonSerializer.SerializeToUtf8Bytes(Masking.SeenBy(shown, resource.Name, part.Path, http, store), EventSerializer.Documents));
                if (key is not null) Idempotency.Store(session, key, created, hasEvents: decision.Events.Count > 0);
                try
                {
                    var saved = await session.SaveChangesAsync(http.RequestAborted);
                    return (created, saved.Sequence, false);
                }
                catch (ConcurrencyException) when (round < Attempts)
                {
                    // Somebody changed the record meanwhile: decided again on its newest state.
                }
            }
        }
    }
}
